//! Every layout of a bill that was ever published, found by the names of its columns.

use suanpan_wechat::{
    Fen,
    bill::{
        Bill, BillError, Direction, Fee, Form, FundFlowRow, Happened, Limits, Proof, Record,
        RefundRowStatus, Row, TradeRow,
    },
};

use crate::bills::digest_of;

const ALL: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUCCESS: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注";
const REFUND: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const RECHARGE_REFUND: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,返还手续费,费率,订单金额,申请退款金额";
const BEFORE_2018: &str = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const SUMMARY_OF_SUCCESS: &str = "总交易单数,应结订单总金额,手续费总金额,订单总金额";
const SUMMARY_BEFORE_2018: &str =
    "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额";
const FUND_FLOW: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const SUMMARY_OF_FUND_FLOW: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

// The published lines, with digits where their authors wrote letters over the merchant's numbers.
const PAID: &str = "`2019-07-25 08:35:41,`WWWW,`1900000109,`0,`,`4200000363201907250000000001,`20190725083541,`XXXXXXXXXXX,`JSAPI,`SUCCESS,`PSBC_DEBIT,`CNY,`6.00,`0.00,`0,`0,`0.00,`0.00,`,`,`XXXXXX,`XXXXXXX,`0.04000,`0.60%,`6.00,`0.00,`";
const PAID_ONLY: &str = "`2019-07-25 08:35:41,`WWWW,`1900000109,`0,`,`4200000363201907250000000001,`20190725083541,`XXXXXXXXXXX,`JSAPI,`SUCCESS,`PSBC_DEBIT,`CNY,`6.00,`0.00,`XXXXXX,`XXXXXXX,`0.04000,`0.60%,`6.00,`";
const REFUNDED: &str = "`2019-07-23 20:53:36,`xxx,`1900000109,`1900000110,`,`4200000363201907230000000002,`xxxxx,`xxxxx,`JSAPI,`REFUND,`CFT,`CNY,`0.00,`0.00,`2019-07-23 20:53:36,`2019-07-23 20:53:40,`50000000012019072300000000001,`xxx,`0.01,`0.00,`ORIGINAL,`SUCCESS,`xxxx,`xxxx,`-0.02000,`0.60%,`0.00,`0.01,`";

fn file(lines: &[&str]) -> String {
    format!("\u{feff}{}\r\n", lines.join("\r\n"))
}

fn read<R: Row>(file: &str) -> Result<Bill<R>, BillError> {
    Bill::read(file.as_bytes(), Form::Plain, digest_of(file.as_bytes()), Limits::default())
}

fn one(lines: &[&str]) -> TradeRow {
    let bill = read::<TradeRow>(&file(lines)).unwrap();
    let [row] = &bill.rows[..] else { panic!("{} rows", bill.rows.len()) };
    row.clone()
}

#[test]
fn every_layout_has_the_columns_it_is_known_by() {
    for (header, columns) in
        [(ALL, 27), (SUCCESS, 20), (REFUND, 29), (BEFORE_2018, 24), (FUND_FLOW, 11)]
    {
        assert_eq!(header.split(',').count(), columns);
    }
}

#[test]
fn b03_the_published_payment_is_read_in_all_and_in_success() {
    let all = one(&[ALL, PAID, SUMMARY, "`1,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.00"]);
    for summary in [
        [SUMMARY_OF_SUCCESS, "`1,`6.00,`0.04000,`6.00"],
        [SUMMARY, "`1,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.00"],
    ] {
        let success = one(&[SUCCESS, PAID_ONLY, summary[0], summary[1]]);
        assert_eq!(success, all);
    }
    assert_eq!(all.time.to_string(), "2019-07-25T08:35:41+08:00");
    assert_eq!((all.mchid.as_str(), all.sub_mchid), ("1900000109", None));
    assert_eq!(all.transaction_id.as_str(), "4200000363201907250000000001");
    assert_eq!(all.happened, Happened::Paid);
    assert_eq!((all.total.count(), all.settlement_total), (600, Some(Fen::new(600).unwrap())));
    assert_eq!(all.fee, Fee::from_thousandths_of_fen(4000));
    assert_eq!((all.description.as_str(), all.attach.as_str()), ("XXXXXX", "XXXXXXX"));
    assert_eq!((all.bank_type.as_str(), all.rate_note.as_str()), ("PSBC_DEBIT", ""));
}

