//! Bills: the files, and the money in them.

use suanpan_wechat::{
    Fen,
    bill::{Checked, Fee, Form, FundFlowRow, Limits, Proof, Reader, Row, Sum, TradeRow},
};

/// Small enough for a search to reach them.
const LIMITS: Limits = Limits { file_bytes: 1 << 20, ratio: 50, line_bytes: 4096 };

/// Prime, so that every place in a file is somewhere the end of a piece.
const PIECE: usize = 7;

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
