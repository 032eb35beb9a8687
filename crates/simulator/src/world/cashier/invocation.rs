//! The second signature: what a front end hands over, and how it is checked (v3 §3.1–3.3).

use serde_json::{Map, Value};
use suanpan_wechat::id::{Appid, PrepayId};

use super::Refusal;
use crate::world::{
    exchange::Times,
    identity::AppKind,
    order::{Order, Prepay, TradeType},
    settle::ORDER_EXISTS,
    state::World,
};

/// What a front end hands to the cashier.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoke {
    /// Which front end.
    pub kind: InvokeKind,
    /// The app that runs; the runtime knows it, the page does not choose it.
    pub appid: Appid,
    /// The object given to `wx.requestPayment`, the bridge, or the SDK.
    pub params: Map<String, Value>,
    /// With `jsapi`: the page that called the bridge; absent skips the rule about directories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// With `jsapi`: what the browser calls itself; absent: WeChat's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

impl Invoke {
    /// What a front end hands over, inside WeChat and on no page in particular.
    #[must_use]
    pub const fn new(kind: InvokeKind, appid: Appid, params: Map<String, Value>) -> Self {
        Self { kind, appid, params, page: None, user_agent: None }
    }
}

/// The front ends that open the cashier with a second signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvokeKind {
    /// `wx.requestPayment`.
    MiniProgram,
    /// `getBrandWCPayRequest`.
    Jsapi,
    /// `PayReq` of the open SDK.
    App,
}

impl World {
    pub(super) fn check_invocation(&self, invoke: &Invoke, now: Times) -> Result<&Prepay, Refusal> {
        if invoke.kind == InvokeKind::Jsapi {
            check_inside_wechat(invoke.user_agent.as_deref())?;
        }
        let signed = SignedFields::read(invoke)?;
        let prepay_id = PrepayId::new(signed.prepay_id)
            .map_err(|_| Refusal::invocation("调用支付JSAPI缺少参数: package"))?;
        let prepay = self.check_prepay_id(&prepay_id, now)?;
        let order = self.state.order(&prepay.mchid, &prepay.out_trade_no).expect(ORDER_EXISTS);
        if invoke.kind == InvokeKind::Jsapi {
            self.check_page(invoke.page.as_deref(), order)?;
        }
        let sub_appid = order.partner.as_ref().and_then(|partner| partner.sub_appid.as_ref());
        if order.appid != invoke.appid && sub_appid != Some(&invoke.appid) {
            return Err(Refusal::invocation(match invoke.kind {
                InvokeKind::App => "商户传入的APPID参数不正确，请联系商户处理",
                InvokeKind::MiniProgram | InvokeKind::Jsapi => "商户传入的appid参数不正确",
            }));
        }
        self.check_second_signature(invoke, &signed, prepay, order)
            .map_err(|refusal| self.with_reason(refusal, invoke, now))?;
        let kind = self.state.apps.get(&invoke.appid).map(|app| app.kind);
        let (front_end, trade_type) = match invoke.kind {
            InvokeKind::MiniProgram => (AppKind::MiniProgram, TradeType::Jsapi),
            InvokeKind::Jsapi => (AppKind::OfficialAccount, TradeType::Jsapi),
            InvokeKind::App => (AppKind::App, TradeType::App),
        };
        let fits = kind == Some(front_end) && order.trade_type == trade_type;
        if fits { Ok(prepay) } else { Err(Refusal::invocation("支付场景非法")) }
    }

    /// The cashier has one sentence; the reason comes with it, which WeChat does not tell.
    fn with_reason(&self, refusal: Refusal, invoke: &Invoke, now: Times) -> Refusal {
        if !self.state.settings().explain_refusals {
            return refusal;
        }
        let explanation = Some(self.explain_invocation(invoke, now));
        Refusal { explanation, ..refusal }
    }

    /// With the certificate that ordered, or with the digest that did.
    fn check_second_signature(
        &self,
        invoke: &Invoke,
        signed: &SignedFields<'_>,
        prepay: &Prepay,
        order: &Order,
    ) -> Result<(), Refusal> {
        if let Some(sign_type) = order.v2 {
            let is_signed = self.is_v2_invocation(invoke, order, sign_type);
            return if is_signed {
                Ok(())
            } else {
                Err(Refusal::invocation("支付验证签名失败"))
            };
        }
        let message = signed.message(&invoke.appid);
        prepay
            .serial_no
            .as_ref()
            .filter(|_| signed.sign_type == "RSA")
            .and_then(|serial_no| Some((serial_no, self.verifier(order.ordered_by(), serial_no)?)))
            .filter(|(serial_no, verifier)| {
                verifier.check(serial_no, message.as_bytes(), signed.signature).is_ok()
            })
            .map(|_| ())
            .ok_or_else(|| Refusal::invocation("支付签名验证失败"))
    }
}

/// What WeChat's own browser has in its name.
const WECHAT: &str = "MicroMessenger";

