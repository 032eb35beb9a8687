//! The numbers at the end of a `Request-ID` (docs/protocol/errors.md, "Request-ID"). Which code a
//! number comes with is our reading of texts and captures; WeChat publishes no such list.

use super::{
    Api, Entry,
    Party::{Code, Console, WeChat},
    Sign,
};

const V3: Sign = Sign::of(Api::V3);

const SAME_NUMBER: [&str; 2] = [
    "修正请求后用原单号重新提交；这次请求没有产生任何效果。",
    "Correct the request and send it again under the same number; nothing happened.",
];

pub(super) const ENTRIES: &[Entry] = &[
    V3.number(0).means(
        Code,
        ["0 表示成功，微信没有拒绝该请求。", "0 means success: WeChat did not refuse the request."],
        [
            "检查读取应答的代码，例如验签、解析。",
            "Look at the code that reads the answer: checking its signature, parsing it.",
        ],
    ),
    V3.number(268_435_461).code("PARAM_ERROR").message("参数非法").means(
        Code,
        ["有参数不合法。", "A parameter is not valid."],
        SAME_NUMBER,
    ),
    V3.number(268_435_464).code("PARAM_ERROR").message("参数超出取值范围").means(
        Code,
        ["有参数超出取值范围。", "A parameter is out of its range."],
        SAME_NUMBER,
    ),
    V3.number(268_443_699).code("SIGN_ERROR").means(
        Code,
        ["签名错误。", "The signature does not match."],
        [
            "核对私钥与证书序列号是否配对，以及被签名的方法、路径、时间戳、随机串、报文主体与实际\
             发送的逐字节一致。",
            "Check that private key and certificate serial number are a pair, and that method, \
             target, timestamp, nonce and body were signed byte for byte as they were sent.",
        ],
    ),
    V3.number(268_443_701).message("受理关系不存在").means(
        Console,
        [
            "服务商与该特约商户之间没有受理关系。",
            "The service provider does not serve this sub-merchant.",
        ],
        [
            "核对 sub_mchid；必要时在服务商平台重新建立受理关系。",
            "Check sub_mchid; if it is right, establish the relation in the service provider's \
             console.",
        ],
    ),
    V3.number(268_443_704).message("受理机构必须传入sub_mch_id").means(
        Code,
        [
            "以服务商身份调用，却没有传子商户号。",
            "A service provider called without naming the sub-merchant.",
        ],
        [
            "传入 sub_mchid，或改用直连商户的接口与商户号。",
            "Send sub_mchid, or use the endpoint and mchid of a direct merchant.",
        ],
    ),
    V3.number(268_443_705).message("子商户mchid不能与自身mchid相同").means(
        Code,
        [
            "子商户号与服务商自己的商户号相同。",
            "The sub-merchant named is the service provider itself.",
        ],
        ["传入真正的子商户号。", "Send the number of the real sub-merchant."],
    ),
    V3.number(268_443_715).message("商户状态为不可用或者已经注销").means(
        Console,
        ["商户号不可用或已注销。", "The merchant is disabled or has been cancelled."],
        [
            "核对商户号；若正确，请在商户平台查看状态或联系微信支付客服。",
            "Check the mchid; if it is right, see its state in the merchant console or ask WeChat \
             Pay.",
        ],
    ),
    V3.number(268_445_527).code("APPID_MCHID_NOT_MATCH").message("appid和mch_id不匹配").means(
        Console,
        ["appid 没有绑定到该商户号。", "The appid is not bound to this mchid."],
        [
            "在商户平台“产品中心-AppID账号管理”中关联，并在小程序或公众号后台确认；绑定后用相同参\
             数重试。",
            "Bind it in the merchant console (AppID account management), confirm in the app's \
             console, then send the identical request again.",
        ],
    ),
    V3.number(268_447_840).code("FREQUENCY_LIMITED").message("请求频率超过限制").means(
        Code,
        ["请求太频繁。", "Too many requests."],
        [
            "降低频率，稍后用完全相同的参数重试。",
            "Slow down and send the identical request again later.",
        ],
    ),
    V3.number(268_447_843).message("商户号和订单不匹配").means(
        Code,
        ["该订单不属于这个商户号。", "The order does not belong to this mchid."],
        ["用下单时的商户号操作该订单。", "Use the mchid the order was created with."],
    ),
    V3.number(268_447_845).message("子商户号和订单信息不匹配").means(
        Code,
        ["该订单不属于这个子商户号。", "The order does not belong to this sub-merchant."],
        ["用下单时的 sub_mchid 操作该订单。", "Use the sub_mchid the order was created with."],
    ),
    V3.number(268_447_914).code("ORDER_CLOSED").message("该订单已失效").means(
        Code,
        ["订单已关闭，不能再支付。", "The order is closed and can no longer be paid."],
        [
            "如仍需收款，换新的商户订单号下单。",
            "If the money is still wanted, order again under a new out_trade_no.",
        ],
    ),
    V3.number(268_448_010).message("此商家的收款功能已被限制").means(
        Console,
        ["商户的收款权限被限制。", "WeChat has restricted this merchant from taking payments."],
        [
            "登录商户平台查看处罚通知并申诉或整改。",
            "Read the notice in the merchant console, and appeal or comply.",
        ],
    ),
    V3.number(268_449_538).code("ORDERPAID").message("订单已支付").means(
        Code,
        ["订单已经支付成功。", "The order has been paid."],
        [
            "查询订单并按已支付处理，不要再次下单。",
            "Query the order and treat it as paid; do not order again.",
        ],
    ),
    V3.number(268_449_641).message("当前交易不允许进行普通关单").means(
        Code,
        ["付款码订单不能关闭。", "An order paid with a payment code cannot be closed."],
        ["改用撤销接口。", "Reverse it instead."],
    ),
    V3.number(268_498_688).code("INVALID_REQUEST").message("参数与首次请求时不一致").means(
        Code,
        [
            "同一单号重复下单，但参数与第一次不同（time_expire 也不能变）。",
            "The number was ordered before with other parameters; time_expire may not change \
             either.",
        ],
        [
            "用第一次的报文原样重发；要改金额等内容，先关闭原单，再换新单号。",
            "Send the first body again unchanged. To change an amount, close the old order first, \
             then use a new number.",
        ],
    ),
    V3.number(268_498_689).code("ORDERPAID").message("该订单已支付").means(
        Code,
        ["下单的单号已经支付成功。", "The number that was ordered again has been paid."],
        [
            "查询订单并按已支付处理，不要换单号重新下单。",
            "Query the order and treat it as paid; do not order again under a new number.",
        ],
    ),
    V3.number(268_501_013).code("PARAM_ERROR").message("JSAPI支付必须传openid").means(
        Code,
        [
            "JSAPI 或小程序下单缺少 openid。",
            "An order for JSAPI or a mini program names no openid.",
        ],
        [
            "传入由登录 code 在服务端换得的 payer.openid。",
            "Send payer.openid, obtained on the server from a login code.",
        ],
    ),
    V3.number(268_512_771).message("订单不存在").means(
        Code,
        [
            "没有这个订单：从未下单成功，或单号、商户号不对。",
            "There is no such order: it never arrived, or number or mchid are wrong.",
        ],
        [
            "核对单号与商户号；若下单结果不明，用原单号、原参数重新下单。",
            "Check number and mchid. If the outcome of ordering was unknown, send the identical \
             order again.",
        ],
    ),
    V3.number(268_892_709).code("NOT_ENOUGH").message("基本账户余额不足").means(
        Console,
        [
            "商户账户可用余额不足以退款。",
            "The merchant's account holds too little money for this refund.",
        ],
        [
            "在商户平台充值，再用相同退款单号和相同参数重试。",
            "Top up in the merchant console, then send the identical request under the same \
             out_refund_no.",
        ],
    ),
    V3.number(269_546_525).code("SIGN_ERROR").means(
        Code,
        ["验签失败（抓包所见）。", "The signature was not accepted (seen in a capture)."],
        [
            "先核对商户号、证书序列号、私钥是否属于同一商户，再核对签名串。",
            "First check that mchid, serial number and private key belong to one merchant, then \
             the signed message.",
        ],
    ),
    V3.number(270_924_337).means(
        Code,
        [
            "JSAPI 下单返回 400（抓包所见，具体含义未确认）。",
            "A JSAPI order was refused with 400 (seen in a capture; its exact meaning is \
             unconfirmed).",
        ],
        ["以 message 和 detail 为准修正参数。", "Correct what message and detail name."],
    ),
    V3.number(270_924_358).code("PARAM_ERROR").message("参数中含有非法的额外参数").means(
        Code,
        [
            "请求里有接口没有定义的参数。",
            "The request has a member that this endpoint does not define.",
        ],
        [
            "删去多余的参数；服务商参数不要用在直连接口上，反之亦然。",
            "Remove it. Members of partner endpoints do not belong into direct ones, nor the \
             reverse.",
        ],
    ),
    V3.number(270_924_360).code("SIGN_ERROR").message("sign not match").means(
        Code,
        [
            "签名与微信按收到的请求拼出的签名串不符。",
            "The signature does not fit the message WeChat built from the request it received.",
        ],
        [
            "把 detail.sign_information 与自己的签名串逐行比较。",
            "Compare detail.sign_information with your own message, line by line.",
        ],
    ),
    V3.number(268_578_704).means(
        WeChat,
        [
            "官方文档只把它作为格式示例，含义未公布。",
            "WeChat's pages show this number only as an example of the format.",
        ],
        [
            "以 code 与 message 为准；必要时把 Request-ID 提供给微信支付客服。",
            "Go by code and message; if need be, give WeChat Pay's support the Request-ID.",
        ],
    ),
];
