//! Refused signatures explained: the corpus, and what the journal says.

mod others;

use suanpan_wechat::verify::WINDOW_SECONDS;

use super::*;

const PAGE: &str = include_str!("../../../../../../docs/simulator/explain.md");

#[derive(serde::Deserialize)]
struct Corpus {
    now: i64,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    #[serde(default)]
    story: String,
    request: Question,
    expect: Expected,
}

#[derive(serde::Deserialize)]
struct Expected {
    mistakes: Vec<String>,
    explained: bool,
}

/// What became of one folder of wrong requests.
#[derive(Default)]
struct Score {
    explained: usize,
    all: usize,
    /// Explanations that are not what was done, or none where there should be one.
    wrong: Vec<String>,
    /// Explanations of what nobody can know.
    invented: Vec<String>,
}

impl Score {
    fn of(text: &str) -> Self {
        let corpus: Corpus = serde_json::from_str(text).unwrap();
        let mut till = Till::open();
        let second = pool::keys("merchant-").nth(3).unwrap();
        let second = pool::api_certificate(&till.mchid, &second);
        till.world.add_api_certificate(&till.mchid.clone(), second).unwrap();
        let now = Times::at(Timestamp::from_unix(corpus.now));
        let mut score = Self::default();
        for (at, case) in corpus.cases.iter().enumerate() {
            score.all += 1;
            let told = till.world.inquire(case.request.clone(), now).answer();
            let mut found: Vec<_> = told.mistakes.iter().map(|known| &*known.name).collect();
            let mut expected: Vec<_> = case.expect.mistakes.iter().map(String::as_str).collect();
            found.sort_unstable();
            expected.sort_unstable();
            let report = format!("{at} {}: {expected:?}, found {found:?}", case.story);
            let is_right = found == expected && told.explained == case.expect.explained;
            match (case.expect.explained, told.explained) {
                (true, _) if is_right => score.explained += 1,
                (false, true) => score.invented.push(report),
                _ if is_right => {}
                _ => score.wrong.push(report),
            }
            let differs = told.signed.is_some() && told.signed != told.expected;
            assert_eq!(differs, told.first_difference.is_some(), "{at}");
            assert_eq!(told.explained, told.excluded.is_none(), "{at}");
        }
        score
    }

    fn tell(&self, folder: &str) {
        let percent = self.explained * 1000 / self.all;
        println!(
            "{folder}: {} of {} explained ({}.{} %), {} otherwise, {} invented",
            self.explained,
            self.all,
            percent / 10,
            percent % 10,
            self.wrong.len(),
            self.invented.len()
        );
        for report in self.wrong.iter().chain(&self.invented) {
            println!("  {report}");
        }
        assert_eq!(self.invented, [""; 0]);
    }
}

/// The rate is over everything, the requests that nobody could explain included.
#[test]
fn nine_of_ten_wrong_requests_are_explained() {
    let generated = Score::of(include_str!("../../../../corpus/explain/generated.json"));
    generated.tell("generated");
    let by_hand = Score::of(include_str!("../../../../corpus/explain/by_hand.json"));
    by_hand.tell("by hand");
    let v2 = Score::of(include_str!("../../../../corpus/explain/v2.json"));
    v2.tell("v2");
    let (explained, all) = [&generated, &by_hand, &v2]
        .iter()
        .fold((0, 0), |(explained, all), score| (explained + score.explained, all + score.all));
    assert!(explained * 10 >= all * 9);
    let measured = format!("{explained} of {all}");
    println!("hit rate: {measured}");
    assert!(PAGE.contains(&measured), "docs/simulator/explain.md names another rate");
}

#[test]
fn every_mistake_has_its_own_name_and_both_languages() {
    let known = known_mistakes();
    assert!(known.len() >= 25);
    for (at, mistake) in known.iter().enumerate() {
        assert!(!mistake.words.zh.is_ascii() && mistake.words.en.is_ascii(), "{}", mistake.name);
        assert!(!mistake.words.en.ends_with('.') && !mistake.words.zh.ends_with('。'));
        assert!(at == 0 || known[at - 1].name < mistake.name, "{} twice", mistake.name);
    }
}

