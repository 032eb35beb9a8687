//! What WeChat asks on behalf of a mini program, and the messages that come of it.

use std::path::Path;

use serde_json::json;

use crate::{phone::Phone, simulator::Simulator};

/// The template that every app has in its console.
const TEMPLATE: &str = "5ua9pan0rderPaidTemplate0000000000000000001";

const PAGE_WXML: &str = "\
<view data-testid=\"where\">{{where}}</view>
<button data-testid=\"number\" open-type=\"getPhoneNumber\" bindgetphonenumber=\"onNumber\">手机号快速验证</button>
<button data-testid=\"subscribe\" bindtap=\"subscribe\">订阅</button>
<view data-testid=\"heard\">{{heard}}</view>
";

const PAGE_JS: &str = "\
Page({
  data: { where: '', heard: '' },
  onLoad({ id = '' }) { this.setData({ where: 'order ' + id }) },
  onNumber({ detail }) { this.setData({ heard: detail.errMsg + ' ' + (detail.code || '') }) },
  subscribe() {
    wx.requestSubscribeMessage({ tmplIds: ['TEMPLATE'], complete: (res) => this.setData({ heard: JSON.stringify(res) }) })
  },
})
";

fn write_program(folder: &Path) {
    let write = |path: &str, text: &str| {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder is made");
        std::fs::write(file, text).expect("a file is written");
    };
    write("app.json", r#"{"pages":["pages/home/home","pages/order/order"]}"#);
    write("app.js", "App({})");
    write("project.config.json", r#"{"projectname":"letters","appid":"touristappid"}"#);
    for page in ["home", "order"] {
        write(&format!("pages/{page}/{page}.wxml"), PAGE_WXML);
        write(&format!("pages/{page}/{page}.js"), &PAGE_JS.replace("TEMPLATE", TEMPLATE));
    }
}

/// Goal: a person's number and their leave to write go to the server only with their consent, and what the
/// server then writes is read on the phone and leads back. Method: each is refused once and allowed once, with
/// the server's own calls in between; the message opens the page it names.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_asks_for_the_number_and_for_leave_to_write() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_program(folder.path());
    let simulator = Simulator::start_with(Some(folder.path())).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 1280).await;
    phone.start_program().await;
    phone.tap_in_program("number").await;
    phone.read("question-title", "申请使用你的手机号").await;
    phone.shoot("zh-wide-phone-number").await;
    phone.tap("question-no").await;
    phone.see_in_program("heard", "getPhoneNumber:fail").await;
    phone.tap_in_program("number").await;
    phone.tap("question-yes").await;
    phone.see_in_program("heard", "getPhoneNumber:ok").await;
    let heard = phone.text_in_program("heard").await;
    let code = heard.split_whitespace().last().expect("a code");
    let body = json!({ "code": code });
    let told = simulator.post_as_mini_program("/wxa/business/getuserphonenumber", &body).await;
    let profile = simulator.read("/api/users/amei/profile").await;
    assert_eq!(told["phone_info"]["purePhoneNumber"], profile["phone_number"], "{told}");

    let message = json!({
        "template_id": TEMPLATE,
        "page": "pages/order/order?id=77",
        "data": {
            "character_string1": { "value": "ORDER77" },
            "thing2": { "value": "高山乌龙" },
            "amount3": { "value": "¥19.90" },
            "time4": { "value": "2026-03-01 12:00" },
        },
    });
    phone.tap_in_program("subscribe").await;
    phone.read("question", "订单支付成功通知").await;
    phone.tap("question-no").await;
    phone.see_in_program("heard", "\"reject\"").await;
    assert_eq!(simulator.send_to_amei(message.clone()).await["errcode"], 43101);
    phone.tap_in_program("subscribe").await;
    phone.tap("question-yes").await;
    phone.see_in_program("heard", "\"accept\"").await;
    assert_eq!(simulator.send_to_amei(message).await["errcode"], 0);

    phone.tap("close-program").await;
    phone.tap("tool-messages").await;
    phone.read("receipts", "ORDER77").await;
    phone.shoot("zh-wide-letters").await;
    phone.tap_letter().await;
    phone.see_in_program("where", "order 77").await;
    phone.close().await;
}
