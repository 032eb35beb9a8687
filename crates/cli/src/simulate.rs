use std::path::Path;

use suanpan_simulator::{Config, Running, Scenario, Simulator};

use crate::{arguments::SimulateArguments, failure::Failure, phone, signals::Signals};

/// Runs WeChat on this machine until it is told to stop.
pub(crate) async fn run(arguments: SimulateArguments) -> Result<(), Failure> {
    let scenario = arguments.scenario.as_deref().map(read).transpose()?;
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
    let outcome = tokio::select! {
        () = signals.next() => Ok(()),
        failure = tell(&simulator, scenario.as_ref()) => Err(failure),
    };
    eprintln!("stopping; once more stops at once 正在停止");
    signals.unless_again(simulator.shutdown()).await;
    outcome
}

fn read(path: &Path) -> Result<Scenario, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Failure::File { path: path.to_owned(), source })?;
    Scenario::parse(&text).map_err(|source| Failure::Scenario { path: path.to_owned(), source })
}

/// Plays a story; gives back only when it did not go as told.
async fn tell(simulator: &Running, scenario: Option<&Scenario>) -> Failure {
    if let Some(scenario) = scenario {
        let report = simulator.play(scenario, |step| eprintln!("{}  {step}", step.at)).await;
        if let Some(step) = report.steps.into_iter().find(|step| !step.as_told) {
            return Failure::NotAsTold(step);
        }
        eprintln!("the story is over, and went as told 剧本已按预期结束");
    }
    std::future::pending().await
}
