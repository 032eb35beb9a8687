//! Chaos about itself: the rules hold, runs repeat, and every planted bug is found by the rule
//! that is there for it, even where another layer would hide it.

use std::collections::BTreeSet;

use crate::{
    Invariant::{self, *},
    Options, Plant, Report, Tally, regressions, run,
};

/// Far more seeds than the rarest planted bug needs.
const MOST_SEEDS: u64 = 800;

fn complain(report: &Report) {
    let seed = report.seed;
    assert!(
        report.violations.is_empty(),
        "seed {seed}: {:?}\nagain: cargo run -p suanpan-chaos -- --replay {seed}",
        report.violations[0],
    );
}

/// Runs seeds with a bug until one breaks a rule, and says which.
fn first_broken(plant: Plant, silenced: &[Invariant]) -> Invariant {
    let options = Options { plant: Some(plant), silenced: silenced.to_vec(), ..Options::default() };
    for seed in 1..=MOST_SEEDS {
        if let Some(violation) = run(seed, &options).violations.first() {
            return violation.invariant;
        }
    }
    panic!("{} was not found in {MOST_SEEDS} seeds", plant.name());
}

#[track_caller]
fn is_found(plant: Plant, by: &[Invariant]) {
    let found_by = first_broken(plant, &[]);
    assert!(by.contains(&found_by), "{} was found by {}", plant.name(), found_by.id());
}

/// With the rules of single steps switched off, the state at rest must still give it away.
#[track_caller]
fn is_found_at_rest(plant: Plant, silenced: &[Invariant], by: &[Invariant]) {
    let found_by = first_broken(plant, silenced);
    assert!(by.contains(&found_by), "{} was found by {}", plant.name(), found_by.id());
}

#[test]
fn every_rule_holds_in_two_hundred_runs_that_really_happened() {
    let mut tally = Tally::default();
    for seed in regressions().into_iter().chain(1..=200) {
        let report = run(seed, &Options::default());
        complain(&report);
        tally.add(&report.tally);
    }
    for (what, count) in [
        ("orders", tally.orders),
        ("payments", tally.payments),
        ("late payments", tally.paid_late),
        ("ended refunds", tally.refunds),
        ("orphans", tally.orphans),
        ("webhooks", tally.webhooks),
        ("conflicts", tally.conflicts),
    ] {
        assert!(count >= 10, "only {count} {what}: {tally:?}");
    }
    let kinds: BTreeSet<_> = tally.faults.keys().copied().collect();
    for kind in [
        "acknowledgement lost",
        "answer lost",
        "answer tampered with",
        "attack",
        "clock moved",
        "commit unknown",
        "crash",
        "freeze",
        "merchant unreachable",
        "message delayed",
        "notification lost",
        "notification repeated",
        "number squatted",
        "request lost",
        "request repeated",
        "store unavailable",
    ] {
        assert!(kinds.contains(kind), "{kind} never struck: {kinds:?}");
    }
}

#[test]
fn i19_moved_clocks_change_no_outcome() {
    let mut moved = 0;
    let mut seed = 10_000;
    while moved < 40 {
        let report = run(seed, &Options::default());
        complain(&report);
        moved += u32::from(report.tally.faults.contains_key("clock moved"));
        seed += 1;
        assert!(seed < 12_000, "clocks move in far more runs than {moved}");
    }
}

#[test]
fn a_seed_gives_the_same_run_every_time_and_another_seed_another() {
    let hashes: BTreeSet<u64> = (1..=20)
        .map(|seed| {
            let (once, again) = (run(seed, &Options::default()), run(seed, &Options::default()));
            assert_eq!(once.trace_hash, again.trace_hash, "seed {seed}");
            assert_eq!(once.tally, again.tally, "seed {seed}");
            once.trace_hash
        })
        .collect();
    assert_eq!(hashes.len(), 20);
}

#[test]
fn a_kept_trace_tells_the_run_without_changing_it() {
    let options = Options { keep_trace: true, ..Options::default() };
    let (told, untold) = (run(3, &options), run(3, &Options::default()));
    assert_eq!(told.trace_hash, untold.trace_hash);
    assert!(untold.trace.is_empty());
    assert!(told.trace.iter().any(|line| line.contains("order.create")), "{:?}", told.trace);
}

