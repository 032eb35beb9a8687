//! Mini programs that are not ours: one with everything hard in it, and what uni-app and Taro build.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{demo::Demo, phone::Phone, simulator::Simulator};

/// Goal: the runtime is WeChat's where programs lean on it. Method: a program that says what happened
/// to it, touched everywhere: lists, templates, WXS, slots, relations, behaviors, two-way bindings,
/// caught taps, forms, selectors, channels, the depth of the page stack, the life of a component.
#[tokio::test(flavor = "multi_thread")]
async fn a_native_program_with_everything_hard_runs() {
    let simulator = Simulator::start_with(Some(&workshop())).await;
    let phone = Phone::open(simulator.phone_url(), "en", 420).await;
    phone.start_program().await;
    phone.see_in_program("group-0", "Leaves").await;
    phone.see_in_program("row-0-1", "black of leaves").await;
    phone.tap_in_program("row-0-1").await;
    phone.see_in_program("title", "a black 1").await;
    phone.tap_in_program("turn").await;
    phone.see_in_program("group-0", "Sugar").await;
    phone.see_in_program("row-1-0", "green of leaves").await;

    phone.tap_in_program("body").await;
    phone.see_in_program("title", "body of panel").await;
    phone.tap_in_program("measure").await;
    phone.see_in_program("title", "2 groups, 33 px").await;

    phone.see_in_program("beads", "1 beads").await;
    for _ in 0..3 {
        phone.tap_in_program("more").await;
    }
    phone.see_in_program("counted", "2 doubled is 4").await;
    phone.see_in_program("cups", "2 cups").await;
    phone.see_in_program("beads", "2 beads").await;

    for touched in ["caught", "disabled", "let-go", "kept"] {
        phone.tap_in_program(touched).await;
    }
    phone.hold_in_program("held", ("title", "held with 1 finger, held")).await;
    phone.see_in_program("taps", "1 outer, 3 inner").await;
    phone.tap_in_program("held").await;
    phone.see_in_program("taps", "1 outer, 4 inner").await;

    phone.fill_in_program("name", "Bo").await;
    phone.see_in_program("name-now", "Bo!").await;
    phone.tap_in_program("hot-label").await;
    phone.tap_in_program("submit").await;
    phone.see_in_program("title", r#"{"who":"amei","hot":true}"#).await;
    phone.tap_in_program("unknown").await;
    let refused = "chooseImage:fail not supported by simulator; window is undefined";
    phone.see_in_program("title", refused).await;
    phone.shoot("en-narrow-workshop").await;

    phone.tap_in_program("descend").await;
    phone.see_in_program("from", "from list with a long rope").await;
    phone.tap_in_program("dig").await;
    phone.see_in_program("failure", "navigateTo:fail webview count limit exceed").await;
    phone.see_in_program("depth", "floor 10").await;
    phone.tap_in_program("climb").await;
    phone.see_in_program("title", "climbed from floor 2").await;
    phone.tap_in_program("tab-1").await;
    phone.see_in_program("log", "created behavior attached show ready hide show hide").await;
    phone.close().await;
}

/// Goal: whoever saves a file sees it on the phone; a mistake is shown with its place, and mending it
/// is enough. Method: a copy of the program, edited, broken and mended while it runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_compiled_anew_when_its_files_change() {
    let folder = tempfile::tempdir().expect("a folder for the program");
    copy(&workshop(), folder.path());
    let page = folder.path().join("pages/list/list.wxml");
    let written = fs::read_to_string(&page).expect("the page");
    let simulator = Simulator::start_with(Some(folder.path())).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 420).await;
    phone.start_program().await;
    phone.see_in_program("cups", "1 cups").await;

    fs::write(&page, written.replace("{{cups}} cups", "{{cups}} mugs")).expect("saved");
    phone.see_in_program_anew("cups", "1 mugs").await;

    fs::write(&page, format!("<view>\n  {{{{ cups + }}}}\n</view>\n{written}")).expect("saved");
    phone.see_in_program_anew("program-failure", "pages/list/list.wxml:2:").await;
    phone.shoot("zh-narrow-does-not-compile").await;

    fs::write(&page, &written).expect("saved");
    phone.see_in_program_anew("cups", "1 cups").await;
    phone.tap_in_program("more").await;
    phone.see_in_program("cups", "2 cups").await;
    phone.close().await;
}

