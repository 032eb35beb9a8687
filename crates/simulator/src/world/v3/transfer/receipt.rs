//! Receipts of transfers (电子回单): `/v3/fund-app/mch-transfer/elecsign/…`.

use aws_lc_rs::digest;
use suanpan_wechat::Timestamp;

use super::{
    super::{
        answer::Answer,
        error::ApiError,
        gate::Caller,
        schema::{self, ALPHANUMERIC, Field, matching, optional},
    },
    Number,
};
use crate::world::{
    exchange::{HttpRequest, Times},
    state::World,
    transfer::{TransferBill, TransferState},
};

/// How long a receipt is being drawn up.
const GENERATING_SECONDS: i64 = 5;

/// Ends every package, and stays out of addresses.
const PADDING: &str = "==";

static APPLY: &[Field] = &[
    optional("out_bill_no", "商户单号", matching(1, 32, &ALPHANUMERIC)),
    optional("transfer_bill_no", "微信转账单号", matching(1, 64, &ALPHANUMERIC)),
];

#[derive(serde::Serialize)]
struct Applied {
    create_time: Timestamp,
    state: &'static str,
}

#[derive(serde::Serialize)]
struct Receipt {
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    download_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash_value: Option<String>,
    state: &'static str,
    update_time: Timestamp,
}

impl World {
    /// Only for transfers that arrived and whose receiver was named.
    pub(super) fn apply_for_receipt(
        &mut self,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[APPLY])?;
        let number = match ["out_bill_no", "transfer_bill_no"].map(|name| request[name].as_str()) {
            [Some(number), None] => Number::OutBillNo(number.to_owned()),
            [None, Some(number)] => Number::TransferBillNo(number.to_owned()),
            _ => return Err(schema::missing("body", "/body/out_bill_no", "商户单号")),
        };
        let bill = self.find_bill(caller, &number, None, now)?;
        if bill.state != TransferState::Success || bill.user_name.is_none() {
            return Err(ApiError::NO_RECEIPT);
        }
        let key = bill.key();
        let create_time = self.note_receipt(&key, now.business);
        Ok(Answer::json(&Applied { create_time, state: "GENERATING" }))
    }

    pub(super) fn query_receipt(
        &self,
        caller: &Caller,
        number: &Number,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let bill = self.find_bill(caller, number, None, now)?;
        let applied = bill.receipt_applied_at.ok_or(ApiError::TRANSFER_NOT_FOUND)?;
        let finished = applied.plus(GENERATING_SECONDS);
        if now.business < finished {
            return Ok(Answer::json(&Receipt {
                create_time: applied,
                download_url: None,
                hash_type: None,
                hash_value: None,
                state: "GENERATING",
                update_time: applied,
            }));
        }
        let file = draw_up(bill);
        let hash = digest::digest(&digest::SHA256, &file);
        let origin = request.origin();
        Ok(Answer::json(&Receipt {
            create_time: applied,
            download_url: Some(format!(
                "{origin}/v3/transferbilldownload/elecvoucherfile?token={}",
                bill.package_info.trim_end_matches(PADDING),
            )),
            hash_type: Some("SHA256"),
            hash_value: Some(hex::encode(hash)),
            state: "FINISHED",
            update_time: finished,
        }))
    }

    /// The token is the bill's own secret, known to nobody but the merchant it was given to.
    pub(super) fn download_receipt(
        &self,
        caller: &Caller,
        request: &HttpRequest,
    ) -> Result<Answer, ApiError> {
        let token = request.query("token").unwrap_or_default();
        let bill = self.state.transfers.by_package(&format!("{token}{PADDING}"));
        let bill = bill
            .filter(|bill| bill.mchid == caller.mchid && bill.receipt_applied_at.is_some())
            .ok_or(ApiError::TRANSFER_NOT_FOUND)?;
        Ok(Answer::file(draw_up(bill), "application/pdf"))
    }
}

/// A page of PDF, in Latin letters: the fonts every reader has know no others.
fn draw_up(bill: &TransferBill) -> Vec<u8> {
    let lines = [
        "Transfer receipt of the simulator; not a document of WeChat Pay".to_owned(),
        format!("out_bill_no {}", bill.out_bill_no),
        format!("transfer_bill_no {}", bill.transfer_bill_no),
        format!("from {}", bill.mchid),
        format!("to {}", bill.openid),
        format!("amount {} fen, {}", bill.amount.count(), bill.updated_at),
    ];
    let text: String = lines
        .iter()
        .map(|line| format!("({}) Tj 0 -18 Td ", line.replace(['(', ')', '\\'], " ")))
        .collect();
    let content = format!("BT /F1 11 Tf 50 780 Td {text}ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj{object}endobj\n", index + 1).as_bytes());
    }
    let table = file.len();
    let entries: String = offsets.iter().map(|at| format!("{at:010} 00000 n \n")).collect();
    let count = objects.len() + 1;
    let tail = format!(
        "xref\n0 {count}\n0000000000 65535 f \n{entries}trailer<</Size {count}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n"
    );
    file.extend_from_slice(tail.as_bytes());
    file
}
