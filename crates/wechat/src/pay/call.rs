//! How an order is sent, declared once per endpoint.

/// Declares `to_body`, which makes the bytes of an order, of whatever it is made.
macro_rules! to_body {
    ($order:ident $(<$($part:ident),+>)?) => {
        impl $(<$($part: serde::Serialize),+>)? $order $(<$($part),+>)? {
            /// The body to store before it is sent.
            #[must_use]
            pub fn to_body(&self) -> Vec<u8> {
                serde_json::to_vec(self).expect("an order has string keys and no maps")
            }
        }
    };
}

/// Declares how one kind of order is sent: a `Prepay` that carries the bytes of its `Order`.
macro_rules! prepay {
    ($name:literal, $target:literal, $answer:ty) => {
        /// Sends an order body, new or stored. A repeat must be the same bytes: WeChat compares a
        /// repeated number's parameters with the first and refuses a changed one.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Prepay {
            /// Exactly the bytes made by [`Order::to_body`] the first time.
            pub body: Vec<u8>,
        }

        impl $crate::call::Call for Prepay {
            type Answer = $answer;
            const NAME: &'static str = $name;

            fn request(&self) -> $crate::call::Request {
                $crate::call::Request::post($target, self.body.clone())
            }

            fn operation(&self) -> $crate::advice::Operation {
                $crate::advice::Operation::Order
            }

            fn read(&self, _status: u16, body: &[u8]) -> Result<$answer, $crate::call::Malformed> {
                $crate::pay::read(body, "the answer to an order")
            }
        }
    };
}

/// Declares how an order with encrypted members is sent: a `Prepay` that carries the bytes of its
/// `Order` and the name of the key.
macro_rules! prepay_sealed {
    ($name:literal, $target:literal, $answer:ty) => {
        /// Sends an order body, new or stored, and names the key it is encrypted to.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Prepay {
            /// Exactly what [`Order::seal`] made.
            pub body: $crate::sensitive::SealedBody,
        }

        impl $crate::call::Call for Prepay {
            type Answer = $answer;
            const NAME: &'static str = $name;

            fn request(&self) -> $crate::call::Request {
                self.body.post($target)
            }

            fn operation(&self) -> $crate::advice::Operation {
                $crate::advice::Operation::Order
            }

            fn read(&self, _status: u16, body: &[u8]) -> Result<$answer, $crate::call::Malformed> {
                $crate::pay::read(body, "the answer to an order")
            }
        }
    };
}

/// Declares how a scanned code is sent: a `Pay` that carries the bytes of its `Order`.
macro_rules! scan {
    ($name:literal, $target:literal, $transaction:ty) => {
        /// Sends an order body, new or stored. WeChat answers 202 while the user types a password.
        #[derive(Clone, PartialEq, Eq)]
        pub struct Pay {
            /// Exactly the bytes made by [`Order::to_body`] the first time.
            pub body: Vec<u8>,
        }

        /// The body is as good as the user's money for a minute.
        impl std::fmt::Debug for Pay {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("Pay(..)")
            }
        }

        impl $crate::call::Call for Pay {
            type Answer = $crate::pay::codepay::Answer<$transaction>;
            const NAME: &'static str = $name;
            const SUCCESS: &'static [u16] = &[200, 202];

            fn request(&self) -> $crate::call::Request {
                $crate::call::Request::post($target, self.body.clone())
            }

            fn operation(&self) -> $crate::advice::Operation {
                $crate::advice::Operation::CodePay
            }

            // The code works once. What became of it is asked, not tried again.
            fn is_repeatable(&self) -> bool {
                false
            }

            fn read(
                &self,
                status: u16,
                body: &[u8],
            ) -> Result<Self::Answer, $crate::call::Malformed> {
                let state = |transaction: &$transaction| transaction.trade_state.clone();
                $crate::pay::codepay::Answer::read(status, body, state)
            }
        }
    };
}

pub(crate) use prepay;
pub(crate) use prepay_sealed;
pub(super) use scan;
pub(crate) use to_body;
