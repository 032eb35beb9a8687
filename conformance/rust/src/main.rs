//! wxpay-rs, unmodified, lives through one merchant's day at the simulator.
//!
//! ```sh
//! suanpan run -- wxpay-rs-story --management URL --trust certificate|public_key --notify-url URL --inbox FILE
//! ```
//!
//! Its host is a constant, and it is told nothing: `suanpan run` sets proxy and trust. Each check is
//! one JSON line on standard output: `{"check", "ok", "detail"}`.

mod bills;
mod given;
mod management;

use std::{process::ExitCode, sync::Arc, time::Duration};

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use wxpay_rs::{
    WxPayClient, WxPayConfig,
    auth::Sha256RsaSigner,
    cert::{CertDownloader, CertManager, CertificateDownloader as _},
    http::ReqwestHttpClient,
    notify::{NotifyHeaders, PaymentExpectation, handler::VerifiedNotifyRequest},
    services::{
        payments::jsapi::{Amount, JsapiRequest, Payer},
        refund::{RefundAmount, RefundRequest},
    },
};

use bills::Bills;
use given::Given;
use management::Management;

type Check<T> = Result<T, Box<dyn std::error::Error>>;

const PRICE: u64 = 1280;
const BACK: u64 = 280;
const NOTIFICATION_PATIENCE: Duration = Duration::from_secs(20);
const REFUND_SETTLES_SECONDS: u64 = 24 * 3600;

/// From any time of a day: ten o'clock of the next has passed.
const UNTIL_BILLS_SECONDS: u64 = 36 * 3600;

#[tokio::main]
async fn main() -> ExitCode {
    match tell().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_told) => ExitCode::FAILURE,
    }
}

async fn tell() -> Check<()> {
    let given = Given::read()?;
    let story = check("trust established", Story::open(given)).await?;
    let (paid, prepay_id) = check("JSAPI prepay", story.prepay("paid")).await?;
    check("unpaid order queried", story.expect_state(&paid, "NOTPAY")).await?;
    check("order closed, 204 without a body", story.close_an_order()).await?;
    let day = check("second signature accepted, order paid", story.pay(&prepay_id)).await?;
    check("paid order queried", story.expect_state(&paid, "SUCCESS")).await?;
    check("badly signed answer refused", story.distrust(&paid)).await?;
    let notification = check("notification arrived", story.arrived("")).await?;
    check("notification verified and decrypted", story.believe(&notification, &paid)).await?;
    check("altered notification refused", story.refuse(&notification)).await?;
    check("refund accepted and queried", story.refund(&paid)).await?;
    check("refund notification verified", story.believe_refund(&paid)).await?;
    check("trade bill downloaded", story.bill(&paid, &day)).await
}

/// Says how a check ended; what follows builds on it, so the first failure ends the story.
async fn check<T>(name: &str, run: impl Future<Output = Check<T>>) -> Check<T> {
    let outcome = run.await;
    let detail = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
    println!("{}", json!({"check": name, "ok": outcome.is_ok(), "detail": detail}));
    outcome
}

struct Story {
    given: Given,
    management: Management,
    merchant: Value,
    appid: String,
    user: String,
    openid: String,
    sdk: WxPayClient,
    bills: Bills,
}

impl Story {
    async fn open(given: Given) -> Check<Self> {
        let management = Management::new(&given.management)?;
        let fixture = management.get("/api/fixture").await?;
        let merchant = find(&fixture["merchants"], |m| m["trust_mode"] == given.trust)?;
        let app = find(&fixture["apps"], |app| {
            app["kind"] == "miniprogram"
                && app["mchids"].as_array().is_some_and(|ids| ids.contains(&merchant["mchid"]))
        })?;
        let appid = text(&app["appid"])?;
        let user = &fixture["users"][0];
        let openid = text(&user["openids"][&appid])?;
        let user = text(&user["name"])?;
        let (sdk, bills) = client(&given, &merchant, &appid).await?;
        Ok(Self { given, management, merchant, appid, user, openid, sdk, bills })
    }

    fn mchid(&self) -> &str {
        self.merchant["mchid"].as_str().unwrap_or_default()
    }

    async fn prepay(&self, label: &str) -> Check<(String, String)> {
        let number = format!("rust{label}{}", wxpay_rs::utils::generate_nonce());
        let number: String = number.chars().take(32).collect();
        let request = JsapiRequest {
            appid: self.appid.clone(),
            mchid: self.mchid().to_owned(),
            description: "一杯龙井".to_owned(),
            out_trade_no: number.clone(),
            amount: Some(Amount { total: PRICE, currency: Some("CNY".to_owned()) }),
            payer: Some(Payer { openid: self.openid.clone() }),
            notify_url: Some(self.given.notify_url.clone()),
        };
        let prepaid = self.sdk.jsapi().create_order(&request).await?;
        demand(!prepaid.prepay_id.is_empty(), "a prepay_id")?;
        Ok((number, prepaid.prepay_id))
    }

