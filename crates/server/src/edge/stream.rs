//! A connection that watches the clock and the framing of what is read from it.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

use super::head::{Body, HeadScanner};

/// From the first byte of a head to its last.
const HEAD_SECONDS: Duration = Duration::from_secs(10);

/// Without a byte in either direction.
const IDLE_SECONDS: Duration = Duration::from_secs(60);

/// What the handlers need to know about the bytes of their request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Framing(Arc<AtomicU8>);

const CONTRADICTION: u8 = 1;
const LAST_REQUEST: u8 = 2;

impl Framing {
    /// Whether a head on this connection contradicted itself.
    pub(crate) fn is_contradiction(&self) -> bool {
        self.0.load(Ordering::Acquire) & CONTRADICTION != 0
    }

    /// Whether the connection must be closed after the answer, because what follows is not known
    /// to start with a head.
    pub(crate) fn is_last_request(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }

    fn note(&self, bits: u8) {
        self.0.fetch_or(bits, Ordering::Release);
    }
}

#[derive(Debug)]
enum Phase {
    /// Between two requests or inside a head.
    Head(HeadScanner),
    /// Inside a body of known length.
    Body(u64),
    /// No longer followed.
    Opaque,
}

/// Wraps the connection below the HTTP library.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    inner: S,
    phase: Phase,
    framing: Framing,
    /// When the head that is being read began.
    head_began: Option<Instant>,
    last_byte: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Watched<S> {
    pub(crate) fn new(inner: S) -> Self {
        let now = Instant::now();
        Self {
            inner,
            phase: Phase::Head(HeadScanner::default()),
            framing: Framing::default(),
            head_began: None,
            last_byte: now,
            alarm: Box::pin(tokio::time::sleep_until(now + IDLE_SECONDS)),
        }
    }

    pub(crate) fn framing(&self) -> Framing {
        self.framing.clone()
    }

    fn deadline(&self) -> Instant {
        let idle = self.last_byte + IDLE_SECONDS;
        self.head_began.map_or(idle, |began| idle.min(began + HEAD_SECONDS))
    }

    /// Pending, or an error once the deadline has passed.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let deadline = self.deadline();
        if self.alarm.deadline() != deadline {
            self.alarm.as_mut().reset(deadline);
        }
        ready!(self.alarm.as_mut().poll(context));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the other side is too slow"))
    }

    fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match &mut self.phase {
                Phase::Opaque => return,
                Phase::Body(left) => {
                    let here = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(*left);
                    *left -= here;
                    if *left == 0 {
                        self.phase = Phase::Head(HeadScanner::default());
                    }
                    bytes = &bytes[usize::try_from(here).expect("at most the slice's length")..];
                }
                Phase::Head(scanner) => {
                    let (taken, body) = scanner.take(bytes);
                    bytes = &bytes[taken..];
                    let begun = scanner.has_begun();
                    self.head_began = begun.then(|| self.head_began.unwrap_or(self.last_byte));
                    if let Some(body) = body {
                        self.head_ended(body);
                    }
                }
            }
        }
    }

    fn head_ended(&mut self, body: Body) {
        self.phase = match body {
            Body::Length(0) => Phase::Head(HeadScanner::default()),
            Body::Length(length) => Phase::Body(length),
            Body::Chunked => {
                self.framing.note(LAST_REQUEST);
                Phase::Opaque
            }
            Body::Contradiction => {
                self.framing.note(CONTRADICTION);
                Phase::Opaque
            }
        };
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Pending => self.poll_deadline(context).map(Err),
            Poll::Ready(Ok(())) if buffer.filled().len() > before => {
                self.last_byte = Instant::now();
                self.follow(&buffer.filled()[before..]);
                Poll::Ready(Ok(()))
            }
            ended => ended,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(context, bytes) {
            Poll::Pending => self.poll_deadline(context).map(Err),
            written => {
                self.last_byte = Instant::now();
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
