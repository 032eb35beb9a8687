//! An HTTP server whose every answer the test decides.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use suanpan_wechat::call::RawAnswer;
use suanpan_wechat_client::Origin;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// As it stood in the request line.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does about a request.
pub(crate) enum Reply {
    Answer(RawAnswer),
    /// Answers once the test says so.
    When(Arc<Notify>, RawAnswer),
    /// Begins to answer with these pieces, and then does no more.
    BeginAndHang(Vec<Vec<u8>>),
    /// Begins to answer with these pieces, and closes the connection once the test says so.
    BeginAndBreak(Vec<Vec<u8>>, Arc<Notify>),
    /// Never answers.
    Hang,
    /// Closes the connection instead of answering.
    Break,
}

type Behaviour = dyn Fn(&Received) -> Reply + Send + Sync;

/// Listens until it is dropped with its runtime.
pub(crate) struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    pub(crate) async fn start(
        behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(behaviour, Door::Plain).await
    }

    pub(crate) async fn start_tls(
        acceptor: TlsAcceptor,
        behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(behaviour, Door::Tls(acceptor)).await
    }

    /// A forward proxy that ends TLS itself, whatever host it is asked to connect to.
    pub(crate) async fn start_proxy(
        acceptor: TlsAcceptor,
        behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(behaviour, Door::Connect(acceptor)).await
    }

    async fn listen(
        behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static,
        door: Door,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let behaviour: Arc<Behaviour> = Arc::new(behaviour);
        let journal = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let door = door.clone();
                tokio::spawn(serve(stream, door, Arc::clone(&behaviour), Arc::clone(&journal)));
            }
        });
        Self { address, received }
    }

    pub(crate) fn origin(&self) -> Origin {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub(crate) fn tls_origin(&self) -> Origin {
        format!("https://{}", self.address).parse().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The targets asked for, in order.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.received().into_iter().map(|request| request.target).collect()
    }

    pub(crate) fn count(&self, target: &str) -> usize {
        self.targets().iter().filter(|asked| *asked == target).count()
    }
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> Origin {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap()).parse().unwrap()
}

#[derive(Clone)]
enum Door {
    Plain,
    Tls(TlsAcceptor),
    Connect(TlsAcceptor),
}

async fn serve(
    mut stream: TcpStream,
    door: Door,
    behaviour: Arc<Behaviour>,
    journal: Arc<Mutex<Vec<Received>>>,
) {
    match door {
        Door::Plain => converse(stream, behaviour, journal).await,
        Door::Tls(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, behaviour, journal).await;
            }
        }
        Door::Connect(acceptor) => {
            accept_tunnel(&mut stream).await;
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, behaviour, journal).await;
            }
        }
    }
}

async fn accept_tunnel(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"CONNECT "), "a proxy is asked for a tunnel");
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    behaviour: Arc<Behaviour>,
    journal: Arc<Mutex<Vec<Received>>>,
) {
    let answer = service_fn(|request: Request<Incoming>| {
        let (behaviour, journal) = (Arc::clone(&behaviour), Arc::clone(&journal));
        async move {
            let received = read(request).await;
            journal.lock().unwrap().push(received.clone());
            match behaviour(&received) {
                Reply::Answer(answer) => Ok(write(answer)),
                Reply::When(told, answer) => {
                    told.notified().await;
                    Ok(write(answer))
                }
                Reply::BeginAndHang(pieces) => Ok(begin(pieces, stream::pending().boxed())),
                Reply::BeginAndBreak(pieces, told) => {
                    let broken = async move {
                        told.notified().await;
                        Err(std::io::Error::other("the test breaks the answer"))
                    };
                    Ok(begin(pieces, stream::once(broken).boxed()))
                }
                Reply::Hang => std::future::pending().await,
                Reply::Break => Err(std::io::Error::other("the test breaks the connection")),
            }
        }
    });
    // Broken connections are part of the plan.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn read(request: Request<Incoming>) -> Received {
    let (head, body) = request.into_parts();
    Received {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

fn begin(
    pieces: Vec<Vec<u8>>,
    then: stream::BoxStream<'static, std::io::Result<Frame<Bytes>>>,
) -> Response<Body> {
    let pieces = pieces.into_iter().map(|piece| Ok(Frame::data(Bytes::from(piece))));
    Response::new(StreamBody::new(stream::iter(pieces).chain(then)).boxed_unsync())
}

fn write(answer: RawAnswer) -> Response<Body> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response
        .body(Full::new(answer.body.into()).map_err(|never| match never {}).boxed_unsync())
        .unwrap()
}
