//! Returns: `POST /v3/profitsharing/return-orders` and its query.

use suanpan_wechat::{Fen, Timestamp, id::Mchid};

use super::{
    super::{
        answer::Answer,
        error::ApiError,
        gate::Caller,
        refund::check_sub_mchid,
        schema::{
            self, ALPHANUMERIC, Field, Kind, MCHID, REFUND_NUMBER, chars, matching, optional,
            required,
        },
    },
    CHECKED, SUB_MCHID,
};
use crate::world::{
    exchange::{HttpRequest, Times},
    sharing::{GiveBack, GiveBackRefusal, NewGiveBack, ShareKey},
    state::World,
};

static RETURN: &[Field] = &[
    optional("order_id", "微信分账单号", matching(1, 64, &ALPHANUMERIC)),
    optional("out_order_no", "商户分账单号", matching(1, 64, &REFUND_NUMBER)),
    required("out_return_no", "商户回退单号", matching(1, 64, &REFUND_NUMBER)),
    required("return_mchid", "回退商户号", matching(1, 32, &MCHID)),
    required("amount", "回退金额", Kind::Integer { min: 1 }),
    required("description", "回退描述", chars(80)),
];

#[derive(serde::Serialize)]
struct ReturnAnswer<'a> {
    amount: Fen,
    create_time: Timestamp,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_reason: Option<&'static str>,
    finish_time: Timestamp,
    order_id: &'a str,
    out_order_no: &'a str,
    out_return_no: &'a str,
    result: &'static str,
    return_id: &'a str,
    return_mchid: &'a Mchid,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a Mchid>,
}

fn answer(back: &GiveBack) -> Answer {
    Answer::json(&ReturnAnswer {
        amount: back.amount,
        create_time: back.at,
        description: &back.description,
        fail_reason: (!back.succeeded).then_some("BALANCE_NOT_ENOUGH"),
        finish_time: back.at,
        order_id: &back.order_id,
        out_order_no: &back.out_order_no,
        out_return_no: &back.out_return_no,
        result: if back.succeeded { "SUCCESS" } else { "FAILED" },
        return_id: &back.return_id,
        return_mchid: &back.giver,
        sub_mchid: back.sub_mchid.as_ref(),
    })
}

impl World {
    pub(super) fn return_share(
        &mut self,
        caller: &Caller,
        body: &[u8],
        now: Times,
    ) -> Result<Answer, ApiError> {
        let request = schema::read(body, &[SUB_MCHID, RETURN])?;
        let text = |pointer| schema::text(&request, pointer);
        let out_return_no = text("/out_return_no").expect(CHECKED).to_owned();
        let sharings = &self.state.sharings;
        if let Some(known) = sharings.give_back(&caller.mchid, &out_return_no) {
            return if known.request == request {
                Ok(answer(known))
            } else {
                Err(ApiError::REFUND_CHANGED)
            };
        }
        let out_order_no = match (text("/out_order_no"), text("/order_id")) {
            (Some(number), None) => Some(number.to_owned()),
            (None, Some(id)) => sharings.by_order_id(&caller.mchid, id),
            _ => return Err(schema::missing("body", "/body/out_order_no", "商户分账单号")),
        };
        let out_order_no = out_order_no.ok_or(ApiError::SHARE_NOT_EXIST)?;
        let share =
            sharings.share(&caller.mchid, &out_order_no).ok_or(ApiError::SHARE_NOT_EXIST)?;
        check_sub_mchid(share.sub_mchid.as_ref(), text("/sub_mchid"))?;
        let amount = schema::integer(&request, "/amount").expect(CHECKED);
        let giver = Mchid::new(text("/return_mchid").expect(CHECKED));
        let wanted = NewGiveBack {
            share: ShareKey { mchid: caller.mchid.clone(), out_order_no },
            out_return_no,
            giver: giver.map_err(|_| ApiError::SHARE_NOT_EXIST)?,
            amount: Fen::new(amount).expect(CHECKED),
            description: text("/description").expect(CHECKED).to_owned(),
            request,
        };
        self.give_back(wanted, now).map(|back| answer(&back)).map_err(|refusal| match refusal {
            GiveBackRefusal::NoShare => ApiError::SHARE_NOT_EXIST,
            GiveBackRefusal::OverShare => ApiError::RETURN_OVER_SHARE,
            GiveBackRefusal::TooOld => ApiError::RETURN_TOO_OLD,
            GiveBackRefusal::TooMany => ApiError::RETURN_TOO_MANY,
        })
    }

    pub(super) fn query_return(
        &self,
        caller: &Caller,
        out_return_no: &str,
        request: &HttpRequest,
    ) -> Result<Answer, ApiError> {
        let wanted = request
            .query("out_order_no")
            .ok_or_else(|| schema::missing("query", "/query/out_order_no", "商户分账单号"))?;
        let back = self.state.sharings.give_back(&caller.mchid, out_return_no);
        let back = back.filter(|back| back.out_order_no == wanted);
        let back = back.ok_or(ApiError::SHARE_NOT_EXIST)?;
        check_sub_mchid(back.sub_mchid.as_ref(), request.query("sub_mchid").as_deref())?;
        Ok(answer(back))
    }
}
