//! Bills, which nobody signs.

use std::io::Write as _;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use flate2::{Compression, write::GzEncoder};
use suanpan_wechat::{
    bill::{BillError, Direction, FundFlowRow, Happened, Limits, Row, Sum, TradeRow},
    pay_v2::{
        bill::{Consistent, Reader, Reason, StatementError},
        xml::{DOCUMENT_LIMIT, XmlError},
    },
};

/// All 45 lines of WeChat's own sample.
const BILL: &[u8] = include_bytes!("../../vectors/bill_all.csv");

const FUND_FLOW: &str = "\u{feff}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,\
    收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号\r\n\
    `2018-02-01 04:21:23,`50000305742018020103387128253,`1900009231201802015884652186,`退款,`退款,\
    `支出,`0.02,`0.17,`system,`缺货,`REF4200000068201801293084726067\r\n\
    `2018-02-01 09:00:00,`4200000068201801293084726067,`1900009231201802015884652187,`交易,`交易,\
    `收入,`0.35,`0.52,`system,`,`T1\r\n\
    资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n\
    `2.0,`1.0,`0.35,`1.0,`0.02\r\n";

fn gzip(file: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(file).unwrap();
    encoder.finish().unwrap()
}

/// The header as WeChat writes it.
fn sha(body: &[u8]) -> String {
    format!("SHA={}", hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, body)))
}

/// Reads an answer that comes in pieces of `piece` bytes.
fn read_in<R: Row>(
    body: &[u8],
    header: Option<&str>,
    piece: usize,
) -> Result<(Vec<R>, Consistent), StatementError> {
    let mut reader = Reader::new(200, header, Limits::default())?;
    let mut rows = Vec::new();
    for piece in body.chunks(piece) {
        reader.feed(piece, |row| rows.push(row))?;
    }
    let verdict = reader.finish(|row| rows.push(row))?;
    Ok((rows.into_iter().map(|row| row.consistent_by(&verdict)).collect(), verdict))
}

fn read<R: Row>(body: &[u8], header: Option<&str>) -> Result<(Vec<R>, Consistent), StatementError> {
    read_in(body, header, body.len().max(1))
}

fn refused(body: &[u8], header: Option<&str>) -> StatementError {
    read::<FundFlowRow>(body, header).unwrap_err()
}

#[test]
fn b01_an_unsigned_trade_bill_is_rows_that_add_up() {
    let (rows, verdict) = read::<TradeRow>(BILL, None).unwrap();
    assert_eq!((rows.len(), verdict.rows(), verdict.has_digest()), (45, 45, false));
    assert_eq!(verdict.file_bytes(), u64::try_from(BILL.len()).unwrap());
    assert_eq!(verdict.totals().len(), 7, "{:?}", verdict.totals());
    assert!(rows.iter().any(|row| row.happened == Happened::Refund));
    for body in [BILL, &gzip(BILL)] {
        for piece in [1, 2, 3, 4, 5, 4096] {
            assert_eq!(read_in(body, None, piece).unwrap(), (rows.clone(), verdict.clone()));
        }
    }
}

#[test]
fn b01_an_unsigned_fund_flow_also_fits_the_digest_of_its_header() {
    let file = FUND_FLOW.as_bytes();
    let (rows, verdict) = read::<FundFlowRow>(file, Some(&sha(file))).unwrap();
    assert!(verdict.has_digest());
    assert_eq!((rows[0].amount.count(), &rows[0].direction), (2, &Direction::Expense));
    assert_eq!((rows[1].amount.count(), &rows[1].direction), (35, &Direction::Income));
    assert_eq!((rows[0].remark.as_str(), rows[1].voucher.as_str()), ("缺货", "T1"));
    assert_eq!(verdict.totals()[0], ("资金流水总笔数", "2".parse::<Sum>().unwrap()));
    // Which of the two a packed one is digested as is not documented.
    let packed = gzip(file);
    for header in [sha(file), sha(&packed), format!("md5=x, {}", sha(file).to_lowercase())] {
        assert!(read::<FundFlowRow>(&packed, Some(&header)).unwrap().1.has_digest(), "{header}");
    }
    assert!(!read::<FundFlowRow>(file, None).unwrap().1.has_digest());
    assert!(!read::<FundFlowRow>(file, Some("md5=x")).unwrap().1.has_digest());
}

