//! Opening and closing the four of them, in the order in which they need each other.

use std::{net::SocketAddr, path::PathBuf};

use serde_json::{Value, json};
use suanpan_server::{Parts, Server, config::ApiKeyConfig};
use suanpan_shop::ShopError;
use suanpan_simulator::Simulator;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::memory::{Endpoint, Memory};
use crate::{
    arguments::DemoArguments,
    failure::Failure,
    fixture::{self, Fixture, local_client},
    phone,
};

/// The demo's one tenant.
const ACCOUNT: &str = "demo";

/// The server on its embedded database.
type RunningServer = suanpan_server::Running<suanpan_server::SqliteStore>;

/// Everything that runs.
pub(crate) struct Hall {
    simulator: suanpan_simulator::Running,
    server: RunningServer,
    shop: JoinHandle<Result<(), ShopError>>,
    close_shop: CancellationToken,
    shop_url: String,
    api_key: String,
    endpoint: Endpoint,
    has_phone: bool,
}

/// Starts what asks after what answers.
pub(crate) async fn open(arguments: &DemoArguments) -> Result<Hall, Failure> {
    let mut memory = Memory::open(&arguments.data, ACCOUNT)?;
    let ports = &mut memory.ports;
    let server_listener = listen(arguments.listen, &mut ports.server).await?;
    let shop_listener = listen(arguments.shop, &mut ports.shop).await?;
    let shop_url = format!("http://{}", shop_listener.local_addr()?);
    step("模拟微信 simulator");
    let simulator = start_simulator(arguments, &mut memory).await?;
    memory.save()?;
    step("收款服务 server");
    let server = start_server(arguments, &memory, &simulator, server_listener).await?;
    step("示例商店 shop");
    let endpoint = endpoint(&mut memory, &server.url(), &shop_url).await?;
    if let Some(folder) = mini_program(arguments) {
        let ext = [("shop", shop_url.as_str()), ("server", &server.url())];
        phone::install(&simulator, None, folder, &ext)?;
    }
    let has_phone = has_phone(&simulator).await;
    let close_shop = CancellationToken::new();
    let config = suanpan_shop::Config {
        suanpan_url: server.url(),
        api_key: memory.api_key.clone(),
        webhook_secret: endpoint.secret.clone(),
        books: arguments.data.join("shop.json"),
    };
    let closed = close_shop.clone().cancelled_owned();
    let shop = tokio::spawn(suanpan_shop::serve(shop_listener, config, closed));
    let api_key = memory.api_key;
    Ok(Hall { simulator, server, shop, close_shop, shop_url, api_key, endpoint, has_phone })
}

impl Hall {
    /// Addresses, API key and webhook secret.
    pub(crate) fn describe(&self) -> Value {
        let simulator = self.simulator.addresses();
        json!({
            "phone": self.has_phone.then(|| format!("http://{}", simulator.management)),
            "server": self.server.url(),
            "shop": self.shop_url,
            "simulator": {
                "protocol": format!("http://{}", simulator.protocol),
                "proxy": format!("http://{}", simulator.proxy),
                "management": format!("http://{}", simulator.management),
                "tls": format!("https://{}", simulator.tls),
            },
            "api_key": self.api_key,
            "webhook_secret": self.endpoint.secret,
        })
    }

    /// Resolves when one of them cannot go on.
    pub(crate) async fn failed(&mut self) -> Failure {
        tokio::select! {
            reason = self.server.store_failed() => Failure::StoreFailed(reason),
            ended = &mut self.shop => match ended {
                Ok(Err(error)) => error.into(),
                Ok(Ok(())) | Err(_) => Failure::ShopEnded,
            },
        }
    }

    /// Closes who asks before who answers, so that nobody meets a closed door.
    pub(crate) async fn close(self) {
        self.close_shop.cancel();
        // `failed` may have seen its end already; then there is nothing left to wait for.
        if !self.shop.is_finished()
            && let Ok(Err(error)) = self.shop.await
        {
            tracing::error!(%error, "the shop did not close well");
        }
        self.server.stop().await;
        self.simulator.shutdown().await;
    }
}

