//! Web pages in the phone's browsers, written as any shop writes them.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use serde_json::Value;

use crate::{phone::Phone, simulator::Simulator};

/// A shop on a port of its own, which knows nothing of the simulator but one address.
struct Shop {
    address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Content {
    appid: String,
    params: Value,
    h5_url: String,
    ticket: String,
}

impl Shop {
    async fn open(content: Content) -> Self {
        let router = Router::new()
            .route("/", get(entry))
            .route("/pay", get(pay))
            .route("/jweixin.js", get(jweixin))
            .route("/sign", get(sign))
            .route("/h5", get(async |State(shop): State<Content>| h5_page(&shop)))
            .route("/h5/redirected", get(redirected))
            .route("/take", get(async |State(shop): State<Content>| transfer_page(&shop)))
            .route("/returned", get(async || Html("<title>t</title><p data-testid=back>回到商户")))
            .with_state(content);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the shop serves");
        });
        Self { address, server }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Who are you? Asks WeChat, as every shop's first page does.
async fn entry(State(shop): State<Content>, headers: HeaderMap) -> impl IntoResponse {
    let host = headers[header::HOST].to_str().expect("a host").to_owned();
    let redirect_uri: String = url_encoded(&format!("http://{host}/pay"));
    Redirect::to(&format!(
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid={}&redirect_uri={redirect_uri}\
         &response_type=code&scope=snsapi_userinfo&state=s7#wechat_redirect",
        shop.appid
    ))
}

fn url_encoded(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F")
}

async fn pay(
    State(shop): State<Content>,
    Query(returned): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let (code, state) = (&returned["code"], &returned["state"]);
    let is_wechat = headers[header::USER_AGENT].to_str().unwrap_or("").contains("MicroMessenger");
    let page = format!(
        r#"<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>乌龙茶铺</title>
<script src="/jweixin.js"></script>
<style>body {{ font: 16px/1.6 sans-serif; margin: 24px }} button {{ width: 100%; min-height: 48px; margin: 8px 0; font-size: 17px }}</style>
</head><body><h1>高山乌龙 250 克</h1>
<p data-testid="who">code {length} 位，state {state}，{is_wechat}，<span id="ua"></span>，<span id="cookie"></span></p>
<button data-testid="bridge">WeixinJSBridge</button><button data-testid="jweixin">jweixin</button>
<p data-testid="heard"></p>
<script>
const params = {params};
const heard = document.querySelector('[data-testid=heard]');
document.getElementById('ua').textContent = /MicroMessenger/.test(navigator.userAgent);
document.getElementById('cookie').textContent = document.cookie;
document.querySelector('[data-testid=bridge]').onclick = () => {{
  const pay = () => WeixinJSBridge.invoke('getBrandWCPayRequest', params, (res) => {{ heard.textContent = JSON.stringify(res); }});
  if (typeof WeixinJSBridge === 'undefined') document.addEventListener('WeixinJSBridgeReady', pay); else pay();
}};
document.querySelector('[data-testid=jweixin]').onclick = async () => {{
  const here = encodeURIComponent(location.href.split('#')[0]);
  const signature = await (await fetch('/sign?url=' + here)).text();
  let config = 'believed';
  wx.error((res) => {{ config = res.errMsg; }});
  wx.config({{ appId: params.appId, timestamp: 1414587457, nonceStr: 'n', signature, jsApiList: ['chooseWXPay'] }});
  const tell = (name) => (res) => {{ heard.textContent = [config, name, res.errMsg].join(' '); }};
  wx.ready(() => wx.chooseWXPay({{ timestamp: params.timeStamp, nonceStr: params.nonceStr, package: params.package,
    signType: params.signType, paySign: params.paySign,
    success: tell('success'), cancel: tell('cancel'), fail: tell('fail') }}));
}};
</script></body></html>"#,
        length = code.len(),
        params = shop.params,
    );
    ([(header::SET_COOKIE, "visited=yes; SameSite=Lax")], Html(page))
}

/// Signs the address that the page says it has, for `wx.config`.
async fn sign(
    State(shop): State<Content>,
    Query(query): Query<BTreeMap<String, String>>,
) -> String {
    let text = format!(
        "jsapi_ticket={}&noncestr=n&timestamp=1414587457&url={}",
        shop.ticket, query["url"]
    );
    let sha1 = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    let digest = aws_lc_rs::digest::digest(sha1, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The published file, unmodified.
async fn jweixin() -> impl IntoResponse {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../node_modules/jweixin-npm/jweixin-1.6.0.js");
    let script = std::fs::read_to_string(file).expect("jweixin is installed: npm ci");
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], script)
}

fn h5_page(shop: &Content) -> impl IntoResponse + use<> {
    let h5_url = &shop.h5_url;
    Html(format!(
        r#"<!doctype html><html><head><meta charset="utf-8"><title>手机网页</title></head><body style="font:18px/2 sans-serif">
<p><a data-testid="link" href="{h5_url}">链接</a></p>
<p><a data-testid="silent" rel="noreferrer" href="{h5_url}">不带来源的链接</a></p>
<p><button data-testid="script" onclick="location.href = '{h5_url}'">脚本</button></p>
<p><a data-testid="redirect" href="/h5/redirected">后台跳转</a></p>
<p><a data-testid="foreign" href="https://example.com/x">别的网站</a></p></body></html>"#
    ))
}

fn transfer_page(shop: &Content) -> impl IntoResponse + use<> {
    let params = &shop.params;
    Html(format!(
        r#"<!doctype html><html><head><meta charset="utf-8"><title>领取奖励</title></head><body style="font:18px/2 sans-serif">
<button data-testid="take">领取</button><p data-testid="heard"></p>
<script>document.querySelector('[data-testid=take]').onclick = () => WeixinJSBridge.invoke('requestMerchantTransfer', {params},
  (res) => {{ document.querySelector('[data-testid=heard]').textContent = res.err_msg; }});</script></body></html>"#
    ))
}

async fn redirected(State(shop): State<Content>, headers: HeaderMap) -> impl IntoResponse {
    let host = headers[header::HOST].to_str().expect("a host");
    let back = url_encoded(&format!("http://{host}/returned"));
    Redirect::to(&format!("{}&redirect_url={back}", shop.h5_url))
}

/// Goal: a page in WeChat pays, unmodified. Method: a shop asks WeChat who the person is, gets a code after
/// their consent, and pays once by the bridge and cancels once by the published jweixin.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_wechat_learns_who_is_there_and_is_paid() {
    let simulator = Simulator::start().await;
    let order = simulator.order("jsapi", "BROWSER_JSAPI_1", 4500).await;
    let prepay_id = order["prepay_id"].as_str().expect("a prepay_id");
    let params = simulator.page_params(prepay_id);
    let (appid, ticket) = (simulator.appid("official_account"), simulator.jsapi_ticket().await);
    let shop = Shop::open(Content { appid, params, ticket, ..Content::default() }).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 1280).await;
    phone.tap("tool-wechat_browser").await;
    phone.go_to(&shop.url("/")).await;
    phone.see("consent-allow").await;
    phone.shoot("zh-wide-consent").await;
    phone.tap("consent-allow").await;
    phone.see_on_page("who", "code 32 位，state s7，true，true").await;
    phone.read("web-title", "乌龙茶铺").await;

    phone.tap_on_page("jweixin").await;
    phone.see("cashier").await;
    phone.shoot("zh-wide-page-cashier").await;
    phone.tap("cashier-close").await;
    phone.see_on_page("heard", "believed cancel chooseWXPay:cancel").await;
    phone.tap_on_page("bridge").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.see_on_page("heard", r#"{"err_msg":"get_brand_wcpay_request:ok"}"#).await;
    phone.shoot("zh-wide-page-paid").await;
    assert_eq!(simulator.trade_state("BROWSER_JSAPI_1").await, "SUCCESS");
    // The cookie that the first answer set came back with the reload.
    phone.tap("web-reload").await;
    phone.see_on_page("who", "visited=yes").await;
    phone.close().await;
}

