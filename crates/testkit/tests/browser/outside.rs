//! Nothing on the phone reaches beyond this machine.

use std::{
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, response::Html, routing::get};

use crate::{demo::Demo, phone::Phone};

/// A proxy that serves nobody and writes down who was wanted. Chromium asks it for every host but those of
/// this machine.
#[derive(Clone)]
struct Gate {
    address: SocketAddr,
    wanted: Arc<Mutex<Vec<String>>>,
}

impl Gate {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let gate = Self { address, wanted: Arc::default() };
        let wanted = Arc::clone(&gate.wanted);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut line = String::new();
                if BufReader::new(stream).read_line(&mut line).is_ok() {
                    wanted.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                }
            }
        });
        gate
    }

    /// Chromium's own errands, to its maker's hosts, are no page's.
    fn wanted(&self) -> Vec<String> {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let own =
            |line: &&String| !["google.com", "googleapis.com"].iter().any(|own| line.contains(own));
        wanted.iter().filter(own).cloned().collect()
    }
}

/// A page that tries every way out it knows. But for frames and hints of the kind `preconnect`: for those
/// Chromium opens a connection before it looks at any policy, and then asks nothing in it.
const PAGE: &str = r#"<!doctype html><html><head><meta charset="utf-8"><title>外面</title>
<script src="https://foreign.example/script.js"></script>
<link rel="stylesheet" href="https://foreign.example/style.css"></head>
<body><img src="https://foreign.example/picture.png">
<video src="https://foreign.example/film.mp4"></video><p data-testid="done"></p>
<script>
const ways = [
  fetch('https://foreign.example/fetch'),
  new Promise((resolve) => { const ask = new XMLHttpRequest(); ask.onloadend = resolve; ask.open('GET', 'https://foreign.example/xhr'); ask.send(); }),
  Promise.resolve(navigator.sendBeacon('https://foreign.example/beacon', 'x')),
];
try { new WebSocket('wss://foreign.example/socket'); } catch {}
try { new EventSource('https://foreign.example/events'); } catch {}
import('https://foreign.example/module.js').catch(() => {});
Promise.allSettled(ways).then(() => { document.querySelector('[data-testid=done]').textContent = 'tried'; });
</script></body></html>"#;

/// Goal: no demo asks anything of the network. Method: Chromium's only way out is a proxy that writes down
/// every host; the demo is lived through, a hostile page is opened in both browsers, and nobody was wanted. At
/// the end the window itself is sent abroad, which the proxy must have seen.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_leaves_the_machine() {
    let gate = Gate::open();
    let router = Router::new().route("/", get(async || Html(PAGE)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let page = format!("http://{}/", listener.local_addr().expect("an address"));
    let server =
        tokio::spawn(
            async move { axum::serve(listener, router).await.expect("the page is served") },
        );
    let demo = Demo::start();
    let proxy = format!("--proxy-server={}", gate.address);
    let phone = Phone::open_with(demo.phone_url(), "zh", 1280, &[&proxy]).await;
    phone.start_program().await;
    phone.tap_in_program("buy-longjing").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.see_in_program("result", "支付成功").await;
    phone.tap("close-program").await;
    for browser in ["tool-wechat_browser", "tool-mobile_browser"] {
        phone.tap(browser).await;
        phone.go_to(&page).await;
        phone.see_on_page("done", "tried").await;
        phone.tap("home-button").await;
    }
    assert_eq!(gate.wanted(), Vec::<String>::new());
    phone.leave_for("http://foreign.example/").await;
    assert!(
        gate.wanted().iter().any(|line| line.contains("foreign.example")),
        "the gate is watched"
    );
    phone.close().await;
    demo.stop();
    server.abort();
}
