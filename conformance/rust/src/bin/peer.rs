//! wxpay-rs, unmodified, answers what it would make of things.
//!
//! One JSON object a line in, one out: `{"ok": …}`, `{"no": "why"}` when the SDK refuses,
//! `{"cannot": true}` when it has no function for it. Its own code signs, verifies, seals and
//! opens; nothing of ours is used.

use std::{error::Error, io::BufRead as _};

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wxpay_rs::{
    auth::{Sha256RsaSigner, Sha256RsaVerifier, Signer as _, Verifier as _},
    crypto::{
        Aes256GcmCipher, RsaOaepCipher, RsaOaepDecrypter,
        hash::{build_sign_message, build_verify_message},
    },
};

type Answer = Result<Value, Box<dyn Error>>;

/// What the introduction told it.
struct Peer {
    runtime: Runtime,
    merchant: Sha256RsaSigner,
    wechat: Sha256RsaSigner,
    verifier: Sha256RsaVerifier,
    cipher: Aes256GcmCipher,
    to_merchant: RsaOaepCipher,
    by_wechat: RsaOaepDecrypter,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut peer = None;
    for line in std::io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let made = match (text(&question, "do"), &peer) {
            ("introduce", _) => Peer::new(&question).map(|introduced| {
                peer = Some(introduced);
                Some(Value::Bool(true))
            }),
            (verb, Some(peer)) => peer.answer(verb, &question).transpose(),
            (_, None) => Err("nobody was introduced".into()),
        };
        let answer = match made {
            Ok(Some(value)) => json!({ "ok": value }),
            Ok(None) => json!({ "cannot": true }),
            Err(reason) => json!({ "no": reason.to_string() }),
        };
        println!("{answer}");
    }
    Ok(())
}

/// The questions are ours, so a member that is missing is an empty text.
fn text<'q>(question: &'q Value, name: &str) -> &'q str {
    question[name].as_str().unwrap_or_default()
}

impl Peer {
    fn new(question: &Value) -> Result<Self, Box<dyn Error>> {
        let signer = |whose: &Value| {
            let private = text(whose, "private").as_bytes();
            Sha256RsaSigner::new(text(question, "mchid"), private, text(whose, "serial_no"))
        };
        let (merchant, wechat) = (&question["merchant"], &question["wechat"]);
        let trusted = (text(wechat, "serial_no").to_owned(), text(wechat, "public").into());
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            merchant: signer(merchant)?,
            wechat: signer(wechat)?,
            verifier: Sha256RsaVerifier::new_with_public_keys(Vec::new(), vec![trusted])?,
            cipher: Aes256GcmCipher::new(text(question, "api_v3_key"))?,
            to_merchant: RsaOaepCipher::from_public_key(text(merchant, "public").as_bytes())?,
            by_wechat: RsaOaepDecrypter::new(text(wechat, "private").as_bytes())?,
        })
    }

    /// `None` for what the SDK has no function for.
    fn answer(&self, verb: &str, question: &Value) -> Option<Answer> {
        Some(match verb {
            "authorization" => self.authorization(question),
            "believe" => self.believe(question),
            "sign_answer" => self.sign_answer(question),
            "sign_lines" => self.sign_lines(question),
            "open" => self.open(question),
            "encrypt" => self
                .to_merchant
                .encrypt(text(question, "text"))
                .map(Value::from)
                .map_err(Into::into),
            "decrypt" => self
                .by_wechat
                .decrypt(text(question, "ciphertext"))
                .map(Value::from)
                .map_err(Into::into),
            "prepay" => self.measured(question, |peer| {
                peer.authorization(question)?;
                peer.believe(&question["answer"])?;
                let _: Value = serde_json::from_str(text(&question["answer"], "body"))?;
                peer.sign_lines(question)
            }),
            "notification" => self.measured(question, |peer| {
                let plaintext = peer.open(question)?;
                Ok(serde_json::from_str(plaintext.as_str().unwrap_or_default())?)
            }),
            _ => return None,
        })
    }

    fn authorization(&self, question: &Value) -> Answer {
        let (nonce, timestamp) = (text(question, "nonce"), text(question, "timestamp").parse()?);
        let message = build_sign_message(
            text(question, "method"),
            text(question, "target"),
            timestamp,
            nonce,
            text(question, "body"),
        );
        let signature = self.runtime.block_on(self.merchant.sign(&message))?;
        Ok(self.merchant.build_authorization_header(nonce, timestamp, &signature).into())
    }

    fn believe(&self, question: &Value) -> Answer {
        let header = |name| text(&question["headers"], name);
        let message = build_verify_message(
            header("wechatpay-timestamp").parse()?,
            header("wechatpay-nonce"),
            text(question, "body"),
        );
        let (signature, serial) = (header("wechatpay-signature"), header("wechatpay-serial"));
        let verified = self.verifier.verify_with_serial(&message, signature, serial);
        if self.runtime.block_on(verified)? { Ok(true.into()) } else { Err("not signed".into()) }
    }

    fn sign_answer(&self, question: &Value) -> Answer {
        let timestamp = text(question, "timestamp").parse()?;
        let message =
            build_verify_message(timestamp, text(question, "nonce"), text(question, "body"));
        Ok(self.runtime.block_on(self.wechat.sign(&message))?.into())
    }

    fn sign_lines(&self, question: &Value) -> Answer {
        let lines = question["lines"].as_array().ok_or("no lines")?;
        let message: String =
            lines.iter().map(|line| format!("{}\n", line.as_str().unwrap_or_default())).collect();
        Ok(self.runtime.block_on(self.merchant.sign(&message))?.into())
    }

    fn open(&self, question: &Value) -> Answer {
        self.believe(question)?;
        let body: Value = serde_json::from_str(text(question, "body"))?;
        let part = |name| text(&body["resource"], name);
        let (nonce, ciphertext) = (part("nonce"), part("ciphertext"));
        Ok(self.cipher.decrypt_notification(nonce, ciphertext, part("associated_data"))?.into())
    }

    /// A path of `cargo xtask bench protocol`; the answer is CPU time in nanoseconds each.
    fn measured(&self, question: &Value, run: impl Fn(&Self) -> Answer) -> Answer {
        let times = question["times"].as_i64().unwrap_or(1).max(1);
        let start = cpu_ns();
        for _ in 0..times {
            run(self)?;
        }
        Ok(((cpu_ns() - start) / times).into())
    }
}

fn cpu_ns() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
