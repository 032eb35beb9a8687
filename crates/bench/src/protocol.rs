//! The two paths every payment takes through `suanpan-wechat`.

use std::{hint::black_box, slice};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use suanpan_wechat::{
    Timestamp,
    call::{Call as _, Outcome, RawAnswer, judge},
    id::{Appid, NonceStr},
    invoke::miniprogram::RequestPayment,
    pay::jsapi::Prepay,
    platform::{SealNonce, seal, signature_headers},
    sign::{authorization, request_message},
    verify,
    verify::{SignatureHeaders, signed_message},
};

use crate::{
    floor::{Bare, Cipher},
    world::{API_V3_KEY, World, merchant_key, platform_key},
};

const NOW: Timestamp = Timestamp::from_unix(1_727_757_000);
const APPID: &str = "wxd678efh567hg6787";
const PREPAY_ID: &str = "wx201410272009395522657a690389285100";
const PREPAID: &str = r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#;
const SEALED_NONCE: [u8; 12] = [7; 12];
const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";
const ORDER: &str = r#"{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","time_expire":"2024-10-01T13:00:00+08:00","notify_url":"https://www.example.com/notify/v3/acme/1900007291/transaction","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#;
const TRANSACTION: &str = r#"{"mchid":"1900007291","appid":"wxd678efh567hg6787","out_trade_no":"1217752501201407033233368018","transaction_id":"4200001234202410011234567890","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2024-10-01T12:34:56+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":100,"payer_total":100,"currency":"CNY","payer_currency":"CNY"}}"#;

/// Our own part of an order may cost a twentieth of its cryptography (docs/evidence/protocol.md).
const PREPAY_GOAL_PERMILLE: u128 = 1_050;

/// A notification has a tenth of that cryptography, and a whole document to read beside it.
const NOTIFICATION_GOAL_PERMILLE: u128 = 1_250;

/// One path: ours, its cryptography alone, and the same work described for somebody else.
pub(crate) struct Path<'a> {
    pub(crate) name: &'static str,
    /// What the floor consists of.
    pub(crate) against: &'static str,
    /// The ratio we want to stay at or below, in thousandths.
    pub(crate) goal_permille: u128,
    pub(crate) subject: Box<dyn FnMut() + 'a>,
    pub(crate) floor: Box<dyn FnMut() + 'a>,
    /// What a peer is asked; it is told how often besides.
    pub(crate) question: Value,
}

/// Everything both paths need, made once.
pub(crate) struct Stage {
    pub(crate) world: World,
    bare_merchant: Bare,
    bare_platform: Bare,
    cipher: Cipher,
}

impl Stage {
    pub(crate) fn set() -> Self {
        Self {
            world: World::new(),
            bare_merchant: Bare::new(&merchant_key().private_key_pem),
            bare_platform: Bare::new(&platform_key().private_key_pem),
            cipher: Cipher::new(API_V3_KEY.as_bytes().try_into().expect("32 bytes")),
        }
    }

    pub(crate) fn paths(&self) -> [Path<'_>; 2] {
        [self.prepay(), self.notification()]
    }

    /// Sign the request, verify the answer, sign the invocation.
    fn prepay(&self) -> Path<'_> {
        let appid = Appid::new(APPID).expect("an appid");
        let nonce_str = NonceStr::new(NONCE).expect("a nonce");
        let call = Prepay { body: ORDER.as_bytes().to_vec() };
        let answer = self.answer(PREPAID.as_bytes());
        let target = call.request().target;
        let package = format!("prepay_id={PREPAY_ID}");
        let request = request_message("POST", &target, NOW, NONCE, ORDER.as_bytes());
        let answered = signed_message(NOW, NONCE, &answer.body);
        let invocation = format!("{appid}\n{}\n{NONCE}\n{package}\n", NOW.unix());
        let signature = signature_of(&answer);
        let question = json!({
            "do": "prepay", "method": "POST", "target": target, "body": ORDER,
            "timestamp": NOW.unix().to_string(), "nonce": NONCE,
            "answer": { "headers": headers_of(&answer), "body": PREPAID },
            "lines": [APPID, NOW.unix().to_string(), NONCE, package],
        });
        let World { merchant, wechat, mchid, .. } = &self.world;
        Path {
            name: "protocol.prepay",
            against: "its 2 signatures and 1 verification",
            goal_permille: PREPAY_GOAL_PERMILLE,
            subject: Box::new(move || {
                black_box(authorization(merchant, mchid, NOW, &nonce_str, &call.request()));
                let Outcome::Success(prepaid) = judge(&call, &answer, wechat, NOW) else {
                    unreachable!("the stage signed this answer");
                };
                let prepay_id = &prepaid.get().prepay_id;
                black_box(RequestPayment::sign(merchant, &appid, prepay_id, NOW, &nonce_str));
            }),
            floor: Box::new(move || {
                self.bare_merchant.sign(black_box(&request));
                self.bare_platform.verify(black_box(&answered), &signature);
                self.bare_merchant.sign(black_box(invocation.as_bytes()));
            }),
            question,
        }
    }

    /// Verify, open, read.
    fn notification(&self) -> Path<'_> {
        let World { wechat, api_v3_key, .. } = &self.world;
        let nonce = SealNonce::from_random(SEALED_NONCE);
        let sealed = seal(api_v3_key, nonce, "transaction", TRANSACTION.as_bytes());
        let ciphertext = STANDARD.decode(&sealed.ciphertext).expect("ours is Base64");
        let body = json!({
            "id": "64658c06-6fd1-5472-b1de-330ff21d5427", "create_time": "2024-10-01T12:34:56+08:00",
            "resource_type": "encrypt-resource", "event_type": "TRANSACTION.SUCCESS",
            "summary": "支付成功", "resource": {
                "original_type": "transaction", "algorithm": sealed.algorithm,
                "ciphertext": sealed.ciphertext, "associated_data": sealed.associated_data,
                "nonce": sealed.nonce,
            },
        })
        .to_string();
        let answer = self.answer(body.as_bytes());
        let message = signed_message(NOW, NONCE, body.as_bytes());
        let signature = signature_of(&answer);
        let question =
            json!({ "do": "notification", "headers": headers_of(&answer), "body": body });
        Path {
            name: "protocol.notification",
            against: "its verification and its AES-GCM",
            goal_permille: NOTIFICATION_GOAL_PERMILLE,
            subject: Box::new(move || {
                let headers = SignatureHeaders::read(|name| answer.header(name));
                let headers = headers.expect("the stage signed it");
                let verified = verify(wechat, &headers, black_box(body.as_bytes()), NOW);
                let notification = verified.expect("genuine").notification().expect("one");
                let content = notification.open(slice::from_ref(api_v3_key)).expect("our key");
                black_box(content.statement());
            }),
            floor: Box::new(move || {
                self.bare_platform.verify(black_box(&message), &signature);
                self.cipher.open(&sealed.nonce, "transaction", black_box(&ciphertext));
            }),
            question,
        }
    }

    fn answer(&self, body: &[u8]) -> RawAnswer {
        let headers = signature_headers(&self.world.platform, NOW, NONCE, body)
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        RawAnswer { status: 200, headers, body: body.to_vec() }
    }
}

fn signature_of(answer: &RawAnswer) -> Vec<u8> {
    let header = answer.header("wechatpay-signature").expect("the answer was signed");
    STANDARD.decode(header).expect("signatures are Base64")
}

fn headers_of(answer: &RawAnswer) -> Value {
    answer.headers.iter().cloned().map(|(name, value)| (name, Value::String(value))).collect()
}
