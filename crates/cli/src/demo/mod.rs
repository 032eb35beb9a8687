//! Everything in one process, kept between starts: the same world, keys, users, clock and orders.

mod memory;
mod report;

use std::{net::SocketAddr, path::Path};

use suanpan_server::{
    Parts, Running as RunningServer, Server, SystemNonces,
    config::{ApiKey, ApiKeyConfig, Environment},
};
use suanpan_simulator::{Running as RunningSimulator, Simulator};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::{
    memory::{Memory, Webhook},
    report::Report,
};
use crate::{
    arguments::DemoArguments,
    failure::Failure,
    fixture::{Fixture, local_client},
    signals::Signals,
};

/// The demo's one tenant.
const ACCOUNT: &str = "demo";

/// Runs simulator, server, shop and phone until told to stop.
pub(crate) async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut memory = Memory::open(&arguments.data)?;
    let simulator = start_simulator(&arguments, &mut memory).await?;
    let management_url = format!("http://{}", simulator.addresses().management);
    // Both addresses are part of things that outlive this process: notifications of orders and
    // registered webhooks. So a port that was once drawn is asked for again.
    let server_listener = listen(arguments.listen, &mut memory.ports.server).await?;
    let shop_listener = listen(arguments.shop, &mut memory.ports.shop).await?;
    memory.save()?;
    let server = start_server(&arguments.data, &mut memory, &management_url, server_listener).await?;
    let shop_address = shop_listener.local_addr()?;
    let webhook = webhook(&mut memory, &server.url(), shop_address).await?;
    let shop_stop = CancellationToken::new();
    let shop = suanpan_shop::serve(
        shop_listener,
        suanpan_shop::Config {
            suanpan_url: server.url(),
            api_key: memory.api_key.clone(),
            webhook_secret: webhook.secret.clone(),
            books: arguments.data.join("shop.json"),
        },
        shop_stop.clone().cancelled_owned(),
    );
    let mut shop = tokio::spawn(shop);
    let addresses = simulator.addresses();
    let report = Report::new(addresses, server.address(), shop_address, &memory.api_key, &webhook);
    report.print(arguments.json);
    let failed = tokio::select! {
        () = signals.next() => None,
        reason = server.store_failed() => Some(Failure::StoreFailed(reason)),
        ended = &mut shop => Some(shop_failure(ended)),
    };
    eprintln!("stopping; once more stops at once 正在停止");
    let stop = stop_in_order(shop_stop, shop, server, simulator);
    signals.unless_again(stop).await;
    failed.map_or(Ok(()), Err)
}

/// Who asks stops before who answers, so nobody meets a closed door.
async fn stop_in_order<T>(
    shop_stop: CancellationToken,
    shop: tokio::task::JoinHandle<T>,
    server: RunningServer<impl Sized>,
    simulator: RunningSimulator,
) {
    shop_stop.cancel();
    if !shop.is_finished() {
        let _ = shop.await;
    }
    server.stop().await;
    simulator.shutdown().await;
}

async fn start_simulator(
    arguments: &DemoArguments,
    memory: &mut Memory,
) -> Result<RunningSimulator, Failure> {
    let ports = &mut memory.ports;
    let config = suanpan_simulator::Config {
        protocol: remembered(arguments.addresses.protocol, ports.protocol).await,
        proxy: remembered(arguments.addresses.proxy, ports.proxy).await,
        management: remembered(arguments.addresses.management, ports.management).await,
        data: Some(arguments.data.join("simulator")),
        ..suanpan_simulator::Config::default()
    };
    let simulator = Simulator::start(config).await?;
    let addresses = simulator.addresses();
    ports.protocol = addresses.protocol.port();
    ports.proxy = addresses.proxy.port();
    ports.management = addresses.management.port();
    Ok(simulator)
}
