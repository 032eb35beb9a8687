//! The simulator inside a program of yours, with wall time in your hands: nothing happens unless
//! you let it, and every run is the same.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use suanpan_simulator::{Config, Scenario, Simulator, WallClock};
use suanpan_wechat::Timestamp;

/// 2026-03-01T12:00:00+08:00.
const NOON: i64 = 1_772_337_600;

/// A wall clock that stands where it is put.
struct ManualClock(AtomicI64);

impl WallClock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = Arc::new(ManualClock(AtomicI64::new(NOON)));
    let running = Simulator::start(Config { wall: clock.clone(), ..Config::for_tests() }).await?;

    // A customer buys, and the news is lost once.
    let story = Scenario::parse("fault notify_lost count=1\norder tea 19.90\npay tea by=amei")?;
    let told =
        running.play(&story, |step| println!("{}  {}: {}", step.at, step.step, step.said)).await;
    assert!(told.as_told);

    // A quarter of a minute of real time passes, because we say so.
    clock.0.fetch_add(15, Ordering::SeqCst);
    for happening in running.run_due().await {
        println!("{}  {:?}", happening.at, happening.kind);
    }

    // An hour of business time, in which nothing is left to happen.
    assert!(running.advance(3600).await.is_empty());
    running.shutdown().await;
    Ok(())
}
