//! Why the cashier refused a second signature (v3 §3, v2 §17).

use serde_json::{Map, Value};

use super::{
    digest,
    evidence::{Evidence, key_mistake},
    layout,
    mistake::{Mistake, mistakes},
    request::Case,
    search::{Canonical, Effort, Join, Line},
    spelling, stamp,
    target::encoded,
    told::Explanation,
    v2::{Digested, Member},
};
use crate::world::{Invoke, InvokeKind, journal, v2::SignType};

mistakes! {
    MEMBER = "second_member_missing", "调起支付的参数不全", "a member the cashier needs is missing";
    NO_ORDER = "second_prepay_id_unknown", "prepay_id 不存在，无法知道是哪个商户下的单", "the prepay id is unknown, so nobody knows which merchant ordered";
    AS_NUMBER = "second_timestamp_number", "timeStamp 应为字符串，不是数字", "timeStamp is a number, not a text";
    SIGN_TYPE = "second_sign_type", "signType 应为 RSA", "signType is not RSA";
    OTHER_DIGEST = "second_sign_type_of_order", "signType 与下单时的签名算法不同", "signType is not the digest the order was placed with";
    RSA = "second_rsa", "用 RSA 做了 paySign；v2 下的单要用下单时的 MD5 或 HMAC-SHA256", "the second signature is RSA; an order of v2 wants the digest it was placed with";
    V2 = "second_v2_digest", "用 v2 的 MD5 或 HMAC-SHA256 做了 paySign；v3 下的单要用 RSA", "the second signature is a digest of v2; an order of v3 wants RSA";
    OTHER_APP = "second_other_appid", "签名用的 appid 与当前小程序（公众号、应用）不同", "another appid was signed than that of the app that pays";
    NO_APP = "second_appid_empty", "appid 那一行是空的", "the line of the appid is empty";
    BARE_ID = "second_package_without_prefix", "第四行只有预支付 ID，缺少 prepay_id= 前缀", "the fourth line is the bare id, without prepay_id= before it";
    WITH_PREFIX = "second_package_with_prefix", "App 支付的第四行应只有预支付 ID，不带 prepay_id=", "the fourth line has prepay_id= before the id, which apps must not write";
    SIGN_WXPAY = "second_package_sign_wxpay", "第四行写成了 Sign=WXPay，应为预支付 ID", "the fourth line is Sign=WXPay, not the prepay id";
    ENCODED = "second_package_encoded", "第四行的 prepay_id= 被做了 URL 编码", "the fourth line is percent-encoded";
    QUOTED = "second_package_quoted", "第四行带了引号或 JSON 格式", "the fourth line has quotation marks or is JSON";
    WITH_TYPE = "second_sign_type_signed", "signType 也参与了签名，应只有四行", "signType was signed as well; there are only four lines";
    LEFT_OUT = "second_line_left_out", "四行里少了一行", "one of the four lines was left out";
    OTHER_ORDER = "second_lines_other_order", "四行的顺序不对", "the four lines are in another order";
    FIELDS = "second_string_of_fields", "用了 v2 的 键=值& 格式，v3 应为四行", "names and values joined by & were signed, as v2 does, not four lines";
}

/// Which order a prepay id is of.
#[derive(Debug, Clone)]
pub(crate) struct Prepaid {
    pub(crate) mchid: String,
    /// The certificate that ordered; empty for orders of v2.
    pub(crate) serial_no: String,
    pub(crate) appid: String,
    /// The digest of an order of v2.
    pub(crate) v2: Option<SignType>,
}

/// What a front end handed over, under whatever names.
#[derive(Debug)]
struct Handed {
    appid: String,
    time: String,
    nonce: String,
    fourth: String,
    prepay_id: String,
    sign_type: String,
    given: String,
    is_number: bool,
}

/// The prepay id in an invocation, however it is written.
pub(crate) fn prepay_id(params: &Map<String, Value>) -> Option<String> {
    let text = ["package", "prepayid", "prepayId"].iter().find_map(|name| {
        let value = params.get(*name)?.as_str()?;
        (!value.is_empty() && value != "Sign=WXPay").then_some(value)
    })?;
    Some(text.strip_prefix("prepay_id=").unwrap_or(text).to_owned())
}

