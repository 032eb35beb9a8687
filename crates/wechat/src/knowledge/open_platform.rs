//! `errcode`s of `api.weixin.qq.com`: login, tokens, authorisation, messages. Its answers are always
//! HTTP 200, and `errmsg` ends with a `rid` for support.

use super::{
    Api, Entry,
    Party::{Code, Console, User, WeChat},
    Sign,
};

const OPEN: Sign = Sign::of(Api::OpenPlatform);

const FIX: [&str; 2] = ["修正请求后重发。", "Correct the request and send it again."];
const LATER: [&str; 2] = ["退避后原样重试。", "Back off and repeat the identical call."];
const TOKEN: [&str; 2] =
    ["换取新的 access_token 后重试一次。", "Get a new access_token and try once more."];

pub(super) const ENTRIES: &[Entry] = &[
    OPEN.number(-1).message("system error").means(
        WeChat,
        ["微信系统繁忙。", "WeChat is busy."],
        LATER,
    ),
    OPEN.number(40_001).message("invalid credential").means(
        Code,
        [
            "access_token 不是最新的，或 AppSecret 不对；多处各自刷新 access_token 时会随机出现。",
            "The access_token is not the latest one, or the AppSecret is wrong. Comes and goes \
             when several programs refresh the token.",
        ],
        [
            "只由一处刷新并共享 access_token，或改用 stable_token；核对 AppSecret。",
            "Let one program refresh and share the token, or use stable_token; check the \
             AppSecret.",
        ],
    ),
    OPEN.number(40_002).message("invalid grant_type").means(
        Code,
        [
            "grant_type 不对，或主体没有该权限。",
            "grant_type is wrong, or the account may not do this.",
        ],
        FIX,
    ),
    OPEN.number(40_003).message("invalid openid").means(
        Code,
        ["openid 不正确，或不属于该 appid。", "The openid is none, or belongs to another appid."],
        ["用该 appid 登录取得的 openid。", "Use an openid obtained under this appid."],
    ),
    OPEN.number(40_013).message("invalid appid").means(
        Code,
        ["appid 不存在，或没有该权限。", "There is no such appid, or it may not do this."],
        ["核对 appid。", "Check the appid."],
    ),
    OPEN.number(40_014).message("invalid access_token").means(
        Code,
        ["access_token 不合法。", "The access_token is not valid."],
        TOKEN,
    ),
    OPEN.number(40_029).message("invalid code").means(
        Code,
        [
            "code 错误、过期、属于别的 appid，或第二次使用；手机号的 code 不是登录 code。",
            "The code is wrong, expired, another app's, or used a second time; a phone number's \
             code is not a login code.",
        ],
        [
            "前端重新 wx.login 取新 code，只用一次；核对 appid。",
            "Let the front end call wx.login again and use the code once; check the appid.",
        ],
    ),
    OPEN.number(40_030).message("invalid refresh_token").means(
        Code,
        ["refresh_token 不正确。", "The refresh_token is not valid."],
        ["重新走网页授权。", "Start the web authorisation again."],
    ),
    OPEN.number(40_033).means(
        Code,
        [
            "报文含有不支持的字符写法，例如 \\uXXXX 转义。",
            "The body writes characters in a way that is not supported, such as \\uXXXX.",
        ],
        ["直接写 UTF-8 字符。", "Write UTF-8 characters as they are."],
    ),
    OPEN.number(40_037).message("invalid template_id").means(
        Code,
        ["模板 ID 不正确，或不属于该小程序。", "The template is none, or another app's."],
        [
            "在小程序后台的订阅消息里核对模板 ID。",
            "Check it in the mini program's console (subscribe messages).",
        ],
    ),
    OPEN.number(40_097).means(Code, ["参数不对。", "A parameter is wrong."], FIX),
    OPEN.number(40_125).message("invalid appsecret").means(
        Console,
        ["AppSecret 不正确，可能已被重置。", "The AppSecret is wrong; perhaps it was reset."],
        [
            "在小程序后台查看或重置 AppSecret，并更新配置。",
            "Look it up or reset it in the app's console, and update the configuration.",
        ],
    ),
    OPEN.number(40_163).message("code been used").means(
        Code,
        ["code 已经用过。", "The code has been used."],
        [
            "前端重新 wx.login；服务端不要重试同一个 code。",
            "Let the front end call wx.login again; never repeat a code on the server.",
        ],
    ),
    OPEN.number(40_164).message("not in whitelist").means(
        Console,
        ["调用者的 IP 不在白名单。", "The caller's address is not on the list."],
        [
            "在公众平台的 IP 白名单加入服务器出口 IP。",
            "Add the server's address to the list in the app's console.",
        ],
    ),
    OPEN.number(40_165).means(Code, ["path 或 query 不正确。", "path or query is not valid."], FIX),
    OPEN.number(40_226).message("code blocked").means(
        User,
        ["高风险用户，登录被微信风控拦截。", "Risk control blocked this user's login."],
        ["请用户联系微信；不要放行。", "The user must ask WeChat; do not let them pass."],
    ),
    OPEN.number(40_243).means(
        Console,
        ["AppSecret 已被冻结。", "The AppSecret is frozen."],
        ["在小程序后台解冻或重置。", "Unfreeze or reset it in the app's console."],
    ),
    OPEN.number(41_001).message("access_token missing").means(
        Code,
        ["没有带 access_token。", "There is no access_token."],
        ["access_token 是查询参数，不在报文里。", "It is a query parameter, not part of the body."],
    ),
    OPEN.number(41_002).message("appid missing").means(
        Code,
        ["没有带 appid。", "There is no appid."],
        FIX,
    ),
    OPEN.number(41_004).message("appsecret missing").means(
        Code,
        ["没有带 secret。", "There is no secret."],
        FIX,
    ),
    OPEN.number(41_008).message("missing code").means(
        Code,
        ["没有带 code。", "There is no code."],
        FIX,
    ),
    OPEN.number(41_030).means(
        Code,
        ["消息里的页面不在已发布的版本里。", "The message's page is not in the released version."],
        ["发布含该页面的版本，或改 page。", "Release a version that has the page, or change page."],
    ),
    OPEN.number(42_001).message("access_token expired").means(
        Code,
        ["access_token 已过期。", "The access_token has expired."],
        TOKEN,
    ),
    OPEN.number(42_002).means(
        Code,
        ["refresh_token 已过期（30 天）。", "The refresh_token has expired (30 days)."],
        ["重新走网页授权。", "Start the web authorisation again."],
    ),
    OPEN.number(42_003).means(
        Code,
        ["网页授权的 code 已过期。", "The code of the web authorisation has expired."],
        ["重新走网页授权。", "Start the web authorisation again."],
    ),
    OPEN.number(42_007).means(
        User,
        [
            "用户改了密码，授权已失效。",
            "The user changed the password, so the authorisation ended.",
        ],
        ["重新走网页授权。", "Start the web authorisation again."],
    ),
    OPEN.number(43_002).message("require POST method").means(
        Code,
        ["需要用 POST。", "POST is required."],
        FIX,
    ),
    OPEN.number(43_003).message("require https").means(
        Code,
        ["需要用 HTTPS。", "HTTPS is required."],
        FIX,
    ),
    OPEN.number(43_101).message("user refuse to accept the msg").means(
        User,
        [
            "用户没有订阅，或一次性订阅的次数用完了。",
            "The user did not subscribe, or the one message allowed was sent.",
        ],
        [
            "在支付等操作后再请用户订阅；不要影响订单状态。",
            "Ask the user again after an action such as paying; the order's state does not depend \
             on it.",
        ],
    ),
    OPEN.number(44_002).message("empty post data").means(
        Code,
        ["报文为空。", "The body is empty."],
        FIX,
    ),
    OPEN.number(44_990).means(Code, ["调用太频繁。", "Too many calls."], LATER),
    OPEN.number(45_009).message("reach max api daily quota limit").means(
        Code,
        ["当日调用次数用完。", "The quota of the day is used up."],
        [
            "次日再调，或在后台清零一次；缓存 access_token 与 ticket。",
            "Call tomorrow, or reset the quota once in the console; cache tokens and tickets.",
        ],
    ),
    OPEN.number(45_011).message("api minute-quota reach limit").means(
        Code,
        ["一分钟内调用太多。", "Too many calls in this minute."],
        LATER,
    ),
    OPEN.number(47_001).message("data format error").means(
        Code,
        [
            "报文不是合法的 JSON，或字段类型不对。",
            "The body is not valid JSON, or a member has the wrong type.",
        ],
        FIX,
    ),
    OPEN.number(47_003).message("argument invalid").means(
        Code,
        [
            "模板字段为空、过长或格式不符。",
            "A value of the template is empty, too long or malformed.",
        ],
        [
            "按字段类型的规则修正，例如 thing 不超过 20 个字。",
            "Keep the rules of the kind of value: thing has 20 characters at most, for example.",
        ],
    ),
    OPEN.number(48_001).message("api unauthorized").means(
        Console,
        [
            "账号类型没有该接口权限，或用错了另一种账号的 token。",
            "This kind of account may not use the interface, or the token is another account's.",
        ],
        ["核对账号类型、授权 scope 与 token。", "Check kind of account, scope and token."],
    ),
    OPEN.number(48_004).message("api forbidden for irregularities").means(
        Console,
        ["因违规，接口被封禁。", "The interface is forbidden because of an infringement."],
        ["登录后台查看处罚通知。", "Read the notice in the app's console."],
    ),
    OPEN.number(50_002).message("user limited").means(
        User,
        ["用户受限。", "The user is restricted."],
        ["请用户联系微信。", "The user must ask WeChat."],
    ),
    OPEN.number(61_003).means(
        Console,
        [
            "第三方平台没有获得该小程序授权。",
            "The third-party platform is not authorised for this app.",
        ],
        ["重新授权。", "Authorise it again."],
    ),
    OPEN.number(61_004).message("access clientip is not registered").means(
        Console,
        [
            "调用者的 IP 不在第三方平台的白名单。",
            "The caller's address is not on the platform's list.",
        ],
        [
            "在开放平台加入服务器出口 IP。",
            "Add the server's address in the open platform's console.",
        ],
    ),
    OPEN.number(61_011).means(
        Code,
        ["第三方平台的 component_appid 不对。", "The component_appid of the platform is wrong."],
        FIX,
    ),
    OPEN.number(85_079).means(
        Console,
        ["小程序没有发布。", "The mini program is not released."],
        ["先发布小程序。", "Release it first."],
    ),
    OPEN.number(87_008).message("invalid sig_method").means(
        Code,
        ["sig_method 应为 hmac_sha256。", "sig_method must be hmac_sha256."],
        FIX,
    ),
    OPEN.number(87_009).message("invalid signature").means(
        Code,
        ["session_key 错误或已过期。", "The session_key is wrong or has expired."],
        ["让用户重新登录。", "Let the user log in again."],
    ),
    OPEN.number(89_002).message("没有绑定开放平台帐号").means(
        Console,
        [
            "小程序没有绑定开放平台账号，所以没有 unionid。",
            "The app is not bound to an open-platform account, so there is no unionid.",
        ],
        ["在开放平台绑定。", "Bind it on the open platform."],
    ),
    OPEN.number(89_300).message("订单无效").means(
        Code,
        [
            "订单无效，或支付已超过 5 分钟。",
            "The order is not valid, or was paid more than 5 minutes ago.",
        ],
        [
            "核对单号；支付后 5 分钟内调用。",
            "Check the number; call within 5 minutes of the payment.",
        ],
    ),
];
