//! The control panel beside the phone.

use thirtyfour::Key;

use crate::{phone::Phone, simulator::Simulator};

/// Goal: somebody at the panel acts as any person about any order, and changes what people have. Method: one
/// order that is cancelled, found too dear, and paid; a wallet that is emptied and blocked; a new person.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_paid_from_the_panel_by_whoever_is_chosen() {
    let simulator = Simulator::start().await;
    let number = "BROWSER_PANEL_1";
    simulator.order("app", number, 6800).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 1280).await;
    let [who, what, act, said] =
        ["act-user", "act-outcome", "act", "order-said"].map(|name| format!("{name}-{number}"));
    for (outcome, answer) in [("cancel", "NOTPAY"), ("insufficient_balance", "零钱余额不足")]
    {
        phone.choose(&what, outcome).await;
        phone.tap(&act).await;
        phone.read(&said, answer).await;
    }
    phone.shoot("zh-wide-panel-orders").await;

    phone.tap("tab-people").await;
    phone.fill_in("balance-bo", "67.99").await;
    phone.tap("save-bo").await;
    phone.read("people-said", "已保存").await;
    phone.fill_in("new-user-name", "dora").await;
    phone.fill_in("new-user-balance", "68").await;
    phone.tap("new-user").await;
    phone.see("person-dora").await;
    phone.fill_in("balance-chen", "a lot").await;
    phone.tap("save-chen").await;
    phone.read("people-said", "a lot").await;
    phone.tap("block-chen").await;
    phone.read("person-chen", "已限制支付").await;
    phone.shoot("zh-wide-panel-people").await;

    phone.tap("tab-orders").await;
    for (user, answer) in [("bo", "零钱余额不足"), ("chen", "已被限制"), ("dora", "SUCCESS")]
    {
        phone.choose(&who, user).await;
        phone.choose(&what, "success").await;
        phone.tap(&act).await;
        phone.read(&said, answer).await;
    }
    assert_eq!(simulator.trade_state(number).await, "SUCCESS");
    phone.close().await;
}

/// Goal: a jump in time says what it will do before it does it. Method: a paid order whose notification
/// reaches nobody; its retries are listed, refused once, and then happen.
#[tokio::test(flavor = "multi_thread")]
async fn a_jump_in_time_is_announced_and_can_be_refused() {
    let simulator = Simulator::start().await;
    let order = simulator.order("native", "BROWSER_PANEL_2", 100).await;
    let phone = Phone::open(simulator.phone_url(), "en", 360).await;
    phone.tap("open-panel").await;
    phone.tap("clock-pause").await;
    phone.read("clock-pause", "Resume").await;
    phone.shoot("en-narrow-panel-orders").await;
    phone.tap("act-BROWSER_PANEL_2").await;
    phone.read("order-said-BROWSER_PANEL_2", "SUCCESS").await;
    assert!(order["code_url"].is_string());

    phone.tap("advance-morning").await;
    phone.read("clock-forecast", "a notification is sent").await;
    phone.shoot("en-narrow-panel-forecast").await;
    let before = phone.see("clock-now").await.text().await.expect("a time");
    phone.tap("clock-stay").await;
    phone.read("clock-now", &before).await;
    phone.tap("advance-morning").await;
    phone.tap("clock-jump").await;
    phone.read("clock-said", "Time moved on").await;
    phone.read("clock-now", " 10:00:00").await;
    phone.close().await;
}

/// Goal: trouble is made for one path, stays in sight, and ends. Method: a fault that strikes once on native
/// orders, and a whole bad day.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_switched_on_for_one_path_and_off_by_its_chip() {
    let simulator = Simulator::start().await;
    let phone = Phone::open(simulator.phone_url(), "zh", 1280).await;
    phone.tap("tab-faults").await;
    let bare = "return [...document.querySelectorAll('[data-testid=fault-name] option')]\
                .map((option) => option.textContent).filter((text) => !text.includes(' '))";
    assert_eq!(phone.ask_page(bare).await, serde_json::json!([]), "every fault has a word");
    phone.choose("fault-name", "notify_lost").await;
    phone.fill_in("fault-match", "/refund").await;
    phone.fill_in("fault-percent", "12.5").await;
    phone.fill_in("fault-count", "3").await;
    phone.tap("fault-add").await;
    phone.read("fault-on-notify_lost", "notify_lost /refund 12.5% ×3").await;
    phone.tap("fault-on-notify_lost").await;
    phone.read("faults-summary", "没有开启的故障").await;
    phone.tap("faults-nasty").await;
    phone.see("fault-on-slow").await;
    phone.shoot("zh-wide-panel-faults").await;
    phone.tap("faults-clear").await;
    phone.read("faults-summary", "没有开启的故障").await;
    phone.close().await;
}

/// Goal: every message can be found, compared and repeated, and the world begins anew. Method: two orders;
/// those of one are listed, two of its messages compared; a reset forgets everything but the seed's name.
#[tokio::test(flavor = "multi_thread")]
async fn messages_are_sifted_and_compared_and_a_reset_forgets_them() {
    let simulator = Simulator::start().await;
    simulator.order("native", "BROWSER_PANEL_3", 100).await;
    simulator.order("native", "BROWSER_PANEL_4", 200).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 1280).await;
    phone.tap("order-messages-BROWSER_PANEL_4").await;
    phone.see("message-3").await;
    phone.vanishes("message-1").await;
    phone.tap("message-3").await;
    phone.tap("compare-3").await;
    phone.read("diff-hint", "3").await;
    phone.fill_in("filter-text", "/v3/pay").await;
    phone.tap("message-1").await;
    phone.shoot("zh-wide-panel-inspector").await;
    phone.tap("compare-1").await;
    phone.read("diff", "BROWSER_PANEL_4").await;
    phone.shoot("zh-wide-panel-diff").await;
    phone.tap("diff-close").await;

    phone.tap("tab-world").await;
    phone.fill_in("seed", "42").await;
    phone.shoot("zh-wide-panel-world").await;
    phone.tap("reset").await;
    phone.read("seed-now", "42").await;
    phone.tap("tab-inspector").await;
    phone.vanishes("message-1").await;
    phone.close().await;
}

