//! Codes and texts of the XML interface. With `return_code=FAIL` there is a text and no code; with
//! `result_code=FAIL` there are both.

use super::{
    Api, Entry,
    Party::{Code, Console, User, WeChat},
    Sign,
};

const V2: Sign = Sign::of(Api::V2);

const REPEAT_OR_QUERY: [&str; 2] = [
    "结果未知。用相同单号、相同参数重试，或查询；绝不要先换单号。",
    "The outcome is unknown. Send the identical request again, or query; never take a new number \
     first.",
];
const FIX: [&str; 2] = ["修正请求后重发。", "Correct the request and send it again."];
const NEW_CODE: [&str; 2] = [
    "请用户刷新付款码，换新单号再收；有疑问先撤销原单。",
    "Ask the user to refresh the code and use a new number; where in doubt reverse the old order \
     first.",
];

pub(super) const ENTRIES: &[Entry] = &[
    V2.code("INVALID_REQUEST").means(
        Code,
        [
            "参数值不对，或同一单号换了参数。",
            "A value is wrong, or parameters changed under one number.",
        ],
        ["恢复第一次的参数重发，或修正参数。", "Restore the first parameters, or correct them."],
    ),
    V2.code("INVALID_REQUEST").message("201 商户订单号重复").means(
        Code,
        [
            "同一商户订单号用不同参数重复下单。",
            "The same out_trade_no was ordered again with other parameters.",
        ],
        [
            "用第一次的参数重发；要改内容，先关闭原单，再换新单号。",
            "Send the first parameters again. To change something, close the old order first, \
             then use a new number.",
        ],
    ),
    V2.code("INVALID_REQUEST").message("refund_fee大于可退金额").means(
        Code,
        ["累计退款超过已付金额。", "The refunds together exceed what was paid."],
        ["查询该订单已有的退款。", "Look at the refunds of this order."],
    ),
    V2.code("NOAUTH").means(
        Console,
        ["商户没有该接口权限。", "The merchant may not use this interface."],
        [
            "在商户平台开通产品，再原样重试。",
            "Enable the product in the merchant console, then repeat.",
        ],
    ),
    V2.code("NOTENOUGH").means(
        Console,
        [
            "余额不足：退款时指商户账户，付款码支付时指用户账户。",
            "Too little money: the merchant's for refunds, the user's for code pay.",
        ],
        [
            "退款：充值后用相同退款单号重试；付款码：请用户换支付方式。",
            "Refund: top up and repeat under the same number. Code pay: the user takes another \
             way to pay.",
        ],
    ),
    V2.code("ORDERPAID").means(
        Code,
        ["订单已经支付。", "The order has been paid already."],
        ["查询订单并按已支付处理。", "Query the order and treat it as paid."],
    ),
    V2.code("ORDERCLOSED").means(
        Code,
        ["订单已关闭。", "The order is closed."],
        ["如仍需收款，换新单号。", "If the money is still wanted, use a new number."],
    ),
    V2.code("ORDERREVERSED").means(
        Code,
        ["订单已撤销。", "The order has been reversed."],
        ["如仍需收款，换新单号。", "If the money is still wanted, use a new number."],
    ),
    V2.code("ORDERNOTEXIST").means(
        Code,
        [
            "没有这个订单，或（退款时）订单尚未支付。",
            "There is no such order, or (for a refund) it is not paid.",
        ],
        [
            "核对单号；若下单结果不明，用原参数重新下单。",
            "Check the number. If the outcome of ordering was unknown, send the identical order \
             again.",
        ],
    ),
    V2.code("REFUNDNOTEXIST").means(
        Code,
        ["没有这笔退款。", "There is no such refund."],
        [
            "若申请结果不明，用相同退款单号、相同参数重新申请。",
            "If the outcome of asking for it was unknown, send the identical request again.",
        ],
    ),
    V2.code("SYSTEMERROR").means(
        WeChat,
        ["微信系统异常。", "WeChat is in trouble."],
        REPEAT_OR_QUERY,
    ),
    V2.code("BANKERROR").means(
        WeChat,
        ["银行系统异常。", "The bank is in trouble."],
        [
            "结果未知。每 5 秒查询一次，仍不明则撤销。",
            "The outcome is unknown. Query every 5 seconds, then reverse.",
        ],
    ),
    V2.code("BIZERR_NEED_RETRY").means(
        WeChat,
        ["退款业务流程出错。", "The refund stumbled inside WeChat."],
        ["用相同退款单号原样重试。", "Repeat the identical request under the same out_refund_no."],
    ),
    V2.code("USERPAYING").means(
        User,
        ["用户需要输入支付密码。", "The user must enter the password."],
        [
            "每 5 至 10 秒查询一次，最多约 45 秒，仍未支付则撤销（付款后至少 15 秒）。",
            "Query every 5 to 10 seconds for about 45 seconds, then reverse (not before 15 \
             seconds).",
        ],
    ),
    V2.code("AUTHCODEEXPIRE").means(
        User,
        ["付款码已过期。", "The payment code has expired."],
        NEW_CODE,
    ),
    V2.code("AUTH_CODE_ERROR").means(
        Code,
        ["付款码参数错误。", "The payment code is malformed."],
        NEW_CODE,
    ),
    V2.code("AUTH_CODE_INVALID").means(
        User,
        ["扫到的不是微信付款码。", "What was scanned is not a payment code of WeChat."],
        NEW_CODE,
    ),
    V2.code("NOTSUPORTCARD").means(
        User,
        ["不支持用户的卡类型。", "The user's kind of card is not supported."],
        ["请用户换卡。", "The user takes another card."],
    ),
    V2.code("BUYER_MISMATCH").means(
        User,
        ["支付账号与之前不同。", "Another account began to pay this order."],
        ["换新单号。", "Use a new number."],
    ),
    V2.code("TRADE_ERROR").means(
        Code,
        ["订单当前状态不允许该操作。", "The order's state does not allow this operation."],
        ["查询订单，按其状态处理。", "Query the order and go by its state."],
    ),
    V2.code("TRADE_OVERDUE").means(
        Code,
        ["超过一年的订单不能退款。", "Orders older than a year cannot be refunded."],
        ["用其他方式把钱退给用户。", "Return the money another way."],
    ),
    V2.code("REVERSE_EXPIRE").means(
        Code,
        ["超过 7 天的订单不能撤销。", "Orders older than 7 days cannot be reversed."],
        ["改用退款。", "Refund it."],
    ),
    V2.code("ERROR").message("订单已全额退款").means(
        Code,
        ["订单已全额退款。", "The order has been refunded completely."],
        ["查询退款，按结果处理。", "Query the refunds and go by the answer."],
    ),
    V2.code("ERROR").means(
        Code,
        ["业务错误，原因见 err_code_des。", "An error of the business; err_code_des says which."],
        ["按 err_code_des 处理。", "Go by err_code_des."],
    ),
    V2.code("USER_ACCOUNT_ABNORMAL").means(
        User,
        ["用户账户已注销或异常。", "The user's account is closed or abnormal."],
        ["不要重试，用其他方式退款。", "Do not repeat; return the money another way."],
    ),
    V2.code("INVALID_REQ_TOO_MUCH").means(
        Code,
        ["错误请求过多，暂时被限制。", "Blocked for a while after many bad requests."],
        [
            "修正问题，至少一分钟后再试。",
            "Correct the cause and try again after a minute at least.",
        ],
    ),
    V2.code("INVALID_TRANSACTIONID").means(
        Code,
        ["transaction_id 不正确。", "The transaction_id is not one."],
        FIX,
    ),
    V2.code("REFUND_FEE_MISMATCH").means(
        Code,
        [
            "同一退款单号的金额与第一次不同，或 total_fee 不是原订单金额。",
            "The amount differs from the first request under this out_refund_no, or total_fee is \
             not the order's.",
        ],
        [
            "恢复第一次的金额；部分退款每次用自己的退款单号。",
            "Restore the first amounts; each partial refund has an out_refund_no of its own.",
        ],
    ),
    V2.code("FREQUENCY_LIMITED").means(
        Code,
        ["请求太频繁，未被受理。", "Too many requests; this one was not accepted."],
        ["放慢后原样重试。", "Slow down and repeat the identical request."],
    ),
    V2.code("APPID_NOT_EXIST").message("APPID不存在").means(
        Code,
        ["appid 不存在。", "There is no such appid."],
        ["核对 appid。", "Check the appid."],
    ),
    V2.code("MCHID_NOT_EXIST").message("MCHID不存在").means(
        Code,
        ["商户号不存在。", "There is no such merchant."],
        ["核对 mch_id。", "Check mch_id."],
    ),
    V2.code("APPID_MCHID_NOT_MATCH").message("appid和mch_id不匹配").means(
        Console,
        ["appid 没有绑定到该商户号。", "The appid is not bound to this mch_id."],
        ["在商户平台关联后原样重试。", "Bind it in the merchant console, then repeat."],
    ),
    V2.code("LACK_PARAMS").message("缺少参数").means(
        Code,
        ["缺少必填参数。", "A required parameter is missing."],
        FIX,
    ),
    V2.code("OUT_TRADE_NO_USED").message("商户订单号重复").means(
        Code,
        ["商户订单号已用于另一笔订单。", "Another order holds this out_trade_no."],
        [
            "先查询；若是自己的未支付订单，先关闭，再换新单号。",
            "Query it; if it is an unpaid order of yours, close it; then use a new number.",
        ],
    ),
    V2.code("SIGNERROR").message("签名错误").means(
        Code,
        [
            "签名错误：密钥、参与签名的字段、排序或编码不对。",
            "The signature does not match: key, signed fields, their order or the encoding.",
        ],
        [
            "核对 API 密钥（不是 APIv3 密钥）；空值和 sign 不参与签名，按字段名 ASCII 排序，UTF-8 \
             编码，签名算法与 sign_type 一致。",
            "Check the API key (not the APIv3 key); leave out empty values and sign, sort by \
             name, use UTF-8 and the algorithm sign_type names.",
        ],
    ),
    V2.message("签名失败").means(
        Code,
        ["签名错误（旧文案）。", "The signature does not match (older wording)."],
        [
            "核对 API 密钥、参与签名的字段与编码。",
            "Check the API key, the signed fields and the encoding.",
        ],
    ),
    V2.message("签名类型不支持").means(
        Code,
        ["sign_type 不是 MD5 或 HMAC-SHA256。", "sign_type is neither MD5 nor HMAC-SHA256."],
        FIX,
    ),
    V2.code("XML_FORMAT_ERROR").message("XML格式错误").means(
        Code,
        [
            "报文不是合法的 XML，或含有 DOCTYPE。",
            "The body is not well-formed XML, or has a DOCTYPE.",
        ],
        FIX,
    ),
    V2.code("REQUIRE_POST_METHOD").message("请使用post方法").means(
        Code,
        ["请求方法不是 POST。", "The method is not POST."],
        ["改用 POST。", "Use POST."],
    ),
    V2.code("POST_DATA_EMPTY").message("post数据为空").means(
        Code,
        ["报文为空。", "The body is empty."],
        FIX,
    ),
    V2.code("NOT_UTF8").message("编码格式错误").means(
        Code,
        ["报文不是 UTF-8。", "The body is not UTF-8."],
        FIX,
    ),
    V2.code("PARAM_ERROR").means(Code, ["有参数不对。", "A parameter is wrong."], FIX),
    V2.code("PARAM_ERROR").message("appid和openid不匹配").means(
        Code,
        ["openid 属于另一个 appid。", "The openid belongs to another appid."],
        ["用下单的 appid 登录取得的 openid。", "Use the openid obtained under the order's appid."],
    ),
    V2.message("appid and openid not match").means(
        Code,
        [
            "openid 属于另一个 appid（旧文案）。",
            "The openid belongs to another appid (older wording).",
        ],
        ["用下单的 appid 登录取得的 openid。", "Use the openid obtained under the order's appid."],
    ),
    V2.message("参数格式校验错误").means(
        Code,
        ["有参数格式不对。", "A parameter is malformed."],
        FIX,
    ),
    V2.message("参数格式错误").means(
        Code,
        ["文案开头的参数格式不对。", "The parameter the text begins with is malformed."],
        FIX,
    ),
    V2.message("JSAPI支付必须传openid").means(
        Code,
        ["JSAPI 下单缺少 openid。", "A JSAPI order names no openid."],
        [
            "传入由登录 code 在服务端换得的 openid。",
            "Send the openid, obtained on the server from a login code.",
        ],
    ),
    V2.code("CERT_ERROR").message("证书").means(
        Code,
        [
            "退款、撤销等接口需要商户 API 证书，请求没有带上或带错了。",
            "Refunds and reversals need the merchant's API certificate in TLS; it was missing or \
             wrong.",
        ],
        [
            "用该商户号的 apiclient_cert.p12（密码是商户号）或 PEM 建立双向 TLS；服务商用自己的证\
             书。",
            "Use this merchant's apiclient_cert.p12 (its password is the mch_id) or the PEM \
             files; service providers use their own.",
        ],
    ),
    V2.message("invalid refund_fee").means(
        Code,
        ["refund_fee 大于 total_fee。", "refund_fee exceeds total_fee."],
        FIX,
    ),
    V2.message("No Bill Exist").means(
        Code,
        [
            "该日没有交易，所以没有账单。",
            "There was no transaction on that day, so there is no bill.",
        ],
        ["按空账单处理。", "Treat it as an empty bill."],
    ),
    V2.code("BILL_CREATING").message("Bill Creating").means(
        WeChat,
        ["账单还在生成。", "The bill is still being made."],
        ["十分钟后再取。", "Ask again in ten minutes."],
    ),
];