#[test]
fn the_regression_list_holds_nothing_but_seeds() {
    let text = include_str!("../regressions.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    assert_eq!(lines.count(), regressions().len());
}

#[test]
fn every_plant_has_its_own_name() {
    for plant in Plant::ALL {
        assert_eq!(Plant::named(plant.name()), Some(*plant));
    }
    assert_eq!(Plant::named("none"), None);
}

#[test]
fn i01_i08_a_statement_that_is_not_stored_is_found() {
    is_found(Plant::ObservationDropped, &[I01, I08]);
}

#[test]
fn i01_n11_a_payment_of_another_amount_is_found() {
    is_found(Plant::AmountNotCompared, &[I01]);
}

#[test]
fn i03_a_change_without_its_row_is_found() {
    is_found(Plant::TransitionDropped, &[I03]);
}

#[test]
fn i03_r02_a_write_on_an_old_decision_is_found() {
    is_found(Plant::LastWriteWins, &[I03, I04, I05, I09, I12]);
}

#[test]
fn i04_o07_a_second_payment_that_is_kept_is_found() {
    is_found(Plant::ExcessPaymentDropped, &[I04]);
}

#[test]
fn i05_r02_a_payment_refunded_twice_is_found() {
    is_found(Plant::RefundedTwice, &[I05]);
}

#[test]
fn i06_r01_a_refund_that_changes_its_number_is_found() {
    is_found(Plant::NewRefundNumberOnRetry, &[I07]);
    is_found_at_rest(Plant::NewRefundNumberOnRetry, &[I07], &[E02, L03, L04]);
    is_found(Plant::RefundNumberNotKept, &[I06]);
}

#[test]
fn i07_a_call_before_its_row_is_found() {
    is_found(Plant::SentBeforeCommit, &[I07]);
}

#[test]
fn i07_o05_a_second_number_after_a_timeout_is_found() {
    is_found(Plant::NewNumberOnRetry, &[I07]);
}

#[test]
fn i08_n18_an_acknowledgement_before_the_commit_is_found() {
    is_found(Plant::AckBeforeCommit, &[I08]);
    is_found_at_rest(Plant::AckBeforeCommit, &[I08, I17, I21], &[L01]);
}

#[test]
fn i09_w01_an_event_outside_the_transaction_is_found() {
    is_found(Plant::EventOutsideTransaction, &[I09]);
    is_found_at_rest(Plant::EventOutsideTransaction, &[I09], &[E03, L02]);
}

#[test]
fn i10_w03_an_event_id_per_attempt_is_found() {
    is_found(Plant::EventIdPerAttempt, &[I10]);
    is_found_at_rest(Plant::EventIdPerAttempt, &[I10], &[E03, L02]);
}

#[test]
fn i10_a_payload_per_attempt_is_found() {
    is_found(Plant::PayloadPerAttempt, &[I10]);
}

#[test]
fn i11_a04_a_key_outside_the_transaction_is_found() {
    is_found(Plant::KeyOutsideTransaction, &[I11]);
}

#[test]
fn i12_a_ledger_that_lacks_a_line_is_found() {
    is_found(Plant::LedgerLineDropped, &[I12]);
}

#[test]
fn i13_n08_a_shell_that_checks_no_signature_is_found() {
    is_found(Plant::SignatureNotChecked, &[I01, I13]);
}

#[test]
fn i16_o10_an_order_closed_by_its_own_clock_is_found() {
    is_found(Plant::LocalTimerCloses, &[I16]);
}

#[test]
fn i16_a_timeout_taken_for_a_refusal_is_found() {
    is_found(Plant::TimeoutAsFailure, &[I16]);
}

#[test]
fn i17_o10_money_for_a_closed_order_that_is_ignored_is_found() {
    is_found(Plant::LatePaymentDropped, &[I08, I17]);
    // Whoever polls asks for ever, and whoever does not poll never learns of it.
    is_found_at_rest(Plant::LatePaymentDropped, &[I08, I17], &[L01, L04]);
}

#[test]
fn i18_d08_a_worker_that_writes_after_its_lease_is_found() {
    is_found(Plant::LeaseNotFenced, &[L02, L04]);
}

#[test]
fn i21_n22_an_unknown_order_that_is_forgotten_is_found() {
    is_found(Plant::OrphanDropped, &[I08, I21]);
    is_found_at_rest(Plant::OrphanDropped, &[I08], &[I21]);
}

#[test]
fn l01_o10_a_closed_order_nobody_asks_about_is_found() {
    is_found(Plant::NoQueryAfterClose, &[L01]);
}

#[test]
fn l01_nobody_asking_at_all_is_found() {
    is_found(Plant::NoPoller, &[L01]);
}

#[test]
fn l03_r04_a_refund_nobody_sends_is_found() {
    is_found(Plant::RefundJobDropped, &[L03]);
}