/// Goal: a page pays only where its merchant has registered it. Method: the merchant's directories are moved
/// away from the page, and back.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask soak"]
async fn a_page_outside_of_the_merchants_directories_cannot_pay() {
    let simulator = Simulator::start().await;
    let order = simulator.order("jsapi", "BROWSER_JSAPI_2", 4500).await;
    let prepay_id = order["prepay_id"].as_str().expect("a prepay_id");
    let content = Content { params: simulator.page_params(prepay_id), ..Content::default() };
    let shop = Shop::open(content).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 1280).await;
    phone.tap("tool-wechat_browser").await;
    phone.go_to(&shop.url("/pay?code=c&state=s")).await;
    for (directory, is_inside) in
        [("https://shop.example/pay/", false), ("http://127.0.0.1/", true)]
    {
        let mut world = simulator.read("/api/state").await;
        for (_, merchant) in
            world["state"]["merchants"].as_object_mut().expect("merchants by number")
        {
            merchant["jsapi_directories"] = serde_json::json!([directory]);
        }
        simulator.replace_world(&world).await;
        phone.tap_on_page("bridge").await;
        if is_inside {
            phone.enter_pin().await;
            phone.tap("cashier-done").await;
        } else {
            phone.read("cashier-refusal", "当前页面的URL未注册").await;
            phone.tap("cashier-refusal-ok").await;
            phone.see_on_page("heard", "get_brand_wcpay_request:fail").await;
        }
    }
    phone.see_on_page("heard", "get_brand_wcpay_request:ok").await;
    phone.close().await;
}

