use std::fmt::Debug;

use suanpan_wechat::{
    Timestamp,
    id::TransactionId,
    miniprogram::{
        code2session::{Code2Session, LoginCode},
        link::{EnvVersion, Expiry, GenerateScheme, GenerateUrlLink, PagePath, PageQuery, Target},
        open_data::UserInfo,
        phone::{ByCode, PhoneCode},
        session::Reset,
        shipping::{AreMerchantsConfirmed, GetOrder, GetOrderList, IsTradeManaged, OrderId},
        unionid::{OfPayer, Payment},
    },
    official_account::oauth::{ExchangeCode, OauthCode, Profile},
    open_api::OpenCall,
    push::{Event, Message, PlainPush, PushQuery},
    secret::PushToken,
    token::{Classic, Stable, Ticket},
};

use super::Example;
use crate::open::{appid, openid, session_key};

/// What an answer is read into, `look` at what a secret hides.
fn answer<C: OpenCall, T: PartialEq + Debug>(
    call: &C,
    body: &str,
    open: &[&str],
    unread: &[&str],
    look: impl Fn(C::Answer) -> T,
) {
    let read = |body: &[u8]| call.read(body).ok().map(&look);
    Example { body, open, unread }.check(read);
}

#[test]
fn logins() {
    let js_code = LoginCode::new("051v0m000ObAyK19vV1005SDWf0v0m0s").unwrap();
    let call = Code2Session { appid: appid(), js_code };
    let body = r#"{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","session_key":"o0q0otL8aEzpcZL/FT9WsQ==","unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"}"#;
    answer(&call, body, &[], &[], |session| {
        (session.openid, session.unionid, session.session_key.expose().to_owned())
    });
    let call = Reset { openid: openid(), session_key: session_key() };
    let body =
        r#"{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","session_key":"o0q0otL8aEzpcZL/FT9WsQ=="}"#;
    answer(&call, body, &[], &[], |key| key.expose().to_owned());
}

#[test]
fn phone_numbers() {
    let code = PhoneCode::new("e31968a7f94cc5ee25fafc2aef2773f0").unwrap();
    let call = ByCode { appid: appid(), code, openid: None };
    let body = r#"{"phone_info":{"phoneNumber":"+44 7700 900123","purePhoneNumber":"7700900123","countryCode":"44","watermark":{"timestamp":1637744274,"appid":"wx4f4bc4dec97d474b"}}}"#;
    answer(&call, body, &[], &[], |phone| {
        let number = phone.phone_number.expose().to_owned();
        let pure = phone.pure_phone_number.expose().to_owned();
        (number, pure, phone.country_code, phone.watermark)
    });
}

/// The profile inside the published open data; whose it is has been compared by then.
#[test]
fn profiles_inside_open_data() {
    let body = r#"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/0","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}"#;
    // Checked before the profile is read.
    let unread = ["/watermark/appid", "/watermark/timestamp"];
    Example { body, open: &[], unread: &unread }
        .check(|body| serde_json::from_slice::<UserInfo>(body).ok());
}

#[test]
fn people_behind_payments() {
    let payment = Payment::TransactionId(TransactionId::new("42000020502023").unwrap());
    let call = OfPayer { openid: openid(), payment };
    answer(&call, r#"{"unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"}"#, &[], &[], |unionid| unionid);
}

#[test]
fn web_authorisations() {
    let call = ExchangeCode(OauthCode::new("051v0m000ObAyK19vV1005SDWf0v0m0s").unwrap());
    let body = r#"{"access_token":"ACCESS_TOKEN","expires_in":7200,"refresh_token":"REFRESH_TOKEN","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","scope":"snsapi_userinfo","is_snapshotuser":0,"unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"}"#;
    answer(&call, body, &["/scope"], &[], |granted| {
        let tokens =
            [granted.access_token.expose(), granted.refresh_token.expose()].map(str::to_owned);
        let person = (granted.openid, granted.unionid, granted.is_snapshot_user);
        (tokens, person, granted.expires_in, granted.scope)
    });
    let body = r#"{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","nickname":"Band","sex":1,"province":"a","city":"b","country":"c","headimgurl":"https://thirdwx.qlogo.cn/0","privilege":["chinaunicom"],"unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"}"#;
    answer(&Profile { openid: openid() }, body, &[], &[], |profile| profile);
}

#[test]
fn tokens_and_tickets() {
    let token = r#"{"access_token":"ACCESS_TOKEN","expires_in":7200}"#;
    let seen = |issued: suanpan_wechat::token::Issued<suanpan_wechat::secret::AccessToken>| {
        (issued.secret.expose().to_owned(), issued.expires_in)
    };
    answer(&Classic, token, &[], &[], seen);
    answer(&Stable { force_refresh: false }, token, &[], &[], seen);
    answer(&Ticket, r#"{"ticket":"bxLdikRXVb","expires_in":7200}"#, &[], &[], |issued| {
        (issued.secret.expose().to_owned(), issued.expires_in)
    });
}

