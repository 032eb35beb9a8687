//! Shares: `POST /v3/profitsharing/orders`, its query, and `…/unfreeze`.

use std::collections::BTreeSet;

use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, TransactionId},
};

use super::{
    super::{
        answer::Answer,
        error::ApiError,
        gate::Caller,
        refund::check_sub_mchid,
        schema::{
            self, ALPHANUMERIC, Field, Kind, REFUND_NUMBER, VISIBLE, bytes, chars, matching,
            optional, required,
        },
    },
    CHECKED, RECEIVER_TYPE, SUB_APPID, SUB_MCHID,
};
use crate::world::{
    exchange::{HttpRequest, Times},
    sharing::{FailReason, LineResult, NewShare, Share, ShareKey, ShareLine, ShareRefusal},
    state::World,
};

/// Receivers of one share.
const LINES: usize = 50;

/// What the line of the rest says when the share itself releases it. The words are unconfirmed.
const REST: &str = "解冻给分账方";

/// A time stands here while nothing has ended, because typed clients cannot read an empty one.
/// Unconfirmed.
const NOT_ENDED: Timestamp = Timestamp::from_unix(0);

/// A merchant names its app; a provider need only where a receiver is known there.
static APPID: &[Field] = &[required("appid", "公众账号ID", matching(1, 32, &ALPHANUMERIC))];
static PROVIDERS_APPID: &[Field] =
    &[optional("appid", "公众账号ID", matching(1, 32, &ALPHANUMERIC))];

static SHARE: &[Field] = &[
    required("transaction_id", "微信订单号", matching(1, 32, &ALPHANUMERIC)),
    required("out_order_no", "商户分账单号", matching(1, 64, &REFUND_NUMBER)),
    required("receivers", "分账接收方列表", Kind::Array { min: 1, of: &Kind::Object(LINE) }),
    required("unfreeze_unsplit", "是否解冻剩余未分资金", Kind::Boolean),
];

static LINE: &[Field] = &[
    required("type", "分账接收方类型", matching(1, 32, &RECEIVER_TYPE)),
    required("account", "分账接收方账号", matching(1, 64, &VISIBLE)),
    optional("name", "分账个人接收方姓名", bytes(1024)),
    required("amount", "分账金额", Kind::Integer { min: 1 }),
    required("description", "分账描述", chars(80)),
];

static RELEASE: &[Field] = &[
    required("transaction_id", "微信订单号", matching(1, 32, &ALPHANUMERIC)),
    required("out_order_no", "商户分账单号", matching(1, 64, &REFUND_NUMBER)),
    required("description", "分账描述", chars(80)),
];

#[derive(serde::Serialize)]
struct ShareAnswer<'a> {
    order_id: &'a str,
    out_order_no: &'a str,
    receivers: Vec<Line<'a>>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
    transaction_id: &'a TransactionId,
}

#[derive(serde::Serialize)]
struct Line<'a> {
    account: &'a str,
    amount: Fen,
    create_time: Timestamp,
    description: &'a str,
    detail_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    finish_time: Timestamp,
    result: &'static str,
    r#type: &'static str,
}

fn answer(share: &Share) -> Answer {
    Answer::json(&ShareAnswer {
        order_id: &share.order_id,
        out_order_no: &share.out_order_no,
        receivers: share.lines.iter().map(line).collect(),
        state: if share.finished { "FINISHED" } else { "PROCESSING" },
        sub_mchid: share.sub_mchid.as_ref(),
        transaction_id: &share.transaction_id,
    })
}

fn line(line: &ShareLine) -> Line<'_> {
    Line {
        account: line.receiver.account(),
        amount: line.amount,
        create_time: line.created_at,
        description: &line.description,
        detail_id: &line.detail_id,
        fail_reason: line.fail_reason.map(|FailReason::NoRelation| "NO_RELATION"),
        finish_time: line.finished_at.unwrap_or(NOT_ENDED),
        result: match line.result {
            LineResult::Pending => "PENDING",
            LineResult::Success => "SUCCESS",
            LineResult::Closed => "CLOSED",
        },
        r#type: line.receiver.kind(),
    }
}

