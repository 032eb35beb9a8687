//! Why a client cannot verify what WeChat said: an answer or a notification (v3 §1.9).
//!
//! Here WeChat's string is the truth, and the client's is what went wrong.

use super::{
    body, digest,
    evidence::Evidence,
    layout,
    mistake::mistakes,
    request::Case,
    search::{Canonical, Effort, Hit, search},
    spelling, stamp,
    told::{Explanation, KeyRole},
};
use crate::world::{exchange::HttpRequest, journal};

mistakes! {
    MEMBERS = "statement_headers_missing", "缺少 Wechatpay-Timestamp、Nonce、Signature 或 Serial 头", "one of the headers Wechatpay-Timestamp, -Nonce, -Signature and -Serial is missing";
    PROBE = "statement_probe", "这是签名探测：签名以 WECHATPAY/SIGNTEST/ 开头，本来就应当验签失败", "this is a probe: its signature begins with WECHATPAY/SIGNTEST/ and must be refused";
    NOT_WECHAT = "statement_not_of_wechat", "这个签名不是微信支付的密钥做的", "no key of WeChat's made this signature";
    SERIAL = "statement_other_serial", "Wechatpay-Serial 与实际签名的密钥不符", "Wechatpay-Serial does not name the key that signed";
    CHANGED = "statement_changed", "收到的报文与微信支付签名的不一致（被解析后又重新序列化，或被改动）", "what was given is not what WeChat signed: it was changed on its way, or read and written again";
    RIGHT_STRING = "client_string_right", "客户端的待验签串是对的：请检查所用的公钥（应与 Wechatpay-Serial 对应）、Base64 解码和算法", "the client's string is right: look at the key it verifies with (the one Wechatpay-Serial names), its Base64 and its algorithm";
    WRONG_STRING = "client_string_differs_from_wechats", "客户端的待验签串与微信支付签名的不同", "the client's string is not the one WeChat signed";
}

const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";

impl Evidence {
    /// What stands between a statement of WeChat's and whoever cannot verify it.
    pub(crate) fn statement(
        &self,
        message: &HttpRequest,
        client_string: Option<&str>,
        effort: &mut Effort,
    ) -> Explanation {
        let mut told = Explanation::empty();
        let header = |name| message.header(name).filter(|value| !value.is_empty());
        let (Some(time), Some(nonce), Some(given), Some(serial_no)) = (
            header("Wechatpay-Timestamp"),
            header("Wechatpay-Nonce"),
            header("Wechatpay-Signature"),
            header("Wechatpay-Serial"),
        ) else {
            return told.ends_with(MEMBERS);
        };
        let canonical = Canonical {
            lines: vec![
                stamp::timestamp(time, &[]),
                stamp::nonce(nonce, &[], &[]),
                body::body(&message.body, None),
            ],
            join: layout::lines,
            other_joins: layout::of_statements(),
            folds: digest::folds(),
        };
        let as_given = canonical.right();
        told.expected = Some(journal::text(&as_given));
        if given.starts_with(PROBE_PREFIX) {
            return told.ends_with(PROBE);
        }
        let readings = spelling::readings(given);
        let opened = self.open(&readings, "", serial_no);
        match &opened {
            Some(opened) if opened.key.by.role != KeyRole::Merchant => {
                told.add((opened.key.by.serial_no != serial_no).then_some(SERIAL));
                let case = Case { evidence: self, canonical: &canonical, expected: &as_given };
                case.opened(opened, None, effort, &mut told);
                told.add((told.signed != told.expected).then_some(CHANGED));
                // What WeChat signed is what is right here.
                told.expected = told.signed.take().or(told.expected);
                told.first_difference = None;
            }
            _ => told.add([NOT_WECHAT]),
        }
        if let Some(theirs) = client_string {
            compare(&canonical, theirs.as_bytes(), effort, &mut told);
        }
        if !told.explained {
            told.exclude(self.keys("", serial_no).len(), &canonical, effort);
        }
        told.conclude()
    }
}

/// Names what the client did to get its string.
fn compare(canonical: &Canonical, theirs: &[u8], effort: &mut Effort, told: &mut Explanation) {
    let right = told.expected.clone().unwrap_or_default().into_bytes();
    if theirs == right {
        told.add([RIGHT_STRING]);
        return;
    }
    told.add([WRONG_STRING]);
    let found = search(canonical, effort, &|message| (message == theirs).then(Vec::new));
    if let Some(Hit { mistakes, .. }) = found {
        told.add(mistakes);
    }
    told.compare(&right, theirs);
}
