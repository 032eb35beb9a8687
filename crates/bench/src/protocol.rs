//! The two paths every payment takes through `suanpan-wechat`.

use std::hint::black_box;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use suanpan_simulator::pool;
use suanpan_wechat::{
    Timestamp,
    call::{Call as _, Outcome, RawAnswer, judge},
    id::{Appid, Mchid, NonceStr, PrepayId, SerialNo},
    invoke::miniprogram::RequestPayment,
    key::MerchantKey,
    pay::jsapi::Prepay,
    platform::{PlatformKey, SealNonce, seal, signature_headers},
    secret::ApiV3Key,
    sign::{authorization, request_message},
    trust::TrustRing,
    verify,
    verify::{SignatureHeaders, signed_message},
};

use crate::{
    floor::{Bare, Cipher},
    measure::{Comparison, compare},
};

const NOW: Timestamp = Timestamp::from_unix(1_727_757_000);
const API_V3_KEY: &str = "0123456789abcdef0123456789abcdef";
const SEALED_NONCE: [u8; 12] = [7; 12];
const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";
const ORDER: &str = r#"{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","time_expire":"2024-10-01T13:00:00+08:00","notify_url":"https://www.example.com/notify/v3/acme/1900007291/transaction","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#;
const TRANSACTION: &str = r#"{"mchid":"1900007291","appid":"wxd678efh567hg6787","out_trade_no":"1217752501201407033233368018","transaction_id":"4200001234202410011234567890","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2024-10-01T12:34:56+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":100,"payer_total":100,"currency":"CNY","payer_currency":"CNY"}}"#;

struct Stage {
    mchid: Mchid,
    merchant: MerchantKey,
    platform: PlatformKey,
    ring: TrustRing,
    api_v3_key: ApiV3Key,
    bare_merchant: Bare,
    bare_platform: Bare,
}

/// Our own part of an order may cost a twentieth of its cryptography (docs/evidence/protocol.md).
const PREPAY_GOAL_PERMILLE: u128 = 1_050;

/// A notification has a tenth of that cryptography, and a whole document to read beside it.
const NOTIFICATION_GOAL_PERMILLE: u128 = 1_250;

/// Both paths.
pub(crate) fn comparisons(rounds: usize) -> Vec<Comparison> {
    let mut stage = Stage::set();
    vec![prepay(&mut stage, rounds), notification(&stage, rounds)]
}

impl Stage {
    fn set() -> Self {
        let merchant = pool::keys("merchant").next().expect("the pool has merchants");
        let platform = pool::keys("platform").next().expect("the pool has platforms");
        let serial_no = SerialNo::new("PUB_KEY_ID_0000000000000000000000000001").expect("a serial");
        let mchid = Mchid::new("1900007291").expect("an mchid");
        let mut ring = TrustRing::default();
        ring.add_public_key(serial_no.clone(), &platform.public_key_pem).expect("a public key");
        Self {
            merchant: MerchantKey::from_private_key(
                mchid.clone(),
                serial_no.clone(),
                &merchant.private_key_pem,
            )
            .expect("a key of the pool"),
            platform: PlatformKey::from_pem(serial_no, &platform.private_key_pem)
                .expect("a key of the pool"),
            mchid,
            ring,
            api_v3_key: ApiV3Key::new(API_V3_KEY).expect("32 characters"),
            bare_merchant: Bare::new(&merchant.private_key_pem),
            bare_platform: Bare::new(&platform.private_key_pem),
        }
    }

    fn answer(&self, body: &[u8]) -> RawAnswer {
        let headers = signature_headers(&self.platform, NOW, NONCE, body)
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

/// Sign the request, verify the answer, sign the invocation.
fn prepay(stage: &mut Stage, rounds: usize) -> Comparison {
    let appid = Appid::new("wxd678efh567hg6787").expect("an appid");
    let nonce_str = NonceStr::new(NONCE).expect("a nonce");
    let call = Prepay { body: ORDER.as_bytes().to_vec() };
    let answer = stage.answer(br#"{"prepay_id":"wx201410272009395522657a690389285100"}"#);
    let prepay_id = PrepayId::new("wx201410272009395522657a690389285100").expect("a prepay_id");
    let request =
        request_message("POST", "/v3/pay/transactions/jsapi", NOW, NONCE, ORDER.as_bytes());
    let answered = signed_message(NOW, NONCE, &answer.body);
    let invocation = format!("{appid}\n{}\n{NONCE}\nprepay_id={prepay_id}\n", NOW.unix());
    let signature = signature_of(&answer);
    let (merchant, ring, mchid) = (&stage.merchant, &stage.ring, &stage.mchid);
    let (bare, platform) = (&mut stage.bare_merchant, &stage.bare_platform);
    compare(
        "protocol.prepay",
        "its 2 signatures and 1 verification",
        PREPAY_GOAL_PERMILLE,
        rounds,
        || {
            black_box(authorization(merchant, mchid, NOW, &nonce_str, &call.request()));
            let Outcome::Success(prepaid) = judge(&call, &answer, ring, NOW) else {
                unreachable!("the stage signed this answer");
            };
            let prepay_id = &prepaid.get().prepay_id;
            black_box(RequestPayment::sign(merchant, &appid, prepay_id, NOW, &nonce_str));
        },
        || {
            bare.sign(black_box(&request));
            platform.verify(black_box(&answered), &signature);
            bare.sign(black_box(invocation.as_bytes()));
        },
    )
}

/// Verify, open, read.
fn notification(stage: &Stage, rounds: usize) -> Comparison {
    let sealed = seal(
        &stage.api_v3_key,
        SealNonce::from_random(SEALED_NONCE),
        "transaction",
        TRANSACTION.as_bytes(),
    );
    let ciphertext = STANDARD.decode(&sealed.ciphertext).expect("sealed resources are Base64");
    let body = serde_json::json!({
        "id": "64658c06-6fd1-5472-b1de-330ff21d5427", "create_time": "2024-10-01T12:34:56+08:00",
        "resource_type": "encrypt-resource", "event_type": "TRANSACTION.SUCCESS", "summary": "支付成功",
        "resource": {
            "original_type": "transaction", "algorithm": sealed.algorithm, "ciphertext": sealed.ciphertext,
            "associated_data": sealed.associated_data, "nonce": sealed.nonce,
        },
    })
    .to_string();
    let answer = stage.answer(body.as_bytes());
    let (message, signature) = (signed_message(NOW, NONCE, body.as_bytes()), signature_of(&answer));
    let keys = [stage.api_v3_key.clone()];
    let cipher = Cipher::new(API_V3_KEY.as_bytes().try_into().expect("32 bytes"));
    compare(
        "protocol.notification",
        "its verification and its AES-GCM",
        NOTIFICATION_GOAL_PERMILLE,
        rounds,
        || {
            let headers =
                SignatureHeaders::read(|name| answer.header(name)).expect("the stage signed it");
            let verified =
                verify(&stage.ring, &headers, black_box(body.as_bytes()), NOW).expect("genuine");
            let content =
                verified.notification().expect("a notification").open(&keys).expect("our key");
            black_box(content.statement());
        },
        || {
            stage.bare_platform.verify(black_box(&message), &signature);
            cipher.open(&sealed.nonce, "transaction", black_box(&ciphertext));
        },
    )
}