impl World {
    pub(super) fn share(
        &mut self,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let by_provider = super::names_sub_mchid(body);
        let appid = if by_provider { PROVIDERS_APPID } else { APPID };
        let mut request = schema::read(body, &[SUB_MCHID, appid, SUB_APPID, SHARE])?;
        self.open_names(caller, &mut request)?;
        let (key, transaction_id) = names(caller, &request)?;
        if let Some(known) = self.state.sharings.share(&key.mchid, &key.out_order_no) {
            return if known.request == request {
                Ok(answer(known))
            } else {
                Err(ApiError::SHARE_CHANGED)
            };
        }
        let payer = self.read_payer(caller, &request)?;
        self.check_payer_of(caller, &transaction_id, payer.sub_mchid.as_ref())?;
        let receivers = request["receivers"].as_array().expect(CHECKED);
        if receivers.len() > LINES {
            return Err(ApiError::TOO_MANY_RECEIVERS);
        }
        let lines = receivers
            .iter()
            .map(|object| {
                let amount = schema::integer(object, "/amount").expect(CHECKED);
                let description = schema::text(object, "/description").expect(CHECKED);
                let amount = Fen::new(amount).expect(CHECKED);
                Ok((self.read_receiver(&payer, object)?, amount, description.to_owned()))
            })
            .collect::<Result<Vec<_>, ApiError>>()?;
        let distinct: BTreeSet<_> = lines.iter().map(|(receiver, ..)| receiver).collect();
        if distinct.len() != lines.len() {
            return Err(ApiError::SAME_RECEIVER);
        }
        let releases = request["unfreeze_unsplit"].as_bool() == Some(true);
        let rest = releases.then(|| REST.to_owned());
        let sub_mchid = payer.sub_mchid;
        let wanted = NewShare { key, sub_mchid, transaction_id, lines, rest, request };
        self.accept_share(wanted, now).map(|share| answer(&share)).map_err(refused)
    }

    /// Whether the payment is this payer's; whether it exists at all is asked later.
    fn check_payer_of(
        &self,
        caller: &Caller,
        id: &TransactionId,
        sub_mchid: Option<&Mchid>,
    ) -> Result<(), ApiError> {
        let of = self.state.transactions.get(id).filter(|(mchid, _)| *mchid == caller.mchid);
        let order = of.and_then(|(mchid, number)| self.state.order(mchid, number));
        let Some(order) = order else { return Ok(()) };
        check_sub_mchid(order.sub_mchid(), sub_mchid.map(Mchid::as_str))
    }

    /// Encrypted twice, the same name is another ciphertext; compared are the names.
    fn open_names(&self, caller: &Caller, request: &mut Value) -> Result<(), ApiError> {
        let receivers = request["receivers"].as_array_mut().expect(CHECKED);
        for object in receivers {
            if let Some(sealed) = schema::text(object, "/name") {
                object["name"] = Value::from(self.open_sensitive(caller, sealed)?);
            }
        }
        Ok(())
    }

    /// `POST …/orders/unfreeze`. Under the number of a share it answers with that share and
    /// releases nothing.
    pub(super) fn release_rest(
        &mut self,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[SUB_MCHID, RELEASE])?;
        let (key, transaction_id) = names(caller, &request)?;
        if let Some(known) = self.state.sharings.share(&key.mchid, &key.out_order_no) {
            return Ok(answer(known));
        }
        let sub_mchid = self.read_payer(caller, &request)?.sub_mchid;
        self.check_payer_of(caller, &transaction_id, sub_mchid.as_ref())?;
        let rest = schema::text(&request, "/description").map(str::to_owned);
        let wanted = NewShare { key, sub_mchid, transaction_id, lines: Vec::new(), rest, request };
        self.accept_share(wanted, now).map(|share| answer(&share)).map_err(refused)
    }

    pub(super) fn query_share(
        &self,
        caller: &Caller,
        out_order_no: &str,
        request: &HttpRequest,
    ) -> Result<Answer, ApiError> {
        let wanted = request
            .query("transaction_id")
            .ok_or_else(|| schema::missing("query", "/query/transaction_id", "微信订单号"))?;
        let share = self.state.sharings.share(&caller.mchid, out_order_no);
        let share = share.filter(|share| share.transaction_id.as_str() == wanted);
        let share = share.ok_or(ApiError::SHARE_NOT_EXIST)?;
        check_sub_mchid(share.sub_mchid.as_ref(), request.query("sub_mchid").as_deref())?;
        Ok(answer(share))
    }
}

fn names(caller: &Caller, request: &Value) -> Result<(ShareKey, TransactionId), ApiError> {
    let text = |pointer| schema::text(request, pointer).expect(CHECKED);
    let id = TransactionId::new(text("/transaction_id"));
    let id = id.map_err(|_| ApiError::REFUND_ORDER_NOT_EXIST)?;
    let out_order_no = text("/out_order_no").to_owned();
    Ok((ShareKey { mchid: caller.mchid.clone(), out_order_no }, id))
}

const fn refused(refusal: ShareRefusal) -> ApiError {
    match refusal {
        ShareRefusal::OrderNotPaid => ApiError::REFUND_ORDER_NOT_EXIST,
        ShareRefusal::NotShared => ApiError::NOT_A_SHARING_ORDER,
        ShareRefusal::TooEarly => ApiError::SHARE_TOO_EARLY,
        ShareRefusal::Released => ApiError::SHARE_RELEASED,
        ShareRefusal::TooMany => ApiError::SHARE_TOO_MANY,
        ShareRefusal::NoRelation => ApiError::NO_RELATION,
        ShareRefusal::OverRatio => ApiError::SHARE_OVER_RATIO,
        ShareRefusal::NotEnough => ApiError::SHARE_NOT_ENOUGH,
    }
}