#[test]
fn b01_an_unsigned_bill_that_was_damaged_is_not_believed() {
    let file = FUND_FLOW.as_bytes();
    let wrong = StatementError::Bill(BillError::WrongDigest);
    let other = FUND_FLOW.replace("缺货", "无货");
    assert_eq!(refused(other.as_bytes(), Some(&sha(file))), wrong);
    for header in ["SHA=", "SHA=00", &sha(file)[..43], "sha=zz"] {
        assert_eq!(refused(file, Some(header)), wrong, "{header}");
    }
    let counterfeit = FUND_FLOW.replace("`0.02,`0.17", "`0.03,`0.17");
    assert!(matches!(
        refused(counterfeit.as_bytes(), None),
        StatementError::Bill(BillError::WrongTotal { column: "支出金额", .. })
    ));
    for end in 0..file.len() - 2 {
        assert!(read::<FundFlowRow>(&file[..end], None).is_err(), "{end} bytes");
    }
    let packed = gzip(file);
    for end in 0..packed.len() {
        assert!(read::<FundFlowRow>(&packed[..end], None).is_err(), "{end} packed bytes");
    }
}

/// Every page and header that was ever seen in place of a bill.
#[test]
fn a_refusal_is_told_from_a_bill() {
    for (body, reason, code, message) in [
        (
            "<xml><return_code><![CDATA[FAIL]]></return_code>\
             <return_msg><![CDATA[No Bill Exist]]></return_msg>\
             <error_code><![CDATA[20002]]></error_code></xml>",
            Reason::NoBill,
            Some("20002"),
            "No Bill Exist",
        ),
        (
            "<xml><return_code>FAIL</return_code><return_msg>NO Bill Exist</return_msg></xml>",
            Reason::NoBill,
            None,
            "NO Bill Exist",
        ),
        (
            "\u{feff}<xml><return_code>FAIL</return_code>\
             <return_msg>Bill Creating</return_msg></xml>",
            Reason::NotYet,
            None,
            "Bill Creating",
        ),
        (
            "<xml><return_code>SUCCESS</return_code><return_msg>OK</return_msg>\
             <result_code>FAIL</result_code><err_code>BILL_CREATING</err_code>\
             <err_code_des>流水账单创建中</err_code_des></xml>",
            Reason::NotYet,
            Some("BILL_CREATING"),
            "流水账单创建中",
        ),
        (
            "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>\
             <err_code>NO_BILL_EXIST</err_code></xml>",
            Reason::NoBill,
            Some("NO_BILL_EXIST"),
            "",
        ),
        (
            "<xml><return_code>FAIL</return_code><return_msg>SIGN ERROR</return_msg></xml>",
            Reason::Other,
            None,
            "SIGN ERROR",
        ),
    ] {
        for piece in [1, 4, body.len()] {
            let read = read_in::<TradeRow>(body.as_bytes(), None, piece);
            let Err(StatementError::Refused(refusal)) = read else { panic!("{body}") };
            assert_eq!(
                (refusal.reason, refusal.code.as_deref(), refusal.message.as_str()),
                (reason, code, message)
            );
        }
    }
}

#[test]
fn b02_what_is_neither_bill_nor_refusal_ends_within_bounds() {
    let page = refused(b"<html><body>502 Bad Gateway</body></html>", None);
    assert!(matches!(page, StatementError::Markup(XmlError::Root { .. })), "{page}");
    assert_eq!(refused(b"", None), StatementError::Bill(BillError::NoSummary));
    for text in [&b"\xef\xbb\xbf"[..], b"502", b"{\"code\":\"x\",\"message\":\"y\"}"] {
        assert!(matches!(refused(text, None), StatementError::Bill(_)), "{text:?}");
    }
    let down = Reader::<TradeRow>::new(502, None, Limits::default()).unwrap_err();
    assert_eq!(down, StatementError::Busy { status: 502 });
    let mut endless = Reader::<TradeRow>::new(200, None, Limits::default()).unwrap();
    let chunk = vec![b'<'; DOCUMENT_LIMIT];
    endless.feed(&chunk, |_| ()).unwrap();
    let too_large = Err(StatementError::Markup(XmlError::TooLarge));
    for _ in 0..2 {
        assert_eq!(endless.feed(b"<", |_| ()), too_large);
    }
    let mut nonsense = Reader::<TradeRow>::new(200, None, Limits::default()).unwrap();
    let refused = nonsense.feed(b"one line\n", |_| ());
    assert_eq!(refused, Err(StatementError::Bill(BillError::NotABill)));
    assert_eq!(nonsense.feed(BILL, |_| ()), refused, "it stays refused");
}
