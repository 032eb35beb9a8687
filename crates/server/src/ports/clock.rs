//! Wall time always comes from the machine. Business time is the same, except beside a simulator
//! whose virtual clock it follows: signatures live in wall time in both directions, so a clock
//! that is moved by hand must never reach them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use suanpan_acts::Clock;
use suanpan_wechat::Timestamp;
use suanpan_wechat_client::WallClock as _;
use url::Url;

/// An answer of the simulator is a few dozen bytes.
const ANSWER_LIMIT: usize = 4 * 1024;

/// The machine's clock for everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn business_now(&self) -> Timestamp {
        self.wall_now()
    }

    fn wall_now(&self) -> Timestamp {
        suanpan_wechat_client::SystemClock.now()
    }
}

/// Business time at a distance from wall time that somebody else decides. The last known distance
/// stays when the simulator cannot be asked.
#[derive(Debug)]
pub struct FollowedClock {
    offset_seconds: AtomicI64,
    url: Url,
    http: reqwest::Client,
}

#[derive(serde::Deserialize)]
struct ClockAnswer {
    now: Timestamp,
    wall_now: Timestamp,
}

impl FollowedClock {
    /// Follows the clock of the simulator with this management address.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(management_url: &Url) -> Result<Arc<Self>, reqwest::Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // Plain HTTP to this machine: no authority is trusted, and none need be installed.
            .tls_certs_only([])
            .timeout(Duration::from_secs(2))
            .build()?;
        let mut url = management_url.clone();
        url.set_path("/api/clock");
        Ok(Arc::new(Self { offset_seconds: AtomicI64::new(0), url, http }))
    }

    /// Asks once. `Ok(true)` when business time was moved.
    ///
    /// # Errors
    /// When the simulator does not answer as it should.
    pub async fn follow(&self) -> Result<bool, NotFollowed> {
        let mut answer = self.http.get(self.url.clone()).send().await.map_err(|_| NotFollowed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| NotFollowed)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_LIMIT {
                return Err(NotFollowed);
            }
        }
        let said: ClockAnswer = serde_json::from_slice(&body).map_err(|_| NotFollowed)?;
        let offset_seconds = said.now.since(said.wall_now);
        Ok(self.offset_seconds.swap(offset_seconds, Ordering::Relaxed) != offset_seconds)
    }
}

/// The simulator's clock could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the simulator's clock cannot be read")]
pub struct NotFollowed;

impl Clock for FollowedClock {
    fn business_now(&self) -> Timestamp {
        self.wall_now().plus(self.offset_seconds.load(Ordering::Relaxed))
    }

    fn wall_now(&self) -> Timestamp {
        SystemClock.wall_now()
    }
}
