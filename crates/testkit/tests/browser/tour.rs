//! Every screen in every dress, to be looked at: two languages, two widths, by day and by night.

use crate::{phone::Phone, simulator::Simulator};

/// Chromium's word for a system that is dark.
const DARK: &str = "--blink-settings=preferredColorScheme=0";

const TOOLS: [&str; 8] = [
    "wechat_browser",
    "mobile_browser",
    "scanner",
    "payment_code",
    "app_payment",
    "wallet",
    "messages",
    "users",
];

const TABS: [&str; 5] = ["orders", "inspector", "faults", "people", "world"];

/// Wider than the window, or pressed by nothing a screen reader could name.
const FLAWS: &str = "\
const flaws = [];
const { scrollWidth, clientWidth } = document.documentElement;
if (scrollWidth > clientWidth) flaws.push(`wider than the window by ${scrollWidth - clientWidth}`);
for (const element of document.querySelectorAll('button, a, input, select, textarea, summary')) {
  if (!element.checkVisibility()) continue;
  const { right, width } = element.getBoundingClientRect();
  const what = element.dataset.testid || element.outerHTML.slice(0, 80);
  if (right > clientWidth + 1 && !element.closest('.tabs, .visually-hidden')) flaws.push(`cut off: ${what}`);
  if (width < 24 && !element.matches('[type=checkbox], [type=radio], [type=file]')) flaws.push(`narrow: ${what}`);
  const named = element.getAttribute('aria-label') || element.textContent.trim() || element.labels?.length;
  if (!named) flaws.push(`nameless: ${what}`);
}
return flaws;";

async fn look(phone: &Phone, dress: &str, name: &str) {
    let flaws = phone.ask_page(FLAWS).await;
    phone.shoot(&format!("tour-{dress}-{name}")).await;
    assert_eq!(flaws, serde_json::json!([]), "{name} in {dress}");
}

/// Goal: no screen is wider than its window or holds a nameless control, whatever the language, the width and
/// the light. Method: every screen of the phone, the cashier's, and every part of the panel is opened in each
/// of eight dresses; pictures of all of them are kept.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask soak"]
async fn every_screen_fits_in_every_dress() {
    for (language, width, is_dark) in [
        ("zh", 360, false),
        ("zh", 360, true),
        ("zh", 1280, false),
        ("zh", 1280, true),
        ("en", 360, false),
        ("en", 360, true),
        ("en", 1280, false),
        ("en", 1280, true),
    ] {
        let light = if is_dark { "dark" } else { "light" };
        tour(language, width, is_dark, &format!("{language}-{width}-{light}")).await;
    }
}

async fn tour(language: &str, width: u32, is_dark: bool, dress: &str) {
    let simulator = Simulator::start().await;
    let paid = simulator.order("native", "TOUR_PAID", 1990).await;
    simulator.order("native", "TOUR_DEAR", 256_000).await;
    let flags: &[&str] = if is_dark { &[DARK] } else { &[] };
    let phone = Phone::open_with(simulator.phone_url(), language, width, flags).await;
    let is_wide = width > 860;
    look(&phone, dress, "home").await;

    phone.tap("tool-scanner").await;
    phone.fill_in("scan-text", paid["code_url"].as_str().expect("a code_url")).await;
    phone.tap("scan-go").await;
    phone.see("cashier-key-1").await;
    look(&phone, dress, "cashier").await;
    phone.enter_pin().await;
    look(&phone, dress, "cashier-paid").await;
    phone.tap("cashier-done").await;
    phone.tap("scan-TOUR_DEAR").await;
    phone.tap("cashier-method").await;
    look(&phone, dress, "cashier-methods").await;
    phone.tap("cashier-method-ICBC_CREDIT-0403").await;
    phone.type_pin("123456").await;
    phone.see("cashier-notice").await;
    look(&phone, dress, "cashier-notice").await;
    phone.tap("cashier-close").await;
    phone.fill_in("scan-text", paid["code_url"].as_str().expect("a code_url")).await;
    phone.tap("scan-go").await;
    phone.see("cashier-refusal").await;
    look(&phone, dress, "cashier-refusal").await;
    phone.tap("cashier-refusal-ok").await;
    phone.tap("home-button").await;

    for tool in TOOLS {
        phone.tap(&format!("tool-{tool}")).await;
        phone.see("home-button").await;
        if tool == "payment_code" {
            phone.see("code-qr").await;
        }
        look(&phone, dress, tool).await;
        phone.tap("home-button").await;
    }
    if !is_wide {
        phone.tap("open-panel").await;
    }
    phone.tap("tab-faults").await;
    phone.tap("faults-nasty").await;
    phone.see("fault-on-slow").await;
    phone.tap("advance-morning").await;
    for tab in TABS {
        phone.tap(&format!("tab-{tab}")).await;
        look(&phone, dress, &format!("panel-{tab}")).await;
    }
    phone.close().await;
}