const ORDER: &str = r#"{"transaction_id":"42000020502023","merchant_trade_no":"165444915098","merchant_id":"1900007291","sub_merchant_id":"1900007292","description":"咖啡豆*1","paid_amount":1990,"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","trade_create_time":1671082100,"pay_time":1671082110,"order_state":2,"in_complaint":false,"shipping":{"delivery_mode":1,"logistics_type":1,"finish_shipping":true,"finish_shipping_count":1,"goods_desc":"咖啡豆*1","shipping_list":[{"tracking_no":"323244567777","express_company":"DHL","goods_desc":"咖啡豆*1","upload_time":1671082175,"contact":{"consignor_contact":"189****1234"}}]}}"#;

/// Whom the carrier calls is a number we sent ourselves, masked.
#[test]
fn shipped_orders() {
    let id = OrderId::Wechat { transaction_id: TransactionId::new("42000020502023").unwrap() };
    let one = format!(r#"{{"order":{ORDER}}}"#);
    let unread = ["/order/shipping/shipping_list/0/contact/consignor_contact"];
    answer(&GetOrder(id), &one, &[], &unread, |order| order);
    let many = format!(r#"{{"last_index":"98","has_more":true,"order_list":[{ORDER}]}}"#);
    let unread = ["/order_list/0/shipping/shipping_list/0/contact/consignor_contact"];
    answer(&GetOrderList::default(), &many, &[], &unread, |list| list);
}

#[test]
fn switches_of_shipping_management() {
    let managed = IsTradeManaged { appid: appid() };
    answer(&managed, r#"{"is_trade_managed":true}"#, &[], &[], |yes| yes);
    let confirmed = AreMerchantsConfirmed { appid: appid() };
    answer(&confirmed, r#"{"completed":true}"#, &[], &[], |yes| yes);
}

#[test]
fn links_into_mini_programs() {
    let target = Target {
        path: PagePath::new("pages/pay/index").unwrap(),
        query: PageQuery::new("order=7").unwrap(),
        env_version: EnvVersion::Release,
    };
    let expiry = Expiry::after_days(30).unwrap();
    let call = GenerateScheme { jump_wxa: target.clone(), expiry };
    let body = r#"{"openlink":"weixin://dl/business/?t=XTSkBZlzqmn"}"#;
    answer(&call, body, &[], &[], |link| link);
    let call = GenerateUrlLink { target, expiry };
    answer(&call, r#"{"url_link":"https://wxaurl.cn/XTSkBZlzqmn"}"#, &[], &[], |link| link);
}

#[test]
fn settlement_events() {
    let head = r#""ToUserName":"gh_abcdefg","FromUserName":"oABCD","CreateTime":1662480000,"MsgType":"event""#;
    let payment = r#""transaction_id":"42000000000000123","merchant_id":"1234567890","sub_merchant_id":"1234567891","merchant_trade_no":"1234567890123","pay_time":1662380000"#;
    for (event, members) in [
        ("trade_manage_remind_access_api", r#""msg":"请接入""#.to_owned()),
        ("trade_manage_remind_shipping", format!(r#"{payment},"msg":"请发货""#)),
        (
            "trade_manage_order_settlement",
            format!(
                r#"{payment},"shipped_time":1662480001,"estimated_settlement_time":1662880000,"confirm_receive_method":1,"confirm_receive_time":1662480002,"settlement_time":1662480003"#
            ),
        ),
    ] {
        let body = format!(r#"{{{head},"Event":"{event}",{members}}}"#);
        Example { body: &body, open: &["/MsgType", "/Event"], unread: &[] }.check(|body| {
            let address = "signature=76480565cbe296026c53aaacd1ad523a1ddba24f&timestamp=1409304348&nonce=xxxxxx";
            let push = PlainPush::new(PushToken::new("pamtest").unwrap());
            let received = push.receive(&PushQuery::parse(address).unwrap(), body, PUSHED);
            received.ok().map(|hint| known(hint.get().clone()))
        });
    }
}

const PUSHED: Timestamp = Timestamp::from_unix(1_409_304_348);

/// What is kept of a message of a new kind is the whole of it; whatever is added to it is kept too.
fn known(mut message: Message) -> Message {
    if let Event::Unknown { json, .. } = &mut message.event {
        json.clear();
    }
    message
}
