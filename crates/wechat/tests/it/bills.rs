//! Bills from application to verdict: what is believed, and everything that must not be.

use std::io::Write as _;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use suanpan_wechat::{
    Fen,
    bill::{
        AccountType, Bill, BillError, BillType, EcommerceFundFlowBill, Fee, FileHash, Form,
        FundFlowBill, Limits, ProfitSharingBill, Proof, Reader, Sum, TradeBill, TradeRow,
        Unavailable,
    },
    call::{Call, Rejection},
    error::ErrorCode,
};

pub(crate) const SAMPLE: &[u8] = include_bytes!("../vectors/bill_all.csv");

pub(crate) fn gzip(file: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(file).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn digest_of(file: &[u8]) -> Proof {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, file);
    Proof::Digest(FileHash::Sha1(hash.as_ref().try_into().unwrap()))
}

fn read(file: &[u8], form: Form, proof: Proof) -> Result<Bill<TradeRow>, BillError> {
    Bill::read(file, form, proof, Limits::default())
}

fn sum(text: &str) -> Sum {
    text.parse().unwrap()
}

#[test]
fn applications_are_as_documented() {
    let bill_date = "2019-06-11".parse().unwrap();
    let sub_mchid = Some("19000000001".parse().unwrap());
    let target = |request: suanpan_wechat::call::Request| {
        assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
        request.target
    };
    let trade =
        TradeBill { bill_date, bill_type: BillType::All, form: Form::Plain, sub_mchid: None };
    assert_eq!(target(trade.request()), "/v3/bill/tradebill?bill_date=2019-06-11&bill_type=ALL");
    let trade = TradeBill {
        bill_type: BillType::Refund,
        form: Form::Gzip,
        sub_mchid: sub_mchid.clone(),
        ..trade
    };
    assert_eq!(
        target(trade.request()),
        "/v3/bill/tradebill?bill_date=2019-06-11&bill_type=REFUND&tar_type=GZIP&sub_mchid=19000000001"
    );
    let flow = FundFlowBill { bill_date, account_type: AccountType::Fees, form: Form::Plain };
    assert_eq!(
        target(flow.request()),
        "/v3/bill/fundflowbill?bill_date=2019-06-11&account_type=FEES"
    );
    let platform = EcommerceFundFlowBill { bill_date, form: Form::Gzip };
    assert_eq!(
        target(platform.request()),
        "/v3/ecommerce/bill/fundflowbill?bill_date=2019-06-11&account_type=ALL&tar_type=GZIP"
    );
    let sharing = ProfitSharingBill { bill_date, form: Form::Gzip, sub_mchid };
    assert_eq!(
        target(sharing.request()),
        "/v3/profitsharing/bills?bill_date=2019-06-11&tar_type=GZIP&sub_mchid=19000000001"
    );
}

#[test]
fn b05_a_day_without_trade_and_a_bill_not_yet_made_are_no_failures() {
    let of = |code: &str| {
        let code = ErrorCode::from(code.to_owned());
        let (message, detail, request_id) = (String::new(), None, None);
        Unavailable::of(&Rejection { status: 400, code, message, detail, request_id })
    };
    assert_eq!(of("NO_STATEMENT_EXIST"), Some(Unavailable::NothingHappened));
    assert_eq!(of("STATEMENT_CREATING"), Some(Unavailable::NotYet));
    assert_eq!(of("NO_AUTH"), None);
}

#[test]
fn a_days_bill_is_read_and_adds_up() {
    for (file, form) in [(SAMPLE.to_vec(), Form::Plain), (gzip(SAMPLE), Form::Gzip)] {
        let bill = read(&file, form, digest_of(SAMPLE)).unwrap();
        assert_eq!(bill.rows.len(), 45);
        assert_eq!(bill.checked.rows(), 45);
        assert_eq!(bill.checked.file_bytes(), 12_351);
        let totals = bill.checked.totals();
        assert_eq!(totals.len(), 7, "every column of the summary was checked");
        assert!(totals.contains(&("手续费总金额", sum("0.08"))));
        assert!(totals.contains(&("订单总金额", sum("0.47"))));
        let [refund, .., paid] = &bill.rows[..] else { panic!("45 rows") };
        assert_eq!(refund.time.to_string(), "2024-03-05T08:00:00+08:00");
        let part = refund.refund.as_ref().unwrap();
        assert_eq!(part.refund_id.as_str(), "50302400032024030500015485863");
        assert_eq!(part.out_refund_no().unwrap().as_str(), "back-001000");
        assert_eq!((part.amount.count(), part.requested.unwrap().count()), (1, 1));
        assert_eq!(refund.total, Fen::ZERO);
        assert_eq!(paid.refund, None);
        assert_eq!((paid.total.count(), paid.coupon.count()), (3, 1));
        assert_eq!(paid.fee, Fee::from_thousandths_of_fen(1000));
        assert_eq!((paid.rate.as_str(), paid.rate_note.as_str()), ("39.00%", ""));
        assert_eq!(paid.description, "青柑普洱");
        assert_eq!(paid.sub_mchid, None, "0 means none");
    }
}

