//! `errcode`s of reporting shipments (`/wxa/sec/order/…` on `api.weixin.qq.com`).

use super::{
    Api, Entry,
    Party::{Code, WeChat},
    Sign,
};

const OPEN: Sign = Sign::of(Api::OpenPlatform);

const FIX: [&str; 2] = ["修正请求后重发。", "Correct the request and send it again."];
const LATER: [&str; 2] = ["退避后原样重试。", "Back off and repeat the identical call."];
const NOTHING: [&str; 2] =
    ["不必重试；核对自己的记录。", "Do not repeat; compare with your records."];

pub(super) const ENTRIES: &[Entry] = &[
    OPEN.number(10_060_001).message("支付单不存在").means(
        WeChat,
        [
            "支付后一分钟内订单可能还查不到；开发者工具里的、外币的、授权前的订单不会出现。",
            "For up to a minute after payment the order is not known yet. Orders of the developer \
             tool, in foreign currency or from before the authorisation never appear.",
        ],
        [
            "退避重试；仍不存在则核对单号与商户号。",
            "Back off and repeat; if it stays, check number and mchid.",
        ],
    ),
    OPEN.number(10_060_002).message("已完成发货").means(
        Code,
        ["已完成发货，不能继续发货。", "It has been shipped completely."],
        NOTHING,
    ),
    OPEN.number(10_060_003).message("已使用重新发货机会").means(
        Code,
        ["重新发货的机会已用完。", "The one chance to ship again was used."],
        NOTHING,
    ),
    OPEN.number(10_060_004).message("不可发货的状态").means(
        Code,
        [
            "支付单当前状态不能发货，例如已退款。",
            "The payment's state does not allow shipping; it may be refunded.",
        ],
        ["查询订单状态。", "Query the order."],
    ),
    OPEN.number(10_060_005).message("物流类型有误").means(
        Code,
        ["logistics_type 不对。", "logistics_type is wrong."],
        FIX,
    ),
    OPEN.number(10_060_006).message("非快递发货时不允许分拆发货").means(
        Code,
        ["只有快递发货可以分拆。", "Only deliveries by courier can be split."],
        FIX,
    ),
    OPEN.number(10_060_007).message("is_all_delivered").means(
        Code,
        ["分拆发货必须填 is_all_delivered。", "Split deliveries must say is_all_delivered."],
        FIX,
    ),
    OPEN.number(10_060_008).message("item_desc 字段不能为空").means(
        Code,
        ["商品描述为空。", "item_desc is empty."],
        FIX,
    ),
    OPEN.number(10_060_009).message("item_desc 字段太长").means(
        Code,
        ["商品描述太长。", "item_desc is too long."],
        FIX,
    ),
    OPEN.number(10_060_011).message("last_index不合法").means(
        Code,
        ["last_index 不是上一页返回的值。", "last_index is not what the page before returned."],
        FIX,
    ),
    OPEN.number(10_060_012).means(WeChat, ["微信系统错误。", "WeChat is in trouble."], LATER),
    OPEN.number(10_060_013).message("子单单号重复").means(
        Code,
        ["合单中的子单重复。", "A combined order names one sub-order twice."],
        FIX,
    ),
    OPEN.number(10_060_014).means(Code, ["参数错误。", "A parameter is wrong."], FIX),
    OPEN.number(10_060_019).means(WeChat, ["微信系统错误。", "WeChat is in trouble."], LATER),
    OPEN.number(10_060_020).message("没有任何商品描述的情况下不允许完成发货").means(
        Code,
        ["没有商品描述，不能完成发货。", "Shipping cannot be completed without any description."],
        FIX,
    ),
    OPEN.number(10_060_023).message("发货信息未更新").means(
        Code,
        ["与上次提交的发货信息相同。", "It is the same as before."],
        NOTHING,
    ),
    OPEN.number(10_060_024).message("物流信息列表太长").means(
        Code,
        ["物流信息太多。", "The list of deliveries is too long."],
        FIX,
    ),
    OPEN.number(10_060_025).message("物流公司编码太长").means(
        Code,
        ["物流公司编码太长。", "The courier's code is too long."],
        FIX,
    ),
    OPEN.number(10_060_026).message("物流单号太长").means(
        Code,
        ["物流单号太长。", "The tracking number is too long."],
        FIX,
    ),
    OPEN.number(10_060_028).message("不是已发货状态").means(
        Code,
        ["支付单不是已发货状态。", "The order is not in the shipped state."],
        ["先上传发货信息。", "Report the shipping first."],
    ),
    OPEN.number(10_060_029).message("签收时间非法").means(
        Code,
        ["签收时间不对。", "The time of receipt is not valid."],
        FIX,
    ),
    OPEN.number(10_060_030).message("已使用提醒收货机会").means(
        Code,
        ["提醒收货只有一次。", "The user can be reminded once."],
        NOTHING,
    ),
    OPEN.number(10_060_031).message("不属于 openid 所指定的用户").means(
        Code,
        ["支付单不属于该 openid。", "The order is not this openid's."],
        ["用付款人的 openid。", "Use the payer's openid."],
    ),
    OPEN.number(10_060_032).message("只有物流快递发货时允许提醒用户确认收货").means(
        Code,
        ["只有快递发货可以提醒收货。", "Only deliveries by courier allow a reminder."],
        NOTHING,
    ),
    OPEN.number(268_485_194).message("订单单号类型非法").means(
        Code,
        ["order_number_type 不对。", "order_number_type is not valid."],
        FIX,
    ),
    OPEN.number(268_485_195).means(
        Code,
        ["该单号类型缺少 transaction_id。", "This kind of number needs transaction_id."],
        FIX,
    ),
    OPEN.number(268_485_196).means(
        Code,
        ["该单号类型缺少 mchid。", "This kind of number needs mchid."],
        FIX,
    ),
    OPEN.number(268_485_197).means(
        Code,
        ["该单号类型缺少 out_trade_no。", "This kind of number needs out_trade_no."],
        FIX,
    ),
    OPEN.number(268_485_216).message("上传时间非法").means(
        Code,
        ["upload_time 不是 RFC 3339。", "upload_time is not RFC 3339."],
        ["写成 2024-10-01T12:00:00+08:00。", "Write it like 2024-10-01T12:00:00+08:00."],
    ),
    OPEN.number(268_485_224).message("发货模式非法").means(
        Code,
        ["delivery_mode 不对。", "delivery_mode is not valid."],
        FIX,
    ),
    OPEN.number(268_485_226).message("物流单号不能为空").means(
        Code,
        ["物流单号为空。", "The tracking number is empty."],
        FIX,
    ),
    OPEN.number(268_485_227).message("物流公司编码不能为空").means(
        Code,
        ["物流公司编码为空。", "The courier's code is empty."],
        FIX,
    ),
    OPEN.number(268_485_228).message("物流信息列表长度必须为 1").means(
        Code,
        ["统一发货时物流信息只能有一条。", "A delivery that is not split has exactly one entry."],
        FIX,
    ),
    OPEN.number(268_485_253).message("主单的订单单号类型与子单的单号类型不一致").means(
        Code,
        [
            "合单主单与子单的单号类型不同。",
            "Main order and sub-orders use different kinds of numbers.",
        ],
        FIX,
    ),
    OPEN.number(268_546_000).means(
        Code,
        ["特殊订单的类型不对。", "The kind of special order is not valid."],
        FIX,
    ),
    OPEN.number(268_546_001).means(Code, ["delay_to 不对。", "delay_to is not valid."], FIX),
    OPEN.number(268_546_002).means(
        Code,
        ["没有这样的未发货订单。", "There is no such order waiting to be shipped."],
        ["核对单号与状态。", "Check number and state."],
    ),
];
