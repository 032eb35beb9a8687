//! The program under test, as a user starts it.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// A running `suanpan demo`.
pub(crate) struct Demo {
    process: Child,
    addresses: Value,
    client: reqwest::Client,
    _data: tempfile::TempDir,
}

impl Demo {
    pub(crate) fn start() -> Self {
        Self::start_with(&repository().join("examples/miniprogram"))
    }

    /// With another program on the phone.
    pub(crate) fn start_with(miniprogram: &Path) -> Self {
        let data = tempfile::tempdir().expect("a folder for the demo");
        let any = "127.0.0.1:0";
        let mut process = Command::new(binary())
            .args(["demo", "--json", "--data"])
            .arg(data.path())
            .args(["--listen", any, "--shop", any, "--protocol", any, "--proxy", any])
            .args(["--tls", any, "--management", any, "--miniprogram"])
            .arg(miniprogram)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo can be started");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the demo prints one line");
        let addresses = serde_json::from_str(&line).expect("the demo prints its addresses as JSON");
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { process, addresses, client, _data: data }
    }

    pub(crate) fn phone_url(&self) -> &str {
        self.address("/phone")
    }

    /// Every `out_trade_no` WeChat knows, sorted.
    pub(crate) async fn numbers_at_wechat(&self) -> Vec<String> {
        let url = format!("{}/api/orders", self.address("/simulator/management"));
        let answer = self.get(&url, None).await;
        let orders = answer["orders"].as_array().expect("a list of orders");
        let mut numbers: Vec<_> = orders
            .iter()
            .map(|order| order["out_trade_no"].as_str().expect("a number").to_owned())
            .collect();
        numbers.sort();
        numbers
    }

    /// The state of every order, by the merchant API.
    pub(crate) async fn order_states(&self) -> Vec<String> {
        let url = format!("{}/v1/orders", self.address("/server"));
        let answer = self.get(&url, Some(self.address("/api_key"))).await;
        let orders = answer["orders"].as_array().expect("a list of orders");
        orders.iter().map(|order| order["state"].as_str().expect("a state").to_owned()).collect()
    }

    async fn get(&self, url: &str, api_key: Option<&str>) -> Value {
        let mut request = self.client.get(url);
        if let Some(api_key) = api_key {
            request = request.bearer_auth(api_key);
        }
        let answer = request.send().await.expect("the demo answers");
        let body = answer.bytes().await.expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    fn address(&self, pointer: &str) -> &str {
        self.addresses.pointer(pointer).and_then(Value::as_str).expect("printed by the demo")
    }

    /// Asks it to stop, as Ctrl-C does, and expects it to end well.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        assert!(asked.expect("kill can be started").success());
        assert!(self.process.wait().expect("the demo ends").success(), "the demo stops cleanly");
    }
}

/// A failed test must not leave a server behind.
impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The binary beside this test's own: `target/debug/suanpan`.
pub(crate) fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a file");
    let binary =
        test.parent().and_then(|deps| deps.parent()).expect("target/debug/deps").join("suanpan");
    assert!(
        binary.is_file(),
        "{} is missing; build it: cargo xtask assets && cargo build --features suanpan-simulator/phone -p suanpan",
        binary.display()
    );
    binary
}
