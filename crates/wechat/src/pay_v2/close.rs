//! Closing an unpaid order: `POST /pay/closeorder`.

use crate::{
    advice::Operation,
    call::Malformed,
    id::OutTradeNo,
    pay_v2::{Call, Endpoint, Merchant, xml::Fields},
};

/// Closes an order (<https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_3>).
///
/// A closed order answers `ORDERCLOSED`, which is what was wanted; a paid one `ORDERPAID`. The
/// documents want five minutes between order and close. Orders by payment code are
/// [reversed](super::micropay::Reverse) instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// Who ordered.
    pub merchant: Merchant,
    /// The order.
    pub out_trade_no: OutTradeNo,
}

impl Endpoint for Close {
    const NAME: &'static str = "v2.close";
    const KIND: Operation = Operation::Close;

    fn path(&self) -> &'static str {
        "/pay/closeorder"
    }

    fn parameters(&self) -> Fields {
        let mut fields = Fields::default();
        self.merchant.write(&mut fields);
        fields.put("out_trade_no", &self.out_trade_no);
        fields
    }
}

impl Call for Close {
    type Answer = ();

    fn read(&self, _answer: &Fields) -> Result<(), Malformed> {
        Ok(())
    }
}
