//! Bank cards: chosen in the cashier, kept in the wallet, managed beside the phone; and the keyboard.

use thirtyfour::Key;

use crate::{phone::Phone, simulator::Simulator};

/// Goal: a card pays what the wallet does not hold, and a bank that says no leaves the choice open. Method: a
/// dear order; the sheet starts with the card that can pay, another refuses, the first pays; wallet, messages
/// and panel tell of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_chosen_in_the_cashier_and_another_bank_refuses() {
    let simulator = Simulator::start().await;
    simulator.order("native", "BROWSER_CARD_1", 256_000).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 360).await;
    phone.tap("tool-scanner").await;
    phone.tap("scan-BROWSER_CARD_1").await;
    phone.read("cashier-method", "招商银行储蓄卡(8821)").await;
    phone.tap("cashier-method").await;
    phone.read("cashier-methods", "零钱（余额 ¥1,000.00） · 不可用").await;
    phone.shoot("zh-narrow-cashier-methods").await;
    phone.tap("cashier-method-ICBC_CREDIT-0403").await;
    phone.read("cashier-method", "工商银行信用卡(0403)").await;
    phone.type_pin("123456").await;
    phone.read("cashier-notice", "超出银行卡支付限额").await;
    phone.shoot("zh-narrow-cashier-refused-card").await;
    assert_eq!(simulator.trade_state("BROWSER_CARD_1").await, "NOTPAY");
    phone.tap("cashier-method").await;
    phone.tap("cashier-method-CMB_DEBIT-8821").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    assert_eq!(simulator.trade_state("BROWSER_CARD_1").await, "SUCCESS");

    phone.tap("home-button").await;
    phone.read("balance", "1,000.00").await;
    phone.tap("tool-wallet").await;
    phone.read("wallet-history", "−2,560.00").await;
    phone.read("wallet-cards", "工商银行信用卡(0403)").await;
    phone.shoot("zh-narrow-wallet-cards").await;
    phone.tap("home-button").await;
    phone.tap("tool-messages").await;
    phone.read("receipts", "招商银行储蓄卡(8821)").await;
    phone.close().await;
}

/// Goal: what a bank says is chosen at the panel. Method: a card is bound, told to refuse, used from the panel,
/// told to pay, used again, and taken away.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_bound_told_what_to_say_and_used_from_the_panel() {
    let simulator = Simulator::start().await;
    let number = "BROWSER_CARD_2";
    simulator.order("app", number, 256_000).await;
    let phone = Phone::open(simulator.phone_url(), "en", 1280).await;
    phone.tap("tab-people").await;
    phone.fill_in("card-id-bo", "nonsense").await;
    phone.tap("card-add-bo").await;
    phone.read("people-said", "a way to pay is").await;
    phone.fill_in("card-id-bo", "boc_debit-4321").await;
    phone.tap("card-add-bo").await;
    phone.choose("card-outcome-bo-BOC_DEBIT-4321", "refused").await;
    phone.read("people-said", "Saved").await;
    phone.shoot("en-wide-panel-cards").await;
    for (outcome, answer) in [("refused", "银行未通过"), ("pays", "SUCCESS")] {
        phone.tap("tab-people").await;
        phone.choose("card-outcome-bo-BOC_DEBIT-4321", outcome).await;
        phone.read("people-said", "Saved").await;
        phone.tap("tab-orders").await;
        phone.choose(&format!("act-user-{number}"), "bo").await;
        phone.choose(&format!("act-method-{number}"), "BOC_DEBIT-4321").await;
        phone.tap(&format!("act-{number}")).await;
        phone.read(&format!("order-said-{number}"), answer).await;
    }
    phone.tap("tab-people").await;
    phone.tap("card-remove-bo-BOC_DEBIT-4321").await;
    phone.vanishes("card-outcome-bo-BOC_DEBIT-4321").await;
    phone.close().await;
}

/// Goal: the cashier and the panel need no mouse. Method: Tab goes round inside the sheet, digits and
/// Backspace type, Esc leaves and gives the focus back; arrows go from tab to tab.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask soak"]
async fn the_cashier_and_the_panel_are_worked_by_keys_alone() {
    let simulator = Simulator::start().await;
    simulator.order("native", "BROWSER_KEYS_1", 1990).await;
    let phone = Phone::open(simulator.phone_url(), "en", 1280).await;
    phone.tap("tool-scanner").await;
    phone.tap("scan-BROWSER_KEYS_1").await;
    phone.see("cashier-key-1").await;
    assert_eq!(phone.focused().await, "cashier-key-1", "the sheet takes the focus");
    let mut stops = Vec::new();
    for _ in 0..14 {
        phone.key(Key::Tab).await;
        stops.push(phone.focused().await);
    }
    assert!(stops.iter().all(|stop| stop.starts_with("cashier-") || stop.is_empty()), "{stops:?}");
    assert!(stops.contains(&"cashier-close".to_owned()), "{stops:?}");
    phone.press("12").await;
    phone.key(Key::Backspace).await;
    let filled = "return document.querySelectorAll('[data-testid=cashier-pin] .on').length";
    assert_eq!(phone.ask_page(filled).await, 1);
    phone.key(Key::Escape).await;
    phone.vanishes("cashier").await;
    assert_eq!(phone.focused().await, "scan-BROWSER_KEYS_1", "where it was before");

    phone.tap("tab-orders").await;
    phone.key(Key::Right).await;
    assert_eq!(phone.focused().await, "tab-inspector");
    phone.key(Key::Left).await;
    phone.key(Key::Left).await;
    assert_eq!(phone.focused().await, "tab-world");
    phone.close().await;
}
