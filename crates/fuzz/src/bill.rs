//! Bills: the files, and the money in them.

use suanpan_wechat::{
    Fen,
    bill::{
        AccountType, BillDate, BillType, Checked, Fee, Form, FundFlowRow, Limits, Proof, Reader,
        Row, SubMerchantFundFlowBill, Sum, TradeBill, TradeRow,
    },
    call::Call as _,
    id::Mchid,
};

/// Small enough for a search to reach them.
pub(crate) const LIMITS: Limits = Limits { file_bytes: 1 << 20, ratio: 50, line_bytes: 4096 };

/// Prime, so that every place in a file is somewhere the end of a piece.
pub(crate) const PIECE: usize = 7;

/// Wherever a file is announced to lie, the request for it goes to us, and no token is shown.
pub(crate) fn announced(input: &[u8]) -> bool {
    const OURS: &[&str] = &["https://api.mch.weixin.qq.com"];
    let bill_date: BillDate = "2019-06-11".parse().expect("a day");
    let form = Form::Gzip;
    let plain = TradeBill { bill_date, bill_type: BillType::All, form, sub_mchid: None };
    let sub_mchid = Mchid::new("1900000109").expect("an mchid");
    let account_type = AccountType::Basic;
    let sealed = SubMerchantFundFlowBill { sub_mchid, bill_date, account_type };
    let (plain, sealed) = (plain.read(200, input).ok(), sealed.read(200, input).ok());
    let requests = plain
        .iter()
        .map(|bill| bill.download(OURS).map(|download| download.request()))
        .chain(sealed.iter().flatten().map(|file| file.request(OURS)));
    for request in requests.flatten() {
        assert!(request.target.starts_with('/'), "{}", request.target);
        assert!(!format!("{plain:?}{sealed:?}").contains("canary"));
    }
    plain.is_some() || sealed.is_some()
}

pub(crate) fn trade(input: &[u8]) -> bool {
    reads_alike_in_pieces::<TradeRow>(input, Form::Plain)
}

pub(crate) fn fund_flow(input: &[u8]) -> bool {
    reads_alike_in_pieces::<FundFlowRow>(input, Form::Plain)
}

pub(crate) fn gzip(input: &[u8]) -> bool {
    reads_alike_in_pieces::<TradeRow>(input, Form::Gzip)
}

/// Where the network cut a file must not decide what is in it, nor whether it is believed.
fn reads_alike_in_pieces<R: Row + std::fmt::Debug>(file: &[u8], form: Form) -> bool {
    let whole = read::<R>(file, form, file.len());
    let pieces = read::<R>(file, form, PIECE);
    assert_eq!(whole, pieces);
    let Some((rows, checked)) = whole else { return false };
    assert_eq!(u64::try_from(rows.len()), Ok(checked.rows()));
    assert!(checked.file_bytes() <= LIMITS.file_bytes);
    true
}

fn read<R: Row + std::fmt::Debug>(
    file: &[u8],
    form: Form,
    piece: usize,
) -> Option<(Vec<String>, Checked)> {
    let mut reader = Reader::<R>::new(form, Proof::Summary, LIMITS);
    let mut rows = Vec::new();
    for piece in file.chunks(piece.max(1)) {
        reader.feed(piece, |row| rows.push(format!("{:?}", row.unproven()))).ok()?;
    }
    let checked = reader.finish(|row| rows.push(format!("{:?}", row.unproven()))).ok()?;
    Some((rows, checked))
}

/// An amount of money has one value, whichever column it stands in.
pub(crate) fn yuan(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Ok(sum) = text.parse::<Sum>() else { return false };
    if let Ok(fee) = text.parse::<Fee>() {
        assert_eq!(fee.to_string().parse(), Ok(fee));
        assert_eq!(Sum::from(fee), sum);
    }
    let Ok(fen) = Fen::from_yuan(text) else { return false };
    assert_eq!(Sum::from(fen), sum);
    true
}
