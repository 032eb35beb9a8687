//! The signature of v2: a digest over every member that has a value, and the key (v2 §3).

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use md5::{Digest as _, Md5};

/// The two digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum SignType {
    #[serde(rename = "MD5")]
    Md5,
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
}

impl SignType {
    /// As a call names it; lower case is no name.
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "MD5" => Some(Self::Md5),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }
}

/// The text that is digested: raw values by name, then the key.
pub(crate) fn message<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    key: &str,
) -> String {
    let counts = |(name, value): &(&str, &str)| *name != "sign" && !value.is_empty();
    let mut pairs: Vec<_> = pairs.into_iter().filter(counts).collect();
    pairs.sort_unstable();
    let mut message = String::new();
    for (name, value) in pairs {
        message.extend([name, "=", value, "&"]);
    }
    message.extend(["key=", key]);
    message
}

/// The digest of a [`message()`] in upper-case hex.
pub(crate) fn sign(sign_type: SignType, message: &str, key: &str) -> String {
    match sign_type {
        SignType::Md5 => hex::encode_upper(Md5::digest(message.as_bytes())),
        SignType::HmacSha256 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
            hex::encode_upper(hmac::sign(&key, message.as_bytes()))
        }
    }
}

/// Exact: WeChat takes no lower case.
pub(crate) fn is_signed(sign_type: SignType, message: &str, key: &str, given: &str) -> bool {
    let expected = sign(sign_type, message, key);
    verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "8934e7d15453e97507ef794cf7b0519d";
    const APPID: (&str, &str) = ("appid", "wx2421b1c4370ec43b");
    const MCH_ID: (&str, &str) = ("mch_id", "10000100");

    #[track_caller]
    fn assert_signed(pairs: &[(&str, &str)], key: &str, md5: &str, hmac: Option<&str>) {
        let text = message(pairs.iter().copied(), key);
        assert!(is_signed(SignType::Md5, &text, key, md5), "{text}");
        assert!(!is_signed(SignType::Md5, &text, key, &md5.to_lowercase()));
        assert!(!is_signed(SignType::HmacSha256, &text, key, md5));
        if let Some(hmac) = hmac {
            assert!(is_signed(SignType::HmacSha256, &text, key, hmac), "{text}");
        }
    }

    #[test]
    fn published_signatures_come_out() {
        let classic = [
            ("appid", "wxd930ea5d5a258f4f"),
            ("mch_id", "10000100"),
            ("device_info", "1000"),
            ("body", "test"),
            ("nonce_str", "ibuaiVcKdpRxkhJA"),
        ];
        assert_signed(
            &classic,
            "192006250b4c09247ec02edce69f6a2d",
            "9A0A8659F005D6984697E2CA0A9CF3B7",
            Some("6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"),
        );
        assert_signed(
            &[("b", "4"), ("sign", "old"), ("c", ""), ("a", "3")],
            "abc",
            "85566166DABF8B84307C0AF0A7699366",
            Some("AAF907CA1B2239E0187A4BD73331DCD840F84748C6905B7FD857688BED84ACF7"),
        );
        let odd = [
            ("a", "0"),
            ("b", ""),
            ("c", " x "),
            ("d", "a&b=c<d>"),
            ("e", "中文"),
            ("E", "up"),
            ("_z", "1"),
        ];
        assert_signed(&odd, "k", "AC31567957C95EE754FAE3F3E4B1F262", None);
        let sign_key = [MCH_ID, ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")];
        assert_signed(&sign_key, KEY, "0690E88363913A9591E77ED9B78FC1A9", None);
    }

    #[test]
    fn orders_and_answers_of_the_documents_are_signed_like_this() {
        let order = [
            APPID,
            MCH_ID,
            ("nonce_str", "1add1a30ac87aa2db72f57a2375d8fec"),
            ("body", "测试商品-QQ公仔"),
            ("attach", "支付测试"),
            ("out_trade_no", "1415659990"),
            ("total_fee", "1"),
            ("spbill_create_ip", "14.23.150.211"),
            ("notify_url", "https://example.com/wxpay/pay.action"),
            ("trade_type", "JSAPI"),
            ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
        ];
        assert_signed(&order, KEY, "CC08F37371AC4953AFDAB92E37BFDCAF", None);
        let named = order.iter().copied().chain([("sign_type", "HMAC-SHA256")]);
        let hmac = "F82960814B3D51E34A9BA9B9D4DAD1F91A83B93EBF492B7D928B8064B7322455";
        assert!(is_signed(SignType::HmacSha256, &message(named, KEY), KEY, hmac));
        let answer = [
            APPID,
            MCH_ID,
            ("return_code", "SUCCESS"),
            ("return_msg", "OK"),
            ("nonce_str", "IITRi8Iabbblz1Jc"),
            ("result_code", "SUCCESS"),
            ("prepay_id", "wx170921450623475718059438f1c2a00000"),
            ("trade_type", "JSAPI"),
        ];
        assert_signed(
            &answer,
            KEY,
            "0898281FB4394BE18F02249DD764C954",
            Some("A458F8D70C6D48067B7CC793BAEF2DB20966E9B0D39D818ACAF78025C656E04F"),
        );
    }

    /// `coupon_fee` comes before `coupon_fee_0`, because it is the shorter of the two.
    #[test]
    fn a_notification_with_coupons_is_signed_like_this() {
        let notification = [
            APPID,
            MCH_ID,
            ("attach", "支付测试"),
            ("bank_type", "CFT"),
            ("fee_type", "CNY"),
            ("is_subscribe", "N"),
            ("nonce_str", "5d2b6c2a8db53831f7eda20af46e531c"),
            ("openid", "oUpF8uMEb4qRXf22hE3X68TekukE"),
            ("out_trade_no", "1409811653"),
            ("result_code", "SUCCESS"),
            ("return_code", "SUCCESS"),
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
        ];
        assert_signed(
            &notification,
            KEY,
            "A2BE0E3B22473BF10BA84E2CFFEA7EC9",
            Some("4C500C306F50B84C4B9480BA920CD2576EBFD6DBA0A6CC84CD888108D6B7BB48"),
        );
    }
}
