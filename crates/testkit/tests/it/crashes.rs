//! The server dies between any two steps and is started again. Whoever waited for it asks again, as
//! real front ends and backends do, and everybody ends up where they would have without the crash.

use std::future::Future;

use serde_json::{Value, json};
use suanpan_simulator::world::Outcome;
use suanpan_testkit::{Answer, Merchant, Moment, NewOrder, Payer, Placed, Stage};

/// More than any client needs after one crash.
const PATIENCE: usize = 12;

/// Asks until there is an answer that is not "ask again".
async fn until_answered<F>(stage: &Stage, ask: impl Fn() -> F) -> Answer
where
    F: Future<Output = Result<Answer, reqwest::Error>>,
{
    let mut last = None;
    for _ in 0..PATIENCE {
        match ask().await {
            Ok(answer) if answer.status < 500 && answer.header("retry-after").is_none() => {
                return answer;
            }
            Ok(answer) => {
                last = Some(answer);
                stage.advance(10).await;
            }
            // The server died with the question: it is started again.
            Err(_) => assert!(stage.revive().await, "a live server hung up"),
        }
    }
    panic!("no answer in {PATIENCE} tries: {last:?}")
}

async fn logged_in(stage: &Stage, merchant: &Merchant) -> Payer {
    let url = format!("{}/client/v1/login", stage.url());
    let answer = until_answered(stage, || {
        let code = stage.login_code(&merchant.appid, "chen");
        let body = json!({ "appid": merchant.appid, "code": code }).to_string();
        let request = stage.http().post(&url).header("content-type", "application/json").body(body);
        stage.http().try_send(request)
    });
    let token = answer.await.ok()["session_token"].as_str().unwrap().to_owned();
    stage.payer(&merchant.account, "chen", &token)
}

/// An order from its creation to the cashier.
async fn ordered(stage: &Stage, number: &str, outcome: Outcome) -> (Merchant, Placed) {
    let merchant = stage.merchant();
    // A short life: the many checks of a long one are the same step again and again.
    let expires_at = stage.clock().business().plus(LIFE_SECONDS).to_string();
    let order = NewOrder::of(number, 20).with("expires_at", expires_at);
    let placed = Placed::read(&until_answered(stage, || merchant.try_create(&order)).await);
    let payer = logged_in(stage, &merchant).await;
    let answer = until_answered(stage, || payer.try_pay(&placed)).await.ok();
    stage.cashier(&payer, &answer["client_params"], outcome).unwrap();
    (merchant, placed)
}

/// Long enough to log in and pay around one crash.
const LIFE_SECONDS: i64 = 150;

/// Deaths on one stage: its books are read whole after each, so they are kept short.
const DEATHS: usize = 12;

/// Runs a story with a death at every write to the store, before it and after it, until the story is
/// over before the death comes.
async fn dies_everywhere(at_least: usize, story: impl AsyncFn(&Stage, String)) {
    for moment in [Moment::Before, Moment::After] {
        let (mut write, mut over) = (0, false);
        while !over {
            let stage = Stage::start().await;
            while !over && stage.deaths() < DEATHS {
                let deaths = stage.deaths();
                stage.breakage().kill_at(write, moment);
                story(&stage, format!("{moment:?}-{write}")).await;
                stage.breakage().mend();
                stage.assert_invariants();
                // Closed orders are asked about for a day; the next story starts without them.
                stage.advance(25 * 3600).await;
                over = stage.deaths() == deaths;
                write += 1;
            }
            stage.finish().await;
        }
        assert!(write > at_least, "{moment:?}: died only {write} times");
    }
}

fn only_event_id(stage: &Stage, placed: &Placed, event_type: &str) -> String {
    let arrived = stage.inbox().of_type(event_type);
    let ours =
        arrived.iter().filter(|webhook| webhook.json()["data"]["order_id"] == *placed.order_id);
    let ids: std::collections::BTreeSet<_> = ours.map(|webhook| webhook.id.clone()).collect();
    assert_eq!(ids.len(), 1, "{event_type} of {placed:?}");
    ids.into_iter().next().unwrap()
}

#[tokio::test]
async fn w01_a_crash_at_any_step_of_a_payment_converges() {
    let story = async |stage: &Stage, number: String| {
        let (merchant, placed) = ordered(stage, &number, Outcome::Success).await;
        stage.advance(300).await;
        stage.breakage().mend();
        assert_eq!(merchant.state(&placed).await, "paid", "{number}");
        assert_eq!(merchant.events(&placed).await, ["order.paid"], "{number}");
        only_event_id(stage, &placed, "order.paid");
    };
    dies_everywhere(12, story).await;
}

