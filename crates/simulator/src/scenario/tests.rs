use super::*;
use crate::world::{Fault, FaultName, Outcome, Probability, TradeType};

fn steps(text: &str) -> Vec<Step> {
    Scenario::parse(text).unwrap().lines.into_iter().map(|line| line.step).collect()
}

const EVERYTHING: &str = "\
reset
reset seed=7
reset seed=7 at=2026-03-02T10:00:00+08:00
pause
resume
advance 90s
advance 2h
until 2026-03-02T10:00:00+08:00
fault slow
fault http_429 count=3 probability=0.25 match=\"GET /v3/refund\"
calm
nasty
order tea 19.90
order cake 0.01 kind=native payer=bo merchant=1900000002 notify=http://127.0.0.1:9/notify
await their-order
await other merchant=1900000001 within=5m
pay tea by=amei
pay tea by=amei with=ICBC_CREDIT-0403 refused=card_limit
pay cake by=bo outcome=callback_says_cancel pin=123456 refused=wrong_pin
close cake
refund tea
refund tea amount=5.00
expect tea state=REFUND notified=2 acknowledged=no refunded=5.00
";

#[test]
fn every_step_is_written_as_it_is_read() {
    let read = steps(EVERYTHING);
    let written: String = read.iter().map(|step| format!("{step}\n")).collect();
    assert_eq!(written, EVERYTHING);
    assert_eq!(steps(&written), read);
    assert_eq!(
        read[9],
        Step::Fault(Fault {
            name: FaultName::Http429,
            matching: Some("GET /v3/refund".into()),
            probability: Probability::millionths(250_000),
            count: Some(3),
        })
    );
    let Step::Order(cake) = &read[13] else { panic!("an order was told") };
    assert_eq!((cake.amount.count(), cake.kind), (1, TradeType::Native));
}

#[test]
fn blanks_comments_and_compound_durations_are_read() {
    let text = "\n  # a story\n\tadvance 1h30m5s # a while\n\npay tea outcome=cancel\n";
    let read = Scenario::parse(text).unwrap();
    assert_eq!(read.lines()[0].number, 3);
    assert_eq!(read.lines()[0].step, Step::Advance { seconds: 5405 });
    assert!(matches!(&read.lines()[1].step, Step::Pay { outcome: Outcome::Cancel, .. }));
}

/// The place is that of the very word, counted in characters, whatever stands before it.
#[test]
fn errors_name_their_place() {
    let cases = [
        ("dance", 1, 1, "dance is none of"),
        ("calm\n\n  advance", 3, 10, "advance needs a duration"),
        ("advance 5", 1, 9, "5 is not a duration"),
        ("advance 99999999d", 1, 9, "is not a duration"),
        ("advance 99999999999999999999s", 1, 9, "is not a duration"),
        ("until 2026-03-02", 1, 7, "is not an instant"),
        ("fault tired", 1, 7, "tired is not a fault"),
        ("fault slow count=many", 1, 18, "count is a number, not many"),
        ("fault slow probability=1.5", 1, 24, "probability is a number from 0 to 1"),
        ("fault slow match=\"茶 price=1", 1, 18, "this quote has no end"),
        ("order tea 1990", 1, 11, "1990 is not yuan with two decimals"),
        ("order tea 19.9", 1, 11, "19.9 is not yuan"),
        ("order tea -1.00", 1, 11, "-1.00 is not yuan"),
        ("order Tea 19.90", 1, 7, "Tea is not a name"),
        ("order tea 19.90 kind=cash", 1, 22, "kind is one of jsapi"),
        ("order tea 19.90 colour=red", 1, 17, "order has no option colour"),
        ("pay tea by=amei by=bo", 1, 17, "by is said twice"),
        ("pay tea amei", 1, 9, "amei was not expected here"),
        ("expect tea", 1, 1, "expect at least one of"),
        ("expect tea acknowledged=maybe", 1, 25, "acknowledged is yes or no"),
        ("await tea within=1h", 1, 18, "within is a duration"),
    ];
    for (text, line, column, message) in cases {
        let error = Scenario::parse(text).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
}

#[test]
fn no_text_makes_the_parser_fall_over() {
    use proptest::prelude::*;
    let words = prop::sample::select(vec![
        "order",
        "tea",
        "=",
        "\"",
        "19.90",
        "#",
        "\n",
        " ",
        "茶",
        "advance",
        "9223372036854775807d",
        "match=",
        "until",
        "pay",
        "expect",
        "state=",
        "-",
        "0.00",
    ]);
    let texts = prop::collection::vec(words, 0..40).prop_map(|words| words.concat());
    proptest!(|(text in texts)| {
        if let Err(error) = Scenario::parse(&text) {
            prop_assert!(error.line <= text.lines().count() && error.column >= 1);
        }
    });
}
