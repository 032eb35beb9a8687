//! Transfers: documented bodies both ways, what scenes demand, and what may follow an answer.

use serde_json::{Value, json};
use suanpan_wechat::{
    Fen,
    advice::Advice,
    call::{Call, Method, Outcome, Request, TransportFault, Unknown, judge},
    id::{Appid, Mchid, Openid},
    invoke::transfer::RequestMerchantTransfer,
    sensitive::SensitiveText,
    text::NotifyUrl,
    transfer::{
        Caller, Cancel, Create, Failure, InfoContent, InfoType, InvalidOrder, InvalidScene, Next,
        Order, OutBillNo, Perception, QueryByOutBillNo, QueryByTransferBillNo, ReceiveStyle,
        Remark, ReportInfo, SCENES, Scene, SceneId, SceneRule, Terms, TransferBillNo,
        TransferState,
        authorization::{
            self, AuthorizationId, AuthorizationInfo, AuthorizationNo, AuthorizationState,
            AuthorizedOrder, CloseReason, CreateWithTransfer, DeviceType, DisplayName,
            OutAuthorizationNo, SceneInfo, Transfer,
        },
        receipt::{self, BillNo, HashType, ReceiptState},
    },
};

use crate::world::{GO_SERIAL, answer, now, opened_by_platform, platform, ring, serial};

fn sealed(name: &str) -> SensitiveText {
    SensitiveText::seal(&ring().encryption_key(now()).unwrap(), name).unwrap()
}

fn info(info_type: &str, content: &str) -> ReportInfo {
    ReportInfo {
        info_type: InfoType::new(info_type).unwrap(),
        info_content: InfoContent::new(content).unwrap(),
    }
}

fn scene(id: &str, infos: &[&str], perception: Option<&str>) -> Result<Scene, InvalidScene> {
    let infos = infos.iter().map(|kind| info(kind, "新会员有礼")).collect();
    let perception = perception.map(|text| Perception::new(text).unwrap());
    Scene::new(SceneId::new(id).unwrap(), infos, perception)
}

fn terms(amount: i64, user_name: Option<SensitiveText>) -> Terms {
    Terms {
        sub_mchid: None,
        appid: Appid::new("wxf636efh567hg4356").unwrap(),
        out_bill_no: number(),
        scene: scene("1000", &["活动名称", "奖励说明"], Some("现金奖励")).unwrap(),
        user_name,
        transfer_amount: Fen::new(amount).unwrap(),
        transfer_remark: Remark::new("新会员开通有礼").unwrap(),
        notify_url: Some(NotifyUrl::new("https://www.weixin.qq.com/wxpay/pay.php").unwrap()),
    }
}

fn number() -> OutBillNo {
    OutBillNo::new("plfk2020042013").unwrap()
}

fn openid() -> Openid {
    Openid::new("o-MYE42l80oelYMDE34nYD456Xoy").unwrap()
}

fn order(amount: i64, user_name: Option<SensitiveText>) -> Order {
    Order { terms: terms(amount, user_name), openid: openid(), user_recv_style: None }
}

