//! The echo: everything a payment needs, tried out without money, `POST /v3/security/echo`
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4014551946>).
//!
//! A text goes to WeChat and comes back in the signed answer; encrypted, it comes back encrypted to
//! the merchant's certificate; and with a `notify_url` a real notification brings it once more. It
//! proves keys, clocks and addresses before the first order does.
//!
//! ```
//! use suanpan_wechat::{call::Call, echo::{EchoMessage, SelfTest}};
//!
//! let test = SelfTest::new(EchoMessage::new("are my keys right?")?);
//! let request = test.request();
//! assert_eq!(request.target, "/v3/security/echo");
//! let echo = test.read(200, r#"{"echo_message":"are my keys right?"}"#.as_bytes())?;
//! assert_eq!(echo.echo_message, test.echo_message.as_str());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    call::{Call, Malformed, Request},
    pay::{read, to_body},
    sensitive::{SealedText, SensitiveText},
    text::{NotifyUrl, wire_text},
};

wire_text!(
    /// What shall come back. **Unconfirmed**: no page states a limit; this one is ours.
    EchoMessage, "echo_message", 1..=1024 bytes
);

/// Asks WeChat to say something back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SelfTest {
    /// Where the notification shall go; none comes without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<NotifyUrl>,
    /// What shall come back.
    pub echo_message: EchoMessage,
    /// What shall come back encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_echo_message: Option<SensitiveText>,
}

to_body!(SelfTest);

impl SelfTest {
    /// Only the plain text, only in the answer.
    #[must_use]
    pub fn new(echo_message: EchoMessage) -> Self {
        Self { notify_url: None, echo_message, encrypted_echo_message: None }
    }
}

/// What WeChat said back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Answer {
    /// The text.
    pub echo_message: String,
    /// The encrypted text, now encrypted to the merchant's certificate.
    #[serde(default)]
    pub encrypted_echo_message: Option<SealedText>,
}

impl Call for SelfTest {
    type Answer = Answer;
    const NAME: &'static str = "security.echo";

    fn request(&self) -> Request {
        let sealed_to = self.encrypted_echo_message.as_ref().map(SensitiveText::serial_no);
        Request::post("/v3/security/echo", self.to_body()).sealed_to(sealed_to.cloned())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Answer, Malformed> {
        read(body, "an echo")
    }
}

/// The content of the notification (`SECURITY_ECHO.SUCCESS`, original type `security`;
/// <https://pay.weixin.qq.com/doc/v3/merchant/4015164042>).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Echo {
    /// The text.
    pub echo_message: String,
    /// The encrypted text. The notification's name for it lacks two letters of the request's; both
    /// are taken.
    #[serde(default, alias = "encrypted_echo_message")]
    pub encrypt_echo_message: Option<SealedText>,
}
