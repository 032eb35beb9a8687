use std::io::Read as _;

use suanpan_wechat::bill::{Bill, FileHash, Form, FundFlowRow, Limits, Proof, TradeRow};

use super::*;

/// Asks for a bill and fetches it, as a merchant's night job does.
fn bill(till: &mut Till, query: &str) -> Result<String, (u16, String)> {
    let (hash, path) = apply(till, query)?;
    let file = till.call_raw("GET", &path);
    assert_eq!(file.status, 200);
    assert!(file.header("Wechatpay-Signature").is_none(), "nobody signs files");
    let text = if path.ends_with("&tartype=gzip") {
        let mut text = String::new();
        flate2::read::GzDecoder::new(file.body.as_slice()).read_to_string(&mut text).unwrap();
        text
    } else {
        String::from_utf8(file.body).unwrap()
    };
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    assert_eq!(hex::encode(digest), hash);
    Ok(text)
}

fn apply(till: &mut Till, query: &str) -> Result<(String, String), (u16, String)> {
    let seen = till.call("GET", &format!("/v3/bill/{query}"), "");
    if seen.status != 200 {
        return Err((seen.status, seen.code()));
    }
    let answer = seen.json();
    assert_eq!(answer["hash_type"], "SHA1");
    let url = answer["download_url"].as_str().unwrap();
    let path = url.strip_prefix("https://api.mch.weixin.qq.com").unwrap();
    Ok((answer["hash_value"].as_str().unwrap().to_owned(), path.to_owned()))
}

/// A day with a payment, another, and a refund of the first; it is half past ten the day after.
fn a_day() -> Till {
    let mut till = Till::open();
    till.sell("order-0001", 1990);
    till.wait(60);
    till.sell("order-0002", 10);
    till.wait(60);
    till.refund("order-0001", "r1", 700, 1990);
    till.order("order-0003", 5);
    till.wait(30);
    till.due();
    till.wait(22 * 3600 + 1650);
    till
}

const TRADE: &str = "tradebill?bill_date=2026-03-01";

#[test]
fn a_trade_bill_lists_what_happened_in_the_documented_form() {
    let mut till = a_day();
    let text = bill(&mut till, TRADE).unwrap();
    let paid =
        till.world.order(&till.mchid, &number("order-0001")).unwrap().payment.clone().unwrap();
    let refund = till.world.refunds().next().unwrap().clone();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
    );
    assert_eq!(
        lines[1],
        format!(
            "`2026-03-01 12:00:00,`{},`1900000001,`0,`,`{},`order-0001,`{},`JSAPI,`SUCCESS,`OTHERS,`CNY,`19.90,`0.00,`0,`0,`0.00,`0.00,`,`,`龙井茶 一杯,`,`0.12000,`0.60%,`19.90,`0.00,`",
            pool::MINI_PROGRAM,
            paid.transaction_id,
            paid.openid,
        )
    );
    assert_eq!(
        lines[3],
        format!(
            "`2026-03-01 12:02:00,`{},`1900000001,`0,`,`{},`order-0001,`{},`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`{},`r1,`7.00,`0.00,`ORIGINAL,`SUCCESS,`龙井茶 一杯,`,`-0.04000,`0.60%,`0.00,`7.00,`",
            pool::MINI_PROGRAM,
            paid.transaction_id,
            paid.openid,
            refund.refund_id,
        )
    );
    assert_eq!(
        lines[4],
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    );
    assert_eq!(lines[5], "`3,`20.00,`7.00,`0.00,`0.08000,`20.00,`7.00");
    assert_eq!(
        lines[6..],
        [""],
        "the last line ends like the others, and unpaid orders are absent"
    );
}

#[test]
fn the_types_of_a_trade_bill_have_columns_of_their_own() {
    let mut till = a_day();
    let columns = |text: &str, line: usize| {
        let line = text.split("\r\n").nth(line).unwrap();
        if line.starts_with('`') { line.split(",`").count() } else { line.split(',').count() }
    };
    for (kind, expected, rows) in [("ALL", 27, 3), ("SUCCESS", 20, 2), ("REFUND", 29, 1)] {
        let text = bill(&mut till, &format!("{TRADE}&bill_type={kind}")).unwrap();
        assert_eq!(text.split("\r\n").count(), rows + 4, "{kind}");
        for line in 0..=rows {
            assert_eq!(columns(&text, line), expected, "{kind}, line {line}");
        }
    }
    let plain = bill(&mut till, TRADE).unwrap();
    assert_eq!(bill(&mut till, &format!("{TRADE}&tar_type=GZIP")).unwrap(), plain);
}

#[test]
fn a_fund_flow_bill_follows_the_account() {
    let mut till = a_day();
    let text = bill(&mut till, "fundflowbill?bill_date=2026-03-01").unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    let moves: Vec<Vec<&str>> = lines[1..lines.len() - 3]
        .iter()
        .map(|line| line.split(",`").skip(4).take(4).collect())
        .collect();
    assert_eq!(
        moves,
        [
            ["交易", "收入", "19.90", "19.90"],
            ["扣除交易手续费", "支出", "0.12", "19.78"],
            ["交易", "收入", "0.10", "19.88"],
            ["扣除交易手续费", "收入", "0.04", "19.92"],
            ["退款", "支出", "7.00", "12.92"],
        ]
    );
    assert_eq!(lines[lines.len() - 2], "`5,`3,`20.04,`2,`7.12");
    let available = till.world.account(&till.mchid).unwrap().available.count();
    assert_eq!(available, 1292, "the last balance is what is there");
}

