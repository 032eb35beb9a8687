use std::collections::BTreeSet;

use super::*;

/// A till that asks until it knows.
impl Till {
    fn insist(&mut self, method: &str, target: &str, body: &str) -> Seen {
        for _ in 0..100 {
            let request = self.signed_request(method, target, body, self.now);
            let reply = self.world.handle(&request, self.times());
            self.world.audit().unwrap();
            let arrives = matches!(reply.manner, Manner::Whole | Manner::Slow { .. });
            let transient = matches!(reply.response.status, 429 | 500 | 502);
            if arrives && !transient && self.believes(&reply.response) {
                let body = String::from_utf8(reply.response.body.clone()).unwrap();
                return Seen { status: reply.response.status, body, reply };
            }
        }
        panic!("a hundred bad answers in a row are no mixture");
    }
}

fn kinds_seen(till: &Till) -> BTreeSet<String> {
    let every = MessageFilter::default();
    till.world.messages(&every).filter_map(|message| message.verdict.clone()).collect()
}

/// What the mixture promises: whoever asks again knows in the end, and the books agree.
#[test]
fn a_right_program_survives_a_nasty_day() {
    let mut till = Till::of(0, 11);
    till.world.be_nasty();
    let mut acknowledged = BTreeSet::new();
    for number in 0..60 {
        let out_trade_no = format!("order-{number:04}");
        let body = till.order_body(&out_trade_no, 5).to_string();
        let prepay_id = till.insist("POST", "/v3/pay/transactions/jsapi", &body).json();
        let prepay_id = prepay_id["prepay_id"].as_str().unwrap().to_owned();
        till.act(&prepay_id, Outcome::Success).unwrap();
    }
    for _ in 0..24 * 60 {
        for delivery in till.due() {
            let event: Value = serde_json::from_slice(&delivery.body).unwrap();
            assert_eq!(event["event_type"], "TRANSACTION.SUCCESS");
            let accepted = till.accepts(&delivery);
            if accepted {
                acknowledged.insert(delivery.notification_id.clone());
            }
            till.answer(&delivery, if accepted { 200 } else { 500 });
        }
        till.wait(60);
    }
    for number in 0..60 {
        let target =
            format!("/v3/pay/transactions/out-trade-no/order-{number:04}?mchid={}", till.mchid);
        let state = (0..100)
            .map(|_| till.insist("GET", &target, "").json()["trade_state"].clone())
            .find(|state| state != "ZZ_NEW_STATE");
        assert_eq!(state.unwrap(), "SUCCESS");
    }
    assert_eq!(acknowledged.len(), 60);
    assert!(kinds_seen(&till).len() >= 10, "{:?}", kinds_seen(&till));
}

#[test]
fn the_mixture_is_the_seeds() {
    let mixture = |seed| {
        let mut till = Till::of(0, seed);
        till.world.be_nasty();
        till.world.faults().to_vec()
    };
    assert_eq!(mixture(1), mixture(1));
    assert_ne!(mixture(1), mixture(2));
    let for_people = [FaultName::RefundStuck, FaultName::RefundAbnormal, FaultName::BillMismatch];
    assert!(mixture(1).iter().all(|fault| !for_people.contains(&fault.name)));
}
