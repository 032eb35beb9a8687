//! `suanpan explain`, from the words somebody types to the page they read.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use suanpan_simulator::{Config, Running, Simulator};
use suanpan_wechat::{key::MerchantKey, sign::Signer as _};

const REQUEST_ID: &str = "08DAF1A7B50610FB0318FCB3C05520D5232891CE04-268892709";

fn explain(arguments: &[&str], pasted: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_suanpan"))
        .arg("explain")
        .args(arguments)
        .env_remove("LANG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever gave words is not read from, and may be gone before this is written.
    let _ = child.stdin.take().unwrap().write_all(pasted.as_bytes());
    child.wait_with_output().unwrap()
}

fn page(arguments: &[&str], pasted: &str) -> String {
    let output = explain(arguments, pasted);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn first_line(page: &str) -> &str {
    page.lines().next().unwrap()
}

#[test]
fn a_code_is_explained_in_either_language() {
    let english = page(&["SIGN_ERROR"], "");
    assert_eq!(first_line(&english), "v3: SIGN_ERROR");
    assert!(english.contains("who    the merchant's code"), "{english}");
    assert!(english.contains("It can also be"), "{english}");
    let chinese = page(&["--lang", "zh", "SIGN_ERROR"], "");
    assert!(chinese.contains("由谁  商户代码"), "{chinese}");
    assert!(!chinese.contains("cause"), "{chinese}");
    assert_eq!(page(&["--lang", "zh_CN.UTF-8", "SIGN_ERROR"], ""), chinese);
    assert_eq!(page(&["--lang", "C", "SIGN_ERROR"], ""), english);
}

#[test]
fn a_request_id_gives_the_surest_answer_and_its_hour() {
    for arguments in [&["--request-id", REQUEST_ID][..], &[REQUEST_ID], &["403", REQUEST_ID]] {
        let page = page(arguments, "");
        assert!(first_line(&page).starts_with("WeChat handled it at 2024-07-31T"), "{page}");
        assert!(page.contains("v3: NOT_ENOUGH 268892709"), "{page}");
        assert!(page.contains("Top up"), "{page}");
    }
}

#[test]
fn errcodes_statuses_and_what_a_phone_shows_are_known_too() {
    assert!(page(&["40029"], "").starts_with("api.weixin.qq.com: 40029"));
    assert!(page(&["-1"], "").contains("WeChat is busy"));
    assert!(page(&["502"], "").starts_with("v3: HTTP 502"));
    assert!(page(&["403", "NOT_ENOUGH"], "").starts_with("v3: NOT_ENOUGH"));
    assert!(page(&["当前页面的URL未注册"], "").starts_with("phone: “当前页面的URL未注册”"));
}

#[test]
fn a_pasted_answer_is_read_whatever_interface_it_comes_from() {
    let v3 = format!(
        "HTTP/1.1 403 Forbidden\r\nRequest-ID: {REQUEST_ID}\r\n\r\n{{\"code\":\"NOT_ENOUGH\",\"message\":\"x\"}}"
    );
    assert!(page(&[], &v3).contains("v3: NOT_ENOUGH 268892709"));
    let v2 =
        "<xml><return_code>SUCCESS</return_code><err_code><![CDATA[BANKERROR]]></err_code></xml>";
    assert!(page(&[], v2).starts_with("v2: BANKERROR"));
    let open = r#"{"errcode":40163,"errmsg":"code been used"}"#;
    assert!(page(&[], open).starts_with("api.weixin.qq.com: 40163"));
}

#[test]
fn programs_get_both_languages() {
    let output = page(&["--json", "--request-id", REQUEST_ID], "");
    let object: Value = serde_json::from_str(&output).unwrap();
    let finding = &object["findings"][0];
    assert_eq!(finding["certainty"], "number");
    assert_eq!(finding["entry"]["party"], "console");
    assert!(finding["entry"]["cure"]["zh"].as_str().unwrap().contains("充值"));
    assert!(finding["entry"]["cure"]["en"].as_str().unwrap().contains("Top up"));
    assert_eq!(object["symptom"]["number"], 268_892_709);
    assert!(object["handled"]["at"].as_str().unwrap().starts_with("2024-07-31T"));
}

#[test]
fn what_nobody_knows_fails_and_says_whom_to_ask() {
    for (arguments, pasted) in [(&["BRAND_NEW"][..], ""), (&[], ""), (&[], "{}")] {
        let output = explain(arguments, pasted);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains("Request-ID") && complaint.contains("暂无说明"), "{complaint}");
    }
    let json = explain(&["--json", "BRAND_NEW"], "");
    assert_eq!(json.status.code(), Some(1));
    let object: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(object["findings"], Value::Array(Vec::new()));
    assert!(!explain(&["--request-id", "two words"], "").status.success());
}

/// A question about the list of certificates, signed by the world's first merchant over whatever
/// `string` makes of time and nonce, as `curl -v` prints it through a proxy.
fn copied(simulator: &Running, string: impl Fn(i64, &str) -> String) -> String {
    let (merchant, now) = simulator
        .with_world(|world, times| (world.merchants().next().unwrap().clone(), times.wall.unix()));
    let certificate = &merchant.api_certificates[0];
    let private_key_pem = certificate.private_key_pem.as_deref().unwrap();
    let key = MerchantKey::from_pem(
        merchant.mchid.clone(),
        private_key_pem,
        &certificate.certificate_pem,
    );
    let signature = key.unwrap().sign(string(now, "NONCE").as_bytes());
    let (mchid, serial_no) = (&merchant.mchid, &certificate.serial_no);
    format!(
        "* Establish HTTP proxy tunnel to api.mch.weixin.qq.com:443\n\
         > CONNECT api.mch.weixin.qq.com:443 HTTP/1.1\n> Host: api.mch.weixin.qq.com:443\n> \n\
         < HTTP/1.1 200 OK\n< \n> GET /v3/certificates HTTP/1.1\n> Accept: */*\n\
         > Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"{mchid}\",nonce_str=\"NONCE\",\
         signature=\"{signature}\",timestamp=\"{now}\",serial_no=\"{serial_no}\"\n> \n\
         < HTTP/1.1 401 Unauthorized\n< \n{{\"code\":\"SIGN_ERROR\"}}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_request_is_explained_by_the_simulator_that_knows_its_key() {
    let simulator = Simulator::start(Config::for_tests()).await.unwrap();
    let management = format!("http://{}", simulator.addresses().management);
    let asked = ["--request", "-", "--simulator", &management];
    let right = |now, nonce: &str| format!("GET\n/v3/certificates\n{now}\n{nonce}\n\n");
    let wrong = copied(&simulator, |now, nonce| right(now, nonce).trim_end().to_owned());

    let english = page(&asked, &wrong);
    assert!(english.contains("  | /v3/certificates\n"), "{english}");
    assert!(english.contains("First difference: line 4, after 37 bytes"), "{english}");
    let chinese = page(&[&asked[..], &["--lang", "zh"]].concat(), &wrong);
    assert!(chinese.contains("微信验签用的串："), "{chinese}");
    let told: Value =
        serde_json::from_str(&page(&[&asked[..], &["--json"]].concat(), &wrong)).unwrap();
    assert_eq!(told["explained"], true);
    for mistake in told["mistakes"].as_array().unwrap() {
        assert!(english.contains(mistake["name"].as_str().unwrap()), "{english}");
    }
    let fine = page(&asked, &copied(&simulator, right));
    assert_eq!(first_line(&fine), "Nothing is wrong with this signature.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_found_or_no_request_fails() {
    let simulator = Simulator::start(Config::for_tests()).await.unwrap();
    let management = format!("http://{}", simulator.addresses().management);
    let asked = ["--request", "-", "--simulator", &management];
    let unknown = copied(&simulator, |_, _| "a string that nobody knows".to_owned());
    let output = explain(&asked, &unknown);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("Excluded: "));
    let prose = explain(&asked, "it was refused again");
    assert!(String::from_utf8(prose.stderr).unwrap().contains("is no request"));
    let nobody = explain(&["--request", "-", "--simulator", "http://127.0.0.1:9"], &unknown);
    let complaint = String::from_utf8(nobody.stderr).unwrap();
    assert!(
        complaint.contains("suanpan simulate") && !complaint.contains("--config"),
        "{complaint}"
    );
}

/// `curl -v` prints no body, so it is given apart, whatever bytes it has.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_comes_from_its_own_file() {
    let simulator = Simulator::start(Config::for_tests()).await.unwrap();
    let management = format!("http://{}", simulator.addresses().management);
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.xml");
    std::fs::write(&body, [b"<xml><mch_id>1</mch_id>".as_slice(), &[0xff], b"</xml>"].concat())
        .unwrap();
    let call = "> POST /pay/orderquery HTTP/1.1\n> Accept: */*\n> \n";
    let asked = ["--request", "-", "--simulator", &management, "--json"];
    let without: Value = serde_json::from_slice(&explain(&asked, call).stdout).unwrap();
    let body = body.to_str().unwrap();
    let with: Value =
        serde_json::from_slice(&explain(&[&asked[..], &["--body", body]].concat(), call).stdout)
            .unwrap();
    assert_eq!(without["mistakes"][0]["name"], "header_missing");
    assert_ne!(with["mistakes"][0]["name"], "header_missing", "{with}");
}
