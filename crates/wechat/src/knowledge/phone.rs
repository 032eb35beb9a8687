//! What the cashier shows and front-end calls report. None of it says whether money moved; only a
//! query or a notification does.

use super::{
    Api, Entry,
    Party::{Code, Console, User},
    Sign,
};

const PHONE: Sign = Sign::of(Api::Phone);

pub(super) const ENTRIES: &[Entry] = &[
    PHONE.message("当前页面的URL未注册").means(
        Console,
        [
            "页面不在支付授权目录里。",
            "The page does not lie in a payment directory of the merchant.",
        ],
        [
            "在商户平台的 JSAPI 支付授权目录加入该页面所在目录（精确到最后一个 /，最多 5 个）。",
            "Add the page's folder, up to its last slash, to the payment directories in the \
             merchant console (5 at most).",
        ],
    ),
    PHONE.message("缺少参数").means(
        Code,
        [
            "package、appId 等为空或大小写不对，prepay_id 过期，或 appid 与下单时不同。",
            "package, appId or another parameter is empty or misspelt, the prepay_id has expired, \
             or the appid is not the order's.",
        ],
        [
            "package 写成 prepay_id=…，timeStamp 用字符串、大写 S；过期则用原参数重新下单取新的 \
             prepay_id。",
            "package is prepay_id=…, timeStamp is a string with a capital S. If expired, send the \
             identical order again for a fresh prepay_id.",
        ],
    ),
    PHONE.message("支付签名验证失败").means(
        Code,
        [
            "paySign 不对：appId、时间戳、随机串或 package 与签名时不同，或用了另一把私钥。",
            "paySign does not match: appId, timestamp, nonce or package differ from what was \
             signed, or another private key signed.",
        ],
        [
            "四行签名串每行以换行结尾；用下单的同一商户私钥，并原样交给前端。",
            "Sign four lines, each ended by a line break, with the key that signed the order, and \
             hand over exactly these values.",
        ],
    ),
    PHONE.message("支付验证签名失败").means(
        Code,
        ["paySign 不对（另一种文案）。", "paySign does not match (another wording)."],
        ["核对签名串的四行与私钥。", "Check the four signed lines and the private key."],
    ),
    PHONE.message("参数不正确，请联系商户处理").means(
        Code,
        [
            "调起支付的 appid 与下单的 appid 不同。",
            "The appid that opens the cashier is not the order's.",
        ],
        ["两处用同一个 appid。", "Use one appid in both places."],
    ),
    PHONE.message("商户传入的appid参数不正确").means(
        Code,
        [
            "调起支付的 appid 与下单的 appid 不同。",
            "The appid that opens the cashier is not the order's.",
        ],
        ["两处用同一个 appid。", "Use one appid in both places."],
    ),
    PHONE.message("下单账号与支付账号不一致").means(
        User,
        ["付款的微信账号不是下单的 openid。", "The account that pays is not the order's openid."],
        [
            "让下单的用户支付，或为当前用户重新下单。",
            "Let the user of the order pay, or order again for this one.",
        ],
    ),
    PHONE.message("暂不支持通过外部拉起微信完成支付").means(
        Code,
        ["在微信之外打开了 JSAPI 支付页面。", "A page for JSAPI was opened outside WeChat."],
        ["微信外用 H5 支付。", "Use H5 payment outside WeChat."],
    ),
    PHONE.message("商家参数格式有误").means(
        Code,
        ["H5：请求没有带 Referer。", "H5: there is no Referer."],
        [
            "从已配置域名的页面跳转；App 内的 WebView 要手动设置 Referer。",
            "Navigate from a page on the configured domain; a web view in an app must set Referer \
             itself.",
        ],
    ),
    PHONE.message("商家存在未配置的参数").means(
        Console,
        [
            "H5：Referer 或 redirect_url 的域名没有配置。",
            "H5: the host of Referer or redirect_url is not configured.",
        ],
        ["在商户平台配置 H5 支付域名。", "Add the H5 domain in the merchant console."],
    ),
    PHONE.message("支付请求已失效").means(
        Code,
        ["H5 链接超过 5 分钟。", "The H5 link is older than 5 minutes."],
        ["用原参数重新下单取新链接。", "Send the identical order again for a fresh link."],
    ),
    PHONE.message("请在微信外打开订单").means(
        Code,
        ["在微信内打开了 H5 支付。", "H5 payment was opened inside WeChat."],
        ["微信内用 JSAPI 支付。", "Use JSAPI inside WeChat."],
    ),
    PHONE.message("由于商家传入的H5交易参数有误").means(
        Code,
        ["payer_client_ip 是 127.0.0.1。", "payer_client_ip is 127.0.0.1."],
        ["传用户真实 IP。", "Send the user's real address."],
    ),
    PHONE.message("网络环境未能通过安全验证").means(
        Code,
        [
            "H5：下单时的 IP 与打开链接的 IP 不同。",
            "H5: the address in the order differs from the one that opens the link.",
        ],
        [
            "payer_client_ip 取用户真实 IP，注意反向代理。",
            "Send the user's real address; mind reverse proxies.",
        ],
    ),
    PHONE.message("签名验证失败").means(
        Code,
        [
            "iOS 打开 H5 链接：链接被另一账号用过、被截断，或 redirect_url 没有编码。",
            "An H5 link on iOS: used by another account, cut off, or redirect_url not encoded.",
        ],
        [
            "不要改动链接，只追加编码后的 redirect_url。",
            "Do not touch the link; only append an encoded redirect_url.",
        ],
    ),
    PHONE.message("系统繁忙，请稍后再试").means(
        Code,
        [
            "H5 链接被另一账号用过或被截断（安卓）；Native 下单报文里有 null。",
            "An H5 link used by another account or cut off (Android); or a Native order with a \
             null in it.",
        ],
        [
            "不要改动链接；没有值的参数不要写。",
            "Do not touch the link; leave out what has no value.",
        ],
    ),
    PHONE.message("长按识别二维码").means(
        User,
        ["Native 二维码只能扫，不能长按识别。", "Native codes can be scanned, not pressed."],
        [
            "请用户用另一设备扫码，或改用 JSAPI。",
            "Let the user scan it from another screen, or use JSAPI.",
        ],
    ),
    PHONE.message("从相册识别二维码").means(
        User,
        ["Native 二维码不能从相册识别。", "Native codes cannot be read from an album."],
        ["请用户直接扫码。", "Let the user scan it."],
    ),
    PHONE.message("商家订单信息有误").means(
        User,
        ["同一 Native 订单被两个账号扫过。", "Two accounts scanned one Native order."],
        ["换新单号下单前先关闭原单。", "Close the order, then order under a new number."],
    ),
    PHONE.message("此商家的收款功能已被限制").means(
        Console,
        ["商户的收款权限被限制。", "WeChat has restricted this merchant from taking payments."],
        ["登录商户平台查看通知并处理。", "Read the notice in the merchant console."],
    ),
    PHONE.message("今日收款超出单日收款最大金额").means(
        Console,
        ["超出商户的单日收款限额。", "The merchant's limit of the day is used up."],
        [
            "次日再收，或在商户平台提高限额。",
            "Wait until tomorrow, or raise the limit in the merchant console.",
        ],
    ),
    PHONE.message("支付场景非法").means(
        Code,
        ["prepay_id 是为另一种场景下的单。", "The prepay_id was made for another scene."],
        [
            "小程序用 JSAPI 下单得到的 prepay_id；App、H5、Native 各用各的。",
            "A mini program needs a prepay_id of a JSAPI order; app, H5 and Native have their \
             own.",
        ],
    ),
    PHONE.message("该支付方式存在异常").means(
        Code,
        [
            "prepay_id 属于另一产品，或从外部 App 进入。",
            "The prepay_id belongs to another product, or the page was entered from another app.",
        ],
        ["核对下单接口与场景。", "Check endpoint and scene."],
    ),
    PHONE.message("支付功能暂时无法使用").means(
        Console,
        [
            "小程序不满足交易规则，例如没有接入发货管理。",
            "The mini program breaks a trading rule; often shipments are not reported.",
        ],
        ["在小程序后台按提示整改。", "Follow the notice in the mini program's console."],
    ),
    PHONE.message("小程序违规").means(
        Console,
        [
            "小程序违规，支付被停用。",
            "The mini program infringed a rule and may not take payments.",
        ],
        ["登录小程序后台查看通知。", "Read the notice in the mini program's console."],
    ),
    PHONE.message("jsapi has no permission").means(
        Console,
        ["小程序没有该接口权限。", "The mini program may not use this interface."],
        ["核对类目与支付权限。", "Check category and payment permission."],
    ),
    PHONE.message("requestPayment:fail no permission").means(
        Console,
        ["小程序没有开通支付。", "The mini program has no payment permission."],
        ["在后台关联商户号。", "Bind a merchant in the console."],
    ),
    PHONE.message("system:access_denied").means(
        Code,
        [
            "在 web-view 里调用，或页面地址太长。",
            "Called in a web-view, or the page's address is too long.",
        ],
        [
            "web-view 里不能调用 JSAPI；回到小程序页面支付。",
            "JSAPI does not work in a web-view; pay on a page of the mini program.",
        ],
    ),
    PHONE.message("商家暂时没有此类交易权限").means(
        Console,
        ["商户没有开通该支付产品。", "The merchant has not enabled this product."],
        ["在商户平台开通。", "Enable it in the merchant console."],
    ),
    PHONE.message("permission value is offline verifying").means(
        User,
        ["在模拟器或非正式环境里打开。", "Opened in an emulator."],
        ["用真机的微信。", "Use WeChat on a phone."],
    ),
    PHONE.message("错误码10003").means(
        Console,
        [
            "网页授权的域名与公众号后台配置不一致。",
            "The redirect_uri's host is not the one configured for web authorisation.",
        ],
        ["在公众号后台配置网页授权域名。", "Configure it in the official account's console."],
    ),
    PHONE.message("错误码10005").means(
        Console,
        ["公众号没有该 scope 权限。", "The official account may not use this scope."],
        ["用已认证的服务号。", "Use a verified service account."],
    ),
    PHONE.message("requestPayment:fail cancel").means(
        User,
        [
            "用户取消；签名错误或风控拦截后也会显示为取消。",
            "The user cancelled; a wrong signature or risk control can look the same.",
        ],
        [
            "以服务端查询为准；仍未支付则用原单号再试。",
            "Ask the server; if unpaid, try again under the same number.",
        ],
    ),
    PHONE.message("get_brand_wcpay_request:cancel").means(
        User,
        ["用户取消。", "The user cancelled."],
        ["以服务端查询为准。", "Ask the server; it queries WeChat."],
    ),
    PHONE.message("get_brand_wcpay_request:fail").means(
        Code,
        ["支付失败，原因在 err_desc。", "Payment failed; err_desc says why."],
        ["看 err_desc，并以服务端查询为准。", "Read err_desc, and ask the server."],
    ),
];