#[test]
fn b03_the_published_refund_is_read_and_gives_its_fee_back() {
    let summary = "`1,`0.00,`0.01,`0.00,`-0.02000,`0.00,`0.01";
    let row = one(&[REFUND, REFUNDED, SUMMARY, summary]);
    assert_eq!(row.happened, Happened::Refund);
    assert_eq!(row.sub_mchid.unwrap().as_str(), "1900000110");
    assert_eq!(row.fee, Fee::from_thousandths_of_fen(-2000));
    let refund = row.refund.unwrap();
    assert_eq!(refund.refund_id.as_str(), "50000000012019072300000000001");
    assert_eq!((refund.amount.count(), refund.requested.unwrap().count()), (1, 1));
    assert_eq!(refund.status, RefundRowStatus::Success);
    assert_eq!(refund.channel, "ORIGINAL");
    assert_eq!(refund.applied_at.unwrap().to_string(), "2019-07-23T20:53:36+08:00");
    assert_eq!(refund.succeeded_at.unwrap().to_string(), "2019-07-23T20:53:40+08:00");
    // The same line without the remark on the rate: a bill of voucher refunds.
    let recharge = REFUNDED.strip_suffix(",`").unwrap();
    let recharge = one(&[RECHARGE_REFUND, recharge, SUMMARY, summary]);
    assert_eq!(recharge.fee, Fee::from_thousandths_of_fen(-2000));
}

#[test]
fn b03_a_refund_that_is_under_way_has_no_end_yet() {
    let running = REFUNDED.replace("`2019-07-23 20:53:40", "`").replace("`SUCCESS", "`PROCESSING");
    let row = one(&[REFUND, &running, SUMMARY, "`1,`0.00,`0.01,`0.00,`-0.02,`0.00,`0.01"]);
    let refund = row.refund.unwrap();
    assert_eq!((refund.status, refund.succeeded_at), (RefundRowStatus::Processing, None));
}

#[test]
fn b03_bills_of_old_merchants_are_read_by_their_own_names() {
    let paid: Vec<&str> = PAID.split(",`").take(24).collect();
    let row =
        one(&[BEFORE_2018, &paid.join(",`"), SUMMARY_BEFORE_2018, "`1,`6.00,`0.00,`0.00,`0.04000"]);
    assert_eq!((row.total.count(), row.settlement_total), (600, None));
    let wrong = file(&[
        BEFORE_2018,
        &paid.join(",`"),
        SUMMARY_BEFORE_2018,
        "`1,`6.01,`0.00,`0.00,`0.04000",
    ]);
    assert!(matches!(read::<TradeRow>(&wrong), Err(BillError::WrongTotal { .. })));
}

#[test]
fn b03_columns_may_come_in_any_order_and_in_any_company() {
    let summary = [SUMMARY, "`1,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.00"];
    let known = one(&[ALL, PAID, summary[0], summary[1]]);
    let names: Vec<&str> = ALL.split(',').collect();
    let values: Vec<&str> = PAID[1..].split(",`").collect();
    for turn in 0..names.len() {
        let mut names = names.clone();
        let mut values = values.clone();
        names.rotate_left(turn);
        values.rotate_left(turn);
        names.insert(turn, "全新的一列");
        values.insert(turn, "new");
        let header = names.join(",");
        let line = format!("`{}", values.join(",`"));
        assert_eq!(one(&[&header, &line, summary[0], summary[1]]), known, "turned by {turn}");
    }
}

