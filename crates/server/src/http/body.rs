use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;

use super::Problem;

/// From the end of the head to the end of the body (threat h01).
const DEADLINE: Duration = Duration::from_secs(15);

/// Reads a whole body. One that announces too much is refused before a byte of it is kept
/// (threat h02).
pub(crate) async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let limit_bytes = u64::try_from(limit).unwrap_or(u64::MAX);
    if body.size_hint().lower() > limit_bytes {
        return Err(Problem::too_large(limit));
    }
    match tokio::time::timeout(DEADLINE, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::too_large(limit)),
        Ok(Err(_)) => Err(Problem::bad_request("the body could not be read")),
        Err(_) => Err(Problem::too_slow()),
    }
}
