//! Refunds as people in WeChat's merchant platform, and WeChat itself, make and end them.

use axum::{Json, extract::State};
use suanpan_wechat::{
    Fen, Timestamp,
    id::{Mchid, OutRefundNo, OutTradeNo, RefundId},
};

use super::{Management, extract::Body, problem::Problem};
use crate::{
    scenario::Step,
    world::{ManualRefund, Refund, RefundStatus},
};

#[derive(serde::Serialize)]
pub(super) struct RefundView {
    mchid: Mchid,
    out_refund_no: OutRefundNo,
    refund_id: RefundId,
    out_trade_no: OutTradeNo,
    amount_fen: Fen,
    status: RefundStatus,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_time: Option<Timestamp>,
}

fn view(refund: &Refund) -> RefundView {
    RefundView {
        mchid: refund.mchid.clone(),
        out_refund_no: refund.out_refund_no.clone(),
        refund_id: refund.refund_id.clone(),
        out_trade_no: refund.out_trade_no.clone(),
        amount_fen: refund.refund,
        status: refund.status,
        created_at: refund.created_at,
        success_time: refund.success_time,
    }
}

#[derive(serde::Serialize)]
pub(super) struct Refunds {
    refunds: Vec<RefundView>,
}

pub(super) async fn list(State(management): State<Management>) -> Json<Refunds> {
    let refunds = management.shared().read(|world, _| world.refunds().map(view).collect());
    Json(Refunds { refunds })
}

pub(super) async fn by_hand(
    State(management): State<Management>,
    Body(wanted): Body<ManualRefund>,
) -> Result<Json<RefundView>, Problem> {
    let shared = management.shared();
    let (order, amount) = ((wanted.mchid.clone(), wanted.out_trade_no.clone()), wanted.amount_fen);
    let refund = shared.change(|world, times| world.refund_by_hand(wanted, times))?;
    shared.note_about(Some(&order), |name| Step::Refund { name, amount });
    Ok(Json(view(&refund)))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    mchid: Mchid,
    out_refund_no: OutRefundNo,
}

pub(super) async fn close(
    State(management): State<Management>,
    Body(Close { mchid, out_refund_no }): Body<Close>,
) -> Result<Json<RefundView>, Problem> {
    let shared = management.shared();
    let refund = shared.change(|world, times| world.close_refund(&mchid, &out_refund_no, times))?;
    Ok(Json(view(&refund)))
}