fn check_inside_wechat(user_agent: Option<&str>) -> Result<(), Refusal> {
    match user_agent {
        Some(name) if !name.contains(WECHAT) => {
            Err(Refusal::invocation("该商户暂不支持通过外部拉起微信完成支付"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Pages that jump into the cashier from outside must be outside (v3 §3.4).
pub(super) fn check_outside_wechat(user_agent: Option<&str>) -> Result<(), Refusal> {
    match user_agent {
        Some(name) if name.contains(WECHAT) => {
            Err(Refusal::invocation("请在微信外打开订单，进行支付"))
        }
        Some(_) | None => Ok(()),
    }
}

impl World {
    /// A page must lie in a directory of the merchant, or of the sub-merchant (v3 §3.1).
    fn check_page(&self, page: Option<&str>, order: &Order) -> Result<(), Refusal> {
        let Some(page) = page else { return Ok(()) };
        let merchant = &self.state.merchants[order.ordered_by()];
        let sub = order.sub_mchid().and_then(|sub_mchid| merchant.sub_merchants.get(sub_mchid));
        let of_sub = sub.into_iter().flat_map(|sub| &sub.jsapi_directories);
        if merchant.jsapi_directories.iter().chain(of_sub).any(|known| lies_in(page, known)) {
            return Ok(());
        }
        Err(Refusal::invocation("当前页面的URL未注册"))
    }
}

/// A directory without a port is good for every port: a developer's ports change from day to day.
fn lies_in(page: &str, directory: &str) -> bool {
    let (Ok(page), Ok(directory)) = (url::Url::parse(page), url::Url::parse(directory)) else {
        return false;
    };
    page.scheme() == directory.scheme()
        && page.host() == directory.host()
        && (directory.port().is_none() || page.port() == directory.port())
        && page.path().starts_with(directory.path())
}

/// The members of an invocation that are signed, whatever they are called in this front end.
struct SignedFields<'a> {
    time_stamp: &'a str,
    nonce_str: &'a str,
    /// The fourth line: `prepay_id=…`, or the bare id for apps (v3 §3).
    fourth: &'a str,
    prepay_id: &'a str,
    /// An app does not say: the open SDK has no member for it.
    sign_type: &'a str,
    signature: &'a str,
}

impl<'a> SignedFields<'a> {
    fn read(invoke: &'a Invoke) -> Result<Self, Refusal> {
        let member = |name| text(&invoke.params, name);
        if invoke.kind == InvokeKind::App {
            let prepay_id = member("prepayid").or_else(|_| member("prepayId"))?;
            return Ok(Self {
                time_stamp: member("timestamp").or_else(|_| member("timeStamp"))?,
                nonce_str: member("noncestr").or_else(|_| member("nonceStr"))?,
                fourth: prepay_id,
                prepay_id,
                sign_type: "RSA",
                signature: member("sign")?,
            });
        }
        let time_stamp = member("timeStamp")?;
        let nonce_str = member("nonceStr")?;
        let package = member("package")?;
        let sign_type = member("signType")?;
        let prepay_id = package
            .strip_prefix("prepay_id=")
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Refusal::invocation("调用支付JSAPI缺少参数: package"))?;
        Ok(Self {
            time_stamp,
            nonce_str,
            fourth: package,
            prepay_id,
            sign_type,
            signature: member("paySign")?,
        })
    }

    fn message(&self, appid: &Appid) -> String {
        format!("{appid}\n{}\n{}\n{}\n", self.time_stamp, self.nonce_str, self.fourth)
    }
}

/// A text member, or the framework's own complaint about its type.
fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let is = match params.get(name) {
        Some(Value::String(text)) if !text.is_empty() => return Ok(text),
        None | Some(Value::String(_)) => {
            return Err(Refusal::invocation(format!("调用支付JSAPI缺少参数: {name}")));
        }
        Some(Value::Null) => "Null",
        Some(Value::Bool(_)) => "Boolean",
        Some(Value::Number(_)) => "Number",
        Some(Value::Array(_)) => "Array",
        Some(Value::Object(_)) => "Object",
    };
    Err(Refusal::invocation(format!(
        "parameter error: parameter.{name} should be String instead of {is};"
    )))
}

/// What a front end hears.
#[derive(Clone, Copy)]
pub(super) struct FrontEnd {
    pub(super) kind: Option<InvokeKind>,
}

impl FrontEnd {
    pub(super) const fn ok(self) -> &'static str {
        match self.kind {
            None | Some(InvokeKind::MiniProgram) => "requestPayment:ok",
            Some(InvokeKind::Jsapi) => "get_brand_wcpay_request:ok",
            Some(InvokeKind::App) => "0",
        }
    }

    pub(super) const fn cancel(self) -> &'static str {
        match self.kind {
            None | Some(InvokeKind::MiniProgram) => "requestPayment:fail cancel",
            Some(InvokeKind::Jsapi) => "get_brand_wcpay_request:cancel",
            Some(InvokeKind::App) => "-2",
        }
    }
}