/// Goal: a uni-app shop lives as it would in WeChat. Method: its build, the whole script, then what
/// only it has: a search, a component with `v-model`, a form, a subpackage.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "npm installs and builds for minutes; `cargo xtask soak` does, and runs this"]
async fn what_uni_app_builds_sells_tea() {
    let demo = Demo::start_with(&example("uni-app/dist/build/mp-weixin"));
    let phone = Phone::open(demo.phone_url(), "zh", 420).await;
    phone.start_program().await;
    phone.fill_in_program("search", "咖啡").await;
    phone.see_in_program("none-found", "没有这样的茶").await;
    phone.fill_in_program("search", "龙井").await;
    buy_after_changing_ones_mind(&phone, &demo, "uni-app").await;

    phone.tap_in_program("details-longjing").await;
    phone.tap_in_program("more").await;
    phone.see_in_program("count", "2").await;
    phone.fill_in_program("note", "少冰").await;
    phone.see_in_program("note-length", "2/60").await;
    phone.see_in_program("buy", "¥36.00").await;
    phone.tap_in_program("buy").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.see_in_program("result", "支付成功").await;
    phone.see_in_program("order-note", "少冰").await;
    phone.tap_in_program("back-to-menu").await;
    phone.tap_in_program("tab-1").await;
    phone.see_in_program("order-1", "支付成功").await;
    phone.tap_in_program("guide").await;
    phone.tap_in_program("step-1").await;
    phone.see_in_program("brewed", "20% · ✓").await;
    assert_eq!(demo.order_states().await, ["paid", "paid"]);
    phone.close().await;
    demo.stop();
}

/// Goal: a Taro shop lives as it would in WeChat. Method: its build, the whole script, with the switch
/// and the list that only it has.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "npm installs and builds for minutes; `cargo xtask soak` does, and runs this"]
async fn what_taro_builds_sells_tea() {
    let demo = Demo::start_with(&example("taro"));
    let phone = Phone::open(demo.phone_url(), "zh", 420).await;
    phone.start_program().await;
    phone.fill_in_program("search", "咖啡").await;
    phone.see_in_program("none-found", "没有这样的茶").await;
    phone.fill_in_program("search", "龙井").await;
    phone.tap_in_program("gift").await;
    phone.see_in_program("gift-hint", "礼物").await;
    buy_after_changing_ones_mind(&phone, &demo, "taro").await;
    phone.tap_in_program("tab-1").await;
    phone.see_in_program("order-0", "支付成功").await;
    phone.tap_in_program("order-0").await;
    phone.see_in_program("order-gift", "礼盒包装").await;
    assert_eq!(demo.order_states().await, ["paid"]);
    phone.close().await;
    demo.stop();
}

/// Login, order, cashier, second thoughts, the same order paid after all.
async fn buy_after_changing_ones_mind(phone: &Phone, demo: &Demo, name: &str) {
    phone.shoot(&format!("zh-narrow-{name}-menu")).await;
    phone.tap_in_program("buy-longjing").await;
    phone.see("cashier").await;
    let first_visit = demo.numbers_at_wechat().await;
    phone.tap("cashier-close").await;
    phone.see_in_program("result", "未完成").await;
    phone.tap_in_program("pay-again").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.see_in_program("result", "支付成功").await;
    phone.shoot(&format!("zh-narrow-{name}-paid")).await;
    assert_eq!(demo.numbers_at_wechat().await, first_visit, "the retry used the same number");
    phone.tap_in_program("back-to-menu").await;
}

fn workshop() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/browser/workshop")
}

fn example(path: &str) -> PathBuf {
    crate::demo::repository().join("examples").join(path)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
