use suanpan_simulator::{Config, Simulator};

use crate::{arguments::SimulateArguments, failure::Failure, phone, signals::Signals};

/// Runs WeChat on this machine until it is told to stop.
pub(crate) async fn run(arguments: SimulateArguments) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let simulator = Simulator::start(Config {
        protocol: arguments.addresses.protocol,
        proxy: arguments.addresses.proxy,
        management: arguments.addresses.management,
        tls: arguments.addresses.tls,
        data: arguments.data,
        seed: arguments.seed,
        token: arguments.token,
        nasty: arguments.nasty,
        ..Config::default()
    })
    .await?;
    for program in arguments.miniprogram {
        phone::install(&simulator, program.appid.as_deref(), program.folder, &[])?;
    }
    if arguments.json {
        let addresses = simulator.addresses();
        let answer = serde_json::json!({
            "protocol": format!("http://{}", addresses.protocol),
            "proxy": format!("http://{}", addresses.proxy),
            "management": format!("http://{}", addresses.management),
            "tls": format!("https://{}", addresses.tls),
            "seed": simulator.seed(),
        });
        println!("{answer}");
    } else {
        println!("{}", simulator.banner());
        eprintln!("Ctrl-C stops it");
    }
    signals.next().await;
    eprintln!("stopping; once more stops at once 正在停止");
    signals.unless_again(simulator.shutdown()).await;
    Ok(())
}
