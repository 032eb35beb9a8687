//! What a person reads when the demo has started.

use serde_json::Value;

/// A box with the addresses, in Chinese and English.
pub(crate) fn welcome(hall: &Value) -> String {
    let at =
        |pointer: &str| hall.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
    let phone = match hall.pointer("/phone").and_then(Value::as_str) {
        Some(url) => url.to_owned(),
        None => "未包含 not built in; cargo xtask demo builds it".to_owned(),
    };
    let lines = [
        ("手机 phone", phone),
        ("收款服务 server", at("/server")),
        ("示例商店 shop", at("/shop")),
        ("模拟微信 WeChat API", at("/simulator/protocol")),
        ("正向代理 proxy", at("/simulator/proxy")),
        ("API key", at("/api_key")),
        ("webhook secret", at("/webhook_secret")),
    ];
    let mut text = String::from("\n  算盘 Suanpan · 演示 demo — 模拟 SIMULATED\n\n");
    for (name, value) in lines {
        let padding = " ".repeat(22_usize.saturating_sub(columns(name)));
        text.push_str(&format!("  {name}{padding}{value}\n"));
    }
    text.push_str(
        "\n  打开手机，买一杯茶，看钱到账。Open the phone, buy a tea, watch the money arrive.\n",
    );
    text.push_str(
        "  Ctrl-C 停止；数据保留，下次继续。Ctrl-C stops; everything is kept for the next start.\n",
    );
    text
}

/// Terminal columns: Chinese characters take two.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if c.len_utf8() == 3 { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_shown_in_line() {
        let hall = serde_json::json!({
            "phone": "http://p", "server": "http://s", "shop": "http://h",
            "simulator": {"protocol": "http://a", "proxy": "http://b"},
            "api_key": "k", "webhook_secret": "w",
        });
        let text = welcome(&hall);
        for value in ["http://p", "http://s", "http://h", "http://a", "http://b"] {
            let line = text.lines().find(|line| line.contains(value)).unwrap();
            assert_eq!(columns(line.split(value).next().unwrap()), 24, "{line}");
        }
    }
}
