//! Opening and closing the four of them, in the order in which they need each other.

use std::time::Duration;

use serde_json::{Value, json};
use suanpan_server::{
    Server, SystemNonces,
    config::{ApiKey, Environment},
};
use suanpan_simulator::{Addresses, Simulator};
use suanpan_store::SqliteStore;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::{
    DemoArguments,
    books::{DemoBooks, Endpoint, Remembered},
    fixture::{ACCOUNT, Fixture},
};
use crate::failure::Failure;

/// Everything that runs.
pub(crate) struct Hall {
    simulator: suanpan_simulator::Running,
    server: suanpan_server::Running<SqliteStore>,
    shop_url: String,
    close_shop: oneshot::Sender<()>,
    shop: JoinHandle<Result<(), suanpan_shop::ShopError>>,
    remembered: Remembered,
    endpoint: Endpoint,
}

pub(crate) async fn open(arguments: DemoArguments) -> Result<Hall, Failure> {
    let books = DemoBooks::open(&arguments.data)?;
    let mut remembered = match books.read()? {
        Some(remembered) => remembered,
        None => first_start(&books)?,
    };
    let shop_listener = TcpListener::bind(arguments.shop).await.map_err(|error| {
        Failure::of(&format!("the shop cannot listen on {}", arguments.shop), &error)
            .hint("is a demo running already? every address can be changed, see --help")
    })?;
    let shop_url = format!("http://{}", local(&shop_listener)?);

    step("模拟微信 simulator");
    let simulator = start_simulator(&arguments).await?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .map_err(|error| Failure::of("no HTTP client", &error))?;
    let fixture = fetch_fixture(&client, simulator.addresses()).await?;

    step("收款服务 server");
    let config = fixture.server_config(
        arguments.server,
        arguments.data.join("server"),
        simulator.addresses(),
        &remembered,
    );
    let server = Server::start(config)
        .await
        .map_err(|error| Failure::of("the server does not start", &error))?;
    let server_url = server.url();

    step("示例商店 shop");
    let webhooks = format!("{shop_url}/webhooks");
    let known = remembered.endpoint.clone().filter(|endpoint| endpoint.url == webhooks);
    let endpoint = match known {
        Some(endpoint) => endpoint,
        None => create_endpoint(&client, &server_url, &remembered.api_key, webhooks).await?,
    };
    remembered.endpoint = Some(endpoint.clone());
    books.write(&remembered)?;
    let (close_shop, closed) = oneshot::channel();
    let config = suanpan_shop::Config {
        suanpan_url: server_url,
        api_key: remembered.api_key.clone(),
        webhook_secret: endpoint.secret.clone(),
        books: arguments.data.join("shop.json"),
    };
    let shop = tokio::spawn(suanpan_shop::serve(shop_listener, config, async {
        // A dropped sender means the same: close.
        closed.await.unwrap_or(());
    }));
    Ok(Hall { simulator, server, shop_url, close_shop, shop, remembered, endpoint })
}

impl Hall {
    /// Addresses, API key and webhook secret.
    pub(crate) fn to_json(&self) -> Value {
        let simulator = self.simulator.addresses();
        json!({
            "phone": format!("http://{}", simulator.management),
            "server": self.server.url(),
            "shop": self.shop_url,
            "simulator": {
                "protocol": format!("http://{}", simulator.protocol),
                "proxy": format!("http://{}", simulator.proxy),
                "management": format!("http://{}", simulator.management),
            },
            "api_key": self.remembered.api_key,
            "webhook_secret": self.endpoint.secret,
        })
    }

    /// Closes the shop first, then the server, then the world they live in.
    pub(crate) async fn close(self) {
        drop(self.close_shop);
        match self.shop.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the shop did not close well"),
            Err(error) => tracing::error!(%error, "the shop did not close well"),
        }
        self.server.stop().await;
        self.simulator.shutdown().await;
    }
}

fn first_start(books: &DemoBooks) -> Result<Remembered, Failure> {
    let key = ApiKey::mint(Environment::Simulator, ACCOUNT, &SystemNonces)
        .map_err(|error| Failure::of("no API key", &error))?;
    let remembered = Remembered {
        api_key: key.expose().to_owned(),
        api_key_sha256: key.sha256.clone(),
        endpoint: None,
    };
    books.write(&remembered)?;
    Ok(remembered)
}

async fn start_simulator(arguments: &DemoArguments) -> Result<suanpan_simulator::Running, Failure> {
    let config = suanpan_simulator::Config {
        protocol: arguments.protocol,
        proxy: arguments.proxy,
        management: arguments.management,
        data: Some(arguments.data.join("simulator")),
        ..suanpan_simulator::Config::default()
    };
    Simulator::start(config).await.map_err(|error| {
        Failure::of("the simulator does not start", &error)
            .hint("is a demo running already? every address can be changed, see --help")
    })
}

async fn fetch_fixture(client: &reqwest::Client, simulator: Addresses) -> Result<Fixture, Failure> {
    let failed = |error: &reqwest::Error| Failure::of("the simulator has no fixture", error);
    let url = format!("http://{}/api/fixture", simulator.management);
    let answer = client.get(url).send().await.map_err(|error| failed(&error))?;
    let body = answer.bytes().await.map_err(|error| failed(&error))?;
    serde_json::from_slice(&body).map_err(|error| Failure::of("the fixture cannot be read", &error))
}

/// `POST /v1/webhook_endpoints`, as any merchant's backend would.
async fn create_endpoint(
    client: &reqwest::Client,
    server_url: &str,
    api_key: &str,
    url: String,
) -> Result<Endpoint, Failure> {
    #[derive(serde::Deserialize)]
    struct Created {
        secret: String,
    }
    let failed = |error: &reqwest::Error| Failure::of("no webhook endpoint", error);
    let answer = client
        .post(format!("{server_url}/v1/webhook_endpoints"))
        .bearer_auth(api_key)
        .header("content-type", "application/json")
        .body(json!({ "url": url, "events": [] }).to_string())
        .send()
        .await
        .map_err(|error| failed(&error))?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(|error| failed(&error))?;
    match serde_json::from_slice::<Created>(&body) {
        Ok(created) => Ok(Endpoint { url, secret: created.secret }),
        Err(_) => {
            let detail = String::from_utf8_lossy(&body).into_owned();
            Err(Failure::new(format!(
                "no webhook endpoint: the server answered {status}: {detail}"
            )))
        }
    }
}

fn local(listener: &TcpListener) -> Result<std::net::SocketAddr, Failure> {
    listener.local_addr().map_err(|error| Failure::of("the shop has no address", &error))
}

fn step(what: &str) {
    eprintln!("▸ {what}");
}
