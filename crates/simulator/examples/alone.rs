//! The simulator by itself on its default addresses, until Ctrl-C; an argument names a data folder.

use suanpan_simulator::{Config, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = std::env::args_os().nth(1).map(Into::into);
    let running = Simulator::start(Config { data, ..Config::default() }).await?;
    println!("{}", running.banner());
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
