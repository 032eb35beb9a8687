//! `suanpan explain --request`: why a signature is refused, asked of a simulator, which knows keys.

use std::{
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    path::Path,
};

use serde_json::Value;
use suanpan_simulator::{Config, Simulator};
use suanpan_wechat::knowledge::Language;

use super::{LONGEST_PASTE, copied::Question};
use crate::{
    arguments::{ExplainArguments, Locale},
    failure::{Failure, with_sources},
    fixture::{HINT, admitted, local_client},
    run::USUAL,
};

/// Prints why the copied request's signature is refused. A cause that is not found is a failure.
pub(super) async fn run(arguments: &ExplainArguments, copy: &Path) -> Result<(), Failure> {
    let body = arguments.body.as_deref().map(read).transpose()?;
    let question = Question::read(&read(copy)?, body);
    let question = question.ok_or_else(|| Failure::NoMessage { path: copy.to_owned() })?;
    let told = ask(arguments, &question).await?;
    if arguments.json {
        println!("{told}");
    } else {
        let page = page(&told, arguments.lang);
        std::io::stdout().write_all(page.as_bytes())?;
    }
    if told["explained"] == true { Ok(()) } else { Err(Failure::NotExplained) }
}

/// `-` is standard input, as everywhere.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let mut content = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(LONGEST_PASTE).read_to_end(&mut content)?;
    } else {
        let file = fs::File::open(path).map_err(failed)?;
        file.take(LONGEST_PASTE).read_to_end(&mut content).map_err(failed)?;
    }
    Ok(content)
}

/// Asks the simulator that was named; else the one that runs here; else one of our own, which knows
/// the merchants every simulator begins with.
async fn ask(arguments: &ExplainArguments, question: &Question) -> Result<Value, Failure> {
    let token = arguments.token.as_deref();
    let named = arguments.simulator.as_deref();
    match post(named.unwrap_or(USUAL), token, question).await {
        Err(Failure::Answer { .. }) if named.is_none() => {
            let running = Simulator::start(Config::on_free_ports()).await?;
            let management = format!("http://{}", running.addresses().management);
            let told = post(&management, None, question).await;
            running.shutdown().await;
            told
        }
        told => told,
    }
}

async fn post(
    management: &str,
    token: Option<&str>,
    question: &Question,
) -> Result<Value, Failure> {
    let unusable = |reason: String| Failure::Answer {
        what: format!("the simulator at {management}"),
        reason,
        hint: HINT,
    };
    let client = local_client().map_err(|error| unusable(error.to_string()))?;
    let mut request = client
        .post(format!("{management}/api/explain"))
        .header("Content-Type", "application/json")
        .body(serde_json::to_vec(question).expect("a question has string keys only"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| unusable(with_sources(&error.without_url())))?;
    admitted(management, &answer)?;
    let answer = answer.error_for_status();
    let answer = answer.map_err(|error| unusable(with_sources(&error.without_url())))?;
    let body = answer.bytes().await.map_err(|error| unusable(error.to_string()))?;
    serde_json::from_slice(&body).map_err(|error| unusable(error.to_string()))
}

fn page(told: &Value, Locale(language): Locale) -> String {
    let is_chinese = language == Language::Chinese;
    let say = |zh, en| if is_chinese { zh } else { en };
    let mut page = String::new();
    let summary = told["summary"][say("zh", "en")].as_str().unwrap_or_default();
    line(&mut page, format_args!("{summary}"));
    for mistake in told["mistakes"].as_array().into_iter().flatten() {
        line(&mut page, format_args!("  {}", mistake["name"].as_str().unwrap_or_default()));
    }
    for (member, heading) in [
        ("expected", say("微信验签用的串：", "WeChat checks the signature against:")),
        ("signed", say("实际签名的串：", "What was signed:")),
    ] {
        // Where both are the same, one is enough.
        let is_twice = member == "signed" && told["signed"] == told["expected"];
        if let Some(text) = told[member].as_str().filter(|_| !is_twice) {
            line(&mut page, format_args!("\n{heading}"));
            for part in text.split('\n') {
                line(&mut page, format_args!("  | {}", visible(part)));
            }
        }
    }
    let difference = &told["first_difference"];
    if difference.is_object() {
        let heading = say("第一处不同：", "First difference: ");
        let (row, byte) = (&difference["line"], &difference["byte"]);
        let place = match is_chinese {
            true => format!("第 {row} 行，前 {byte} 个字节相同"),
            false => format!("line {row}, after {byte} bytes that are the same"),
        };
        line(&mut page, format_args!("\n{heading}{place}"));
    }
    let excluded = &told["excluded"];
    if excluded.is_object() {
        let (keys, tried) = (&excluded["keys"], &excluded["combinations"]);
        let count = excluded["mistakes"].as_array().map_or(0, Vec::len);
        let tried = match is_chinese {
            true => format!("已排除：{keys} 个密钥、{count} 种错误（共试了 {tried} 个待签名串）。"),
            false => format!("Excluded: {keys} keys and {count} mistakes, in {tried} strings."),
        };
        line(&mut page, format_args!("\n{tried}"));
    }
    page
}

/// A body may hold what a terminal obeys.
fn visible(text: &str) -> String {
    let escape = |sign: char| match sign.is_control() {
        true => sign.escape_debug().to_string(),
        false => sign.to_string(),
    };
    text.chars().map(escape).collect()
}

fn line(page: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(page, "{line}").expect("writing into a string cannot fail");
}
