//! Every kind of problem there is: the contract of our error answers.

use axum::http::StatusCode;

use super::Language;

/// One kind. `code` never changes its meaning.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    /// Whether the same request may succeed in a moment.
    pub(crate) passes: bool,
    en: Words,
    zh: Words,
}

/// What it is, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
struct Words {
    title: &'static str,
    cure: &'static str,
}

impl Kind {
    const fn words(&self, language: Language) -> &Words {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }

    pub(crate) const fn title(&self, language: Language) -> &'static str {
        self.words(language).title
    }

    pub(crate) const fn cure(&self, language: Language) -> &'static str {
        self.words(language).cure
    }
}

macro_rules! kinds {
    ($($name:ident = $status:ident $code:literal $($passes:ident)?
        { $en:literal, $en_cure:literal } { $zh:literal, $zh_cure:literal })*) => {
        $(pub(crate) const $name: Kind = Kind {
            status: StatusCode::$status,
            code: $code,
            passes: false $(|| $passes)?,
            en: Words { title: $en, cure: $en_cure },
            zh: Words { title: $zh, cure: $zh_cure },
        };)*

        #[cfg(test)]
        pub(crate) const ALL: &[&Kind] = &[$(&$name),*];
    };
}

/// Stands in the table below where the same request may succeed in a moment.
const PASSES: bool = true;

