//! Tokens and tickets: how they are asked for, and who does it when.

use proptest::prelude::*;
use serde_json::json;
use suanpan_wechat::{
    Timestamp,
    id::Appid,
    open_api::{OpenCall as _, OpenOutcome},
    secret::{AppCredentials, AppSecret, SharedSecret},
    token::{Classic, Held, Issued, Kind, LEASE_SECONDS, Renewal, Slot, Stable, Step, Ticket},
};

use super::{answered, succeeded};

const NOW: Timestamp = Timestamp::from_unix(1_727_757_296);

fn app() -> AppCredentials {
    AppCredentials {
        appid: Appid::new("wx520c15f417810387").unwrap(),
        secret: AppSecret::new("0123456789abcdef0123456789abcdef").unwrap(),
    }
}

#[test]
fn tokens_are_asked_for_as_documented() {
    assert_eq!(
        Classic.request(&app()).expose().target,
        "/cgi-bin/token?grant_type=client_credential&appid=wx520c15f417810387&secret=0123456789abcdef0123456789abcdef"
    );
    let stable = Stable { force_refresh: false }.request(&app());
    assert_eq!(stable.expose().target, "/cgi-bin/stable_token");
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&stable.expose().body).unwrap(),
        json!({"grant_type": "client_credential", "appid": "wx520c15f417810387", "secret": "0123456789abcdef0123456789abcdef", "force_refresh": false})
    );
    let ticket = Ticket.request(&super::token());
    assert_eq!(
        ticket.expose().target,
        "/cgi-bin/ticket/getticket?access_token=85_canary-token&type=jsapi"
    );
    for request in [Classic.request(&app()), stable, ticket] {
        let shown = format!("{request:?}");
        assert!(!shown.contains("0123456789") && !shown.contains("canary"), "{shown}");
    }
}

#[test]
fn tokens_are_read_as_documented() {
    let body = r#"{"access_token":"85_canary","expires_in":7200}"#;
    let issued = succeeded(&Classic, body);
    assert_eq!((issued.secret.expose(), issued.expires_in), ("85_canary", 7200));
    assert!(!format!("{issued:?}").contains("canary"));
    assert_eq!(succeeded(&Stable { force_refresh: true }, body).expires_in, 7200);
    let ticket = r#"{"errcode":0,"errmsg":"ok","ticket":"sM4AOVdWfPE4_canary","expires_in":7200}"#;
    assert_eq!(succeeded(&Ticket, ticket).secret.expose(), "sM4AOVdWfPE4_canary");
    for odd in [
        "{}",
        r#"{"access_token":"","expires_in":7200}"#,
        r#"{"access_token":"a b","expires_in":7200}"#,
        r#"{"access_token":"a","expires_in":0}"#,
        r#"{"access_token":"a","expires_in":-1}"#,
        r#"{"access_token":"a","expires_in":99999999}"#,
        r#"{"access_token":"a","expires_in":"7200"}"#,
    ] {
        assert!(matches!(answered(&Classic, odd), OpenOutcome::Unknown(_)), "{odd}");
    }
}

fn secret(text: &str) -> SharedSecret {
    SharedSecret::new(text).unwrap()
}

fn issued(text: &str) -> Issued<SharedSecret> {
    Issued { secret: secret(text), expires_in: 7200 }
}

fn renewal(slot: &Slot, kind: Kind, now: Timestamp, refused: Option<u64>) -> Renewal {
    match slot.step(kind, now, 0, refused) {
        Step::Renew(renewal) => *renewal,
        other => panic!("{other:?}"),
    }
}

fn used(slot: &Slot, kind: Kind, now: Timestamp, refused: Option<u64>) -> Held {
    match slot.step(kind, now, 0, refused) {
        Step::Use(held) => held,
        other => panic!("{other:?}"),
    }
}

/// A slot with a token from `at`.
fn filled(kind: Kind, at: Timestamp) -> Slot {
    renewal(&Slot::default(), kind, at, None).succeeded(issued("85_one"), at, false)
}

#[test]
fn an_empty_slot_is_filled_by_one_and_waited_for_by_the_others() {
    let leased = renewal(&Slot::default(), Kind::Stable, NOW, None).leased;
    assert_eq!(leased.version, 1);
    let other = leased.step(Kind::Stable, NOW.plus(29), 0, None);
    assert!(matches!(other, Step::Wait), "{other:?}");
    // The holder came to grief.
    let later = leased.step(Kind::Stable, NOW.plus(LEASE_SECONDS), 0, None);
    assert!(matches!(later, Step::Renew(_)), "{later:?}");
}

