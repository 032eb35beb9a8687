//! `suanpan simulate` as a merchant's developer has it: the phone in front, signed calls from behind.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use suanpan_wechat::{
    Timestamp,
    id::{Mchid, NonceStr},
    key::MerchantKey,
    sign::{Signer as _, request_message},
};

use crate::demo::binary;

/// A running `suanpan simulate`, and a merchant who uses it.
pub(crate) struct Simulator {
    process: Child,
    protocol: String,
    management: String,
    client: reqwest::Client,
    fixture: Value,
    key: MerchantKey,
}

impl Simulator {
    /// Starts it with a fixed seed, so that screenshots of two runs can be compared.
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    /// With a mini program on the phone.
    pub(crate) async fn start_with(miniprogram: Option<&Path>) -> Self {
        let any = "127.0.0.1:0";
        let mut process = Command::new(binary())
            .args(["simulate", "--json", "--seed", "1", "--protocol", any, "--proxy", any])
            .args(["--tls", any, "--management", any])
            .args(miniprogram.iter().flat_map(|folder| [Path::new("--miniprogram"), *folder]))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator can be started");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the simulator prints one line");
        let addresses: Value = serde_json::from_str(&line).expect("it prints JSON");
        let address = |name: &str| addresses[name].as_str().expect("an address").to_owned();
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let management = address("management");
        let fixture = client.get(format!("{management}/api/fixture")).send().await;
        let fixture = fixture.expect("it answers").bytes().await.expect("a body");
        let fixture: Value = serde_json::from_slice(&fixture).expect("JSON");
        let merchant = &fixture["merchants"][0];
        let text = |name: &str| merchant[name].as_str().expect("a member of the fixture");
        let mchid = Mchid::new(text("mchid")).expect("an mchid");
        let key = MerchantKey::from_pem(mchid, text("private_key_pem"), text("certificate_pem"))
            .expect("a key of the pool");
        Self { process, protocol: address("protocol"), management, client, fixture, key }
    }

    pub(crate) fn phone_url(&self) -> &str {
        &self.management
    }

    /// The appid of the standard app of this kind.
    pub(crate) fn appid(&self, kind: &str) -> String {
        let apps = self.fixture["apps"].as_array().expect("a list of apps");
        let app = apps.iter().find(|app| app["kind"] == kind).expect("an app of each kind");
        app["appid"].as_str().expect("an appid").to_owned()
    }

    /// Places an order for `front_end` (`native`, `h5`, `app`, …) and gives back WeChat's answer.
    pub(crate) async fn order(&self, front_end: &str, out_trade_no: &str, total: i64) -> Value {
        let kind = match front_end {
            "app" => "app",
            "jsapi" => "official_account",
            _ => "miniprogram",
        };
        let mut body = json!({
            "appid": self.appid(kind),
            "mchid": self.key.mchid(),
            "description": "高山乌龙 250 克",
            "out_trade_no": out_trade_no,
            "notify_url": "https://shop.example/notify",
            "amount": { "total": total, "currency": "CNY" },
        });
        if front_end == "h5" {
            body["scene_info"] =
                json!({ "payer_client_ip": "14.23.150.211", "h5_info": { "type": "Wap" } });
        }
        if front_end == "jsapi" {
            body["payer"] = json!({ "openid": self.openid("amei", &self.appid(kind)) });
        }
        self.call(&format!("/v3/pay/transactions/{front_end}"), &body).await
    }

    /// Charges the payment code that somebody shows at the till.
    pub(crate) async fn charge(&self, auth_code: &str, out_trade_no: &str, total: i64) -> Value {
        let body = json!({
            "appid": self.appid("miniprogram"),
            "mchid": self.key.mchid(),
            "description": "高山乌龙 250 克",
            "out_trade_no": out_trade_no,
            "payer": { "auth_code": auth_code },
            "amount": { "total": total },
            "scene_info": { "device_ip": "14.23.150.211", "store_info": { "out_id": "A1" } },
        });
        self.call("/v3/pay/transactions/codepay", &body).await
    }

    async fn access_token(&self, kind: &str) -> String {
        let apps = self.fixture["apps"].as_array().expect("a list of apps");
        let app = apps.iter().find(|app| app["kind"] == kind).expect("an app of each kind");
        let text = |name: &str| app[name].as_str().expect("a text");
        let token = self
            .open_platform(&format!(
                "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
                text("appid"),
                text("app_secret")
            ))
            .await;
        token["access_token"].as_str().expect("a token").to_owned()
    }

    /// The mini program's server sends a message that amei has let in, and asks for her number.
    pub(crate) async fn send_to_amei(&self, message: Value) -> Value {
        let mut body = message;
        body["touser"] = self.openid("amei", &self.appid("miniprogram")).into();
        self.post_as_mini_program("/cgi-bin/message/subscribe/send", &body).await
    }

    /// A call of the mini program's server.
    pub(crate) async fn post_as_mini_program(&self, path: &str, body: &Value) -> Value {
        let token = self.access_token("miniprogram").await;
        let url = format!("{}{path}?access_token={token}", self.protocol);
        let answer = self.client.post(url).body(body.to_string()).send().await;
        let body = answer.expect("WeChat answers").bytes().await.expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// A document of the management surface.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.management)).send().await;
        let body = answer.expect("it answers").bytes().await.expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Puts a changed world in the place of this one.
    pub(crate) async fn replace_world(&self, state: &Value) {
        let request = self.client.put(format!("{}/api/state", self.management));
        let request = request.header("Content-Type", "application/json").body(state.to_string());
        let answer = request.send().await.expect("it answers");
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// The official account's ticket for `wx.config`.
    pub(crate) async fn jsapi_ticket(&self) -> String {
        let token = self.access_token("official_account").await;
        let path = format!("/cgi-bin/ticket/getticket?access_token={token}&type=jsapi");
        self.open_platform(&path).await["ticket"].as_str().expect("a ticket").to_owned()
    }

    async fn open_platform(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.protocol)).send().await;
        let body = answer.expect("WeChat answers").bytes().await.expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Pays money in and offers a part of it to amei; gives back what the page is given.
    pub(crate) async fn offer_transfer(&self, out_bill_no: &str, amount: i64) -> Value {
        let mchid = self.key.mchid().to_string();
        let url = format!("{}/api/merchants/{mchid}/deposit", self.management);
        let request = self.client.post(url).header("Content-Type", "application/json");
        let deposit = json!({ "amount_fen": 100_000 }).to_string();
        let answer = request.body(deposit).send().await.expect("the simulator answers");
        assert!(answer.status().is_success());
        let appid = self.appid("official_account");
        let body = json!({
            "appid": appid,
            "out_bill_no": out_bill_no,
            "transfer_scene_id": "1000",
            "openid": self.openid("amei", &appid),
            "transfer_amount": amount,
            "transfer_remark": "新会员开通有礼",
            "transfer_scene_report_infos": [
                {"info_type": "活动名称", "info_content": "新会员有礼"},
                {"info_type": "奖励说明", "info_content": "注册会员抽奖一等奖"},
            ],
        });
        let bill = self.call("/v3/fund-app/mch-transfer/transfer-bills", &body).await;
        json!({ "mchId": mchid, "appId": appid, "package": bill["package_info"] })
    }

    fn openid(&self, user: &str, appid: &str) -> String {
        let users = self.fixture["users"].as_array().expect("a list of users");
        let user = users.iter().find(|known| known["name"] == user).expect("a standard user");
        user["openids"][appid].as_str().expect("an openid in every app").to_owned()
    }

    /// The parameters that a page hands to `WeixinJSBridge`.
    pub(crate) fn page_params(&self, prepay_id: &str) -> Value {
        let appid = self.appid("official_account");
        let (time_stamp, nonce_str) = ("1790000000", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
        let package = format!("prepay_id={prepay_id}");
        let message = format!("{appid}\n{time_stamp}\n{nonce_str}\n{package}\n");
        json!({
            "appId": appid,
            "timeStamp": time_stamp,
            "nonceStr": nonce_str,
            "package": package,
            "signType": "RSA",
            "paySign": self.key.sign(message.as_bytes()).to_string(),
        })
    }

    /// The parameters that a mobile app hands to the open SDK.
    pub(crate) fn app_params(&self, prepay_id: &str) -> Value {
        let appid = self.appid("app");
        let (timestamp, noncestr) = ("1790000000", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
        let message = format!("{appid}\n{timestamp}\n{noncestr}\n{prepay_id}\n");
        json!({
            "appid": appid,
            "partnerid": self.key.mchid(),
            "prepayid": prepay_id,
            "package": "Sign=WXPay",
            "noncestr": noncestr,
            "timestamp": timestamp,
            "sign": self.key.sign(message.as_bytes()).to_string(),
        })
    }

    /// The trade state of an order, as the management surface lists it.
    pub(crate) async fn trade_state(&self, out_trade_no: &str) -> String {
        let list = self.read("/api/orders").await;
        let orders = list["orders"].as_array().expect("a list of orders");
        let order = orders.iter().find(|order| order["out_trade_no"] == out_trade_no);
        order.expect("a known order")["trade_state"].as_str().expect("a state").to_owned()
    }

    async fn call(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let now = std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs();
        let now = Timestamp::from_unix(i64::try_from(now).expect("a clock before the year 292e9"));
        let nonce = NonceStr::new("593BEC0C930BF1AFEB40B4A08C8FB242").expect("a nonce");
        let message = request_message("POST", path, now, nonce.as_str(), body.as_bytes());
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{}\",timestamp=\"{}\",serial_no=\"{}\"",
            self.key.mchid(),
            self.key.sign(&message),
            now.unix(),
            self.key.serial_no(),
        );
        let request = self.client.post(format!("{}{path}", self.protocol)).body(body);
        let answer = request
            .header("Accept", "application/json")
            .header("User-Agent", "suanpan-testkit")
            .header("Content-Type", "application/json")
            .header("Authorization", authorization)
            .send()
            .await
            .expect("WeChat answers");
        let (status, body) = (answer.status(), answer.bytes().await.expect("a body"));
        assert!(status.is_success(), "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON")
    }
}

/// A failed test must not leave a simulator behind.
impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
