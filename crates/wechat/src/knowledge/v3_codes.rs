//! What each code of v3 says where nothing finer is known, and what a status alone says
//! (docs/protocol/errors.md, "What a refusal proves").

use super::{
    Api, Entry,
    Party::{Code, Console, Network, User, WeChat},
    Sign,
};

const V3: Sign = Sign::of(Api::V3);

const QUERY_AS_PAID: [&str; 2] = [
    "查询订单，按查询结果处理；不要再次下单。",
    "Query the order and go by the answer; do not order again.",
];
const REPEAT_OR_QUERY: [&str; 2] = [
    "结果未知。用相同单号、相同参数重试，或查询；绝不要先换单号。",
    "The outcome is unknown. Send the identical request again, or query; never take a new number \
     first.",
];

pub(super) const ENTRIES: &[Entry] = &[
    V3.code("PARAM_ERROR").means(
        Code,
        [
            "有参数缺失、类型不对、过长过短或格式不符；没有产生任何效果。",
            "A parameter is missing, of the wrong type, too long, too short or malformed; nothing \
             happened.",
        ],
        [
            "按 detail 与 message 修正后重发，单号可以不变。",
            "Correct what detail and message name and send it again; the number may stay.",
        ],
    ),
    V3.code("INVALID_REQUEST").means(
        Code,
        [
            "请求不符合业务规则，或与同一单号先前的请求不一致；没有产生任何效果。",
            "The request breaks a rule of the business, or differs from an earlier one under the \
             same number; nothing happened.",
        ],
        [
            "看 message 与 Request-ID 末尾的数字：同单号换参数请恢复原参数，否则修正请求。",
            "Read message and the number at the end of the Request-ID. If parameters changed \
             under one number, restore the first ones; otherwise correct the request.",
        ],
    ),
    V3.code("APPID_MCHID_NOT_MATCH").means(
        Console,
        ["appid 没有绑定到该商户号。", "The appid is not bound to this mchid."],
        [
            "在商户平台关联 AppID 并在应用后台确认，然后原样重试。",
            "Bind the appid in the merchant console, confirm it in the app's console, and repeat.",
        ],
    ),
    V3.code("MCH_NOT_EXISTS").means(
        Code,
        ["商户号不存在。", "There is no such merchant."],
        [
            "核对 mchid；服务商模式下核对 sp_mchid 与 sub_mchid。",
            "Check mchid; in partner mode, sp_mchid and sub_mchid.",
        ],
    ),
    V3.code("ORDER_CLOSED").means(
        Code,
        ["订单已关闭，这个单号不能再用。", "The order is closed; its number cannot be used again."],
        [
            "如仍需收款，换新的商户订单号下单。",
            "If the money is still wanted, order again under a new out_trade_no.",
        ],
    ),
    V3.code("ORDERPAID").means(
        Code,
        ["订单已经支付。", "The order has been paid already."],
        QUERY_AS_PAID,
    ),
    V3.code("ORDER_REVERSED").means(
        Code,
        ["订单已撤销。", "The order has been reversed."],
        ["如仍需收款，换新单号。", "If the money is still wanted, use a new number."],
    ),
    V3.code("NO_STATEMENT_EXIST").means(
        Code,
        [
            "该日没有交易，所以没有账单。",
            "There was no transaction on that day, so there is no bill.",
        ],
        [
            "按空账单处理；另核对日期与账单类型。",
            "Treat it as an empty bill; check date and kind of bill.",
        ],
    ),
    V3.code("STATEMENT_CREATING").means(
        WeChat,
        ["账单还在生成。", "The bill is still being made."],
        [
            "十分钟后再取，每日 10 点以后最稳妥。",
            "Ask again in ten minutes; after 10:00 it is safe.",
        ],
    ),
    V3.code("ALREADY_EXISTS").means(
        Code,
        [
            "单号已存在但内容不同（未确认）。",
            "The number exists already, with other content (unconfirmed).",
        ],
        ["先查询该单号，比较后再决定。", "Query the number and compare before anything else."],
    ),
    V3.code("SIGN_ERROR").means(
        Code,
        [
            "请求签名没有通过：私钥与证书序列号不配对、签名串与实际请求不一致，或时间相差超过 5 \
             分钟。",
            "Our signature was not accepted: private key and serial number are no pair, the \
             signed message differs from what was sent, or the clock is more than 5 minutes off.",
        ],
        [
            "比较 detail.sign_information 与自己的签名串；核对私钥、证书序列号、商户号和系统时间。\
             修正后原样重试。",
            "Compare detail.sign_information with your own message; check key, serial number, \
             mchid and clock. Then repeat the identical request.",
        ],
    ),
    V3.code("NO_AUTH").means(
        Console,
        [
            "商户号没有开通该产品或接口权限。",
            "The merchant has not been granted this product or endpoint.",
        ],
        [
            "在商户平台“产品中心”开通；服务商模式下请特约商户授权。然后原样重试。",
            "Apply for it in the merchant console (product centre); in partner mode the \
             sub-merchant must authorise. Then repeat.",
        ],
    ),
    V3.code("OUT_TRADE_NO_USED").means(
        Code,
        [
            "商户订单号已被另一笔订单使用（包括合单和子商户的订单）。",
            "Another order uses this out_trade_no already; combined orders and those of \
             sub-merchants count.",
        ],
        [
            "先查询该单号；若是自己的未支付订单，先关闭，再用新单号下单。",
            "Query the number; if it is an unpaid order of yours, close it; then order under a \
             new number.",
        ],
    ),
    V3.code("RULE_LIMIT").means(
        Console,
        [
            "触发业务规则限制，例如额度、比例或风控。",
            "A business rule forbids it: a quota, a ratio, or risk control.",
        ],
        [
            "按 message 所述在商户平台调整设置或额度，再原样重试。",
            "Change the setting or quota that message names in the merchant console, then repeat.",
        ],
    ),
    V3.code("TRADE_ERROR").means(
        Code,
        ["订单当前状态不允许该操作。", "The order's state does not allow this operation."],
        ["查询订单，按其状态处理。", "Query the order and go by its state."],
    ),
    V3.code("ACCOUNT_ERROR").means(
        User,
        ["付款账户异常。", "There is something wrong with the paying account."],
        ["请用户换账户或联系微信客服。", "The user should take another account, or ask WeChat."],
    ),
    V3.code("NOT_ENOUGH").means(
        Console,
        [
            "余额不足：退款、转账、分账时指商户账户，付款码支付时指用户账户。",
            "Too little money: the merchant's for refunds, transfers and profit sharing, the \
             user's for code pay.",
        ],
        [
            "充值后用相同单号、相同参数重试；不要换单号。",
            "Top up, then repeat the identical request; keep the number.",
        ],
    ),
    V3.code("USER_ACCOUNT_ABNORMAL").means(
        User,
        [
            "用户账户已注销或异常，退款退不回去。",
            "The user's account is closed or abnormal and cannot take the refund.",
        ],
        ["不要重试；与用户协商用其他方式退款。", "Do not repeat; return the money another way."],
    ),
    V3.code("ORDER_NOT_EXIST").means(
        Code,
        [
            "没有这个订单：从未下单成功，或单号、商户号不对。",
            "There is no such order: it never arrived, or number or mchid are wrong.",
        ],
        [
            "核对单号与商户号；若下单结果不明，用原参数重新下单。",
            "Check number and mchid. If the outcome of ordering was unknown, send the identical \
             order again.",
        ],
    ),
    V3.code("RESOURCE_NOT_EXISTS").means(
        Code,
        [
            "查询或操作的对象不存在：订单、退款单、分账单或平台证书。",
            "What was asked for does not exist: order, refund, profit sharing or platform \
             certificate.",
        ],
        [
            "核对单号与商户号；退款前订单必须已支付。",
            "Check numbers and mchid; only a paid order can be refunded.",
        ],
    ),
    V3.code("NOT_FOUND").means(
        Code,
        ["没有这笔转账记录，或路径不存在。", "There is no such transfer, or no such path."],
        [
            "核对单号与路径；若提交结果不明，用原单号、原参数重新提交。",
            "Check number and path. If the outcome of sending was unknown, send the identical \
             request again.",
        ],
    ),
    V3.code("USER_PAYING").means(
        User,
        ["用户正在输入密码。", "The user is entering the password."],
        [
            "每 5 秒查询一次；付款码支付约 30 秒后仍未完成则撤销。",
            "Query every 5 seconds; with code pay, reverse after about 30 seconds.",
        ],
    ),
    V3.code("FREQUENCY_LIMITED").means(
        Code,
        ["请求太频繁，未被受理。", "Too many requests; this one was not accepted."],
        [
            "退避后用完全相同的参数重试。一个月以前的订单退款频率限制更低。",
            "Back off and repeat the identical request. Refunds of orders older than a month have \
             a lower limit.",
        ],
    ),
    V3.code("SYSTEM_ERROR").means(
        WeChat,
        ["微信系统异常。", "WeChat is in trouble."],
        REPEAT_OR_QUERY,
    ),
    V3.code("BANK_ERROR").means(
        WeChat,
        ["银行系统异常。", "The bank is in trouble."],
        REPEAT_OR_QUERY,
    ),
    V3.code("INVALID_TRANSACTIONID").means(
        Code,
        ["transaction_id 不正确。", "The transaction_id is not one."],
        [
            "核对 transaction_id；它是微信的 28 位订单号，不是商户订单号。",
            "Check it: transaction_id is WeChat's number of 28 digits, not the merchant's.",
        ],
    ),
    V3.code("OPENID_MISMATCH").means(
        Code,
        ["openid 与 appid 不匹配。", "The openid belongs to another appid."],
        [
            "用下单的 appid 登录取得的 openid。",
            "Use the openid that was obtained under the appid of the order.",
        ],
    ),
    V3.status(202).means(
        WeChat,
        ["已受理，尚未完成。", "Accepted, not finished."],
        REPEAT_OR_QUERY,
    ),
    V3.status(400).means(
        Code,
        ["请求有误。", "The request is wrong."],
        ["看 code、message 与 detail。", "Read code, message and detail."],
    ),
    V3.status(401).means(
        Code,
        ["签名没有通过。", "The signature was not accepted."],
        [
            "核对私钥、证书序列号、商户号、系统时间和签名串。",
            "Check key, serial number, mchid, clock and the signed message.",
        ],
    ),
    V3.status(403).means(
        Console,
        ["没有权限，或业务规则不允许。", "Not permitted, or forbidden by a business rule."],
        ["看 code 与 message。", "Read code and message."],
    ),
    V3.status(404).means(
        Code,
        [
            "对象或路径不存在；未签名的 404 也可能来自代理。",
            "The thing or the path does not exist; an unsigned 404 can be a proxy's.",
        ],
        ["核对单号、路径与域名。", "Check number, path and host."],
    ),
    V3.status(429).means(
        Code,
        ["请求太频繁。", "Too many requests."],
        ["退避后原样重试。", "Back off and repeat the identical request."],
    ),
    V3.status(500).means(WeChat, ["微信系统异常。", "WeChat is in trouble."], REPEAT_OR_QUERY),
    V3.status(501).means(
        Code,
        ["微信没有实现该方法。", "WeChat does not implement this method."],
        ["核对请求方法与路径。", "Check method and path."],
    ),
    V3.status(502).means(
        Network,
        [
            "网关或代理没有得到应答，往往是 HTML 页面。",
            "A gateway or proxy got no answer; often an HTML page.",
        ],
        REPEAT_OR_QUERY,
    ),
    V3.status(503).means(
        WeChat,
        ["服务暂不可用。", "The service is not available for the moment."],
        REPEAT_OR_QUERY,
    ),
    V3.status(504).means(Network, ["网关超时。", "A gateway gave up waiting."], REPEAT_OR_QUERY),
];
