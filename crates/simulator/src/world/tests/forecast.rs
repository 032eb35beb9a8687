use super::*;

fn kinds(till: &Till, seconds: i64) -> Vec<(PlannedKind, bool)> {
    let planned = till.world.planned(till.now.plus(seconds), 100);
    planned.iter().map(|planned| (planned.kind, planned.unless_acknowledged)).collect()
}

#[test]
fn a_jump_says_what_it_will_fire_and_fires_that() {
    let mut till = Till::open();
    till.prepay_id("order-open", 5);
    assert!(kinds(&till, 7 * 24 * 3600 - 1).is_empty());
    assert_eq!(kinds(&till, 7 * 24 * 3600), [(PlannedKind::CloseOrder, false)]);
    till.sell("order-0001", 5);
    till.refund("order-0001", "r1", 5, 5);
    let planned = till.world.planned(till.now.plus(10), 100);
    let numbers: Vec<_> = planned.iter().map(|planned| planned.number.as_deref()).collect();
    assert_eq!(numbers, [Some("order-0001"), Some("r1")]);
    assert_eq!(
        kinds(&till, 10),
        [(PlannedKind::Notify, false), (PlannedKind::SettleRefund, false)]
    );
    let sent = till.due();
    till.answer(&sent[0], 200);
    till.wait(10);
    let fired = till.world.fire_due(till.times());
    let happened: Vec<_> = fired.happened.iter().map(|happening| happening.kind).collect();
    // The news of the refund follows from its arrival.
    assert_eq!(happened, [HappeningKind::RefundSettled, HappeningKind::Notified]);
}

#[test]
fn rungs_that_depend_on_the_merchant_say_so() {
    let mut till = Till::open();
    till.sell("order-0001", 5);
    let certain = (PlannedKind::Notify, false);
    let rung = (PlannedKind::Notify, true);
    assert_eq!(kinds(&till, 60), [certain, rung, rung, rung], "at 0, 15, 30 and 60 seconds");
    let sent = till.due();
    assert_eq!(kinds(&till, 60), [(PlannedKind::GiveUpWaiting, false)]);
    till.answer(&sent[0], 500);
    assert_eq!(kinds(&till, 60), [certain, rung, rung]);
    till.wait(15);
    let sent = till.due();
    till.answer(&sent[0], 200);
    assert!(kinds(&till, 24 * 3600).is_empty());
}

#[test]
fn a_forecast_changes_nothing_and_is_bounded() {
    let mut till = Till::open();
    for number in 0..20 {
        till.sell(&format!("order-{number:04}"), 5);
    }
    let before = serde_json::to_string(till.world.state()).unwrap();
    assert_eq!(till.world.planned(till.now.plus(1_000_000), 7).len(), 7);
    assert_eq!(serde_json::to_string(till.world.state()).unwrap(), before);
}