#[test]
fn the_page_about_explanations_lists_every_mistake() {
    let missing: Vec<_> = known_mistakes()
        .into_iter()
        .filter(|known| !PAGE.contains(&format!("`{}`", known.name)))
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn the_journal_explains_a_refused_signature_and_the_log_says_it() {
    let mut till = Till::open();
    let body = till.order_body("order-0001", 1).to_string();
    let mut request = till.signed_request("POST", "/v3/pay/transactions/jsapi", &body, NOON);
    request.body.push(b'\n');
    assert_eq!(till.send(&request).status, 401);
    let message = till.world.messages(&MessageFilter::default()).next().unwrap().clone();
    let told = message.explanation.unwrap();
    assert_eq!(told.mistakes[0].name, "body_newline_lost");
    assert!(told.explained);
    assert_eq!(told.key.as_ref().unwrap().serial_no, till.key.serial_no().as_str());
    assert_eq!(told.expected, message.canonical);
    let difference = told.first_difference.as_ref().unwrap();
    assert_eq!((difference.line, difference.signed.as_str()), (6, ""));
    let remarks = till.world.take_remarks();
    assert_eq!(remarks.len(), 1);
    assert_eq!(
        *remarks[0],
        "refused POST /v3/pay/transactions/jsapi: The body was signed without the newline or blanks it was sent with."
    );
    assert!(till.world.take_remarks().is_empty());
}

/// What a question may draw on is kept until somebody wants the answer, so there are few.
#[test]
fn questions_nobody_asks_for_are_bounded() {
    let mut till = Till::open();
    let mut request = till.signed_request("GET", "/v3/certificates", "", NOON);
    request.body.push(b' ');
    for _ in 0..70 {
        assert_eq!(till.send(&request).status, 401);
    }
    let filter = MessageFilter { kind: Some(MessageKind::Request), ..MessageFilter::default() };
    let explained = till.world.messages(&filter).filter(|known| known.explanation.is_some());
    assert_eq!(explained.count(), 64);
    assert_eq!(till.world.take_remarks().len(), 64);
    till.send(&request);
    assert_eq!(till.world.take_remarks().len(), 1, "whoever reads the log misses nothing");
}

#[test]
fn what_was_accepted_needs_no_explanation() {
    let mut till = Till::open();
    let request = till.signed_request("GET", "/v3/certificates", "", NOON);
    assert_eq!(till.send(&request).status, 200);
    assert!(
        till.world.messages(&MessageFilter::default()).all(|known| known.explanation.is_none())
    );
    assert!(till.world.take_remarks().is_empty());
    let question = asked(&request);
    let told = till.world.inquire(question.clone(), till.times()).answer();
    assert!(told.explained);
    assert_eq!(told.mistakes, []);
    let later = Times::at(NOON.plus(WINDOW_SECONDS + 1));
    let told = till.world.inquire(question, later).answer();
    assert_eq!(told.mistakes[0].name, "clock_off");
}

#[test]
fn nothing_is_looked_into_when_nobody_wants_to_know() {
    let mut till = Till::open();
    let mut request = till.signed_request("GET", "/v3/certificates", "", NOON);
    request.target = "/v3/certificates?a=1".to_owned();
    for wanted in [true, false] {
        till.world.settings_mut().explain_refusals = wanted;
        assert_eq!(till.send(&request).status, 401);
        assert_eq!(till.world.take_remarks().len(), usize::from(wanted));
    }
}

#[test]
fn a_signature_sent_again_with_another_request_is_recognised() {
    let mut till = Till::open();
    let first = till.signed_request("GET", "/v3/certificates", "", NOON);
    assert_eq!(till.send(&first).status, 200);
    let mut second = till.signed_request("POST", "/v3/pay/transactions/jsapi", "{\"a\":1}", NOON);
    second.headers = first.headers;
    let told = till.world.inquire(asked(&second), till.times()).answer();
    assert_eq!(told.mistakes[0].name, "signature_of_earlier_request");
    assert_eq!(told.signed.unwrap().lines().nth(1), Some("/v3/certificates"));
}

/// The work is bounded by what the string is long, and hostile headers change nothing.
#[test]
fn long_bodies_and_nonsense_are_answered_soon() {
    let till = Till::open();
    let explain = |request: &HttpRequest| till.world.inquire(asked(request), till.times()).answer();
    let long = format!("{{\"a\":\"{}\"}}", "算".repeat(300_000));
    let mut request = till.signed_request("POST", "/v3/pay/transactions/jsapi", "{}", NOON);
    request.body = long.into_bytes();
    let told = explain(&request);
    assert!(!told.explained);
    assert!(told.excluded.unwrap().combinations < 2000);
    for header in
        ["", " ", "=", "a=", "\"", "WECHATPAY2-SHA256-RSA2048 ,,,=\"", "é=é,mchid=\"", "a:b:c"]
    {
        request.headers = vec![("authorization".to_owned(), header.to_owned())];
        assert!(!explain(&request).mistakes.is_empty(), "{header}");
    }
}

fn asked(request: &HttpRequest) -> Question {
    Question {
        method: request.method.clone(),
        url: format!("http://127.0.0.1:9700{}", request.target),
        headers: request.headers.iter().cloned().collect(),
        body: String::from_utf8(request.body.clone()).unwrap(),
        body_base64: None,
        client_string: None,
    }
}

#[test]
fn of_an_upload_only_the_part_meta_is_the_body() {
    let till = Till::open();
    let meta = "{\"filename\":\"a.png\",\"sha256\":\"00\"}";
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{meta}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n"
    );
    let told = |signed: &str| {
        let mut request = till.signed_request("POST", "/v3/merchant/media/upload", signed, NOON);
        request.headers.push(("Content-Type".into(), "multipart/form-data; boundary=b".into()));
        request.body = body.clone().into_bytes();
        till.world.inquire(asked(&request), till.times()).answer()
    };
    assert_eq!(told(meta).mistakes, []);
    assert!(told(meta).explained);
    assert_eq!(told(&body).mistakes[0].name, "body_whole_upload");
}