#[test]
fn a_token_is_renewed_before_its_end_and_used_meanwhile() {
    for (kind, jitter, early) in [
        (Kind::Classic, 0, 300),
        (Kind::Classic, 300, 600),
        (Kind::Classic, 301, 300),
        (Kind::JsapiTicket, 120, 420),
        (Kind::Stable, 0, 60),
        (Kind::Stable, 180, 240),
        (Kind::Stable, u16::MAX, 60 + i64::from(u16::MAX) % 181),
    ] {
        let slot = filled(kind, NOW);
        let due = NOW.plus(7200 - early);
        let before = slot.step(kind, due.plus(-1), jitter, None);
        assert!(matches!(before, Step::Use(_)), "{kind:?} {jitter}: {before:?}");
        let Step::Renew(renewal) = slot.step(kind, due, jitter, None) else {
            panic!("{kind:?} {jitter}");
        };
        assert_eq!(renewal.fallback.as_ref().map(|held| held.generation), Some(2));
        assert_eq!(used(&renewal.leased, kind, due, None).generation, 2, "others go on");
        let end = renewal.leased.step(kind, NOW.plus(7200), jitter, None);
        let leased_still = early <= LEASE_SECONDS;
        assert!(leased_still || matches!(end, Step::Renew(_)), "{end:?}");
    }
}

#[test]
fn a_short_life_is_obeyed_and_not_renewed_at_once() {
    let renewal = renewal(&Slot::default(), Kind::Classic, NOW, None);
    let short = Issued { expires_in: 100, ..issued("85_short") };
    let slot = renewal.succeeded(short, NOW, false);
    assert_eq!(used(&slot, Kind::Classic, NOW.plus(49), None).generation, 2);
    assert!(matches!(slot.step(Kind::Classic, NOW.plus(50), 0, None), Step::Renew(_)));
}

#[test]
fn who_was_refused_an_old_token_takes_the_new_one() {
    let slot = filled(Kind::Classic, NOW);
    let again = renewal(&slot, Kind::Classic, NOW.plus(7000), None);
    let slot = again.succeeded(issued("85_two"), NOW.plus(7000), false);
    let held = used(&slot, Kind::Classic, NOW.plus(7001), Some(2));
    assert_eq!((held.generation, held.secret.expose()), (4, "85_two"));
}

#[test]
fn a_refused_token_is_renewed_once_and_not_in_a_circle() {
    let slot = filled(Kind::Classic, NOW);
    let refused = renewal(&slot, Kind::Classic, NOW.plus(10), Some(2));
    assert!(refused.fallback.is_none(), "a refused token is no fallback");
    let slot = refused.succeeded(issued("85_two"), NOW.plus(10), false);
    let again = slot.step(Kind::Classic, NOW.plus(11), 0, Some(4));
    assert!(matches!(again, Step::GiveUp), "{again:?}");
    let later = slot.step(Kind::Classic, NOW.plus(70), 0, Some(4));
    assert!(matches!(later, Step::Renew(_)), "{later:?}");
    // Whoever was refused while somebody renews waits for that.
    let leased = renewal(&slot, Kind::Classic, NOW.plus(70), Some(4)).leased;
    let other = leased.step(Kind::Classic, NOW.plus(71), 0, Some(4));
    assert!(matches!(other, Step::Wait), "{other:?}");
}

#[test]
fn force_is_used_only_on_a_stable_token_that_came_back_refused_and_rarely() {
    let slot = filled(Kind::Stable, NOW);
    let due = renewal(&slot, Kind::Stable, NOW.plus(7180), None);
    assert!(!due.must_force(&secret("85_one"), NOW.plus(7180)), "nobody refused it");
    let refused = renewal(&slot, Kind::Stable, NOW.plus(10), Some(2));
    assert!(!refused.must_force(&secret("85_two"), NOW.plus(10)), "it is another one");
    assert!(refused.must_force(&secret("85_one"), NOW.plus(10)));
    let slot = refused.succeeded(issued("85_two"), NOW.plus(10), true);
    let again = renewal(&slot, Kind::Stable, NOW.plus(100), Some(4));
    assert!(!again.must_force(&secret("85_two"), NOW.plus(100)), "twenty a day");
    assert!(again.must_force(&secret("85_two"), NOW.plus(10 + 4320)));
    let classic = renewal(&filled(Kind::Classic, NOW), Kind::Classic, NOW.plus(10), Some(2));
    assert!(!classic.must_force(&secret("85_one"), NOW.plus(10)), "there is no such thing");
}

