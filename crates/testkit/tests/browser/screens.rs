//! The phone's own screens, with orders that a merchant's program has placed.

use crate::{phone::Phone, simulator::Simulator};

/// Goal: a Native order is paid by scanning, whichever way the code reaches the phone, and a dead
/// code says so. Method: two codes; one is tapped in the list, one is read from a picture, the
/// first is pasted once more after it was paid.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_scanned_from_the_list_from_a_picture_and_as_text() {
    let simulator = Simulator::start().await;
    let first = simulator.order("native", "BROWSER_NATIVE_1", 4500).await;
    let second = simulator.order("native", "BROWSER_NATIVE_2", 880).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 1280).await;
    phone.shoot("zh-wide-home").await;
    phone.tap("tool-scanner").await;
    phone.see("scan-BROWSER_NATIVE_1").await;
    phone.shoot("zh-wide-scanner").await;
    phone.tap("scan-BROWSER_NATIVE_1").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    assert_eq!(simulator.trade_state("BROWSER_NATIVE_1").await, "SUCCESS");

    let picture = picture_of(second["code_url"].as_str().expect("a code_url"));
    phone.choose_file("scan-file", picture.path()).await;
    phone.read("cashier-amount", "8.80").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    assert_eq!(simulator.trade_state("BROWSER_NATIVE_2").await, "SUCCESS");

    phone.fill_in("scan-text", first["code_url"].as_str().expect("a code_url")).await;
    phone.tap("scan-go").await;
    phone.read("cashier-refusal", "已支付").await;
    phone.shoot("zh-wide-scanner-refused").await;
    phone.tap("cashier-refusal-ok").await;
    phone.fill_in("scan-text", "只是文字").await;
    phone.tap("scan-go").await;
    phone.read("scan-result", "只是文字").await;
    phone.close().await;
}

/// Goal: the code a person shows pays at the till, once. Method: the digits are read off the screen
/// and charged; then the screen must show another code, and the wallet what was paid.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_code_is_charged_and_gives_way_to_another() {
    let simulator = Simulator::start().await;
    let phone = Phone::open(simulator.phone_url(), "zh", 360).await;
    phone.tap("tool-payment_code").await;
    phone.see("code-qr").await;
    phone.shoot("zh-narrow-payment-code").await;
    let shown = phone.text("auth-code").await;
    let auth_code: String = shown.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(auth_code.len(), 18, "{shown}");
    let paid = simulator.charge(&auth_code, "BROWSER_CODE_1", 2580).await;
    assert_eq!(paid["trade_state"], "SUCCESS", "{paid}");
    phone.says_other_than("auth-code", &shown).await;
    phone.tap("home-button").await;
    phone.read("balance", "974.20").await;
    phone.close().await;
}

/// Goal: what was paid shows in the wallet and among the messages, for the person who paid and for
/// nobody else. Method: an App order paid by one person on a narrow English phone; the person
/// before and after.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_paid_and_the_wallet_tells_whose_money_it_was() {
    let simulator = Simulator::start().await;
    let order = simulator.order("app", "BROWSER_APP_1", 12_345).await;
    let params = simulator.app_params(order["prepay_id"].as_str().expect("a prepay_id"));
    let phone = Phone::open(simulator.phone_url(), "en", 360).await;
    phone.shoot("en-narrow-home").await;
    phone.tap("user-switcher").await;
    phone.tap("user-bo").await;
    phone.shoot("en-narrow-users").await;
    phone.tap("home-button").await;

    phone.tap("tool-app_payment").await;
    let mut forged = params.clone();
    forged["noncestr"] = "another".into();
    phone.fill_in("app-params", &forged.to_string()).await;
    phone.tap("app-pay").await;
    phone.read("cashier-refusal", "支付签名验证失败").await;
    phone.tap("cashier-refusal-ok").await;
    phone.read("app-result", "-1").await;
    phone.fill_in("app-params", &params.to_string()).await;
    phone.shoot("en-narrow-app").await;
    phone.tap("app-pay").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.read("app-result", "\"errCode\": 0").await;
    phone.tap("home-button").await;

    phone.tap("tool-wallet").await;
    phone.read("wallet-balance", "876.55").await;
    phone.read("wallet-history", "−123.45").await;
    phone.shoot("en-narrow-wallet").await;
    phone.tap("home-button").await;
    phone.tap("tool-messages").await;
    phone.read("receipts", "123.45").await;
    phone.shoot("en-narrow-messages").await;
    phone.tap("home-button").await;
    phone.tap("user-switcher").await;
    phone.tap("user-amei").await;
    phone.tap("home-button").await;
    phone.read("balance", "1,000.00").await;
    phone.close().await;
}

/// A picture file of a QR code.
fn picture_of(text: &str) -> tempfile::NamedTempFile {
    let code = fast_qr::QRBuilder::new(text).build().expect("a short text fits into a code");
    let svg = fast_qr::convert::svg::SvgBuilder::default().to_str(&code);
    // Browsers decode SVG files only with a size.
    let svg = svg.replacen("<svg ", "<svg width=\"400\" height=\"400\" ", 1);
    let file = tempfile::Builder::new().suffix(".svg").tempfile().expect("a temporary file");
    std::fs::write(file.path(), svg).expect("a file can be written");
    file
}
