//! The change feed: server-sent events that say what to read again.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::Management;
use crate::shell::{Feed, FeedKind};

/// How often a silent feed shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn stream(State(management): State<Management>) -> impl IntoResponse {
    let feed = management.shared().feed();
    let events = changes(feed, management.stop.clone()).map(|change| {
        let event = Event::default().event("change").json_data(change);
        Ok::<_, Infallible>(event.expect("a change has string keys only"))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// A reader that lagged behind is told to read orders again, and from there finds the rest.
fn changes(
    feed: Receiver<Feed>,
    stop: CancellationToken,
) -> impl Stream<Item = Feed> + Send + 'static {
    stream::unfold((feed, stop), |(mut feed, stop)| async move {
        let received = tokio::select! {
            () = stop.cancelled() => return None,
            received = feed.recv() => received,
        };
        match received {
            Ok(change) => Some((change, (feed, stop))),
            Err(RecvError::Lagged(_)) => Some((Feed { kind: FeedKind::Order }, (feed, stop))),
            Err(RecvError::Closed) => None,
        }
    })
}