#[test]
fn failures_make_everybody_pause_and_leave_what_there_is() {
    let mut slot = Slot::default();
    let mut now = NOW;
    for pause in [1, 2, 5, 10, 30, 60, 60] {
        slot = renewal(&slot, Kind::Classic, now, None).failed(now);
        let Step::Pause { until } = slot.step(Kind::Classic, now, 0, None) else {
            panic!("{pause}");
        };
        assert_eq!(until, now.plus(pause));
        now = until;
    }
    let slot = renewal(&slot, Kind::Classic, now, None).succeeded(issued("85_one"), now, false);
    let due = now.plus(6900);
    let slot = renewal(&slot, Kind::Classic, due, None).failed(due);
    assert_eq!(used(&slot, Kind::Classic, due, None).secret.expose(), "85_one");
    assert_eq!(slot.failures, 1, "success forgets old failures");
}

#[test]
fn a_clock_that_was_put_back_stops_nobody_for_long() {
    let future = NOW.plus(86_400);
    let leased = renewal(&Slot::default(), Kind::Classic, future, None).leased;
    let step = leased.step(Kind::Classic, NOW, 0, None);
    assert!(matches!(step, Step::Renew(_)), "{step:?}");
    let failed = renewal(&Slot::default(), Kind::Classic, future, None).failed(future);
    let step = failed.step(Kind::Classic, NOW, 0, None);
    assert!(matches!(step, Step::Renew(_)), "{step:?}");
    let step = filled(Kind::Classic, future).step(Kind::Classic, NOW, 0, None);
    assert!(matches!(step, Step::Renew(_)), "{step:?}");
}

/// What a process does next in the property below.
#[derive(Debug, Clone)]
enum Move {
    Look(usize),
    Answer(usize, bool),
    Pass(i64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (0usize..4).prop_map(Move::Look),
        4 => (0usize..4, any::<bool>()).prop_map(|(who, good)| Move::Answer(who, good)),
        1 => (1i64..4000).prop_map(Move::Pass),
        2 => (1i64..20).prop_map(Move::Pass),
    ];
    proptest::collection::vec(one, 1..200)
}

proptest! {
    /// Four processes, one slot, any order of looking, asking, answering late and dying: nobody
    /// uses an expired token, two ask WeChat at once only when a lease has run out, and whoever
    /// settles late changes nothing.
    #[test]
    fn processes_share_one_token(moves in moves()) {
        let mut slot = Slot::default();
        let mut now = NOW;
        let mut asking: [Option<(Renewal, Timestamp)>; 4] = [const { None }; 4];
        for one in moves {
            match one {
                Move::Pass(seconds) => now = now.plus(seconds),
                Move::Look(at) => match slot.step(Kind::Classic, now, 7, None) {
                    Step::Use(held) => prop_assert!(held.expires_at > now),
                    Step::Renew(renewal) => {
                        let others = asking.iter().enumerate().filter(|(other, _)| *other != at);
                        for (_, (_, since)) in others.filter_map(|(n, a)| Some((n, a.as_ref()?))) {
                            let settled = slot.leased_until.is_none();
                            prop_assert!(settled || now.since(*since) >= LEASE_SECONDS);
                        }
                        prop_assert_eq!(renewal.leased.version, slot.version + 1);
                        slot = renewal.leased.clone();
                        asking[at] = Some((*renewal, now));
                    }
                    Step::Wait | Step::Pause { .. } => {}
                    Step::GiveUp => prop_assert!(false, "nobody was refused"),
                },
                Move::Answer(at, good) => {
                    let Some((renewal, asked_at)) = asking[at].take() else { continue };
                    let expected = renewal.leased.version;
                    let settled = if good {
                        renewal.succeeded(issued("85_next"), asked_at, false)
                    } else {
                        renewal.failed(now)
                    };
                    // Compare and swap.
                    if slot.version == expected {
                        slot = settled;
                        prop_assert!(slot.leased_until.is_none());
                    }
                }
            }
        }
    }
}