/// A payment and a refund of the sample, with a summary of their own.
fn short() -> Vec<u8> {
    let sample: Vec<&str> = std::str::from_utf8(SAMPLE).unwrap().lines().collect();
    let summary = "`2,`0.03,`0.01,`0.00,`0.01,`0.03,`0.01";
    let lines = [sample[0], sample[1], sample[3], sample[46], summary, ""];
    lines.join("\r\n").into_bytes()
}

#[test]
fn b01_a_bill_with_one_changed_byte_is_not_believed() {
    let file = short();
    let whole = read(&file, Form::Plain, digest_of(&file)).unwrap();
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(read(&changed, Form::Plain, digest_of(&file)).is_err(), "byte {at}");
    }
    let packed = gzip(&file);
    for at in 0..packed.len() {
        let mut changed = packed.clone();
        changed[at] ^= 1;
        // The header of a gzip file has bytes without meaning, such as its time.
        match read(&changed, Form::Gzip, digest_of(&file)) {
            Ok(bill) => assert!((3..10).contains(&at) && bill == whole, "byte {at}"),
            Err(_) => assert!(!(4..10).contains(&at), "byte {at}"),
        }
    }
}

#[test]
fn b01_a_bill_cut_anywhere_is_not_believed() {
    let file = short();
    for end in 0..file.len() {
        assert!(read(&file[..end], Form::Plain, digest_of(&file)).is_err(), "{end} bytes");
    }
    let packed = gzip(&file);
    for end in 0..packed.len() {
        assert!(read(&packed[..end], Form::Gzip, digest_of(&file)).is_err(), "{end} bytes");
    }
    // Without a digest the summary finds every cut that takes a digit of it.
    for end in 0..file.len() - "\r\n".len() {
        assert!(read(&file[..end], Form::Plain, Proof::Summary).is_err(), "{end} bytes");
    }
}

#[test]
fn b01_nothing_may_follow_the_end() {
    let mut longer = SAMPLE.to_vec();
    longer.extend_from_slice(b"\r\n\n");
    assert!(read(&longer, Form::Plain, digest_of(&longer)).is_ok(), "empty lines are no lines");
    longer.extend_from_slice(b"`1,`2\r\n");
    assert_eq!(read(&longer, Form::Plain, digest_of(&longer)), Err(BillError::Trailing));
    for garbage in [&b"x"[..], &gzip(SAMPLE), &[0; 64]] {
        let packed = [&gzip(SAMPLE), garbage].concat();
        assert_eq!(read(&packed, Form::Gzip, digest_of(SAMPLE)), Err(BillError::Trailing));
    }
}