fn body(request: &Request) -> Value {
    assert_eq!(request.method, Method::Post);
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn a_transfer_is_sent_as_documented() {
    let request = Create::new(&order(400_000, Some(sealed("张三")))).unwrap().request();
    assert_eq!(request.target, "/v3/fund-app/mch-transfer/transfer-bills");
    assert_eq!(request.sealed_to, Some(serial(GO_SERIAL)));
    let mut sent = body(&request);
    assert_eq!(opened_by_platform(&sent["user_name"].take()), "张三");
    assert_eq!(
        sent,
        json!({
            "appid": "wxf636efh567hg4356",
            "out_bill_no": "plfk2020042013",
            "transfer_scene_id": "1000",
            "openid": "o-MYE42l80oelYMDE34nYD456Xoy",
            "user_name": null,
            "transfer_amount": 400_000,
            "transfer_remark": "新会员开通有礼",
            "notify_url": "https://www.weixin.qq.com/wxpay/pay.php",
            "user_recv_perception": "现金奖励",
            "transfer_scene_report_infos": [
                {"info_type": "活动名称", "info_content": "新会员有礼"},
                {"info_type": "奖励说明", "info_content": "新会员有礼"},
            ],
        })
    );
}

#[test]
fn a_partners_transfers_live_elsewhere_and_name_the_sub_merchant() {
    let sub_mchid = Some(Mchid::new("1900001121").unwrap());
    let mut order = order(1, None);
    order.terms.sub_mchid.clone_from(&sub_mchid);
    order.user_recv_style = Some(ReceiveStyle::RedPacket);
    let create = Create::new(&order).unwrap();
    assert_eq!(create.caller, Caller::Partner);
    let request = create.request();
    assert_eq!(request.target, "/v3/fund-app/mch-transfer/partner/transfer-bills");
    let sent = body(&request);
    assert_eq!(
        (&sent["sub_mchid"], &sent["user_recv_style"]),
        (&json!("1900001121"), &json!({"type": "RED_PACKET"}))
    );

    let query = QueryByOutBillNo { sub_mchid: sub_mchid.clone(), out_bill_no: number() };
    assert_eq!(
        query.request().target,
        "/v3/fund-app/mch-transfer/partner/transfer-bills/out-bill-no/plfk2020042013?sub_mchid=1900001121"
    );
    let cancel = Cancel { sub_mchid, out_bill_no: number() };
    assert_eq!(
        cancel.request().target,
        "/v3/fund-app/mch-transfer/partner/transfer-bills/out-bill-no/plfk2020042013/cancel"
    );
    assert_eq!(body(&cancel.request()), json!({"sub_mchid": "1900001121"}));
}

#[test]
fn questions_and_cancelling_have_no_body() {
    let by_ours = QueryByOutBillNo { sub_mchid: None, out_bill_no: number() }.request();
    let theirs = TransferBillNo::new("1330000071100999991182020050700019480001").unwrap();
    let by_theirs = QueryByTransferBillNo { transfer_bill_no: theirs }.request();
    let cancel = Cancel { sub_mchid: None, out_bill_no: number() }.request();
    let family = "/v3/fund-app/mch-transfer/transfer-bills";
    for (request, method, target) in [
        (by_ours, Method::Get, "out-bill-no/plfk2020042013"),
        (by_theirs, Method::Get, "transfer-bill-no/1330000071100999991182020050700019480001"),
        (cancel, Method::Post, "out-bill-no/plfk2020042013/cancel"),
    ] {
        assert_eq!((request.method, request.target), (method, format!("{family}/{target}")));
        assert_eq!(request.body, b"");
    }
}

#[test]
fn amounts_decide_what_else_a_transfer_needs() {
    let refused = |order: &Order| Create::new(order).unwrap_err();
    assert_eq!(refused(&order(0, None)), InvalidOrder::NoAmount);
    assert!(Create::new(&order(199_999, None)).is_ok());
    assert_eq!(refused(&order(200_000, None)), InvalidOrder::NoName);
    assert!(Create::new(&order(200_000, Some(sealed("张三")))).is_ok());
    let red =
        |amount| Order { user_recv_style: Some(ReceiveStyle::RedPacket), ..order(amount, None) };
    assert!(Create::new(&red(20_000)).is_ok());
    assert_eq!(refused(&red(20_001)), InvalidOrder::RedPacketTooLarge);
    let page = Order { user_recv_style: Some(ReceiveStyle::ConfirmPage), ..order(20_001, None) };
    assert!(Create::new(&page).is_ok());
}

#[test]
fn every_scene_takes_exactly_its_facts_and_texts() {
    for rule in SCENES.iter().filter(|rule| rule.confirmed) {
        let fits = |infos: &[&str], text: Option<&str>| scene(rule.id, infos, text).is_ok();
        assert!(fits(rule.info_types, None), "{}", rule.id);
        for text in rule.perceptions {
            assert!(fits(rule.info_types, Some(text)), "{} {text}", rule.id);
        }
        let wrong = scene(rule.id, rule.info_types, Some("红包"));
        assert_eq!(wrong, Err(InvalidScene::WrongPerception { rule }));
        let mut backwards = rule.info_types.to_vec();
        backwards.reverse();
        assert!(fits(&backwards, None), "{}: their order is free", rule.id);
        let mut doubled = rule.info_types.to_vec();
        doubled.push(doubled[0]);
        let mut foreign = rule.info_types.to_vec();
        foreign[0] = "别的";
        let mut twice = rule.info_types.to_vec();
        twice.fill(rule.info_types[0]);
        let mut wrong = vec![doubled, foreign];
        wrong.extend((twice.len() > 1).then_some(twice));
        wrong.extend((rule.info_types.len() > 1).then(|| rule.info_types[1..].to_vec()));
        for infos in wrong {
            let refused = scene(rule.id, &infos, None);
            assert_eq!(refused, Err(InvalidScene::WrongReport { rule }), "{infos:?}");
        }
        assert_eq!(scene(rule.id, &[], None), Err(InvalidScene::NothingReported));
    }
}

#[test]
fn scenes_that_are_not_certain_are_sent_unchecked() {
    let ids: Vec<_> = SCENES.iter().filter(|rule| !rule.confirmed).map(|rule| rule.id).collect();
    assert_eq!(ids, ["1009"]);
    for id in ["1009", "1013", "4711"] {
        assert!(scene(id, &["别的"], Some("别的")).is_ok(), "{id}");
        assert_eq!(scene(id, &[], None), Err(InvalidScene::NothingReported));
    }
    assert_eq!(SceneRule::of(&SceneId::new("1013").unwrap()), None);
}

const CREATED: &str = r#"{"out_bill_no":"plfk2020042013","transfer_bill_no":"1330000071100999991182020050700019480001","create_time":"2015-05-20T13:29:35.120+08:00","state":"WAIT_USER_CONFIRM","package_info":"affffddafdfafddffda=="}"#;
const BILL: &str = r#"{"mch_id":"1900001109","out_bill_no":"plfk2020042013","transfer_bill_no":"1330000071100999991182020050700019480001","appid":"wxf636efh567hg4356","state":"SUCCESS","transfer_amount":400000,"transfer_remark":"2020年4月报销","openid":"o-MYE42l80oelYMDE34nYD456Xoy","user_name":"757b340b45ebef5467rter35gf464344v3542sdf4t6re4tb4f54ty45t4yyry45","create_time":"2015-05-20T13:29:35.120+08:00","update_time":"2015-05-20T13:29:35.120+08:00"}"#;

#[test]
fn answers_are_read_as_documented() {
    let create = Create::new(&order(1, None)).unwrap();
    let created = create.read(200, CREATED.as_bytes()).unwrap();
    assert_eq!(created.state, Some(TransferState::WaitUserConfirm));
    assert_eq!(created.package_info.unwrap().as_str(), "affffddafdfafddffda==");
    let partner = r#"{"sub_mchid":"1900001121","out_bill_no":"plfk2020042013","transfer_bill_no":"1330000071100999991182020050700019480001","create_time":"2015-05-20T13:29:35.120+08:00","package_info":"affffddafdfafddffda=="}"#;
    let created = create.read(200, partner.as_bytes()).unwrap();
    assert_eq!((created.state, created.sub_mchid.unwrap().as_str()), (None, "1900001121"));

    let query = QueryByOutBillNo { sub_mchid: None, out_bill_no: number() };
    let bill = query.read(200, BILL.as_bytes()).unwrap();
    assert_eq!((bill.mchid.as_str(), bill.transfer_amount.count()), ("1900001109", 400_000));
    assert_eq!(bill.state, TransferState::Success);
    let partner = BILL.replace(r#""mch_id":"1900001109""#, r#""mchid":"1","sub_mchid":"2""#);
    let bill = query.read(200, partner.as_bytes()).unwrap();
    assert_eq!((bill.mchid.as_str(), bill.sub_mchid.unwrap().as_str()), ("1", "2"));

    let cancel = Cancel { sub_mchid: None, out_bill_no: number() };
    let json = r#"{"out_bill_no":"plfk2020042013","transfer_bill_no":"1330000071100999991182020050700019480001","state":"CANCELING","update_time":"2015-05-20T13:29:35.120+08:00"}"#;
    let cancelling = cancel.read(200, json.as_bytes()).unwrap();
    assert_eq!(cancelling.state, TransferState::Canceling);
    assert!(!cancelling.state.is_final());
}

#[test]
fn the_confirmation_page_takes_what_the_answer_brought() {
    let create = Create::new(&order(1, None)).unwrap();
    let created = create.read(200, CREATED.as_bytes()).unwrap();
    let page = RequestMerchantTransfer {
        mch_id: Mchid::new("1900001109").unwrap(),
        app_id: Appid::new("wxf636efh567hg4356").unwrap(),
        package: created.package_info.unwrap(),
    };
    assert_eq!(
        serde_json::to_value(&page).unwrap(),
        json!({
            "mchId": "1900001109",
            "appId": "wxf636efh567hg4356",
            "package": "affffddafdfafddffda==",
        })
    );
}

#[test]
fn no_refusal_and_no_doubt_frees_the_number() {
    let create = Create::new(&order(1, None)).unwrap();
    let authorization = AuthorizationNo::OutAuthorizationNo(permission());
    let permitted =
        Transfer::new(&AuthorizedOrder { terms: terms(1, None), authorization }).unwrap();
    let info = authorization_info();
    let asking = CreateWithTransfer::new(&order(1, None), &info).unwrap();
    for (status, code) in [
        (400, "PARAM_ERROR"),
        (400, "INVALID_REQUEST"),
        (400, "ORDER_CLOSED"),
        (400, "OUT_TRADE_NO_USED"),
        (401, "SIGN_ERROR"),
        (403, "NOT_ENOUGH"),
        (403, "NO_AUTH"),
        (404, "NOT_FOUND"),
        (429, "FREQUENCY_LIMITED"),
        (500, "SYSTEM_ERROR"),
        (400, "BRAND_NEW"),
    ] {
        let body = format!(r#"{{"code":"{code}","message":"m"}}"#);
        let answer = answer(&platform(), status, &body);
        for advice in [
            create.advise(&judge(&create, &answer, &ring(), now())),
            permitted.advise(&judge(&permitted, &answer, &ring(), now())),
            asking.advise(&judge(&asking, &answer, &ring(), now())),
        ] {
            let frees = matches!(advice, Advice::NewNumber { .. } | Advice::Settled);
            assert!(!frees, "{status} {code}: {advice:?}");
        }
    }
    let lost = Outcome::Unknown(Unknown::Transport(TransportFault::Timeout));
    assert!(matches!(create.advise(&lost), Advice::Query { .. }));
}

#[test]
fn nothing_but_a_final_state_frees_the_number() {
    let create = Create::new(&order(1, None)).unwrap();
    let query = QueryByOutBillNo { sub_mchid: None, out_bill_no: number() };
    for (state, failure, next) in [
        ("ACCEPTED", None, Next::Query),
        ("PROCESSING", None, Next::Query),
        ("WAIT_USER_CONFIRM", None, Next::Query),
        ("TRANSFERING", None, Next::Query),
        ("CANCELING", None, Next::Query),
        ("BRAND_NEW", None, Next::Query),
        ("SUCCESS", None, Next::Paid),
        ("CANCELLED", None, Next::MayReplace(None)),
        ("FAIL", Some("OVERDUE_CLOSE"), Next::MayReplace(Some(&Failure::OverdueClose))),
    ] {
        let reason = failure.map(|reason| format!(r#","fail_reason":"{reason}""#));
        let said = format!(r#""state":"{state}"{}"#, reason.unwrap_or_default());
        let bill = BILL.replace(r#""state":"SUCCESS""#, &said);
        let bill = query.read(200, bill.as_bytes()).unwrap();
        assert_eq!(bill.next(), next, "{state}");
        assert_eq!(bill.state.is_final(), next != Next::Query, "{state}");
        let created = CREATED.replace(r#""state":"WAIT_USER_CONFIRM""#, &said);
        assert_eq!(create.read(200, created.as_bytes()).unwrap().next(), next, "{state}");
    }
    let silent = CREATED.replace(r#","state":"WAIT_USER_CONFIRM""#, "");
    assert_eq!(create.read(200, silent.as_bytes()).unwrap().next(), Next::Query);
}

#[test]
fn receipts_are_asked_for_by_either_number() {
    let theirs = TransferBillNo::new("1330000071100999991182020050700019480001").unwrap();
    for (number, member, text) in [
        (BillNo::OutBillNo(number()), "out_bill_no", "plfk2020042013"),
        (
            BillNo::TransferBillNo(theirs),
            "transfer_bill_no",
            "1330000071100999991182020050700019480001",
        ),
    ] {
        let path = format!("/v3/fund-app/mch-transfer/elecsign/{}", member.replace('_', "-"));
        let apply = receipt::Apply { number: number.clone() }.request();
        assert_eq!((apply.target.as_str(), &body(&apply)[member]), (path.as_str(), &json!(text)));
        let query = receipt::Query { number }.request();
        assert_eq!((query.method, query.target), (Method::Get, format!("{path}/{text}")));
    }
    let apply = receipt::Apply { number: BillNo::OutBillNo(number()) };
    let applied = br#"{"state":"GENERATING","create_time":"2015-05-20T13:29:35.120+08:00"}"#;
    assert_eq!(apply.read(200, applied).unwrap().state, ReceiptState::Generating);
    let query = receipt::Query { number: BillNo::OutBillNo(number()) };
    let finished = query.read(200, FINISHED_RECEIPT.as_bytes()).unwrap();
    assert_eq!(finished.state, ReceiptState::Finished);
    assert_eq!(finished.file.unwrap().hash_type, HashType::Sha256);
    let failed = r#"{"state":"FAILED","create_time":"2015-05-20T13:29:35.120+08:00","update_time":"2015-05-20T13:29:35.120+08:00","hash_value":"","fail_reason":"转账单未完成"}"#;
    let failed = query.read(200, failed.as_bytes()).unwrap();
    assert_eq!((failed.file, failed.fail_reason.as_deref()), (None, Some("转账单未完成")));
    let fileless = FINISHED_RECEIPT.replace("download_url", "downloaded_url");
    assert!(query.read(200, fileless.as_bytes()).is_err());
}

const FINISHED_RECEIPT: &str = r#"{"state":"FINISHED","create_time":"2015-05-20T13:29:35.120+08:00","update_time":"2015-05-20T13:29:35.120+08:00","hash_type":"SHA256","hash_value":"DE731F35146A0BEFADE5DB9D1E468D96C01CA8898119C674FEE9F11F4DBE5529","download_url":"https://api.mch.weixin.qq.com/v3/transferbilldownload/elecvoucherfile?source=elecsign&token=xxx"}"#;

fn receipt_file(answer: &str) -> receipt::ReceiptFile {
    let query = receipt::Query { number: BillNo::OutBillNo(number()) };
    query.read(200, answer.as_bytes()).unwrap().file.unwrap()
}

#[test]
fn the_token_of_a_receipt_goes_to_wechat_and_nowhere_else() {
    let ours = ["https://api2.mch.weixin.qq.com", "https://api.mch.weixin.qq.com"];
    let file = receipt_file(FINISHED_RECEIPT);
    let request = file.request(&ours).unwrap();
    let target = "/v3/transferbilldownload/elecvoucherfile?source=elecsign&token=xxx";
    assert_eq!((request.method, request.target.as_str()), (Method::Get, target));
    assert!(!format!("{file:?}").contains("xxx"), "{file:?}");
    for elsewhere in ["https://api.mch.weixin.qq.com.evil.example", "http://api.mch.weixin.qq.com"]
    {
        let file =
            receipt_file(&FINISHED_RECEIPT.replace("https://api.mch.weixin.qq.com", elsewhere));
        let refused = file.request(&ours).unwrap_err();
        assert!(!refused.to_string().contains("xxx"), "{refused}");
    }
}

#[test]
fn only_the_announced_file_is_a_receipt() {
    use receipt::WrongFile;
    let announced = |hash_type: &str, hash_value: &str| {
        let answer = FINISHED_RECEIPT.replace("SHA256", hash_type);
        receipt_file(&answer.replace(
            "DE731F35146A0BEFADE5DB9D1E468D96C01CA8898119C674FEE9F11F4DBE5529",
            hash_value,
        ))
    };
    // FIPS 180-2 and GB/T 32905: the digests of "abc".
    let sha256 = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    let sm3 = "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0";
    assert_eq!(announced("SHA256", sha256).check(b"abc"), Ok(()));
    assert_eq!(announced("SHA256", sha256).check(b"xyz"), Err(WrongFile::Digest));
    assert_eq!(announced("SHA256", &sha256[2..]).check(b"abc"), Err(WrongFile::Digest));
    assert_eq!(announced("SHA256", "no hex").check(b"abc"), Err(WrongFile::Digest));
    assert_eq!(announced("SHA512", sha256).check(b"abc"), Err(WrongFile::UnknownHash));
    let by_sm3 = if cfg!(feature = "sm") { Ok(()) } else { Err(WrongFile::UnknownHash) };
    assert_eq!(announced("SM3", sm3).check(b"abc"), by_sm3);
}

fn permission() -> OutAuthorizationNo {
    OutAuthorizationNo::new("plfk2020042013").unwrap()
}

fn authorization_info() -> AuthorizationInfo {
    AuthorizationInfo {
        user_display_name: DisplayName::new("wx_123456").unwrap(),
        out_authorization_no: permission(),
        authorization_notify_url: NotifyUrl::new("https://www.weixin.qq.com/wxpay/pay.php")
            .unwrap(),
    }
}

#[test]
fn a_permission_is_asked_for_as_documented() {
    let request = authorization::Request {
        caller: Caller::Merchant,
        out_authorization_no: permission(),
        appid: Appid::new("102022609").unwrap(),
        openid: openid(),
        transfer_scene_id: SceneId::new("1000").unwrap(),
        user_display_name: DisplayName::new("wx_123456").unwrap(),
        user_recv_perception: Some(Perception::new("现金奖励").unwrap()),
        authorization_notify_url: NotifyUrl::new("https://www.weixin.qq.com/wxpay/pay.php")
            .unwrap(),
        scene_info: Some(SceneInfo {
            client_ip: "14.23.150.211".parse().unwrap(),
            device_id: suanpan_wechat::text::DeviceId::new("013467007045764").unwrap(),
            device_type: DeviceType::Harmony,
        }),
    };
    let sent = request.request();
    assert_eq!(sent.target, "/v3/fund-app/mch-transfer/user-confirm-authorization");
    assert_eq!(
        body(&sent),
        json!({
            "out_authorization_no": "plfk2020042013",
            "appid": "102022609",
            "openid": "o-MYE42l80oelYMDE34nYD456Xoy",
            "transfer_scene_id": "1000",
            "user_display_name": "wx_123456",
            "user_recv_perception": "现金奖励",
            "authorization_notify_url": "https://www.weixin.qq.com/wxpay/pay.php",
            "scene_info": {
                "client_ip": "14.23.150.211",
                "device_id": "013467007045764",
                "device_type": "HARMONY",
            },
        })
    );
    let answer = br#"{"out_authorization_no":"plfk2020042013","state":"WAIT_USER_CONFIRM","create_time":"2015-05-20T13:29:35+08:00","package_info":"affffddafdfafddffda=="}"#;
    let requested = request.read(200, answer).unwrap();
    assert_eq!(requested.state, AuthorizationState::WaitUserConfirm);
    let partner = authorization::Request { caller: Caller::Partner, ..request };
    assert_eq!(
        partner.request().target,
        "/v3/fund-app/mch-transfer/partner/user-confirm-authorizations"
    );
}

#[test]
fn a_permission_is_asked_about_and_ended_as_documented() {
    let direct = "/v3/fund-app/mch-transfer/user-confirm-authorization/out-authorization-no";
    let partner = "/v3/fund-app/mch-transfer/partner/user-confirm-authorizations";
    for (caller, family) in [(Caller::Merchant, direct), (Caller::Partner, partner)] {
        let query = authorization::Query { caller, out_authorization_no: permission() };
        assert_eq!(query.request().target, format!("{family}/plfk2020042013"));
        let close = authorization::Close { caller, out_authorization_no: permission() }.request();
        assert_eq!(close.target, format!("{family}/plfk2020042013/close"));
        assert_eq!((close.method, close.body.as_slice()), (Method::Post, b"".as_slice()));
    }
    let close =
        authorization::Close { caller: Caller::Merchant, out_authorization_no: permission() };
    let answer = r#"{"out_authorization_no":"plfk2020042013","appid":"wxf636efh567hg4356","openid":"o-MYE42l80oelYMDE34nYD456Xoy","user_display_name":"wx_123456","authorization_id":"201202504101000123456789012","state":"CLOSED","authorize_time":"2015-05-20T13:29:35.120+08:00","close_info":{"close_time":"2015-05-20T13:29:35.120+08:00","close_reason":"CLOSE_VIA_MCH_API"}}"#;
    let closed = close.read(200, answer.as_bytes()).unwrap();
    assert_eq!(closed.state, AuthorizationState::Closed);
    assert_eq!(closed.close_info.unwrap().close_reason, CloseReason::CloseViaMchApi);
}

#[test]
fn a_permitted_transfer_names_the_permission_by_one_number() {
    let id = AuthorizationId::new("201202504101000123456789012").unwrap();
    for (authorization, member, text) in [
        (AuthorizationNo::AuthorizationId(id), "authorization_id", "201202504101000123456789012"),
        (
            AuthorizationNo::OutAuthorizationNo(permission()),
            "out_authorization_no",
            "plfk2020042013",
        ),
    ] {
        let order = AuthorizedOrder { terms: terms(1, None), authorization };
        let request = Transfer::new(&order).unwrap().request();
        assert_eq!(request.target, "/v3/fund-app/mch-transfer/transfer-bills/transfer");
        let sent = body(&request);
        assert_eq!(sent[member], text);
        let numbers = ["authorization_id", "out_authorization_no", "openid"];
        assert_eq!(numbers.iter().filter(|name| sent.get(name).is_some()).count(), 1);
    }
    let order = AuthorizedOrder {
        terms: terms(200_000, None),
        authorization: AuthorizationNo::OutAuthorizationNo(permission()),
    };
    assert_eq!(Transfer::new(&order).unwrap_err(), InvalidOrder::NoName);
}

#[test]
fn a_transfer_may_ask_for_the_permission_along_the_way() {
    let info = authorization_info();
    let request = CreateWithTransfer::new(&order(1, None), &info).unwrap().request();
    assert_eq!(
        request.target,
        "/v3/fund-app/mch-transfer/transfer-bills/pre-transfer-with-authorization"
    );
    let mut sent = body(&request);
    assert_eq!(
        sent["authorization_info"].take(),
        json!({
            "user_display_name": "wx_123456",
            "out_authorization_no": "plfk2020042013",
            "authorization_notify_url": "https://www.weixin.qq.com/wxpay/pay.php",
        })
    );
    let mut plain = body(&Create::new(&order(1, None)).unwrap().request());
    plain["authorization_info"] = Value::Null;
    assert_eq!(sent, plain, "and is the same transfer otherwise");
}