async fn start_simulator(
    arguments: &DemoArguments,
    memory: &mut Memory,
) -> Result<suanpan_simulator::Running, Failure> {
    let (asked, ports) = (&arguments.addresses, &mut memory.ports);
    let config = suanpan_simulator::Config {
        protocol: drawn_before(asked.protocol, ports.protocol).await,
        proxy: drawn_before(asked.proxy, ports.proxy).await,
        management: drawn_before(asked.management, ports.management).await,
        tls: drawn_before(asked.tls, ports.tls).await,
        data: Some(arguments.data.join("simulator")),
        ..suanpan_simulator::Config::default()
    };
    let simulator = Simulator::start(config).await?;
    let addresses = simulator.addresses();
    ports.protocol = addresses.protocol.port();
    ports.proxy = addresses.proxy.port();
    ports.management = addresses.management.port();
    ports.tls = addresses.tls.port();
    Ok(simulator)
}

async fn start_server(
    arguments: &DemoArguments,
    memory: &Memory,
    simulator: &suanpan_simulator::Running,
    listener: TcpListener,
) -> Result<RunningServer, Failure> {
    let management_url = format!("http://{}", simulator.addresses().management);
    let fixture: Fixture = fixture::fetch(&management_url, None, fixture::HINT).await?;
    let mut account = fixture.account(ACCOUNT);
    let sha256 = memory.api_key_sha256.clone();
    account.api_keys.push(ApiKeyConfig { label: "shop".to_owned(), sha256 });
    let mut config = fixture.config(&management_url, account);
    config.data_dir = arguments.data.join("server");
    let parts = Parts { listener: Some(listener), ..Parts::default() };
    Ok(Server::start_with(config, parts).await?)
}

/// The shop's mini program: the one that was named, or the example where it lies.
fn mini_program(arguments: &DemoArguments) -> Option<PathBuf> {
    let example = || Some(PathBuf::from("examples/miniprogram")).filter(|folder| folder.is_dir());
    arguments.miniprogram.clone().or_else(example)
}

/// A program built without Node has no phone in it; everything else works, and the words say so.
async fn has_phone(simulator: &suanpan_simulator::Running) -> bool {
    let Ok(client) = local_client() else { return false };
    let page = client.get(format!("http://{}/", simulator.addresses().management)).send().await;
    page.is_ok_and(|page| page.status().is_success())
}

/// The shop's webhook endpoint: the known one, or one registered as any backend would.
async fn endpoint(
    memory: &mut Memory,
    server_url: &str,
    shop_url: &str,
) -> Result<Endpoint, Failure> {
    let url = format!("{shop_url}/webhooks");
    if let Some(known) = memory.endpoint.clone().filter(|known| known.url == url) {
        return Ok(known);
    }
    let failed = |reason: String| Failure::Answer {
        what: format!("POST {server_url}/v1/webhook_endpoints"),
        reason,
        hint: "start with another --data folder",
    };
    let client = local_client().map_err(|error| failed(error.to_string()))?;
    let answer = client
        .post(format!("{server_url}/v1/webhook_endpoints"))
        .bearer_auth(&memory.api_key)
        .header("content-type", "application/json")
        .body(json!({ "url": url }).to_string())
        .send()
        .await
        .map_err(|error| failed(error.to_string()))?;
    let body = answer.bytes().await.map_err(|error| failed(error.to_string()))?;
    let created: Value =
        serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
    let Some(secret) = created["secret"].as_str() else {
        return Err(failed(created["detail"].to_string()));
    };
    let endpoint = Endpoint { url, secret: secret.to_owned() };
    memory.endpoint = Some(endpoint.clone());
    memory.save()?;
    Ok(endpoint)
}

/// Listens; a port drawn by an earlier start is preferred to a new one.
async fn listen(asked: SocketAddr, remembered: &mut u16) -> Result<TcpListener, Failure> {
    let address = drawn_before(asked, *remembered).await;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| Failure::Listen { address: asked, source })?;
    *remembered = listener.local_addr()?.port();
    Ok(listener)
}

async fn drawn_before(asked: SocketAddr, port: u16) -> SocketAddr {
    let before = SocketAddr::new(asked.ip(), port);
    let is_free = asked.port() == 0 && port != 0 && TcpListener::bind(before).await.is_ok();
    if is_free { before } else { asked }
}

fn step(what: &str) {
    eprintln!("▸ {what}");
}