fn read(invoke: &Invoke) -> Option<Handed> {
    let any = |names: &[&str]| names.iter().find_map(|name| invoke.params.get(*name));
    let text = |names: &[&str]| {
        any(names).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let prepay_id = prepay_id(&invoke.params)?;
    let fourth = match invoke.kind {
        InvokeKind::App => prepay_id.clone(),
        InvokeKind::MiniProgram | InvokeKind::Jsapi => format!("prepay_id={prepay_id}"),
    };
    Some(Handed {
        appid: invoke.appid.to_string(),
        time: text(&["timeStamp", "timestamp"])?,
        nonce: text(&["nonceStr", "noncestr"])?,
        fourth,
        prepay_id,
        sign_type: text(&["signType"]).unwrap_or_else(|| "RSA".to_owned()),
        given: text(&["paySign", "sign", "signature"])?,
        is_number: any(&["timeStamp", "timestamp"]).is_some_and(Value::is_number),
    })
}

fn fourth(handed: &Handed, is_app: bool) -> Line {
    let id = handed.prepay_id.as_str();
    let mut line = Line::new(handed.fourth.as_str());
    line.or(
        if is_app { WITH_PREFIX } else { BARE_ID },
        if is_app { format!("prepay_id={id}") } else { id.to_owned() },
    );
    line.or(SIGN_WXPAY, "Sign=WXPay");
    line.or(ENCODED, encoded(&handed.fourth, b""));
    line.or(QUOTED, format!("\"{}\"", handed.fourth));
    line.or(QUOTED, format!("{{\"prepay_id\":\"{id}\"}}"));
    line.or(QUOTED, format!("prepay_id={{\"prepay_id\":\"{id}\"}}"));
    line
}

fn joins() -> Vec<(Mistake, Join)> {
    let of_four: [(Mistake, Join); 10] = [
        (WITH_TYPE, |all| layout::lines(&[all[0], all[1], all[2], all[3], b"RSA"])),
        (LEFT_OUT, |all| layout::picked(all, &[1, 2, 3])),
        (LEFT_OUT, |all| layout::picked(all, &[0, 2, 3])),
        (LEFT_OUT, |all| layout::picked(all, &[0, 1, 3])),
        (LEFT_OUT, |all| layout::picked(all, &[0, 1, 2])),
        (OTHER_ORDER, |all| layout::picked(all, &[0, 2, 1, 3])),
        (OTHER_ORDER, |all| layout::picked(all, &[0, 2, 3, 1])),
        (OTHER_ORDER, |all| layout::picked(all, &[0, 3, 1, 2])),
        (OTHER_ORDER, |all| layout::picked(all, &[1, 2, 0, 3])),
        (FIELDS, |all| {
            let names: [&[u8]; 4] =
                [b"appId=", b"&nonceStr=", b"&package=", b"&signType=RSA&timeStamp="];
            let values = [all[0], all[2], all[3], all[1]];
            names.iter().zip(values).flat_map(|(name, value)| [*name, value].concat()).collect()
        }),
    ];
    of_four.into_iter().chain(layout::anywhere()).collect()
}

impl Evidence {
    /// Why the cashier does not open.
    pub(crate) fn invocation(
        &self,
        invoke: &Invoke,
        prepaid: Option<&Prepaid>,
        client_string: Option<&str>,
        effort: &mut Effort,
    ) -> Explanation {
        let mut told = Explanation::empty();
        let Some(handed) = read(invoke) else { return told.ends_with(MEMBER) };
        let Some(prepaid) = prepaid else { return told.ends_with(NO_ORDER) };
        told.add(handed.is_number.then_some(AS_NUMBER));
        let is_app = invoke.kind == InvokeKind::App;
        if let Some(sign_type) = prepaid.v2 {
            let named = SignType::read(&handed.sign_type);
            told.add((!is_app && named != Some(sign_type)).then_some(OTHER_DIGEST));
            if handed.given.len() > 128 {
                return told.ends_with(RSA);
            }
            let wants = sign_type == SignType::HmacSha256;
            self.second_digest(&handed, prepaid, (is_app, wants), client_string, effort, &mut told);
            return told.conclude();
        }
        told.add((handed.sign_type != "RSA").then_some(SIGN_TYPE));
        let mut appid = Line::new(handed.appid.as_str());
        for other in self.appids() {
            appid.or(OTHER_APP, other.as_str());
        }
        appid.or(OTHER_APP, prepaid.appid.as_str());
        appid.or(NO_APP, "");
        let canonical = Canonical {
            lines: vec![
                appid,
                stamp::timestamp(&handed.time, &[]),
                stamp::nonce(&handed.nonce, &[], &[]),
                fourth(&handed, is_app),
            ],
            join: layout::lines,
            other_joins: joins(),
            folds: digest::folds(),
        };
        let expected = canonical.right();
        told.expected = Some(journal::text(&expected));
        let readings = spelling::readings(&handed.given);
        let case = Case { evidence: self, canonical: &canonical, expected: &expected };
        if let Some(opened) = self.open(&readings, &prepaid.mchid, &prepaid.serial_no) {
            told.add(key_mistake(&opened.key.by, &prepaid.mchid, &prepaid.serial_no));
            case.opened(&opened, client_string, effort, &mut told);
        } else if matches!(handed.given.len(), 32 | 64) {
            told.add([V2]);
            let wants = handed.given.len() == 64;
            self.second_digest(&handed, prepaid, (is_app, wants), client_string, effort, &mut told);
        } else {
            case.shut(
                (&prepaid.mchid, &prepaid.serial_no),
                &handed.given,
                &readings,
                effort,
                &mut told,
            );
        }
        if !told.explained && told.excluded.is_none() {
            told.exclude(self.keys(&prepaid.mchid, "").len() + self.secrets(), &canonical, effort);
        }
        told.conclude()
    }

    /// The same members as v2 signs them.
    fn second_digest(
        &self,
        handed: &Handed,
        prepaid: &Prepaid,
        (is_app, wants): (bool, bool),
        client_string: Option<&str>,
        effort: &mut Effort,
        told: &mut Explanation,
    ) {
        let Handed { appid, time, nonce, fourth, prepay_id, sign_type, .. } = handed;
        let pairs: &[(&str, &str)] = if is_app {
            &[
                ("appid", appid),
                ("noncestr", nonce),
                ("package", "Sign=WXPay"),
                ("partnerid", &prepaid.mchid),
                ("prepayid", prepay_id),
                ("timestamp", time),
            ]
        } else {
            &[
                ("appId", appid),
                ("nonceStr", nonce),
                ("package", fourth),
                ("signType", sign_type),
                ("timeStamp", time),
            ]
        };
        let members: Vec<_> = pairs.iter().map(|(name, value)| Member::new(name, value)).collect();
        let case =
            Digested { members: &members, mchid: &prepaid.mchid, given: &handed.given, wants };
        self.digested(&case, client_string, effort, told);
    }
}