#[test]
fn bills_come_at_ten_and_not_before_and_an_empty_day_has_none() {
    let mut till = a_day();
    till.now = "2026-03-02T09:59:59+08:00".parse().unwrap();
    let creating = Err((400, "STATEMENT_CREATING".to_owned()));
    assert_eq!(apply(&mut till, TRADE), creating);
    assert_eq!(apply(&mut till, "tradebill?bill_date=2026-03-02"), creating);
    till.wait(1);
    assert!(apply(&mut till, TRADE).is_ok());
    let none = Err((400, "NO_STATEMENT_EXIST".to_owned()));
    assert_eq!(apply(&mut till, "tradebill?bill_date=2026-02-28"), none);
    assert_eq!(apply(&mut till, "fundflowbill?bill_date=2026-03-01&account_type=FEES"), none);
    till.wait(93 * 24 * 3600);
    assert_eq!(apply(&mut till, TRADE), none, "three months are kept");
}

#[test]
fn a_bill_is_drawn_up_once_and_tells_the_state_of_that_hour() {
    let mut till = Till::open();
    till.world.settings_mut().refund_settle_seconds = 3 * 24 * 3600;
    till.sell("order-0001", 1000);
    till.refund("order-0001", "r1", 1000, 1000);
    till.wait(23 * 3600);
    let early = bill(&mut till, &format!("{TRADE}&bill_type=REFUND")).unwrap();
    assert!(early.contains("`ORIGINAL,`PROCESSING,"));
    till.wait(5 * 24 * 3600);
    till.due();
    assert_eq!(bill(&mut till, &format!("{TRADE}&bill_type=REFUND")).unwrap(), early);
}

#[test]
fn an_address_works_for_five_minutes_and_for_its_merchant_only() {
    let mut till = a_day();
    let (_, path) = apply(&mut till, TRADE).unwrap();
    let mut other = Till::of(1, 7);
    std::mem::swap(&mut other.world, &mut till.world);
    other.now = till.now;
    assert_eq!(other.call_raw("GET", &path).status, 400, "somebody else's token");
    std::mem::swap(&mut other.world, &mut till.world);
    till.wait(300);
    assert_eq!(till.call_raw("GET", &path).status, 200);
    till.wait(1);
    assert_eq!(till.call_raw("GET", &path).status, 400);
    assert_eq!(till.call_raw("GET", "/v3/billdownload/file?token=nothing").status, 400);
    assert_eq!(till.call_raw("GET", "/v3/billdownload/file").status, 400);
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let mut till = a_day();
    for wrong in [
        "tradebill",
        "tradebill?bill_date=20260301",
        "tradebill?bill_date=2026-02-30",
        "tradebill?bill_date=2026-03-01&bill_type=EVERYTHING",
        "tradebill?bill_date=2026-03-01&tar_type=ZIP",
        "fundflowbill?bill_date=2026-03-01&account_type=MINE",
    ] {
        assert_eq!(apply(&mut till, wrong), Err((400, "PARAM_ERROR".to_owned())), "{wrong}");
    }
}

#[test]
fn a_late_bill_is_still_being_made_and_a_wrong_one_differs_in_one_row() {
    let mut till = a_day();
    let right = bill(&mut till, TRADE).unwrap();
    till.world.set_faults(vec![Fault::times(FaultName::BillLate, 1)]);
    assert_eq!(apply(&mut till, TRADE), Err((400, "STATEMENT_CREATING".to_owned())));
    assert_eq!(bill(&mut till, TRADE).unwrap(), right);
    till.world.set_faults(vec![Fault::always(FaultName::BillMismatch)]);
    for _ in 0..8 {
        let wrong = bill(&mut till, TRADE).unwrap();
        let rows = |text: &str| -> Vec<String> {
            text.split("\r\n")
                .filter(|line| line.split(",`").count() == 27)
                .map(str::to_owned)
                .collect()
        };
        let (wrong, right) = (rows(&wrong), rows(&right));
        let kept = wrong.iter().filter(|row| right.contains(row)).count();
        assert_eq!(kept, right.len() - 1);
    }
}

/// Written here from the specification and read there from the specification, by different code.
#[test]
fn the_protocol_crates_reader_believes_every_kind_of_bill() {
    fn read<R: suanpan_wechat::bill::Row>(text: &str) -> Bill<R> {
        let hash = aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
            text.as_bytes(),
        );
        let proof = Proof::Digest(FileHash::Sha1(hash.as_ref().try_into().unwrap()));
        Bill::read(text.as_bytes(), Form::Plain, proof, Limits::default()).unwrap()
    }
    let mut till = a_day();
    for (kind, rows) in [("ALL", 3), ("SUCCESS", 2), ("REFUND", 1)] {
        let text = bill(&mut till, &format!("{TRADE}&bill_type={kind}")).unwrap();
        assert_eq!(read::<TradeRow>(&text).rows.len(), rows, "{kind}");
    }
    let text = bill(&mut till, TRADE).unwrap();
    let paid: i64 = read::<TradeRow>(&text).rows.iter().map(|row| row.total.count()).sum();
    assert_eq!(paid, 2000);
    let text = bill(&mut till, "fundflowbill?bill_date=2026-03-01").unwrap();
    assert_eq!(read::<FundFlowRow>(&text).rows.len(), 5);
    till.world.set_faults(vec![Fault::always(FaultName::BillMismatch)]);
    for _ in 0..8 {
        let wrong = bill(&mut till, TRADE).unwrap();
        read::<TradeRow>(&wrong);
    }
}

fn number(text: &str) -> suanpan_wechat::id::OutTradeNo {
    suanpan_wechat::id::OutTradeNo::new(text).unwrap()
}