#[test]
fn b03_a_missing_column_stops_the_bill() {
    let needed =
        ["交易时间", "商户号", "微信订单号", "商户订单号", "交易状态", "订单金额", "手续费"];
    let names: Vec<&str> = SUCCESS.split(',').collect();
    let values: Vec<&str> = PAID_ONLY[1..].split(",`").collect();
    for (at, name) in names.iter().enumerate() {
        let header = without(&names, at).join(",");
        let line = format!("`{}", without(&values, at).join(",`"));
        let bill = file(&[&header, &line, SUMMARY_OF_SUCCESS, "`1,`6.00,`0.04,`6.00"]);
        match read::<TradeRow>(&bill) {
            Err(BillError::MissingColumn { column }) => assert_eq!(column, *name),
            // The summary speaks of a column that the rows do not have.
            Err(BillError::WrongTotal { .. }) => assert_eq!(*name, "应结订单金额"),
            Ok(_) => assert!(!needed.contains(name), "{name} is needed"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

fn without<'a>(all: &[&'a str], at: usize) -> Vec<&'a str> {
    [&all[..at], &all[at + 1..]].concat()
}

#[test]
fn b03_an_unreadable_value_is_named_and_not_repeated() {
    for (from, to, column) in [
        ("`2019-07-25 08:35:41", "`canary", "交易时间"),
        ("`1900000109", "`canary", "商户号"),
        ("`4200000363201907250000000001", "`can ary", "微信订单号"),
        (",`0.60%,`6.00", ",`0.60%,`6.001", "订单金额"),
        (",`0.60%,`6.00", ",`0.60%,`-6.00", "订单金额"),
        ("`0.04000", "`0.040000", "手续费"),
        ("`0,`0,`0.00", "`0,`0,`1.00", "微信退款单号"),
    ] {
        let line = PAID.replace(from, to);
        assert_ne!(line, PAID);
        let refused = read::<TradeRow>(&file(&[ALL, &line])).unwrap_err();
        assert_eq!(refused, BillError::BadValue { line: 2, column });
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    }
    let uneven = file(&[ALL, PAID_ONLY]);
    assert_eq!(read::<TradeRow>(&uneven), Err(BillError::Uneven { line: 2 }));
}

#[test]
fn b03_names_full_of_borders_change_no_amount() {
    let hostile = "tea,`9999.00,`0.00000,`0.00%,`9999.00,`";
    let line = PAID.replace(",`XXXXXX,`", &format!(",`{hostile},`"));
    let row = one(&[ALL, &line, SUMMARY, "`1,`6.00,`0.00,`0.00,`0.04,`6.00,`0.00"]);
    assert_eq!((row.total.count(), row.fee.thousandths_of_fen()), (600, 4000));
    assert_eq!(row.description, hostile);
    assert_eq!(row.attach, "XXXXXXX");
}

#[test]
fn an_empty_day_is_a_bill_without_rows() {
    let empty = file(&[ALL, SUMMARY, "`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00"]);
    let bill = read::<TradeRow>(&empty).unwrap();
    assert_eq!((bill.rows.len(), bill.checked.rows()), (0, 0));
    for nothing in ["", "\u{feff}", "\r\n", &file(&[ALL]), &file(&[ALL, SUMMARY])] {
        assert!(read::<TradeRow>(nothing).is_err(), "{nothing:?}");
    }
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let lines = [ALL, PAID, SUMMARY, "`1,`6.00,`0.00,`0.00,`0.04000,`6.00,`0.00"];
    let known = one(&lines);
    for text in [
        file(&lines).replace('\u{feff}', ""),
        file(&lines).replace('\r', ""),
        file(&lines).trim_end().to_owned(),
    ] {
        assert_eq!(read::<TradeRow>(&text).unwrap().rows, std::slice::from_ref(&known));
    }
}

#[test]
fn fund_flows_add_up_in_both_directions() {
    let income = "`2024-10-01 12:34:56,`4200001234202410011234567890,`5001,`交易,`交易,`收入,`6.00,`106.00,`1900000109API,`a,b\\r\\n,`W1";
    let expense = "`2024-10-01 13:00:00,`5030,`5002,`退款,`退款,`支出,`0.18,`105.82,`system,`,`W2";
    let odd = "`2024-10-01 14:00:00,`5031,`5003,`冻结,`冻结,`冻结,`1.00,`-1.00,`,`,`";
    let summary = "`3.0,`1.0,`6.00,`1.0,`0.18";
    for header in [FUND_FLOW.to_owned(), FUND_FLOW.replace('(', "（").replace(')', "）")] {
        let text = file(&[&header, income, expense, odd, SUMMARY_OF_FUND_FLOW, summary]);
        let bill = read::<FundFlowRow>(&text).unwrap();
        let [first, second, third] = &bill.rows[..] else { panic!("three rows") };
        assert_eq!((&first.direction, first.amount.count()), (&Direction::Income, 600));
        assert_eq!(first.remark, "a,b\\r\\n");
        assert_eq!(
            (&second.direction, second.balance),
            (&Direction::Expense, "105.82".parse().unwrap())
        );
        assert_eq!(third.direction, Direction::Other("冻结".to_owned()));
        assert_eq!(bill.checked.totals().len(), 5);
    }
    // The published summary, with the rows it would need: none of them is here.
    let published = "`20.0,`17.0,`0.35,`3.0,`0.18";
    let text = file(&[FUND_FLOW, expense, SUMMARY_OF_FUND_FLOW, published]);
    assert!(matches!(read::<FundFlowRow>(&text), Err(BillError::WrongTotal { .. })));
}

#[test]
fn bills_nobody_documents_are_read_by_name_and_need_their_digest() {
    let text = file(&["分账时间,分账金额", "`2024-10-01 12:34:56,`0.10", "合计,总额", "`1,`0.10"]);
    let bill = read::<Record>(&text).unwrap();
    assert_eq!(bill.rows[0].get("分账金额"), Some("0.10"));
    assert_eq!(bill.rows[0].get("没有"), None);
    assert_eq!(bill.rows[0].iter().count(), 2);
    let unproven =
        Bill::<Record>::read(text.as_bytes(), Form::Plain, Proof::Summary, Limits::default());
    assert_eq!(unproven, Err(BillError::Unproven));
}
