use suanpan_simulator::{Config, Simulator};

use crate::{arguments::SimulateArguments, failure::Failure, signals::Signals};

/// Runs WeChat on this machine until it is told to stop.
pub(crate) async fn run(arguments: SimulateArguments) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let simulator = Simulator::start(Config {
        protocol: arguments.addresses.protocol,
        proxy: arguments.addresses.proxy,
        management: arguments.addresses.management,
        data: arguments.data,
        seed: arguments.seed,
        token: arguments.token,
        ..Config::default()
    })
    .await?;
    let addresses = simulator.addresses();
    if arguments.json {
        let answer = serde_json::json!({
            "protocol": format!("http://{}", addresses.protocol),
            "proxy": format!("http://{}", addresses.proxy),
            "management": format!("http://{}", addresses.management),
            "seed": simulator.seed(),
        });
        println!("{answer}");
    } else {
        eprintln!("SIMULATED: no money, no real merchants. 模拟环境，不涉及真实资金。");
        println!("protocol    http://{}", addresses.protocol);
        println!("proxy       http://{}", addresses.proxy);
        println!("management  http://{}", addresses.management);
        eprintln!("seed {}; Ctrl-C stops it", simulator.seed());
    }
    signals.next().await;
    eprintln!("stopping; once more stops at once 正在停止");
    signals.unless_again(simulator.shutdown()).await;
    Ok(())
}
