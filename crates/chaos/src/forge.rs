//! The attacker: sees everything on the wire, knows our source, holds no key of WeChat's.

use suanpan_store::model::State;
use suanpan_trade::{AttemptState, id::encode};
use suanpan_wechat::{
    Timestamp, Verified,
    id::SerialNo,
    notify::Content,
    platform::{SealNonce, seal, signature_headers},
    sign::Signer,
    verify::{SignatureHeaders, verify},
};

use crate::{
    cast::House,
    chance::Chance,
    event::{Caller, Knock},
    simulation::Simulation,
    suite::KeyedHash,
};

impl Simulation {
    /// One attempt of the attacker.
    pub(crate) fn attack(&mut self) {
        let which = self.timeline.draw(|chance| chance.below(7));
        if which == 0 {
            return self.invent();
        }
        if self.captured.is_empty() {
            return;
        }
        let at = self.timeline.draw(|chance| chance.index(self.captured.len()));
        let mut knock = self.captured[at].clone();
        match which {
            1 => knock.from = Caller::Replayer,
            2 => {
                let at = self.timeline.draw(|chance| chance.index(knock.body.len()));
                knock.body[at] ^= 1;
                knock.from = Caller::Forger("a byte changed");
            }
            3 => {
                knock.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("wechatpay-signature"));
                knock.from = Caller::Forger("no signature");
            }
            4 => {
                for (name, value) in &mut knock.headers {
                    if name.eq_ignore_ascii_case("wechatpay-signature") {
                        *value = "WECHATPAY/SIGNTEST/0123456789".to_owned();
                    }
                }
                knock.from = Caller::Forger("a probe");
            }
            5 => {
                let now = self.timeline.now();
                resign(&mut knock, &outsider(self.platform_serial_no()), now);
                knock.from = Caller::Forger("signed by nobody");
            }
            _ => {
                let (from, to) = (&self.cast.houses[0], &self.cast.houses[1]);
                let routes = |house: &House| format!("/{}/{}/", house.account, house.mchid);
                let (from, to) = (routes(from), routes(to));
                knock.url = if knock.url.contains(&from) {
                    knock.url.replace(&from, &to)
                } else {
                    knock.url.replace(&to, &from)
                };
                knock.from = Caller::Forger("another route");
            }
        }
        self.strike(knock);
    }

    fn strike(&mut self, knock: Knock) {
        self.timeline.trace(format_args!("attacker: {:?}", knock.from));
        self.timeline.count(|tally| tally.fault("attack"));
        self.knock_in(10, knock);
    }

    fn platform_serial_no(&self) -> SerialNo {
        self.cast.houses[0].platform[0].serial_no().clone()
    }

    /// "Your order is paid", sealed with the right APIv3 key (somebody leaked it) and signed by
    /// nobody: what opens is not therefore genuine (threat n08).
    fn invent(&mut self) {
        let state = self.model.snapshot();
        let live = state.orders().find_map(|order| {
            let attempt = order.attempts.iter().find(|attempt| attempt.is_live())?;
            Some((order.identity.clone(), attempt.clone()))
        });
        let Some((identity, attempt)) = live else { return };
        let Some(house) = self.cast.house_of(&identity.mchid) else { return };
        let plaintext = serde_json::json!({
            "mchid": identity.mchid,
            "appid": attempt.appid,
            "out_trade_no": attempt.out_trade_no,
            "transaction_id": "4200000000000000000000000001",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "success_time": self.timeline.now(),
            "amount": { "total": identity.amount, "currency": "CNY" },
        });
        let body = sealed(house, &self.timeline.draw(random), &plaintext.to_string());
        let route = suanpan_acts::directory::NotifyRoute::Transaction;
        let url = self.cast.directory.notify_url(&identity.account, &identity.mchid, route);
        let mut knock = Knock {
            url: url.as_str().to_owned(),
            headers: Vec::new(),
            body,
            from: Caller::Forger("invented"),
        };
        resign(&mut knock, &outsider(self.platform_serial_no()), self.timeline.now());
        self.strike(knock);
    }
}

fn random(chance: &mut Chance) -> [u8; 12] {
    let mut bytes = [0; 12];
    chance.fill(&mut bytes);
    bytes
}

/// A key of the attacker's own under a serial number of WeChat's.
fn outsider(serial_no: SerialNo) -> KeyedHash {
    KeyedHash::new(serial_no, "a key of the attacker's own")
}

fn resign(knock: &mut Knock, signer: &dyn Signer, now: Timestamp) {
    let headers = signature_headers(signer, now, "forged", &knock.body);
    knock.headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
}

fn sealed(house: &House, random: &[u8; 12], plaintext: &str) -> Vec<u8> {
    let nonce = SealNonce::from_random(*random);
    let sealed = seal(&house.api_v3_key, nonce, "transaction", plaintext.as_bytes());
    serde_json::json!({
        "id": encode(random),
        "create_time": "2026-01-01T00:00:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {
            "original_type": "transaction",
            "algorithm": sealed.algorithm,
            "ciphertext": sealed.ciphertext,
            "associated_data": sealed.associated_data,
            "nonce": sealed.nonce,
        },
    })
    .to_string()
    .into_bytes()
}

/// For the plant that compares no amounts: the same payment with the amount we ordered, through
/// the real door, under WeChat's own key. `None` when it says so anyway.
pub(crate) fn with_our_amount(
    state: &State,
    house: &House,
    wall: Timestamp,
    content: &Verified<Content>,
) -> Option<Verified<Content>> {
    let Content::Transaction(said) = content.get() else { return None };
    let order = state.orders().find(|order| {
        order.identity.mchid == said.mchid && order.attempt(&said.out_trade_no).is_some()
    })?;
    let is_ours = said.amount.as_ref().is_some_and(|one| one.total == order.identity.amount);
    let ended = |state: &AttemptState| matches!(state, AttemptState::Success { .. });
    if is_ours || order.attempt(&said.out_trade_no).is_some_and(|one| ended(&one.state)) {
        return None;
    }
    let plaintext = serde_json::json!({
        "mchid": said.mchid,
        "appid": said.appid,
        "out_trade_no": said.out_trade_no,
        "transaction_id": said.transaction_id,
        "trade_type": said.trade_type,
        "trade_state": said.trade_state,
        "success_time": said.success_time,
        "amount": { "total": order.identity.amount, "currency": "CNY" },
    });
    let body = sealed(house, &[1; 12], &plaintext.to_string());
    let headers = signature_headers(&*house.platform[0], wall, "planted", &body);
    let header = |name: &'static str| {
        headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    };
    let headers = SignatureHeaders::read(header).ok()?;
    let notification = verify(&*house.trust, &headers, &body, wall).ok()?.notification().ok()?;
    notification.open(std::slice::from_ref(&house.api_v3_key)).ok()
}