#[test]
fn b01_a_summary_that_contradicts_the_rows_is_refused() {
    let text = std::str::from_utf8(SAMPLE).unwrap();
    let summary = "`45.0,`0.47,`0.14,`0.0,`0.08,`0.47,`0.14";
    for (wrong, column) in [
        ("`44,`0.47,`0.14,`0.0,`0.08,`0.47,`0.14", "总交易单数"),
        ("`45.5,`0.47,`0.14,`0.0,`0.08,`0.47,`0.14", "总交易单数"),
        ("`45.0,`0.48,`0.14,`0.0,`0.08,`0.47,`0.14", "应结订单总金额"),
        ("`45.0,`0.47,`0.15,`0.0,`0.08,`0.47,`0.14", "退款总金额"),
        ("`45.0,`0.47,`0.14,`0.01,`0.08,`0.47,`0.14", "充值券退款总金额"),
        ("`45.0,`0.47,`0.14,`0.0,`0.08001,`0.47,`0.14", "手续费总金额"),
        ("`45.0,`0.47,`0.14,`0.0,`0.08,`4.70,`0.14", "订单总金额"),
        ("`45.0,`0.47,`0.14,`0.0,`0.08,`0.47,`0.00", "申请退款总金额"),
    ] {
        let file = text.replace(summary, wrong);
        // Right or wrong digest: the two proofs do not stand in for each other.
        for proof in [digest_of(file.as_bytes()), Proof::Summary] {
            let refused = read(file.as_bytes(), Form::Plain, proof);
            let Err(BillError::WrongTotal { column: found, .. }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(found, column);
        }
    }
}

#[test]
fn b01_the_wrong_digest_refuses_the_right_file() {
    let other = digest_of(b"another file");
    assert_eq!(read(SAMPLE, Form::Plain, other), Err(BillError::WrongDigest));
    // The digest is of the file, not of what travelled.
    let packed = gzip(SAMPLE);
    assert_eq!(read(&packed, Form::Gzip, digest_of(&packed)), Err(BillError::WrongDigest));
}

#[test]
fn b01_a_refused_bill_stays_refused() {
    let mut reader = Reader::<TradeRow>::new(Form::Plain, digest_of(SAMPLE), Limits::default());
    let refused = reader.feed(b"<xml>\n", |_| ()).unwrap_err();
    assert_eq!(refused, BillError::NotABill);
    assert_eq!(reader.feed(SAMPLE, |_| panic!("no row")), Err(refused.clone()));
    assert_eq!(reader.finish(|_| panic!("no row")), Err(refused));
}

#[test]
fn b02_bombs_stop_early() {
    let header = "交易时间,商户号,微信订单号,商户订单号,交易状态,订单金额,手续费\r\n";
    let row = "`2024-10-01 12:34:56,`1900007291,`42,`20241001001,`SUCCESS,`1.00,`0.00000\r\n";
    let zeros = vec![0; 64 * 1024 * 1024];
    let rows = format!("{header}{}", row.repeat(1_000_000)).into_bytes();
    let one_line = format!("{header}`{}", "x".repeat(8 * 1024 * 1024)).into_bytes();
    for (bomb, what) in [(zeros, "zeros"), (rows, "equal rows"), (one_line, "a line")] {
        let packed = gzip(&bomb);
        let mut reader = Reader::<TradeRow>::new(Form::Gzip, digest_of(&bomb), Limits::default());
        let mut seen = 0_usize;
        let refused = packed.chunks(4096).find_map(|chunk| {
            seen += chunk.len();
            reader.feed(chunk, |_| ()).err()
        });
        let refused = refused.unwrap_or_else(|| panic!("{what} went through"));
        assert!(
            matches!(refused, BillError::Explodes { .. } | BillError::LineTooLong { .. }),
            "{what}: {refused}"
        );
        assert!(seen < packed.len() / 2 || seen <= 4096 * 4, "{what} stopped after {seen}");
    }
}

#[test]
fn b02_every_limit_is_a_limit() {
    let limits = Limits { file_bytes: 10_000, ..Limits::default() };
    let too_long = |file: &[u8], form| {
        Bill::<TradeRow>::read(file, form, digest_of(SAMPLE), limits).unwrap_err()
    };
    assert_eq!(too_long(SAMPLE, Form::Plain), BillError::TooLong { limit: 10_000 });
    assert_eq!(too_long(&gzip(SAMPLE), Form::Gzip), BillError::TooLong { limit: 10_000 });
    // A gzip file that goes on and on and contains nothing: empty stored blocks.
    let mut empty = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for _ in 0..4000 {
        empty.extend_from_slice(&[0, 0, 0, 0xff, 0xff]);
    }
    assert_eq!(too_long(&empty, Form::Gzip), BillError::TooLong { limit: 10_000 });
    let short_lines = Limits { line_bytes: 100, ..Limits::default() };
    let refused =
        Bill::<TradeRow>::read(SAMPLE, Form::Plain, digest_of(SAMPLE), short_lines).unwrap_err();
    assert_eq!(refused, BillError::LineTooLong { line: 1 });
}

#[test]
fn b02_what_is_not_gzip_is_refused_as_gzip() {
    for odd in [SAMPLE, b"", b"\x1f", b"\x1f\x8b\x08", b"PK\x03\x04", b"<xml>", &[0x1f, 0x8b, 9]] {
        assert_eq!(read(odd, Form::Gzip, digest_of(SAMPLE)), Err(BillError::NotGzip));
    }
    assert!(read(&gzip(SAMPLE), Form::Plain, digest_of(SAMPLE)).is_err());
}

/// A payment, as a test writes it into a bill.
#[derive(Debug, Clone)]
struct Line {
    number: u32,
    total: i64,
    refund: i64,
    fee: i64,
    description: String,
    attach: String,
}

fn line() -> impl Strategy<Value = Line> {
    // Everything that means something to the reader, and some text.
    let text = "[a-z茶,` .0-9-]{0,12}";
    (any::<u32>(), 0..1_000_000_000_i64, 0..1_000_i64, -99_999..99_999_i64, text, text).prop_map(
        |(number, total, refund, fee, description, attach)| Line {
            number,
            total,
            refund,
            fee,
            description,
            attach,
        },
    )
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn write(lines: &[Line]) -> String {
    let mut file = "\u{feff}交易时间,商户号,微信订单号,商户订单号,交易状态,微信退款单号,\
        商户退款单号,退款金额,退款状态,商品名称,商户数据包,手续费,费率,订单金额\r\n"
        .to_owned();
    for line in lines {
        let (id, state) = if line.refund == 0 { ("0", "SUCCESS") } else { ("501", "REFUND") };
        let values = [
            "2024-10-01 12:34:56",
            "1900007291",
            &line.number.to_string(),
            &format!("order-{}", line.number),
            state,
            id,
            id,
            &yuan(line.refund),
            "",
            &line.description,
            &line.attach,
            &Fee::from_thousandths_of_fen(line.fee).to_string(),
            "0.60%",
            &yuan(line.total),
        ];
        file.push_str(&values.map(|value| format!("`{value}")).join(","));
        file.push_str("\r\n");
    }
    let fees = Fee::from_thousandths_of_fen(lines.iter().map(|line| line.fee).sum());
    file.push_str(&format!(
        "总交易单数,退款总金额,手续费总金额,订单总金额\r\n`{}.0,`{},`{fees},`{}\r\n",
        lines.len(),
        yuan(lines.iter().map(|line| line.refund).sum()),
        yuan(lines.iter().map(|line| line.total).sum()),
    ));
    file
}

proptest! {
    #[test]
    fn b03_b04_what_is_written_is_read_however_it_arrives(
        lines in proptest::collection::vec(line(), 0..20),
        packed: bool,
        piece in 1..200_usize,
    ) {
        let file = write(&lines).into_bytes();
        let (sent, form) =
            if packed { (gzip(&file), Form::Gzip) } else { (file.clone(), Form::Plain) };
        let mut rows = Vec::new();
        let mut reader = Reader::<TradeRow>::new(form, digest_of(&file), Limits::default());
        for chunk in sent.chunks(piece) {
            reader.feed(chunk, |row| rows.push(row)).unwrap();
        }
        let checked = reader.finish(|row| rows.push(row)).unwrap();
        prop_assert_eq!(rows.len(), lines.len());
        for (row, line) in rows.into_iter().zip(&lines) {
            let row = row.proven_by(&checked);
            prop_assert_eq!(row.total.count(), line.total);
            prop_assert_eq!(row.refund.map_or(0, |refund| refund.amount.count()), line.refund);
            prop_assert_eq!(row.fee.thousandths_of_fen(), line.fee);
            prop_assert_eq!(row.transaction_id.as_str(), line.number.to_string());
            // Where a text contains a border, only the two together are certain.
            let written = format!("{},`{}", line.description, line.attach);
            prop_assert_eq!(format!("{},`{}", row.description, row.attach), written);
        }
    }

    #[test]
    fn no_file_makes_the_reader_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        at in 0..SAMPLE.len(),
    ) {
        let mut spliced = SAMPLE[..at].to_vec();
        spliced.extend_from_slice(&bytes);
        for file in [&bytes, &spliced] {
            for form in [Form::Plain, Form::Gzip] {
                prop_assert!(read(file, form, digest_of(b"x")).is_err());
            }
        }
    }
}
