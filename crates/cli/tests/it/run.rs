//! `suanpan run`: a shell stands for any program.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Output, Stdio},
};

use suanpan_simulator::{Config, Running, Simulator};

async fn simulator() -> Running {
    Simulator::start(Config::for_tests()).await.unwrap()
}

fn run(simulator: &Running, script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suanpan"));
    let management = format!("http://{}", simulator.addresses().management);
    command.args(["run", "--simulator", &management, "--", "sh", "-c", script]);
    command
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap().trim()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_is_the_programs() {
    let simulator = simulator().await;
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 128 + 9)] {
        assert_eq!(output(run(&simulator, script)).await.status.code(), Some(code), "{script}");
    }
    let mut missing = Command::new(env!("CARGO_BIN_EXE_suanpan"));
    let management = format!("http://{}", simulator.addresses().management);
    missing.args(["run", "--simulator", &management, "--", "suanpan-no-such-program"]);
    let missing = output(missing).await;
    assert_eq!(missing.status.code(), Some(127));
    assert!(text(&missing.stderr).contains("suanpan-no-such-program"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_leads_to_the_simulator_and_its_files_are_gone_afterwards() {
    let simulator = simulator().await;
    let mut command = run(
        &simulator,
        "echo $HTTPS_PROXY; echo $NO_PROXY; echo $SUANPAN_SIMULATOR; grep -c BEGIN \"$SSL_CERT_FILE\"; \
         test -s \"$REQUESTS_CA_BUNDLE\" && test -s \"$NODE_EXTRA_CA_CERTS\" && echo $SSL_CERT_FILE",
    );
    command.env("NO_PROXY", "db.internal").env_remove("no_proxy");
    let output = output(command).await;
    let said: Vec<&str> = text(&output.stdout).lines().collect();
    let addresses = simulator.addresses();
    assert_eq!(said[0], format!("http://{}", addresses.proxy));
    assert_eq!(said[1], "localhost,127.0.0.1,::1,db.internal");
    assert_eq!(said[2], format!("http://{}", addresses.management));
    assert!(said[3].parse::<u32>().unwrap() >= 1, "the bundle holds the simulator's authority");
    assert!(!std::path::Path::new(said[4]).exists(), "{} is still there", said[4]);
}

/// Containers often have no certificates at all, and a run on loopback needs none.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_certificates_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_suanpan"));
    command
        .args(["simulate", "--json", "--protocol", "127.0.0.1:0", "--proxy", "127.0.0.1:0"])
        .args(["--management", "127.0.0.1:0", "--tls", "127.0.0.1:0"])
        .env("SSL_CERT_FILE", folder.path().join("none.pem"))
        .env("SSL_CERT_DIR", folder.path())
        .stdout(Stdio::piped());
    let mut simulator = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(simulator.stdout.take().unwrap()).read_line(&mut line).unwrap();
    simulator.kill().unwrap();
    simulator.wait().unwrap();
    assert!(line.contains("\"tls\":\"https://127.0.0.1:"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_are_passed_on() {
    let simulator = simulator().await;
    let script = "trap 'echo heard; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    let mut command = run(&simulator, script);
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "ready");
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert_eq!(said.next().unwrap().unwrap(), "heard");
        child.wait().unwrap()
    });
    assert_eq!(ended.await.unwrap().code(), Some(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_with_a_token_is_not_taken_for_an_absent_one() {
    let guarded = Config { token: Some("a-long-token".into()), ..Config::for_tests() };
    let simulator = Simulator::start(guarded).await.unwrap();
    let refused = output(run(&simulator, "echo ran")).await;
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(1), ""));
    assert!(text(&refused.stderr).contains("demands its token"), "{}", text(&refused.stderr));
    let mut admitted = run(&simulator, "echo ran");
    admitted.env("SUANPAN_MANAGEMENT_TOKEN", "a-long-token");
    assert_eq!(text(&output(admitted).await.stdout), "ran");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_that_was_named_must_be_there() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suanpan"));
    command.args(["run", "--simulator", "http://127.0.0.1:9", "--", "sh", "-c", "echo ran"]);
    let output = output(command).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).contains("http://127.0.0.1:9"), "{}", text(&output.stderr));
}
