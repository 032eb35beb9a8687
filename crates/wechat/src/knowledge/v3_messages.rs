//! Pieces of v3's messages, for faults whose number is not known. A piece is as short as it can be
//! without meaning something else, because the rest of a message changes without notice.

use super::{
    Api, Entry,
    Party::{Code, Console, WeChat},
    Sign,
};

const V3: Sign = Sign::of(Api::V3);

const NOTHING_HAPPENED: [&str; 2] = [
    "修正该参数后重发；没有产生任何效果，单号可以不变。",
    "Correct the parameter and send it again; nothing happened, the number may stay.",
];
const ENABLE_PRODUCT: [&str; 2] = [
    "在商户平台的产品中心开通或重新授权，然后原样重试。",
    "Enable or authorise it again in the merchant console, then repeat.",
];

pub(super) const ENTRIES: &[Entry] = &[
    // The request as a whole.
    V3.status(400).code("INVALID_REQUEST").message("Http头缺少Accept或User-Agent").means(
        Code,
        [
            "请求缺少 Accept 或 User-Agent 头。",
            "The request lacks the header Accept or User-Agent.",
        ],
        ["两个请求头都要带上。", "Send both."],
    ),
    V3.code("SIGN_ERROR").message("Http头Authorization值格式错误").means(
        Code,
        [
            "Authorization 头的格式不对：认证类型、逗号、引号或五个字段有误。",
            "The Authorization header is malformed: scheme, commas, quotes, or one of its five \
             values.",
        ],
        [
            "按“WECHATPAY2-SHA256-RSA2048 mchid=\"…\",nonce_str=\"…\",…”书写，字段间不加空格。",
            "Write it as WECHATPAY2-SHA256-RSA2048 mchid=\"…\",nonce_str=\"…\",… without blanks \
             between the values.",
        ],
    ),
    V3.code("SIGN_ERROR").message("错误的签名").means(
        Code,
        [
            "签名与微信按收到的请求拼出的签名串不符。",
            "The signature does not fit the message WeChat built from the request it received.",
        ],
        [
            "把 detail.sign_information 与自己的签名串逐行比较；常见原因是报文序列化了两次、路径\
             被重新编码、少了最后一个换行。",
            "Compare detail.sign_information with your own message. Usual reasons: a body \
             serialised twice, a target encoded again, the last line break missing.",
        ],
    ),
    V3.code("SIGN_ERROR").message("签名错误，请检查后再试").means(
        Code,
        ["签名没有通过。", "The signature was not accepted."],
        [
            "核对私钥、证书序列号、时间戳（秒）和签名串。",
            "Check private key, serial number, timestamp (in seconds) and the signed message.",
        ],
    ),
    V3.code("SIGN_ERROR").message("签名信息错误，验签失败").means(
        Code,
        ["签名没有通过（旧文案）。", "The signature was not accepted (older wording)."],
        [
            "核对私钥、证书序列号、时间戳（秒）和签名串。",
            "Check private key, serial number, timestamp (in seconds) and the signed message.",
        ],
    ),
    V3.code("SIGN_ERROR").message("商户证书序列号有误").means(
        Code,
        [
            "serial_no 不是签名私钥对应的商户 API 证书的序列号；常误用了平台证书的序列号。",
            "serial_no is not that of the merchant's API certificate for this private key; often \
             the platform certificate's was taken.",
        ],
        [
            "用 apiclient_cert.pem 中的序列号（40 位十六进制）。",
            "Use the serial number in apiclient_cert.pem (40 hex digits).",
        ],
    ),
    V3.message("商户未申请过证书").means(
        Console,
        ["商户没有申请 API 证书。", "The merchant never applied for an API certificate."],
        [
            "在商户平台“账户中心-API安全”申请证书。",
            "Apply for one in the merchant console (API security).",
        ],
    ),
    V3.message("http header中的mchid与post payload中的mchid不匹配").means(
        Code,
        [
            "Authorization 里的商户号与报文里的不同。",
            "The mchid in Authorization differs from the one in the body.",
        ],
        [
            "直连用 mchid，服务商用 sp_mchid，两处必须一致。",
            "They must agree: mchid for direct merchants, sp_mchid for service providers.",
        ],
    ),
    V3.status(404).code("RESOURCE_NOT_EXISTS").message("无可用的平台证书").means(
        Console,
        [
            "该商户号没有平台证书，只使用微信支付公钥。",
            "This merchant has no platform certificate; it uses a WeChat Pay public key.",
        ],
        [
            "在商户平台“API安全”申请微信支付公钥，并配置公钥与公钥 ID。",
            "Apply for the WeChat Pay public key in the merchant console (API security), and \
             configure key and id.",
        ],
    ),
    V3.code("PARAM_ERROR").message("请确认待处理的消息是否为加密后的密文").means(
        Code,
        [
            "敏感字段没有加密，或 Wechatpay-Serial 与加密所用的公钥不符。",
            "A sensitive member is not encrypted, or Wechatpay-Serial names another key than the \
             one used.",
        ],
        [
            "用微信支付公钥或最新平台证书加密，并在 Wechatpay-Serial 写明它的 ID。",
            "Encrypt with the WeChat Pay public key or the newest platform certificate, and name \
             it in Wechatpay-Serial.",
        ],
    ),
    // Parameters and permissions.
    V3.code("PARAM_ERROR").message("字符串规则校验失败，字节数").means(
        Code,
        [
            "文本过长或过短，按 UTF-8 字节数计算。",
            "A text is too long or too short, counted in UTF-8 bytes.",
        ],
        [
            "汉字占 3 个字节；按 message 给出的上下限修正。",
            "A Chinese character has 3 bytes; keep the limits that message names.",
        ],
    ),
    V3.code("PARAM_ERROR").message("字符串规则校验失败，字符数").means(
        Code,
        [
            "文本过长或过短，按字符数计算。",
            "A text is too long or too short, counted in characters.",
        ],
        NOTHING_HAPPENED,
    ),
    V3.code("PARAM_ERROR").message("字符串必须匹配正则表达式").means(
        Code,
        ["参数含有不允许的字符。", "A parameter has characters that are not allowed."],
        NOTHING_HAPPENED,
    ),
    V3.code("PARAM_ERROR").message("必填性规则校验失败").means(
        Code,
        ["缺少必填参数。", "A required parameter is missing."],
        NOTHING_HAPPENED,
    ),
    V3.code("PARAM_ERROR").message("类型的 Json 值").means(
        Code,
        [
            "参数的 JSON 类型不对：常见为数字写成字符串，或写了 null。",
            "A parameter has the wrong JSON type; often a number in quotes, or null.",
        ],
        [
            "金额写整数（分）；没有值的参数不要写。",
            "Amounts are integers in fen; leave out what has no value.",
        ],
    ),
    V3.code("PARAM_ERROR").message("此字段并非多重字段").means(
        Code,
        [
            "同一参数既在路径又在查询串里。",
            "The same parameter stands in the path and in the query.",
        ],
        ["只留下文档规定的那一处。", "Keep the place the document names."],
    ),
    V3.message("受理关系不可用").means(
        Console,
        [
            "服务商与该特约商户的受理关系不可用。",
            "The relation between service provider and sub-merchant is not usable.",
        ],
        [
            "在服务商平台查看该特约商户的状态。",
            "See the sub-merchant's state in the service provider's console.",
        ],
    ),
    V3.code("NO_AUTH").message("该产品授权已被解除").means(
        Console,
        [
            "特约商户解除了对服务商的授权。",
            "The sub-merchant withdrew its authorisation from the service provider.",
        ],
        ENABLE_PRODUCT,
    ),
    V3.code("NO_AUTH").message("未授权服务商的产品权限").means(
        Console,
        [
            "特约商户没有把该产品授权给服务商。",
            "The sub-merchant has not authorised the service provider for this product.",
        ],
        ENABLE_PRODUCT,
    ),
    V3.code("NO_AUTH").message("该产品权限未开通").means(
        Console,
        ["商户号没有开通该支付产品。", "The merchant has not enabled this product."],
        ENABLE_PRODUCT,
    ),
    V3.message("sub_mch_id与sub_appid不匹配").means(
        Console,
        ["sub_appid 没有绑定到子商户号。", "The sub_appid is not bound to the sub-merchant."],
        [
            "在服务商平台为该特约商户配置 sub_appid，然后原样重试。",
            "Bind it for the sub-merchant in the service provider's console, then repeat.",
        ],
    ),
    V3.message("appid与openid不匹配").means(
        Code,
        ["openid 属于另一个 appid。", "The openid belongs to another appid."],
        [
            "用下单的 appid 登录取得的 openid；公众号与小程序的 openid 不通用。",
            "Use the openid obtained under the order's appid; those of official accounts and mini \
             programs differ.",
        ],
    ),
    V3.message("sub_appid和sub_openid不匹配").means(
        Code,
        ["sub_openid 属于另一个 sub_appid。", "The sub_openid belongs to another sub_appid."],
        [
            "用 sub_appid 登录取得的 openid，或改传 sp_openid。",
            "Use the openid obtained under sub_appid, or send sp_openid.",
        ],
    ),
    V3.message("无效的openid").means(
        Code,
        ["openid 不存在，或不属于该 appid。", "There is no such openid under this appid."],
        [
            "在服务端用登录 code 重新换取 openid，不要由前端传入。",
            "Obtain the openid again on the server from a login code; never take it from the \
             front end.",
        ],
    ),
    // Orders and refunds.
    V3.code("OUT_TRADE_NO_USED").message("商户订单号重复").means(
        Code,
        [
            "该单号已被这个商户号（含合单与子商户）的另一笔订单占用。",
            "Another order of this mchid holds the number; combined orders and those of \
             sub-merchants count.",
        ],
        [
            "先查询该单号；若是自己的未支付订单，先关闭，再换新单号。",
            "Query it; if it is an unpaid order of yours, close it; then use a new number.",
        ],
    ),
    V3.code("ORDER_CLOSED").message("订单已关闭").means(
        Code,
        ["订单已关闭，单号不能再用。", "The order is closed; its number cannot be used again."],
        ["如仍需收款，换新单号下单。", "If the money is still wanted, order under a new number."],
    ),
    V3.code("SYSTEM_ERROR").message("系统繁忙").means(
        WeChat,
        ["微信系统繁忙，结果未知。", "WeChat is busy; the outcome is unknown."],
        [
            "用相同单号、相同参数重试，或查询；绝不要先换单号。",
            "Send the identical request again, or query; never take a new number first.",
        ],
    ),
    V3.code("SYSTEM_ERROR").message("系统异常").means(
        WeChat,
        ["微信系统异常，结果未知。", "WeChat is in trouble; the outcome is unknown."],
        [
            "用相同单号、相同参数重试，或查询；绝不要先换单号。",
            "Send the identical request again, or query; never take a new number first.",
        ],
    ),
    V3.code("INVALID_REQUEST").message("订单金额或退款金额与之前请求不一致").means(
        Code,
        [
            "同一退款单号的金额与第一次不同，或 amount.total 不是原订单金额。",
            "The amount differs from the first request under this out_refund_no, or amount.total \
             is not the order's.",
        ],
        [
            "恢复第一次的金额重发；部分退款每次用自己的退款单号。",
            "Restore the first amounts and repeat; each partial refund has an out_refund_no of \
             its own.",
        ],
    ),
    V3.code("INVALID_REQUEST").message("请求内容和上次请求不一致").means(
        Code,
        [
            "退款单号或商户订单号已被另一个请求使用，或商户号不同。",
            "Another request used this out_refund_no or out_trade_no, or the mchid differs.",
        ],
        [
            "查询该退款单号，与自己的记录比较后再决定。",
            "Query the out_refund_no and compare with your records before anything else.",
        ],
    ),
    V3.code("INVALID_REQUEST").message("申请退款金额超过订单可退金额").means(
        Code,
        ["累计退款超过已付金额。", "The refunds together exceed what was paid."],
        [
            "核对该订单已有的退款；可退金额等于支付金额减去已受理的退款。",
            "Look at the order's refunds; what is left is the payment minus everything accepted.",
        ],
    ),
    V3.code("RESOURCE_NOT_EXISTS").message("退款单不存在").means(
        Code,
        ["没有这笔退款。", "There is no such refund."],
        [
            "若申请结果不明，用相同退款单号、相同参数重新申请。",
            "If the outcome of asking for it was unknown, send the identical request again.",
        ],
    ),
    V3.code("FREQUENCY_LIMITED").message("个月之前的订单请降低申请频率").means(
        Code,
        [
            "一个月以前的订单退款频率更低。",
            "Refunds of orders older than a month have a lower limit.",
        ],
        ["放慢后原样重试。", "Slow down and repeat the identical request."],
    ),
    // Profit sharing.
    V3.message("非电商商户暂不支持调用此API").means(
        Code,
        [
            "普通商户调用了电商收付通的分账接口。",
            "An ordinary merchant called the endpoints of the e-commerce product.",
        ],
        ["改用 /v3/profitsharing/…。", "Use /v3/profitsharing/…."],
    ),
    V3.message("电商商户不允许调用非电商分账API").means(
        Code,
        [
            "电商收付通商户调用了普通分账接口。",
            "A merchant of the e-commerce product called the ordinary endpoints.",
        ],
        ["改用 /v3/ecommerce/profitsharing/…。", "Use /v3/ecommerce/profitsharing/…."],
    ),
    V3.message("非分账订单不支持分账").means(
        Code,
        [
            "下单时没有传 settle_info.profit_sharing=true。",
            "The order was made without settle_info.profit_sharing=true.",
        ],
        [
            "这笔订单无法分账；今后下单时带上。",
            "This order cannot be shared; send it with the next.",
        ],
    ),
    V3.message("订单处理中").means(
        WeChat,
        [
            "支付后不足一分钟，订单仍在处理。",
            "Less than a minute after payment; still being processed.",
        ],
        ["一分钟后原样重试。", "Repeat the identical request after a minute."],
    ),
    V3.code("RULE_LIMIT").message("分账金额超出最大分账比例").means(
        Console,
        [
            "累计分账超过最大比例（默认 30%）。",
            "All shares together exceed the largest ratio (30 % unless agreed otherwise).",
        ],
        [
            "减少分账金额，或在商户平台申请提高比例。",
            "Share less, or apply for a higher ratio in the merchant console.",
        ],
    ),
    V3.code("NOT_ENOUGH").message("分账金额不足").means(
        Code,
        [
            "可分金额不足：须扣除手续费、退款和已分金额。",
            "Too little is left to share after fees, refunds and earlier shares.",
        ],
        ["查询剩余待分金额后再分。", "Ask for the remaining amount first."],
    ),
    V3.message("分账接收方关系不存在").means(
        Code,
        ["接收方没有添加到该分账方。", "A receiver has not been added for this payer."],
        [
            "先调用添加分账接收方，再原样重试。",
            "Add the receiver, then repeat the identical request.",
        ],
    ),
    V3.message("分账接收方与原请求不一致").means(
        Code,
        [
            "同一分账单号的接收方与第一次不同。",
            "The receivers differ from the first request under this out_order_no.",
        ],
        ["恢复第一次的接收方重发。", "Restore the first receivers and repeat."],
    ),
    V3.message("订单已完结分账").means(
        Code,
        ["剩余资金已解冻，不能再分账。", "The rest was unfrozen; nothing more can be shared."],
        ["分账回退仍可进行。", "Returns are still possible."],
    ),
    V3.code("NO_AUTH").message("无分账权限").means(
        Console,
        ["商户没有开通分账。", "The merchant has not enabled profit sharing."],
        ENABLE_PRODUCT,
    ),
    // Transfers.
    V3.code("INVALID_REQUEST").message("此IP地址不允许调用接口").means(
        Console,
        [
            "商家转账必须配置服务器 IP 白名单。",
            "Transfers are accepted only from addresses on the merchant's list.",
        ],
        [
            "在商户平台的商家转账产品设置里加入服务器出口 IP，再用相同单号原样重试。",
            "Add the server's address in the product's settings of the merchant console, then \
             repeat under the same number.",
        ],
    ),
    V3.code("INVALID_REQUEST").message("你尚未获取该转账场景").means(
        Console,
        ["没有申请该转账场景。", "The merchant has not been granted this transfer scene."],
        [
            "在商户平台申请该场景，再原样重试。",
            "Apply for the scene in the merchant console, then repeat.",
        ],
    ),
    V3.code("INVALID_REQUEST").message("暂不支持展示当前传入的用户收款感知").means(
        Code,
        [
            "user_recv_perception 不在该场景允许的范围内。",
            "The scene does not allow this user_recv_perception.",
        ],
        ["改用该场景列出的文案，或不传。", "Use one the scene lists, or leave it out."],
    ),
    V3.code("INVALID_REQUEST").message("暂不支持使用升级前功能").means(
        Code,
        [
            "商户已升级到新版商家转账，却调用了旧的批量接口。",
            "The merchant has the new transfer product, and the old batch endpoint was called.",
        ],
        [
            "改用 /v3/fund-app/mch-transfer/transfer-bills。",
            "Use /v3/fund-app/mch-transfer/transfer-bills.",
        ],
    ),
    V3.code("INVALID_REQUEST").message("超出商户单日转账额度").means(
        Console,
        ["超出单日转账额度。", "The merchant's daily limit is used up."],
        [
            "次日用相同单号原样重试，或在产品设置里提高额度。",
            "Repeat under the same number tomorrow, or raise the limit in the product's settings.",
        ],
    ),
    V3.code("PARAM_ERROR").message("转账场景报备信息").means(
        Code,
        [
            "transfer_scene_report_infos 缺少该场景要求的项目。",
            "transfer_scene_report_infos lacks what this scene demands.",
        ],
        ["该场景的每个 info_type 都传一次。", "Send every info_type of the scene, each once."],
    ),
    V3.code("NOT_ENOUGH").message("资金不足").means(
        Console,
        ["运营账户余额不足。", "The merchant's account holds too little money."],
        ["充值后用相同单号原样重试。", "Top up, then repeat under the same number."],
    ),
    V3.message("单号已存在但信息不一致").means(
        Code,
        [
            "同一转账单号的内容与第一次不同（旧版接口的文案）。",
            "The content differs from the first request under this number (wording of the old \
             endpoint).",
        ],
        ["先查询该单号，比较后再决定。", "Query the number and compare before anything else."],
    ),
    V3.code("NOT_FOUND").message("记录不存在").means(
        Code,
        ["没有这笔转账。", "There is no such transfer."],
        [
            "若提交结果不明，用相同单号原样重新提交。",
            "If the outcome of sending was unknown, send the identical request again.",
        ],
    ),
];
