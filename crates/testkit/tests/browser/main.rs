//! A customer with a phone, in real Chromium, against the program people start: `suanpan demo`.
//!
//! Nothing is taken apart here. The binary is started with free ports and an empty data folder,
//! the phone is opened, and tea is bought with taps and a PIN. What the screen says is compared
//! with what the merchant API says. Screenshots are left in `target/screenshots` to be looked at.
//!
//! What is only slower, not more, is left to `cargo xtask soak`, which runs everything.

mod cards;
mod demo;
mod guests;
mod letters;
mod outside;
mod pages;
mod panel;
mod phone;
mod screens;
mod simulator;
mod tour;

use demo::Demo;
use phone::Phone;

/// Goal: the main job, end to end, and its commonest accident. Method: buy one thing; start to buy
/// another, leave the cashier, and pay for it after all. Both orders must be paid, and the second
/// must have used one number at WeChat for both visits to the cashier.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_buys_and_buys_again_after_changing_their_mind() {
    let demo = Demo::start();
    let phone = Phone::open(demo.phone_url(), "zh", 1280).await;
    phone.shoot("zh-wide-1-home").await;
    phone.start_program().await;
    phone.tap_in_program("buy-longjing").await;
    phone.see("cashier").await;
    phone.shoot("zh-wide-2-cashier").await;
    phone.enter_pin().await;
    phone.shoot("zh-wide-3-paid-in-the-cashier").await;
    phone.tap("cashier-done").await;
    phone.see_in_program("result", "支付成功").await;
    phone.shoot("zh-wide-4-paid").await;

    phone.tap_in_program("back-to-menu").await;
    phone.tap_in_program("buy-sample").await;
    phone.see("cashier").await;
    let first_visit = demo.numbers_at_wechat().await;
    phone.tap("cashier-close").await;
    phone.see_in_program("result", "未完成").await;
    phone.shoot("zh-wide-5-cancelled").await;
    phone.tap_in_program("pay-again").await;
    phone.see("cashier").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.see_in_program("result", "支付成功").await;
    phone.shoot("zh-wide-6-paid-after-all").await;

    assert_eq!(demo.numbers_at_wechat().await, first_visit, "the retry used the same numbers");
    assert_eq!(demo.order_states().await, ["paid", "paid"]);
    phone.close().await;
    demo.stop();
}

/// Goal: the same in English on a small screen. Method: one purchase with typed digits, the first
/// PIN wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_asked_again_on_a_small_screen_in_english() {
    let demo = Demo::start();
    let phone = Phone::open(demo.phone_url(), "en", 360).await;
    phone.shoot("en-narrow-1-home").await;
    phone.start_program().await;
    phone.tap_in_program("buy-jasmine-milk").await;
    phone.see("cashier").await;
    phone.type_pin("111111").await;
    phone.see("cashier-notice").await;
    phone.shoot("en-narrow-2-wrong-pin").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.see_in_program("result", "Payment successful").await;
    phone.shoot("en-narrow-3-paid").await;
    assert_eq!(demo.order_states().await, ["paid"]);
    phone.close().await;
    demo.stop();
}