/// Goal: a merchant's transfer reaches the person who takes it. Method: a page asks; the person leaves once,
/// takes the money the second time, and finds it in the wallet.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_a_transfer_that_a_page_offers() {
    let simulator = Simulator::start().await;
    let params = simulator.offer_transfer("BROWSERTRANSFER1", 660).await;
    let content = Content { params, ..Content::default() };
    let shop = Shop::open(content).await;
    let phone = Phone::open(simulator.phone_url(), "zh", 360).await;
    phone.tap("tool-wechat_browser").await;
    phone.go_to(&shop.url("/take")).await;
    phone.tap_on_page("take").await;
    phone.read("transfer-amount", "6.60").await;
    phone.shoot("zh-narrow-transfer").await;
    phone.tap("transfer-close").await;
    phone.see_on_page("heard", "requestMerchantTransfer:cancel").await;
    phone.tap_on_page("take").await;
    phone.tap("transfer-take").await;
    phone.tap("transfer-done").await;
    phone.see_on_page("heard", "requestMerchantTransfer:ok").await;
    phone.tap("home-button").await;
    phone.read("balance", "1,006.60").await;
    phone.close().await;
}

/// Goal: an H5 page reaches WeChat with the Referer that WeChat would see, by every way a page has, and
/// comes back. Method: a link without a Referer is refused; link, script and redirection open the jump page;
/// one return is unpaid, one is paid and goes to `redirect_url`; other sites stay shut.
#[tokio::test(flavor = "multi_thread")]
async fn an_h5_page_jumps_to_wechat_and_comes_back() {
    let simulator = Simulator::start().await;
    let order = simulator.order("h5", "BROWSER_H5_1", 990).await;
    let h5_url = order["h5_url"].as_str().expect("an h5_url").to_owned();
    let content = Content { h5_url, ..Content::default() };
    let shop = Shop::open(content).await;
    let phone = Phone::open(simulator.phone_url(), "en", 360).await;
    phone.tap("tool-mobile_browser").await;
    phone.go_to(&shop.url("/h5")).await;
    phone.tap_on_page("silent").await;
    phone.tap("jump-open").await;
    phone.read("cashier-refusal", "商家参数格式有误").await;
    phone.tap("cashier-refusal-ok").await;
    phone.read("web-refusal", "商家参数格式有误").await;
    phone.tap("web-back").await;

    phone.tap_on_page("script").await;
    phone.see("jump-open").await;
    phone.shoot("en-narrow-jump").await;
    phone.tap("web-back").await;
    phone.tap_on_page("foreign").await;
    phone.read("web-refusal", "example.com").await;
    phone.shoot("en-narrow-outside").await;
    phone.tap("web-back").await;
    phone.tap_on_page("link").await;
    phone.tap("jump-leave").await;
    phone.see_on_page("link", "链接").await;
    assert_eq!(simulator.trade_state("BROWSER_H5_1").await, "NOTPAY");

    phone.tap_on_page("redirect").await;
    phone.tap("jump-open").await;
    phone.enter_pin().await;
    phone.tap("cashier-done").await;
    phone.see_on_page("back", "回到商户").await;
    assert_eq!(simulator.trade_state("BROWSER_H5_1").await, "SUCCESS");
    phone.close().await;
}
