use std::net::SocketAddr;

use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[tokio::test]
async fn wechats_own_names_lead_here_over_tls() {
    let bench = Bench::start().await;
    let ca_pem = bench.ca_pem().await;
    for (http, version) in [
        (bench.through_proxy(&ca_pem).build(), http::Version::HTTP_2),
        (bench.through_proxy(&ca_pem).http1_only().build(), http::Version::HTTP_11),
    ] {
        let http = http.unwrap();
        for host in ["api.mch.weixin.qq.com", "API2.mch.weixin.qq.com", "api.wechatpay.cn"] {
            let base = format!("https://{host}");
            let request = bench.signed(&http, &base, "GET", "/v3/certificates", "");
            let answer = request.send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.version()), (200, version), "{host}");
            assert!(answer.headers().contains_key("wechatpay-signature"));
        }
    }
}

#[tokio::test]
async fn plain_targets_in_absolute_form_work_too() {
    let bench = Bench::start().await;
    let http = bench.through_proxy(&bench.ca_pem().await).build().unwrap();
    let request =
        bench.signed(&http, "http://api.mch.weixin.qq.com", "GET", "/v3/certificates", "");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn every_other_host_is_refused_in_a_sentence() {
    let bench = Bench::start().await;
    let http = bench.through_proxy(&bench.ca_pem().await).build().unwrap();
    let plain = http.get("http://example.com/").send().await.unwrap();
    assert_eq!(plain.status(), 403);
    assert_eq!(
        plain.bytes().await.unwrap(),
        "Refused: example.com is not WeChat; this proxy leads nowhere else.\n"
    );
    assert!(http.get("https://example.com/").send().await.is_err());
    assert!(http.get("https://api.mch.weixin.qq.com:8443/").send().await.is_err());
    let other_port = http.get("http://api.mch.weixin.qq.com:8080/").send().await.unwrap();
    assert_eq!(other_port.status(), 403);
    // Clients do not read what is said to `CONNECT`, but many show its first line.
    let said = bench.say(bench.running.addresses().proxy, "CONNECT example.com:443 HTTP/1.1").await;
    assert!(said.starts_with("HTTP/1.1 403 Refused: example.com:443 is not WeChat; "), "{said}");
    let direct = format!("http://{}/v3/certificates", bench.running.addresses().proxy);
    let direct = bench.http.get(direct).send().await.unwrap();
    assert_eq!(direct.status(), 400);
}

#[tokio::test]
async fn a_client_without_the_ca_is_not_served() {
    let bench = Bench::start().await;
    let other = Bench::start().await;
    let http = bench.through_proxy(&other.ca_pem().await).build().unwrap();
    let request =
        bench.signed(&http, "https://api.mch.weixin.qq.com", "GET", "/v3/certificates", "");
    assert!(request.send().await.is_err());
}

#[tokio::test]
async fn the_other_names_of_wechat_lead_here_as_well() {
    let bench = Bench::start().await;
    let http = bench.through_proxy(&bench.ca_pem().await).build().unwrap();
    let login = http.get("https://api.weixin.qq.com/sns/jscode2session").send().await.unwrap();
    assert_eq!(login.status(), 200);
    assert!(login.text().await.unwrap().contains("errcode"));
    for host in ["open.weixin.qq.com", "mp.weixin.qq.com", "wx.tenpay.com"] {
        let answer = http.get(format!("https://{host}/nothing")).send().await.unwrap();
        assert_eq!(answer.headers()["server"], "nginx", "{host}");
    }
}

/// A program that mixes two hosts up must not learn it from WeChat.
#[tokio::test]
async fn each_name_has_its_own_paths_and_this_machine_has_all() {
    let bench = Bench::start().await;
    let http = bench.through_proxy(&bench.ca_pem().await).build().unwrap();
    let (merchants, login) = ("/v3/certificates", "/sns/jscode2session");
    for (host, path, status) in [
        ("api.mch.weixin.qq.com", merchants, 401),
        ("api2.wechatpay.cn", merchants, 401),
        ("api.weixin.qq.com", merchants, 404),
        ("api.weixin.qq.com", "/pay/unifiedorder", 404),
        ("wx.tenpay.com", merchants, 404),
        ("api.weixin.qq.com", login, 200),
        ("api.mch.weixin.qq.com", login, 404),
    ] {
        let request = http.get(format!("https://{host}{path}")).header("Accept", "*/*");
        let answer = request.header("User-Agent", "test").send().await.unwrap();
        assert_eq!(answer.status(), status, "{host}{path}");
    }
    assert_eq!(bench.last_verdict().await, "no such operation under api.mch.weixin.qq.com");
    let here = bench.running.addresses().protocol;
    let answer = bench.http.get(format!("http://{here}{login}")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// Some programs look header names up with their case.
#[tokio::test]
async fn header_names_are_written_as_wechat_writes_them() {
    let bench = Bench::start().await;
    let request = bench.signed(&bench.http, "http://x", "GET", "/v3/certificates", "");
    let authorization = request.build().unwrap().headers()["authorization"].clone();
    let request = format!(
        "GET /v3/certificates HTTP/1.1\r\nAccept: */*\r\nUser-Agent: test\r\nAuthorization: {}",
        authorization.to_str().unwrap()
    );
    let said = bench.say(bench.running.addresses().protocol, &request).await;
    let names: Vec<_> =
        said.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    let expected = ["Date", "Server", "Content-Type", "Content-Length", "Cache-Control"];
    assert_eq!(names[..5], expected, "{said}");
    for name in ["Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"] {
        assert!(names.contains(&name), "{said}");
    }
}

/// Some clients speak HTTP/2 to the proxy itself.
#[tokio::test]
async fn a_tunnel_is_opened_over_http2_too() {
    let bench = Bench::start().await;
    let stream = tokio::net::TcpStream::connect(bench.running.addresses().proxy).await.unwrap();
    let (mut proxy, connection) =
        hyper::client::conn::http2::handshake::<_, _, Empty<bytes::Bytes>>(
            TokioExecutor::new(),
            TokioIo::new(stream),
        )
        .await
        .unwrap();
    tokio::spawn(connection);
    let connect = |authority: &str| {
        let request = Request::builder().method("CONNECT").uri(authority.to_owned());
        request.body(Empty::new()).unwrap()
    };
    let refused = proxy.send_request(connect("example.com:443")).await.unwrap();
    assert_eq!(refused.status(), 403);
    let opened = proxy.send_request(connect("api.mch.weixin.qq.com:443")).await.unwrap();
    assert_eq!(opened.status(), 200);
    let tunnel = TokioIo::new(hyper::upgrade::on(opened).await.unwrap());
    let mut roots = rustls::RootCertStore::empty();
    let ca_pem = bench.ca_pem().await;
    roots
        .add(rustls::pki_types::pem::PemObject::from_pem_slice(ca_pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "api.mch.weixin.qq.com".try_into().unwrap();
    let tls =
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tunnel).await.unwrap();
    let (mut wechat, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(tls)).await.unwrap();
    tokio::spawn(connection);
    let answer =
        wechat.send_request(Request::get("/nothing").body(Empty::<bytes::Bytes>::new()).unwrap());
    assert_eq!(answer.await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_hosts_file_is_enough() {
    let bench = Bench::start().await;
    let (http, base) = bench.through_hosts_file(&bench.ca_pem().await);
    let request = bench.signed(&http.build().unwrap(), &base, "GET", "/v3/certificates", "");
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_2));
}

/// The certificate a client shows reaches the world, over the proxy, past the hosts file, in both
/// versions of TLS; on plain HTTP there is none to show and that is written down.
#[tokio::test]
async fn client_certificates_are_demanded_over_tls_and_waived_without() {
    let bench = Bench::start().await;
    let ca_pem = bench.ca_pem().await;
    let fixture = bench.get("/api/fixture").await.json();
    let merchant = &fixture["merchants"][0];
    let own = format!(
        "{}{}",
        merchant["private_key_pem"].as_str().unwrap(),
        merchant["certificate_pem"].as_str().unwrap()
    );
    let known = format!("缺少参数; client certificate of {}", pool::MERCHANTS[0]);
    let name = "https://api.mch.weixin.qq.com".to_owned();
    for (identity, verdict) in
        [(None, "refused: no client certificate"), (Some(&own), known.as_str())]
    {
        for version in [reqwest::tls::Version::TLS_1_2, reqwest::tls::Version::TLS_1_3] {
            let (hosts_file, address) = bench.through_hosts_file(&ca_pem);
            for (client, base) in [(bench.through_proxy(&ca_pem), &name), (hosts_file, &address)] {
                let client = client.tls_version_max(version).tls_version_min(version);
                let client = match identity {
                    Some(pem) => {
                        client.identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap())
                    }
                    None => client,
                };
                let refund = client.build().unwrap().post(format!("{base}/secapi/pay/refund"));
                refund.body("<xml></xml>").send().await.unwrap();
                assert_eq!(bench.last_verdict().await, verdict, "{base} {version:?}");
            }
        }
    }
    let plain = format!("http://{}/secapi/pay/refund", bench.running.addresses().protocol);
    bench.http.post(plain).body("<xml></xml>").send().await.unwrap();
    let verdict = bench.last_verdict().await;
    assert_eq!(verdict, "缺少参数; client certificate unchecked: plain HTTP");
}

impl Bench {
    /// The head of the answer to a bare request, as it stands on the wire.
    async fn say(&self, to: SocketAddr, request: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(to).await.unwrap();
        let request = format!("{request}\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await.unwrap();
        let said = String::from_utf8_lossy(&said);
        said.split("\r\n\r\n").next().unwrap().to_owned()
    }

    /// What the journal says about the newest request.
    async fn last_verdict(&self) -> String {
        let messages = self.get("/api/messages?kind=request").await.json();
        let newest = messages["messages"].as_array().unwrap().last().unwrap();
        newest["verdict"].as_str().unwrap().to_owned()
    }
}