kinds! {
    BAD_REQUEST = BAD_REQUEST "bad_request"
        { "The request cannot be read", "Send well-formed HTTP." }
        { "无法读取请求", "请发送格式正确的 HTTP 请求。" }
    INVALID = BAD_REQUEST "invalid"
        { "The request is not valid", "Correct the named member and send again." }
        { "请求参数不正确", "请修正所指出的字段后重新发送。" }
    UNSUPPORTED_TRADE_TYPE = BAD_REQUEST "unsupported_trade_type"
        { "This way of paying is not supported", "Use trade_type JSAPI with a mini program." }
        { "不支持该支付方式", "请使用小程序的 trade_type JSAPI。" }
    LOGIN_CODE_INVALID = BAD_REQUEST "login_code_invalid"
        { "The login code is not valid", "Codes work once and for five minutes: call wx.login again." }
        { "登录 code 无效", "code 只能使用一次且五分钟内有效，请重新调用 wx.login。" }
    NO_API_KEY = UNAUTHORIZED "api_key_invalid"
        { "The API key is missing or wrong", "Send Authorization: Bearer with a key of this server." }
        { "缺少 API 密钥或密钥不正确", "请携带 Authorization: Bearer 和本服务的 API 密钥。" }
    NO_SESSION = UNAUTHORIZED "session_invalid"
        { "Nobody is logged in", "Log in and send the new session token." }
        { "未登录", "请重新登录，并携带新的 session_token。" }
    WRONG_ORDER_TOKEN = FORBIDDEN "order_token_invalid"
        { "The order token does not open this order", "Use the token that came with the order." }
        { "order_token 与订单不符", "请使用创建订单时返回的 order_token。" }
    WRONG_PAYER = FORBIDDEN "wrong_payer"
        { "The order belongs to another payer", "Only the payer it was created for can pay it." }
        { "订单属于其他付款人", "只有创建订单时指定的付款人才能支付。" }
    LOGIN_BLOCKED = FORBIDDEN "login_blocked"
        { "WeChat blocked this login", "WeChat's risk control decided so; the user must ask WeChat." }
        { "微信拒绝了该用户登录", "该用户被微信风控拦截，请联系微信客服。" }
    NOT_FOUND = NOT_FOUND "not_found"
        { "There is no such thing", "Check the number; what belongs to others is not shown." }
        { "找不到该资源", "请核对编号；属于他人的资源不会显示。" }
    NO_SUCH_PATH = NOT_FOUND "no_such_path"
        { "There is no such path", "Paths are matched exactly, without a slash at the end." }
        { "没有这个路径", "路径须完全一致，末尾不带斜杠。" }
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method_not_allowed"
        { "This path has no such method", "The Allow header names the methods there are." }
        { "该路径不支持此方法", "可用的方法见 Allow 响应头。" }
    TOO_SLOW = REQUEST_TIMEOUT "too_slow"
        { "The body did not arrive in time", "Send the whole body within 15 seconds." }
        { "请求体未能及时到达", "请在 15 秒内发送完整请求体。" }
    DIFFERENT_REQUEST = CONFLICT "different_request"
        { "This number was used for something else", "Repeat the first request unchanged, or use a new number." }
        { "该编号已用于不同的请求", "请原样重发首次请求，或使用新的编号。" }
    IN_PROGRESS = CONFLICT "in_progress" PASSES
        { "This is being done", "Ask again in a moment with the same request." }
        { "正在处理中", "请稍后用相同的请求再试。" }
    ORDER_PAID = CONFLICT "order_paid"
        { "The order is paid", "Show the order; there is nothing left to pay." }
        { "订单已支付", "请展示订单，无需再次支付。" }
    ORDER_EXPIRED = CONFLICT "order_expired"
        { "The order has expired", "Create a new order." }
        { "订单已过期", "请创建新的订单。" }
    ORDER_CLOSED = CONFLICT "order_closed"
        { "The order is closed", "Create a new order." }
        { "订单已关闭", "请创建新的订单。" }
    TOO_MANY_ATTEMPTS = CONFLICT "too_many_attempts"
        { "The order has used up its attempts", "Create a new order." }
        { "订单的支付尝试次数已用完", "请创建新的订单。" }
    TOO_LARGE = PAYLOAD_TOO_LARGE "too_large"
        { "The body is too large", "Stay below the limit that is given." }
        { "请求体过大", "请不要超过给出的上限。" }
    NOT_JSON = UNSUPPORTED_MEDIA_TYPE "not_json"
        { "The body is not plain JSON", "Send Content-Type: application/json, not compressed." }
        { "请求体不是 JSON", "请发送未压缩的 application/json。" }
    WECHAT_REFUSED = UNPROCESSABLE_ENTITY "wechat_refused"
        { "WeChat refused", "Member wechat says why; nothing happened." }
        { "微信支付拒绝了请求", "原因见 wechat 字段；没有发生任何扣款。" }
    INTERNAL = INTERNAL_SERVER_ERROR "internal"
        { "Something went wrong on our side", "Name the request_id to the operator of this server." }
        { "服务器内部错误", "请将 request_id 告知本服务的运维人员。" }
    WECHAT_REFUSED_US = BAD_GATEWAY "wechat_refused_us"
        { "WeChat does not accept this server's configuration", "An operator must check merchant, key and app." }
        { "微信支付不接受本服务的配置", "请运维人员检查商户号、密钥与 appid。" }
    APP_REFUSED = BAD_GATEWAY "app_refused"
        { "WeChat does not accept the app's credentials", "An operator must check appid and AppSecret." }
        { "微信不接受该应用的凭证", "请运维人员检查 appid 与 AppSecret。" }
    WECHAT_UNAVAILABLE = SERVICE_UNAVAILABLE "wechat_unavailable" PASSES
        { "WeChat cannot be asked", "Try again in a moment." }
        { "暂时无法访问微信", "请稍后再试。" }
    WECHAT_UNKNOWN = SERVICE_UNAVAILABLE "wechat_unknown" PASSES
        { "WeChat's answer is not known", "It is being found out; repeat the same request in a moment." }
        { "尚不知道微信支付的处理结果", "系统正在查询，请稍后用相同的请求再试。" }
    STORE_UNAVAILABLE = SERVICE_UNAVAILABLE "store_unavailable" PASSES
        { "Nothing can be stored right now", "Repeat the same request in a moment." }
        { "暂时无法保存数据", "请稍后用相同的请求再试。" }
    BUSY = SERVICE_UNAVAILABLE "busy" PASSES
        { "Too much is going on", "Repeat the same request in a moment." }
        { "服务繁忙", "请稍后用相同的请求再试。" }
}
