use serde::de::DeserializeOwned;
use std::fmt::Debug;

use suanpan_wechat::{
    bill::{BillDate, BillType, Form, SubMerchantFundFlowBill, TradeBill},
    call::Call,
    certificates::CertificateList,
    combine, echo,
    error::ErrorBody,
    id::Mchid,
    media,
    notify::Content,
    pay::{self, codepay, partner},
    profitsharing::{self, giveback, receiver, remaining},
    refund::Refund,
    transfer::{
        self, OutBillNo, authorization,
        receipt::{self, BillNo},
    },
};

use super::Example;
use crate::world::{api_v3_key, notification, now, platform, ring, signed};

/// What a signed answer's body is read into.
fn answer<T: DeserializeOwned + PartialEq + Debug>(body: &str, open: &[&str], unread: &[&str]) {
    Example { body, open, unread }.check(|body| serde_json::from_slice::<T>(body).ok());
}

/// What a notification's content is read into, all the way from the signature.
fn notified(original_type: &str, body: &str, open: &[&str], unread: &[&str]) {
    Example { body, open, unread }.check(|plaintext| {
        let body = notification(original_type, std::str::from_utf8(plaintext).unwrap());
        let headers = signed(&platform(), body.as_bytes());
        let verified = suanpan_wechat::verify(&ring(), &headers, body.as_bytes(), now()).unwrap();
        let content = verified.notification().unwrap().open(&[api_v3_key()]).unwrap().into_inner();
        (!matches!(content, Content::Unknown { .. })).then_some(content)
    });
}