    async fn expect_state(&self, number: &str, state: &str) -> Check<()> {
        let order = self.sdk.query().by_out_trade_no(number).await?;
        demand(order.trade_state == state, &format!("{state}, got {}", order.trade_state))?;
        demand(order.out_trade_no.as_deref() == Some(number), "the order that was asked for")?;
        if state == "SUCCESS" {
            demand(order.amount.is_some_and(|amount| amount.total == PRICE), "the price")?;
            demand(order.transaction_id.is_some(), "a transaction_id")?;
        }
        Ok(())
    }

    async fn close_an_order(&self) -> Check<()> {
        let (number, _) = self.prepay("closed").await?;
        self.sdk.query().close(&number).await?;
        self.expect_state(&number, "CLOSED").await
    }

    /// Gives the day of the payment.
    async fn pay(&self, prepay_id: &str) -> Check<String> {
        let params = self.sdk.jsapi().build_pay_params(prepay_id).await?;
        let mut params = serde_json::to_value(params)?;
        // `wx.requestPayment` takes the signed members; the app is known from the program.
        params.as_object_mut().and_then(|members| members.remove("appId"));
        let invoke = json!({"kind": "miniprogram", "appid": self.appid, "params": params});
        let paying = json!({"invoke": invoke, "user": self.user, "outcome": "success"});
        let answer = self.management.post("/api/pay", paying).await?;
        demand(answer["trade_state"] == "SUCCESS", &format!("SUCCESS, got {answer}"))?;
        let now = text(&self.management.get("/api/clock").await?["now"])?;
        Ok(now.chars().take(10).collect())
    }

    /// The negative control of everything above.
    async fn distrust(&self, number: &str) -> Check<()> {
        self.management.put("/api/faults", json!([{"name": "bad_signature"}])).await?;
        let asked = self.sdk.query().by_out_trade_no(number).await;
        self.management.delete("/api/faults").await?;
        match asked {
            Ok(_) => Err("expected the answer to be refused".into()),
            Err(error) => demand(
                error.is_signature_error(),
                &format!("a complaint about the signature, got {error}"),
            ),
        }
    }