/// Goal: a story is told to the simulator from the panel, and one that goes otherwise names its line. Method:
/// a short story, then one with a false expectation, then nonsense.
#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_played_and_a_false_one_is_found_out() {
    let simulator = Simulator::start().await;
    let phone = Phone::open(simulator.phone_url(), "en", 360).await;
    phone.tap("open-panel").await;
    phone.tap("tab-world").await;
    let story = "reset seed=7\npause\norder tea 39.90 kind=native\npay tea by=bo\n";
    phone.fill_in("story", &format!("{story}expect tea state=SUCCESS")).await;
    phone.tap("story-play").await;
    phone.read("story-said", "Everything went as told").await;
    phone.read("seed-now", "7").await;
    phone.fill_in("story", &format!("{story}expect tea state=CLOSED")).await;
    phone.tap("story-play").await;
    phone.read("story-said", "did not go as told").await;
    phone.read("story-steps", "✕ 5").await;
    phone.shoot("en-narrow-panel-story").await;
    phone.fill_in("story", "sing a song").await;
    phone.tap("story-play").await;
    phone.read("story-said", "line 1").await;
    phone.close().await;
}

/// Goal: a world is kept as a file and put back, and what somebody does is written down as a story. Method: an
/// order is paid while recording; the file is read by the link's own address; after a reset it is chosen again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask soak"]
async fn a_world_is_exported_and_imported_and_a_story_is_recorded() {
    let simulator = Simulator::start().await;
    let phone = Phone::open(simulator.phone_url(), "en", 1280).await;
    phone.tap("tab-world").await;
    phone.tap("story-record").await;
    phone.read("story-record", "Stop").await;
    simulator.order("native", "BROWSER_PANEL_5", 100).await;
    phone.tap("tab-orders").await;
    phone.choose("act-method-BROWSER_PANEL_5", "CMB_DEBIT-8821").await;
    phone.tap("act-BROWSER_PANEL_5").await;
    phone.read("order-said-BROWSER_PANEL_5", "SUCCESS").await;
    phone.tap("tab-world").await;
    phone.tap("story-record").await;
    phone.read("story-record", "Record").await;
    let story = phone.value("story").await;
    assert!(story.contains("by=amei with=CMB_DEBIT-8821"), "{story}");

    let script = "return document.querySelector('[data-testid=export]').getAttribute('href')";
    let path = phone.ask_page(script).await;
    let world = simulator.read(path.as_str().expect("an address")).await;
    let file = tempfile::Builder::new().suffix(".json").tempfile().expect("a temporary file");
    std::fs::write(file.path(), world.to_string()).expect("a file can be written");
    phone.tap("reset").await;
    phone.tap("tab-orders").await;
    phone.vanishes("order-BROWSER_PANEL_5").await;
    phone.tap("tab-world").await;
    phone.choose_file("import", file.path()).await;
    phone.read("world-said", "has taken the place").await;
    phone.tap("tab-orders").await;
    phone.read("order-BROWSER_PANEL_5", "SUCCESS").await;
    phone.close().await;
}

/// Goal: a message leaves the inspector as a command, and a notification is sent once more. Method: the command
/// is copied and pasted into a field of the panel; a paid order's notification is repeated, fresh and as it was.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask soak"]
async fn a_message_is_copied_as_a_command_and_a_notification_is_repeated() {
    let simulator = Simulator::start().await;
    simulator.order("native", "BROWSER_PANEL_6", 100).await;
    let phone = Phone::open(simulator.phone_url(), "en", 1280).await;
    phone.tap("act-BROWSER_PANEL_6").await;
    phone.read("order-said-BROWSER_PANEL_6", "SUCCESS").await;
    phone.tap("tab-inspector").await;
    phone.tap("message-1").await;
    phone.tap("curl-1").await;
    phone.read("inspector-said", "Copied").await;
    phone.tap("tab-world").await;
    phone.tap("story").await;
    phone.press(&format!("{}v", Key::Control.value())).await;
    let command = phone.value("story").await;
    assert!(command.starts_with("curl -X POST 'http://127.0.0.1:"), "{command}");
    assert!(command.contains("WECHATPAY2-SHA256-RSA2048"), "{command}");

    phone.tap("tab-inspector").await;
    phone.choose("filter-kind", "notify").await;
    let first = phone.ask_page("return document.querySelector('.message').dataset.testid").await;
    let first = first.as_str().expect("a message").trim_start_matches("message-").to_owned();
    phone.tap(&format!("message-{first}")).await;
    for deed in ["resend", "replay"] {
        phone.tap(&format!("{deed}-{first}")).await;
        phone.read("inspector-said", "sent again").await;
    }
    let sent = simulator.read("/api/messages").await;
    let sent = sent["messages"].as_array().expect("a list of messages");
    let notifications = sent.iter().filter(|message| message["kind"] == "notify").count();
    assert!(notifications >= 3, "{notifications}");
    phone.close().await;
}
