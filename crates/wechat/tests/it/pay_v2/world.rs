//! The merchant of the published examples, and a WeChat that knows its key.

use suanpan_wechat::{
    Fen,
    call::RawAnswer,
    id::{Appid, Mchid, NonceStr, OutTradeNo},
    pay_v2::{
        Keys, Merchant, SignType, Text,
        purchase::{Extras, Purchase},
        xml::Fields,
    },
    secret::ApiV2Key,
    text::Description,
};

pub(crate) const KEY: &str = "8934e7d15453e97507ef794cf7b0519d";

pub(crate) fn keys(sign_type: SignType) -> Keys {
    Keys::new(sign_type, ApiV2Key::new(KEY).unwrap())
}

pub(crate) fn foreign_keys(sign_type: SignType) -> Keys {
    Keys::new(sign_type, ApiV2Key::new("00000000000000000000000000000017").unwrap())
}

pub(crate) const BOTH: [SignType; 2] = [SignType::Md5, SignType::HmacSha256];

pub(crate) fn appid() -> Appid {
    Appid::new("wx2421b1c4370ec43b").unwrap()
}

pub(crate) fn mch_id() -> Mchid {
    Mchid::new("10000100").unwrap()
}

pub(crate) fn merchant() -> Merchant {
    Merchant::direct(appid(), mch_id())
}

pub(crate) fn text<const LIMIT: usize>(text: &str) -> Text<LIMIT> {
    Text::new(text).unwrap()
}

pub(crate) fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

pub(crate) fn nonce(text: &str) -> NonceStr {
    NonceStr::new(text).unwrap()
}

pub(crate) fn out_trade_no(text: &str) -> OutTradeNo {
    OutTradeNo::new(text).unwrap()
}

pub(crate) fn purchase() -> Purchase {
    Purchase {
        merchant: merchant(),
        body: Description::new("测试商品-QQ公仔").unwrap(),
        out_trade_no: out_trade_no("1415659990"),
        total_fee: fen(1),
        spbill_create_ip: "14.23.150.211".parse().unwrap(),
        extras: Extras { attach: Some(text("支付测试")), ..Extras::default() },
    }
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields.insert(name, *value).unwrap();
    }
    fields
}

/// The document as WeChat would sign it: texts in CDATA, return_code first.
pub(crate) fn signed(keys: &Keys, pairs: &[(&str, &str)]) -> Vec<u8> {
    let sign = keys.sign(&fields(pairs));
    let mut xml = String::from("<xml>");
    for (name, value) in pairs.iter().chain(&[("sign", sign.as_str())]) {
        xml.push_str(&format!("<{name}><![CDATA[{value}]]></{name}>\n"));
    }
    xml.push_str("</xml>");
    xml.into_bytes()
}

pub(crate) fn answered(body: Vec<u8>) -> RawAnswer {
    RawAnswer { status: 200, headers: Vec::new(), body }
}

/// A signed answer: what every one has, then what this one has.
pub(crate) fn answer(keys: &Keys, pairs: &[(&str, &str)]) -> RawAnswer {
    let envelope = [
        ("return_code", "SUCCESS"),
        ("return_msg", "OK"),
        ("appid", "wx2421b1c4370ec43b"),
        ("mch_id", "10000100"),
        ("nonce_str", "IITRi8Iabbblz1Jc"),
    ];
    let mut all: Vec<_> = envelope
        .into_iter()
        .filter(|(name, _)| !pairs.iter().any(|(own, _)| own == name))
        .collect();
    all.extend_from_slice(pairs);
    answered(signed(keys, &all))
}

/// A payment with two coupons, as its notification lists it.
pub(crate) const PAID: [(&str, &str); 27] = [
    ("return_code", "SUCCESS"),
    ("result_code", "SUCCESS"),
    ("appid", "wx2421b1c4370ec43b"),
    ("mch_id", "10000100"),
    ("attach", "支付测试"),
    ("bank_type", "CFT"),
    ("fee_type", "CNY"),
    ("is_subscribe", "N"),
    ("nonce_str", "5d2b6c2a8db53831f7eda20af46e531c"),
    ("openid", "oUpF8uMEb4qRXf22hE3X68TekukE"),
    ("out_trade_no", "1409811653"),
    ("time_end", "20140903131540"),
    ("total_fee", "300"),
    ("cash_fee", "0"),
    ("coupon_fee", "300"),
    ("coupon_count", "2"),
    ("coupon_type_0", "CASH"),
    ("coupon_id_0", "10000"),
    ("coupon_fee_0", "100"),
    ("coupon_type_1", "NO_CASH"),
    ("coupon_id_1", "10001"),
    ("coupon_fee_1", "200"),
    ("settlement_total_fee", "100"),
    ("trade_type", "JSAPI"),
    ("transaction_id", "1004400740201409030005092168"),
    // Unknown and empty fields are WeChat's to add.
    ("sub_mch_id", ""),
    ("device_info", ""),
];
