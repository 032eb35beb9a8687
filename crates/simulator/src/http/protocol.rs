//! One HTTP request to the world, and its answer onto the wire in whatever manner was decided.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HOST},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::{
    Request, Response,
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
};

use suanpan_wechat::Timestamp;

use crate::{
    shell::Shared,
    world::{Channel, HttpRequest, HttpResponse, Manner, is_form, nginx_page},
};

/// The largest request body WeChat's JSON and XML interfaces are given here.
const BODY_LIMIT: usize = 1024 * 1024;

/// The largest upload: a document of 7.5 MiB and its framing.
const UPLOAD_LIMIT: usize = 8 * 1024 * 1024;

/// How long a client may take over a body.
const SLOWEST_BODY: Duration = Duration::from_secs(60);

/// How long an answer that never comes is withheld before the connection is closed; longer than
/// any client waits.
const NEVER: Duration = Duration::from_secs(120);

/// The connection is broken on purpose.
#[derive(Debug, thiserror::Error)]
#[error("broken on purpose")]
pub(crate) struct Broken;

/// Hands a request to the world.
///
/// # Errors
/// [`Broken`] where the client shall see a broken connection.
pub(crate) async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    channel: Channel,
) -> Result<Response<Body>, Broken> {
    let request = match read(request, channel).await {
        Ok(request) => request,
        Err(status) => return Ok(write(unread(status), None, shared.wall())),
    };
    let reply = shared.change(|world, times| world.handle(&request, times));
    match reply.manner {
        Manner::Whole => {}
        Manner::Slow { seconds } => tokio::time::sleep(Duration::from_secs(seconds.into())).await,
        Manner::Never => {
            tokio::time::sleep(NEVER).await;
            return Err(Broken);
        }
        Manner::Dropped => return Err(Broken),
        Manner::Cut { bytes } => {
            return Ok(write(reply.response, Some(bytes), shared.wall()));
        }
    }
    Ok(write(reply.response, None, shared.wall()))
}

/// Only uploads come as forms.
fn uploads(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    declared.is_some_and(is_form)
}

/// Reads a request as data, its target untouched; or says with which status nginx would refuse it.
async fn read(request: Request<Incoming>, channel: Channel) -> Result<HttpRequest, StatusCode> {
    let (parts, body) = request.into_parts();
    let limit = if uploads(&parts.headers) { UPLOAD_LIMIT } else { BODY_LIMIT };
    let body = tokio::time::timeout(SLOWEST_BODY, Limited::new(body, limit).collect()).await;
    let body = body.map_err(|_slow| StatusCode::REQUEST_TIMEOUT)?.map_err(|error| {
        if error.is::<LengthLimitError>() {
            StatusCode::PAYLOAD_TOO_LARGE
        } else {
            StatusCode::BAD_REQUEST
        }
    })?;
    let mut headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    // HTTP/2 says it in the target.
    if let Some(authority) = parts.uri.authority().filter(|_| !parts.headers.contains_key(HOST)) {
        headers.push((HOST.as_str().to_owned(), authority.to_string()));
    }
    Ok(HttpRequest {
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers,
        body: body.to_bytes().to_vec(),
        channel,
    })
}

fn unread(status: StatusCode) -> HttpResponse {
    let title = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "413 Request Entity Too Large",
        StatusCode::REQUEST_TIMEOUT => "408 Request Time-out",
        _ => "400 Bad Request",
    };
    nginx_page(status.as_u16(), title)
}

/// `now` is the world's wall time: clients compare their clock with `Date`.
fn write(response: HttpResponse, cut: Option<usize>, now: Timestamp) -> Response<Body> {
    let length = response.body.len();
    let body = Bytes::from(response.body);
    let body = match cut {
        Some(bytes) => {
            Body { data: Some(body.slice(..bytes.min(length))), end: End::FlushThenBreak }
        }
        None => Body { data: Some(body), end: End::Whole },
    };
    let mut written = Response::new(body);
    *written.status_mut() =
        StatusCode::from_u16(response.status).expect("the world answers with HTTP statuses");
    let headers = written.headers_mut();
    headers.insert(http::header::DATE, date(now));
    headers.insert(http::header::SERVER, HeaderValue::from_static("nginx"));
    for (name, value) in response.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("the world names headers");
        // A signature is made here, and not in the world.
        let value = HeaderValue::from_str(&value).expect("the world's values are visible ASCII");
        let is_type = name == CONTENT_TYPE;
        headers.append(name, value);
        if is_type {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    // WeChat's own 204 says `Content-Length: 0`; HTTP forbids that and the library leaves it out.
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    written
}

fn date(now: Timestamp) -> HeaderValue {
    let instant = jiff::Timestamp::from_second(now.unix()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    HeaderValue::from_str(&instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .expect("a date is visible ASCII")
}

/// A body that may break off before its announced end.
#[derive(Debug)]
pub(crate) struct Body {
    data: Option<Bytes>,
    end: End,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    /// What was sent must reach the wire first: the connection flushes when a body is not ready.
    FlushThenBreak,
    Break,
}

impl Body {
    pub(crate) fn text(text: String) -> Self {
        Self { data: Some(Bytes::from(text)), end: End::Whole }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(data) = self.data.take().filter(|data| !data.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::FlushThenBreak => {
                self.end = End::Break;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break => Poll::Ready(Some(Err(Broken))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.end == End::Whole && self.data.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.data, self.end) {
            (Some(data), End::Whole) => {
                SizeHint::with_exact(data.len().try_into().unwrap_or(u64::MAX))
            }
            (None, End::Whole) => SizeHint::with_exact(0),
            (_, End::FlushThenBreak | End::Break) => SizeHint::new(),
        }
    }
}