    /// What came to the story's address, or to the one beside it.
    async fn arrived(&self, which: &str) -> Check<Value> {
        let path = self.given.inbox_of(which);
        let read = async {
            loop {
                match tokio::fs::read_to_string(&path).await {
                    Ok(text) => return text,
                    Err(_not_yet) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        let text = tokio::time::timeout(NOTIFICATION_PATIENCE, read).await;
        Ok(serde_json::from_str(&text.map_err(|_| "no notification in time")?)?)
    }

    async fn verified(&self, notification: &Value, body: &str) -> Check<VerifiedNotifyRequest> {
        let header = |name: &str| notification["headers"][name].as_str().unwrap_or_default();
        let headers = NotifyHeaders {
            timestamp: header("wechatpay-timestamp"),
            nonce: header("wechatpay-nonce"),
            serial: header("wechatpay-serial"),
            signature: header("wechatpay-signature"),
        };
        Ok(self.sdk.notify_handler()?.verify_and_parse(headers, body.as_bytes()).await?)
    }

    async fn believe(&self, notification: &Value, number: &str) -> Check<()> {
        let verified = self.verified(notification, &text(&notification["body"])?).await?;
        let payment = self.sdk.notify_handler()?.handle_verified_payment_notify(&verified).await?;
        payment.validate_order(PaymentExpectation {
            appid: &self.appid,
            mchid: self.mchid(),
            out_trade_no: number,
            total: PRICE,
            currency: "CNY",
        })?;
        demand(payment.trade_state == "SUCCESS", "a paid order")
    }

    /// One letter of the ciphertext: the SDK must not believe it, nor could it be decrypted
    /// without a signature.
    async fn refuse(&self, notification: &Value) -> Check<()> {
        let body = text(&notification["body"])?;
        let parsed: Value = serde_json::from_str(&body)?;
        let ciphertext = text(&parsed["resource"]["ciphertext"])?;
        let first = if ciphertext.starts_with('A') { "B" } else { "A" };
        let altered = body.replace(&ciphertext, &format!("{first}{}", &ciphertext[1..]));
        demand(altered != body, "the body was altered")?;
        demand(self.verified(notification, &altered).await.is_err(), "the signature to be wrong")?;
        let unproven = wxpay_rs::notify::NotifyParser::parse(&altered)?;
        let opened = self.sdk.notify_handler()?.handle_payment_notify(&unproven).await;
        demand(opened.is_err(), "decryption to fail")
    }

    async fn refund(&self, number: &str) -> Check<()> {
        let request = RefundRequest {
            transaction_id: None,
            out_trade_no: Some(number.to_owned()),
            out_refund_no: back(number),
            reason: Some("杯子碎了".to_owned()),
            amount: RefundAmount { refund: BACK, total: PRICE, currency: "CNY".to_owned() },
            notify_url: Some(format!("{}-refund", self.given.notify_url)),
        };
        let refund = self.sdk.refund().create_refund(&request).await?;
        let queried = self.sdk.refund().query_refund(&back(number)).await?;
        demand(refund.refund_id == queried.refund_id, "the refund that was made")?;
        demand(queried.amount.is_some_and(|amount| amount.refund == BACK), "its amount")
    }

    async fn believe_refund(&self, number: &str) -> Check<()> {
        self.management
            .post("/api/clock/advance", json!({"seconds": REFUND_SETTLES_SECONDS}))
            .await?;
        let notification = self.arrived("-refund").await?;
        let verified = self.verified(&notification, &text(&notification["body"])?).await?;
        let refund = self.sdk.notify_handler()?.handle_verified_refund_notify(&verified).await?;
        demand(
            refund.refund_status == "SUCCESS",
            &format!("SUCCESS, got {}", refund.refund_status),
        )?;
        demand(refund.out_refund_no == back(number), "our refund")
    }

    async fn bill(&self, number: &str, day: &str) -> Check<()> {
        self.management.post("/api/clock/advance", json!({"seconds": UNTIL_BILLS_SECONDS})).await?;
        let (applied, text) = self.bills.of(day).await?;
        let hash: String = Sha1::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        demand(applied["hash_value"] == hash, "the file that was announced")?;
        let ours = format!("`{number},");
        demand(text.lines().any(|line| line.contains(&ours)), "a line about our order")
    }
}

async fn client(given: &Given, merchant: &Value, appid: &str) -> Check<(WxPayClient, Bills)> {
    let (mchid, serial_no) = (text(&merchant["mchid"])?, text(&merchant["serial_no"])?);
    let private_key = text(&merchant["private_key_pem"])?.into_bytes();
    let api_v3_key = text(&merchant["api_v3_key"])?;
    let signer = Arc::new(Sha256RsaSigner::new(&mchid, &private_key, &serial_no)?);
    let http = Arc::new(ReqwestHttpClient::builder().timeout(15).build()?);
    let config = WxPayConfig::builder()
        .app_id(appid)
        .merchant_id(&mchid)
        .api_v3_key(&api_v3_key)
        .private_key(private_key)
        .cert_serial_number(&serial_no);
    if given.trust == "public_key" {
        let key = &merchant["public_key"];
        let config = config.platform_public_key(text(&key["id"])?, text(&key["pem"])?.into_bytes());
        let config = config.build()?;
        let bills = Bills::new(config.clone(), signer, http);
        return Ok((WxPayClient::new(config).await?, bills));
    }
    let mut config = config.build()?;
    let certificates = Arc::new(CertManager::new());
    let downloader = CertDownloader::new(
        config.base_url(),
        mchid.as_str(),
        signer.clone(),
        http.clone(),
        certificates.clone(),
    );
    let downloaded = downloader.with_api_v3_key(api_v3_key).download().await?;
    demand(!downloaded.is_empty(), "a platform certificate")?;
    config.platform_certificates = downloaded.into_iter().map(|(_, der)| der).collect();
    let bills = Bills::new(config.clone(), signer, http);
    let client = WxPayClient::builder().config(config).cert_manager(certificates);
    Ok((client.build().await?, bills))
}

fn back(number: &str) -> String {
    format!("back-{number}")
}

fn find(list: &Value, wanted: impl Fn(&Value) -> bool) -> Check<Value> {
    let found = list.as_array().and_then(|list| list.iter().find(|item| wanted(item)));
    Ok(found.ok_or("the fixture has none")?.clone())
}

fn text(value: &Value) -> Check<String> {
    Ok(value.as_str().ok_or_else(|| format!("a text, got {value}"))?.to_owned())
}

fn demand(holds: bool, expectation: &str) -> Check<()> {
    if holds { Ok(()) } else { Err(format!("expected {expectation}").into()) }
}