#[test]
fn answers_to_orders() {
    answer::<pay::Prepaid>(r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#, &[], &[]);
    answer::<pay::H5Link>(
        r#"{"h5_url":"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx20161110163838f231619da20804912345&package=1037687096"}"#,
        &[],
        &[],
    );
    for code_url in [
        "weixin://wxpay/bizpayurl?pr=JyC91EIz1",
        "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00",
        "weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00",
    ] {
        answer::<pay::NativeCode>(&format!(r#"{{"code_url":"{code_url}"}}"#), &[], &[]);
    }
}

/// The members that a direct and a partner's transaction have in common, all of them at once.
const TRANSACTION: &str = r#""amount":{"currency":"CNY","payer_currency":"CNY","payer_total":90,"total":100},"attach":"自定义数据","bank_type":"CMB_DEBIT","installment_info":{"selected_installment_number":3,"use_subsidy":true},"out_trade_no":"1217752501201407033233368018","promotion_detail":[{"amount":10,"coupon_id":"109519","currency":"CNY","goods_detail":[{"discount_amount":1,"goods_id":"M1006","goods_remark":"商品备注信息","quantity":1,"unit_price":100}],"merchant_contribute":0,"name":"单品惠-6","other_contribute":0,"scope":"GLOBAL","stock_id":"931386","type":"CASH","wechatpay_contribute":10}],"scene_info":{"device_id":"013467007045764"},"success_time":"2018-06-08T10:34:56+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"MICROPAY","transaction_id":"1217752501201407033233368018""#;

const TRANSACTION_OPEN: &[&str] = &[
    "/trade_state",
    "/trade_type",
    "/bank_type",
    "/promotion_detail/0/scope",
    "/promotion_detail/0/type",
];

/// Instalments are a product of their own, of one kind of credit; no page says more than the names.
const TRANSACTION_UNREAD: &[&str] =
    &["/installment_info/selected_installment_number", "/installment_info/use_subsidy"];

fn direct() -> String {
    format!(
        r#"{{{TRANSACTION},"appid":"wxd678efh567hg6787","mchid":"1230000109","payer":{{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}}}"#
    )
}

fn of_partner() -> String {
    format!(
        r#"{{{TRANSACTION},"sp_appid":"wxd678efh567hg6787","sp_mchid":"1230000109","sub_appid":"wxd678efh567hg6999","sub_mchid":"1900000109","payer":{{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","sub_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6p"}}}}"#
    )
}

#[test]
fn transactions() {
    answer::<pay::Transaction>(&direct(), TRANSACTION_OPEN, TRANSACTION_UNREAD);
    answer::<partner::Transaction>(&of_partner(), TRANSACTION_OPEN, TRANSACTION_UNREAD);
}

#[test]
fn transactions_that_are_notified() {
    // A payment that is notified has been made: another state than SUCCESS is still kept.
    notified("transaction", &direct(), TRANSACTION_OPEN, TRANSACTION_UNREAD);
    notified("transaction", &of_partner(), TRANSACTION_OPEN, TRANSACTION_UNREAD);
    let captured = r#"{"mchid":"1613740956","appid":"wxd678efh567hg6787","out_trade_no":"202305171129350001","transaction_id":"4200001827202305179902405083","trade_type":"NATIVE","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"a","success_time":"2023-05-17T11:30:21+08:00","payer":{"openid":"o-qv"},"amount":{"total":1,"payer_total":1,"currency":"CNY","payer_currency":"CNY"}}"#;
    notified("transaction", captured, &["/trade_state", "/trade_type"], &[]);
}

const COMBINED: &str = r#"{"combine_appid":"wxd678efh567hg6787","combine_mchid":"1900000109","combine_out_trade_no":"P20150806125346","combine_transaction_id":"1009660380201506130728806388","combine_payer_info":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"installment_info":{"selected_installment_number":3},"scene_info":{"device_id":"POS1:1"},"sub_orders":[{"amount":{"currency":"CNY","payer_amount":9,"payer_currency":"CNY","settlement_rate":60000000,"total_amount":10},"attach":"深圳分店","bank_type":"CMC","mchid":"1900000109","out_trade_no":"20150806125346","promotion_detail":[{"amount":1,"coupon_id":"109519","currency":"CNY","goods_detail":[{"discount_amount":1,"goods_id":"M1006","goods_remark":"x","quantity":1,"unit_price":100}],"merchant_contribute":0,"name":"单品惠-6","other_contribute":0,"scope":"SINGLE","stock_id":"931386","type":"NOCASH","wechatpay_contribute":1}],"sub_appid":"wxd678efh567hg6999","sub_mchid":"1900000119","sub_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6p","success_time":"2015-05-20T13:29:35.120+08:00","trade_state":"SUCCESS","trade_type":"JSAPI","transaction_id":"1009660380201506130728806387"}]}"#;

const COMBINED_OPEN: &[&str] = &[
    "/sub_orders/0/trade_state",
    "/sub_orders/0/trade_type",
    "/sub_orders/0/promotion_detail/0/scope",
    "/sub_orders/0/promotion_detail/0/type",
];

/// Instalments as above; the rate is one of cross-border payment, which is not of these crates.
const COMBINED_UNREAD: &[&str] =
    &["/installment_info/selected_installment_number", "/sub_orders/0/amount/settlement_rate"];

#[test]
fn combined_transactions() {
    answer::<combine::Transaction>(COMBINED, COMBINED_OPEN, COMBINED_UNREAD);
    notified("transaction", COMBINED, COMBINED_OPEN, COMBINED_UNREAD);
}

#[test]
fn reversals_of_payment_codes() {
    answer::<codepay::Reversed>(
        r#"{"appid":"wxd678efh567hg6787","mchid":"1230000109","out_trade_no":"1217752501201407033233368018"}"#,
        &[],
        &[],
    );
}

const REFUND: &str = r#"{"amount":{"currency":"CNY","discount_refund":10,"from":[{"account":"AVAILABLE","amount":444}],"payer_refund":90,"payer_total":90,"refund":100,"refund_fee":0,"settlement_refund":100,"settlement_total":100,"total":100},"channel":"ORIGINAL","create_time":"2020-12-01T16:18:12+08:00","funds_account":"UNSETTLED","out_refund_no":"1217752501201407033233368018","out_trade_no":"1217752501201407033233368019","promotion_detail":[{"amount":5,"goods_detail":[{"goods_name":"iPhone6s 16G","merchant_goods_id":"1217752501201407033233368018","refund_amount":528800,"refund_quantity":1,"unit_price":528800,"wechatpay_goods_id":"1001"}],"promotion_id":"109519","refund_amount":100,"scope":"SINGLE","type":"DISCOUNT"}],"refund_id":"50000000382019052709732678859","status":"SUCCESS","success_time":"2020-12-01T16:18:13+08:00","transaction_id":"1217752501201407033233368020","user_received_account":"招商银行信用卡0403"}"#;

#[test]
fn refunds() {
    let open = [
        "/status",
        "/channel",
        "/funds_account",
        "/promotion_detail/0/scope",
        "/promotion_detail/0/type",
        "/amount/from/0/account",
    ];
    answer::<Refund>(REFUND, &open, &[]);
}

#[test]
fn refunds_that_are_notified() {
    let direct = r#"{"mchid":"1900000100","transaction_id":"1008450740201411110005820873","out_trade_no":"20150806125346","refund_id":"50200207182018070300011301001","out_refund_no":"7752501201407033233368018","refund_status":"SUCCESS","success_time":"2018-06-08T10:34:56+08:00","user_received_account":"招商银行信用卡0403","amount":{"total":999,"refund":999,"payer_total":999,"payer_refund":999}}"#;
    notified("refund", direct, &["/refund_status"], &[]);
    let of_partner = direct
        .replace(r#""mchid":"1900000100""#, r#""sp_mchid":"1900000100","sub_mchid":"1900000109""#);
    notified("refund", &of_partner, &["/refund_status"], &[]);
}

#[test]
fn announcements_of_bills() {
    let day: BillDate = "2019-06-11".parse().unwrap();
    let trade =
        TradeBill { bill_date: day, bill_type: BillType::All, form: Form::Gzip, sub_mchid: None };
    let body = r#"{"download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=xx&tartype=gzip","hash_type":"SHA1","hash_value":"79bb0f45fc4c42234a918000b2668d689e2bde04"}"#;
    Example { body, open: &[], unread: &[] }.check(|body| trade.read(200, body).ok());
    let sealed = SubMerchantFundFlowBill {
        sub_mchid: Mchid::new("1900000109").unwrap(),
        bill_date: day,
        account_type: suanpan_wechat::bill::AccountType::Basic,
    };
    let body = r#"{"download_bill_count":1,"download_bill_list":[{"bill_sequence":1,"download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=xx","encrypt_key":"a2V5","hash_type":"SHA1","hash_value":"79bb0f45fc4c42234a918000b2668d689e2bde04","nonce":"a8607ef79034"}]}"#;
    Example { body, open: &[], unread: &[] }.check(|body| sealed.read(200, body).ok());
}

#[test]
fn profit_sharings() {
    let sharing = r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_order_no":"P20150806125346","order_id":"3008450740201411110007820472","state":"FINISHED","receivers":[{"amount":100,"description":"分给商户1900000110","type":"MERCHANT_ID","account":"1900000110","result":"CLOSED","fail_reason":"ACCOUNT_ABNORMAL","detail_id":"36011111111111111111111","create_time":"2015-05-20T13:29:35.120+08:00","finish_time":"2015-05-20T13:29:36.120+08:00"}]}"#;
    let open = ["/state", "/receivers/0/type", "/receivers/0/result", "/receivers/0/fail_reason"];
    answer::<profitsharing::Sharing>(sharing, &open, &[]);
    let giveback = r#"{"sub_mchid":"1900000109","order_id":"3008450740201411110007820472","out_order_no":"P20150806125346","out_return_no":"R20190516001","return_id":"3008450740201411110007820473","return_mchid":"86693852","amount":10,"description":"用户退款","result":"FAILED","fail_reason":"TIME_OUT_CLOSED","create_time":"2015-05-20T13:29:35.120+08:00","finish_time":"2015-05-20T13:29:36.120+08:00"}"#;
    answer::<giveback::Giveback>(giveback, &["/result", "/fail_reason"], &[]);
    let remaining = r#"{"transaction_id":"4208450740201411110007820472","unsplit_amount":1000}"#;
    answer::<remaining::Remaining>(remaining, &[], &[]);
    answer::<remaining::Limit>(r#"{"sub_mchid":"1900000109","max_ratio":2000}"#, &[], &[]);
    let added = r#"{"sub_mchid":"1900000109","type":"MERCHANT_ID","account":"86693852","name":"hu89ohu89ohu89o","relation_type":"SERVICE_PROVIDER","custom_relation":"代理商"}"#;
    answer::<receiver::Added>(added, &["/type", "/relation_type"], &[]);
    let deleted = r#"{"sub_mchid":"1900000109","type":"MERCHANT_ID","account":"86693852"}"#;
    answer::<receiver::Deleted>(deleted, &["/type"], &[]);
}

#[test]
fn profit_sharings_that_are_notified() {
    let direct = r#"{"mchid":"1900000100","transaction_id":"4200000000000000000000000000","order_id":"1217752501201407033233368018","out_order_no":"P20150806125346","receiver":{"type":"MERCHANT_ID","account":"1900000100","amount":888,"description":"运费/交易分账/及时奖励"},"success_time":"2018-06-08T10:34:56+08:00"}"#;
    notified("profitsharing", direct, &["/receiver/type"], &[]);
    let of_partner = direct
        .replace(r#""mchid":"1900000100""#, r#""sp_mchid":"1900000100","sub_mchid":"1900000109""#);
    notified("profitsharing", &of_partner, &["/receiver/type"], &[]);
}

const TIMES: &str = r#""create_time":"2015-05-20T13:29:35.120+08:00","update_time":"2015-05-20T13:29:36.120+08:00""#;
const NUMBERS: &str = r#""out_bill_no":"plfk2020042013","transfer_bill_no":"1330000071100999991182020050700019480001""#;

#[test]
fn transfers() {
    let created = format!(
        r#"{{{NUMBERS},"sub_mchid":"1900000109","create_time":"2015-05-20T13:29:35.120+08:00","state":"FAIL","package_info":"affffddafdfafddffda==","fail_reason":"MCH_CANCEL"}}"#
    );
    answer::<transfer::Created>(&created, &["/state", "/fail_reason"], &[]);
    for mchid in [r#""mch_id":"1900001109""#, r#""mchid":"1900001109","sub_mchid":"1900000109""#] {
        let bill = format!(
            r#"{{{NUMBERS},{TIMES},{mchid},"appid":"wxf636efh567hg4356","state":"FAIL","transfer_amount":400000,"transfer_remark":"2020年4月报销","fail_reason":"PAYEE_ACCOUNT_ABNORMAL","openid":"o-MYE42l80oelYMDE34nYD456Xoy","user_name":"757b340b45ebef5467rter35gf464344"}}"#
        );
        answer::<transfer::Bill>(&bill, &["/state", "/fail_reason"], &[]);
    }
    let cancelled = format!(
        r#"{{{NUMBERS},"sub_mchid":"1900000109","state":"CANCELING","update_time":"2015-05-20T13:29:35.120+08:00"}}"#
    );
    answer::<transfer::Cancellation>(&cancelled, &["/state"], &[]);
    let applied = r#"{"state":"GENERATING","create_time":"2015-05-20T13:29:35.120+08:00"}"#;
    answer::<receipt::Applied>(applied, &["/state"], &[]);
    let receipt = format!(
        r#"{{{TIMES},"state":"FINISHED","hash_type":"SHA256","hash_value":"DE731F35146A0BEFADE5DB9D1E468D96C01CA8898119C674FEE9F11F4DBE5529","download_url":"https://api.mch.weixin.qq.com/v3/transferbilldownload/elecvoucherfile?token=xxx","fail_reason":"x"}}"#
    );
    let number = BillNo::OutBillNo(OutBillNo::new("plfk2020042013").unwrap());
    let query = receipt::Query { number };
    Example { body: &receipt, open: &["/state", "/hash_type"], unread: &[] }
        .check(|body| query.read(200, body).ok());
}

const PERMISSION: &str = r#"{"out_authorization_no":"plfk2020042013","appid":"wxf636efh567hg4356","openid":"o-MYE42l80oelYMDE34nYD456Xoy","user_display_name":"wx_123456","authorization_id":"201202504101000123456789012","state":"CLOSED","authorize_time":"2015-05-20T13:29:35.120+08:00","close_info":{"close_time":"2015-05-20T13:29:36.120+08:00","close_reason":"CLOSE_VIA_MCH_API"}}"#;

#[test]
fn permissions_to_transfer() {
    let requested = r#"{"out_authorization_no":"plfk2020042013","state":"WAIT_USER_CONFIRM","create_time":"2015-05-20T13:29:35+08:00","package_info":"affffddafdfafddffda=="}"#;
    answer::<authorization::Requested>(requested, &["/state"], &[]);
    let open = ["/state", "/close_info/close_reason"];
    answer::<authorization::Authorization>(PERMISSION, &open, &[]);
    notified("mch_payment", PERMISSION, &open, &[]);
}

#[test]
fn transfers_that_are_notified() {
    for mchid in [r#""mch_id":"1900001109""#, r#""mchid":"1900001109","sub_mchid":"1900000109""#] {
        let bill = format!(
            r#"{{{NUMBERS},{TIMES},{mchid},"state":"FAIL","transfer_amount":2000,"openid":"o-MYE42l80oelYMDE34nYD456Xoy","fail_reason":"PAYEE_ACCOUNT_ABNORMAL"}}"#
        );
        notified("mch_payment", &bill, &["/state", "/fail_reason"], &[]);
    }
}

/// What a certificate says about itself is read in the certificate.
#[test]
fn certificates() {
    let list = r#"{"data":[{"serial_no":"5157F09EFDC096DE15EBE81A47057A7232F1B8E1","effective_time":"2018-06-08T10:34:56+08:00","expire_time":"2018-12-08T10:34:56+08:00","encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"61f9c719728a","associated_data":"certificate","ciphertext":"sRvt"}}]}"#;
    let unread = ["/data/0/effective_time", "/data/0/expire_time"];
    answer::<CertificateList>(list, &[], &unread);
}

#[test]
fn echoes() {
    let answered = r#"{"echo_message":"a","encrypted_echo_message":"a2V5"}"#;
    answer::<echo::Answer>(answered, &[], &[]);
    let body = r#"{"echo_message":"a","encrypt_echo_message":"a2V5"}"#;
    notified("security", body, &[], &[]);
}

#[test]
fn uploads() {
    answer::<media::Uploaded>(r#"{"media_id":"H1ihR9JUtVj-J7CJqBUY5ZOrG_Je75H"}"#, &[], &[]);
    let favor = r#"{"media_url":"https://qpic.cn/xxx"}"#;
    answer::<media::FavorUploaded>(favor, &[], &[]);
}

#[test]
fn errors() {
    let open = ["/code", "/detail/location"];
    let wrong_value = r#"{"code":"PARAM_ERROR","message":"参数错误","detail":{"field":"/amount/currency","value":"XYZ","issue":"Currency code is invalid","location":"body"}}"#;
    answer::<ErrorBody>(wrong_value, &open, &[]);
    let wrong_sign = r#"{"code":"SIGN_ERROR","detail":{"detail":{"issue":"sign not match"},"field":"signature","location":"authorization","sign_information":{"method":"POST","sign_message_length":412,"truncated_sign_message":"POST\n/v3/…\n","url":"/v3/…"}},"message":"错误的签名，验签失败"}"#;
    answer::<ErrorBody>(wrong_sign, &open, &[]);
}
