use super::*;

#[tokio::test]
async fn a_restart_finds_the_same_world_clock_and_authority() {
    let folder = tempfile::tempdir().unwrap();
    let wall = ManualClock::at(NOON);
    let stored = || Config { data: Some(folder.path().join("sim")), ..config(&wall) };
    let bench = Bench::with(Config { seed: None, ..stored() }, wall.clone()).await;
    let prepay_id = bench.order("order-0001", "http://127.0.0.1:9/notify").await;
    bench.pay(&prepay_id).await;
    bench.post("/api/clock/advance", json!({"seconds": 7200})).await;
    bench.post("/api/users", json!({"name": "dan"})).await;
    let before = fixture(&bench).await;
    bench.running.shutdown().await;

    let bench = Bench::with(stored(), wall.clone()).await;
    let after = fixture(&bench).await;
    for member in ["merchants", "apps", "users", "ca_pem", "seed"] {
        assert_eq!(before[member], after[member], "{member}");
    }
    assert_eq!(bench.trade_state("order-0001").await, "SUCCESS");
    assert_eq!(bench.get("/api/clock").await.json()["now"], "2026-03-01T14:00:00+08:00");
    assert!(!bench.get("/api/messages").await.json()["messages"].as_array().unwrap().is_empty());
}

/// Without the PKCS#12 files, which are sealed with fresh salt whenever they are asked for.
async fn fixture(bench: &Bench) -> serde_json::Value {
    let mut fixture = bench.get("/api/fixture").await.json();
    for merchant in fixture["merchants"].as_array_mut().unwrap() {
        merchant.as_object_mut().unwrap().remove("certificate_p12_base64").unwrap();
    }
    fixture
}

#[tokio::test]
async fn one_folder_belongs_to_one_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let wall = ManualClock::at(NOON);
    let stored = || Config { data: Some(folder.path().to_owned()), ..config(&wall) };
    let first = Simulator::start(stored()).await.unwrap();
    let error = Simulator::start(stored()).await.unwrap_err();
    assert!(matches!(error, StartError::Data(DataError::InUse { .. })), "{error}");
    first.shutdown().await;
    Simulator::start(stored()).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn a_broken_world_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let wall = ManualClock::at(NOON);
    std::fs::write(folder.path().join("world.json"), "{}").unwrap();
    let config = Config { data: Some(folder.path().to_owned()), ..config(&wall) };
    let error = Simulator::start(config).await.unwrap_err();
    assert!(matches!(error, StartError::Data(DataError::Unreadable { .. })), "{error}");
    assert_eq!(std::fs::read_to_string(folder.path().join("world.json")).unwrap(), "{}");
}

/// Whoever meets it knows what to do: from the error alone, at the start and at an import.
#[tokio::test]
async fn a_world_of_another_format_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let wall = ManualClock::at(NOON);
    let bench = Bench::start().await;
    let mut old = bench.get("/api/state").await.json();
    old["version"] = json!(1);
    let refused = bench.send("PUT", "/api/state", old.clone()).await;
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("OTHER_VERSION")));
    let cure = "go on with the simulator that wrote it, or begin a fresh world";
    assert!(refused.json()["detail"].as_str().unwrap().ends_with(cure), "{}", refused.body);
    std::fs::write(folder.path().join("world.json"), old.to_string()).unwrap();
    let config = Config { data: Some(folder.path().to_owned()), ..config(&wall) };
    let error = Simulator::start(config).await.unwrap_err();
    let StartError::Data(DataError::Unreadable { path, source }) = error else { panic!("{error}") };
    assert!(path.ends_with("world.json"));
    assert!(source.to_string().ends_with(cure), "{source}");
}

#[cfg(unix)]
#[tokio::test]
async fn stored_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let wall = ManualClock::at(NOON);
    let config = Config { data: Some(folder.path().to_owned()), ..config(&wall) };
    Simulator::start(config).await.unwrap().shutdown().await;
    for name in ["world.json", "ca-key.pem", "ca.pem"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