#[tokio::test]
async fn i17_a_crash_at_any_step_of_a_late_payment_converges() {
    let story = async |stage: &Stage, number: String| {
        let (merchant, placed) = ordered(stage, &number, Outcome::SuccessAfterClose).await;
        let path = format!("/v1/orders/{}/close", placed.order_id);
        let nothing = json!({});
        let closed = until_answered(stage, || merchant.try_post(&path, &nothing)).await.ok();
        assert!(["open", "closed"].contains(&closed["state"].as_str().unwrap()), "{closed}");
        stage.advance(600).await;
        stage.breakage().mend();
        let order = merchant.show(&placed).await;
        assert_eq!(order["state"], "refunded", "{number}: {order}");
        assert_eq!(order["refunds"].as_array().map(Vec::len), Some(1), "{number}: {order}");
        let wallet = stage.simulator().with_world(|world, _| world.wallet("chen").unwrap());
        assert_eq!(wallet.balance_fen.count(), 100_000, "{number}: every fen is back");
        for event_type in ["order.closed", "order.paid_late", "order.refunded"] {
            only_event_id(stage, &placed, event_type);
        }
    };
    dies_everywhere(30, story).await;
}

#[tokio::test]
async fn i16_a_crash_at_any_step_of_an_expiry_converges() {
    let story = async |stage: &Stage, number: String| {
        let (merchant, placed) = ordered(stage, &number, Outcome::Cancel).await;
        stage.advance(LIFE_SECONDS + 600 + 120).await;
        stage.breakage().mend();
        assert_eq!(merchant.state(&placed).await, "closed", "{number}");
        assert_eq!(merchant.events(&placed).await, ["order.closed"], "{number}");
        let rows = stage.snapshot();
        let attempts = rows.find("attempts", "order_id", &placed.order_id);
        for attempt in attempts {
            let (mchid, number) = (attempt.text("mchid"), attempt.text("out_trade_no"));
            let state = stage.at_wechat(mchid, number).map(|order| order.trade_state.as_str());
            assert!(matches!(state, None | Some("CLOSED")), "{number} is {state:?} at WeChat");
        }
    };
    dies_everywhere(25, story).await;
}

/// Commits fail at random moments of the same story, before and after they took effect.
#[tokio::test]
async fn d05_a_commit_of_unknown_outcome_anywhere_converges() {
    let stage = Stage::start().await;
    let names = [
        "order.create",
        "session.create",
        "attempt.start",
        "attempt.prepaid",
        "order.observe",
        "event.fan_out",
        "event.deliver",
        "watch.settle",
        "",
    ];
    for (at, name) in names.into_iter().enumerate() {
        for moment in [Moment::Before, Moment::After] {
            stage.breakage().fail_commits(name, moment, 2);
            let number = format!("fail-{at}-{moment:?}");
            let (merchant, placed) = ordered(&stage, &number, Outcome::Success).await;
            stage.advance(1200).await;
            stage.breakage().mend();
            stage.advance(600).await;
            assert_eq!(merchant.events(&placed).await, ["order.paid"], "{name} {moment:?}");
            assert_eq!(merchant.state(&placed).await, "paid", "{name} {moment:?}");
            stage.assert_invariants();
        }
    }
    stage.finish().await;
}

/// Two servers, one folder: the second one does not start, and the first one does not notice.
#[tokio::test]
async fn d07_a_second_server_on_the_same_folder_is_refused() {
    let stage = Stage::start().await;
    let config = suanpan_server::Config { listen: ([127, 0, 0, 1], 0).into(), ..stage.config() };
    let refused = suanpan_server::Server::start(config).await.unwrap_err().to_string();
    assert!(refused.contains("in use by another server"), "{refused}");
    let placed = stage.merchant().place(&NewOrder::of("T1", 1)).await;
    assert_eq!(stage.merchant().state(&placed).await, "open");
    stage.finish().await;
}

/// What was answered is durable: the order shown before a crash is shown after it.
#[tokio::test]
async fn i08_what_was_answered_survives_a_kill() {
    let stage = Stage::start().await;
    let merchant = stage.merchant();
    let mut placed = Vec::new();
    for number in 0..5 {
        placed.push(merchant.place(&NewOrder::of(&format!("T{number}"), 1)).await);
        stage.kill_server().await;
        stage.start_server(stage.config()).await.unwrap();
        for placed in &placed {
            let shown: Value = merchant.show(placed).await;
            assert_eq!(shown["state"], "open");
        }
    }
    stage.finish().await;
}
