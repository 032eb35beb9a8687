use super::*;

fn through(bench: &Bench, ca_pem: &str) -> reqwest::ClientBuilder {
    let proxy = format!("http://{}", bench.running.addresses().proxy);
    reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(proxy).unwrap())
        .tls_certs_only([reqwest::Certificate::from_pem(ca_pem.as_bytes()).unwrap()])
}

async fn ca_pem(bench: &Bench) -> String {
    bench.get("/api/fixture").await.json()["ca_pem"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn wechats_own_names_lead_here_over_tls() {
    let bench = Bench::start().await;
    let ca_pem = ca_pem(&bench).await;
    for (http, version) in [
        (through(&bench, &ca_pem).build(), http::Version::HTTP_2),
        (through(&bench, &ca_pem).http1_only().build(), http::Version::HTTP_11),
    ] {
        let http = http.unwrap();
        for host in ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"] {
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
    let http = through(&bench, &ca_pem(&bench).await).build().unwrap();
    let request =
        bench.signed(&http, "http://api.mch.weixin.qq.com", "GET", "/v3/certificates", "");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn every_other_host_is_refused_in_a_sentence() {
    let bench = Bench::start().await;
    let http = through(&bench, &ca_pem(&bench).await).build().unwrap();
    let plain = http.get("http://example.com/").send().await.unwrap();
    assert_eq!(plain.status(), 403);
    assert_eq!(
        plain.bytes().await.unwrap(),
        "Refused: example.com is not WeChat; this proxy leads nowhere else.\n"
    );
    assert!(http.get("https://example.com/").send().await.is_err());
    assert!(http.get("https://api.mch.weixin.qq.com:8443/").send().await.is_err());
    let direct = format!("http://{}/v3/certificates", bench.running.addresses().proxy);
    let direct = bench.http.get(direct).send().await.unwrap();
    assert_eq!(direct.status(), 400);
}

#[tokio::test]
async fn a_client_without_the_ca_is_not_served() {
    let bench = Bench::start().await;
    let other = Bench::start().await;
    let http = through(&bench, &ca_pem(&other).await).build().unwrap();
    let request =
        bench.signed(&http, "https://api.mch.weixin.qq.com", "GET", "/v3/certificates", "");
    assert!(request.send().await.is_err());
}
