//! `suanpan explain`: what an error of WeChat means, whose turn it is, and what to do; or why a
//! signature is refused.

mod copied;
mod signature;

use std::{
    fmt::Write as _,
    io::{IsTerminal as _, Read as _},
};

use serde_json::json;
use suanpan_wechat::{
    id::RequestId,
    knowledge::{Certainty, Entry, Finding, Language, Symptom, Text, explain},
};

use crate::{arguments::ExplainArguments, failure::Failure};

/// More than any error has; the rest is not read.
const LONGEST_PASTE: u64 = 1024 * 1024;

/// Prints what is known, the surest first. Nothing known is a failure, so that scripts notice.
pub(crate) async fn run(arguments: &ExplainArguments) -> Result<(), Failure> {
    if let Some(copy) = &arguments.request {
        return signature::run(arguments, copy).await;
    }
    let symptom = symptom(arguments)?;
    let findings = explain(&symptom);
    if arguments.json {
        let stamp = symptom.request_id.as_ref().and_then(RequestId::stamp);
        let handled = stamp.map(|stamp| json!({ "at": stamp.at, "address": stamp.address }));
        println!("{}", json!({ "symptom": symptom, "handled": handled, "findings": findings }));
    } else {
        print!("{}", page(&symptom, &findings, arguments.lang.0));
    }
    if findings.is_empty() { Err(Failure::NothingKnown) } else { Ok(()) }
}

fn symptom(arguments: &ExplainArguments) -> Result<Symptom, Failure> {
    let has_words = !arguments.words.is_empty();
    let symptom = if has_words {
        Symptom::from_words(arguments.words.iter().flat_map(|words| words.split_whitespace()))
    } else if arguments.request_id.is_some() {
        Symptom::default()
    } else {
        if std::io::stdin().is_terminal() {
            eprintln!("粘贴微信的应答，以 Ctrl-D 结束。Paste WeChat's answer, then press Ctrl-D.");
        }
        let mut pasted = Vec::new();
        std::io::stdin().take(LONGEST_PASTE).read_to_end(&mut pasted)?;
        Symptom::from_paste(&String::from_utf8_lossy(&pasted))
    };
    Ok(match &arguments.request_id {
        Some(id) => symptom.with_request_id(id.clone()),
        None => symptom,
    })
}

fn page(symptom: &Symptom, findings: &[Finding], language: Language) -> String {
    let say = |zh, en| Text { zh, en }.in_language(language);
    let mut page = String::new();
    if let Some(stamp) = symptom.request_id.as_ref().and_then(RequestId::stamp) {
        let handled = say("微信处理时间", "WeChat handled it at");
        writeln_to(&mut page, format_args!("{handled} {} ({})\n", stamp.at, stamp.address));
    }
    let mut told_possible = false;
    for Finding { certainty, entry } in findings {
        if *certainty == Certainty::Possible && !told_possible {
            told_possible = true;
            let heading = say(
                "也可能是（看 message 或 Request-ID 末尾的数字）：",
                "It can also be (message or the number of the Request-ID would tell):",
            );
            writeln_to(&mut page, format_args!("{heading}\n"));
        }
        writeln_to(&mut page, format_args!("{}", title(entry)));
        for (label, text) in [
            (say("原因", "cause"), entry.cause),
            (say("由谁", "who  "), entry.party.name()),
            (say("处理", "cure "), entry.cure),
        ] {
            writeln_to(&mut page, format_args!("  {label}  {}", text.in_language(language)));
        }
        page.push('\n');
    }
    page
}

/// What an entry is recognised by, as it stands on the wire.
fn title(entry: &Entry) -> String {
    let sign = entry.sign;
    let parts = [
        sign.status.map(|status| format!("HTTP {status}")),
        sign.code.map(str::to_owned),
        sign.number.map(|number| number.to_string()),
        sign.message.map(|message| format!("“{message}”")),
    ];
    format!("{}: {}", sign.api.name(), parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn writeln_to(page: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(page, "{line}").expect("writing into a string cannot fail");
}
