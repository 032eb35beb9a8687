//! A refund whose money found no home is sent elsewhere:
//! `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund` (v3 §5.3).

use serde_json::Value;
use suanpan_wechat::id::OutRefundNo;

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, post},
    refund,
    schema::{self, Field, MCHID, Pattern, REFUND_NUMBER, bytes, matching, optional, required},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    method::Bank,
    order::{RefundReceiver, RefundStatus},
    state::World,
};

struct Apply(String);

/// `…/refunds/{refund_id}/apply-abnormal-refund`.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    match *path {
        ["refund", "domestic", "refunds", id, "apply-abnormal-refund"] => {
            Some(post(Apply(id.to_owned())))
        }
        _ => None,
    }
}

static APPLY: &[Field] = &[
    optional("sub_mchid", "子商户号", matching(1, 32, &MCHID)),
    required("out_refund_no", "商户退款单号", matching(1, 64, &REFUND_NUMBER)),
    required("type", "异常退款处理方式", matching(1, 32, &KIND)),
    optional("bank_type", "开户银行", matching(1, 16, &BANK)),
    optional("bank_account", "收款银行卡号", bytes(1024)),
    optional("real_name", "收款用户姓名", bytes(1024)),
];

static KIND: Pattern = Pattern {
    regex: "^(USER_BANK_CARD|MERCHANT_BANK_CARD)$",
    matches: |text| matches!(text, "USER_BANK_CARD" | "MERCHANT_BANK_CARD"),
};

static BANK: Pattern = Pattern { regex: "^[A-Z]+_DEBIT$", matches: |text| bank_of(text).is_some() };

/// Only debit cards are taken.
fn bank_of(bank_type: &str) -> Option<Bank> {
    bank_type.strip_suffix("_DEBIT").and_then(Bank::find)
}

impl operation::Operation for Apply {
    fn out_trade_no(
        &self,
        world: &World,
        caller: Option<&Caller>,
        request: &HttpRequest,
    ) -> Option<String> {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        let number = OutRefundNo::new(body.get("out_refund_no")?.as_str()?).ok()?;
        world.refund(&caller?.mchid, &number).map(|refund| refund.out_trade_no.to_string())
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        request: &HttpRequest,
        now: Times,
    ) -> Result<Answer, ApiError> {
        let body = schema::read(&request.body, &[APPLY])?;
        let text = |pointer| schema::text(&body, pointer);
        let receiver = if text("/type") == Some("USER_BANK_CARD") {
            world.check_card(caller, &body)?;
            let name = text("/bank_type").and_then(bank_of).map_or("", Bank::name);
            RefundReceiver::PayerCard { label: format!("{name}储蓄卡") }
        } else {
            RefundReceiver::MerchantCard
        };
        let number = text("/out_refund_no").expect("the table demands it");
        let number = OutRefundNo::new(number).expect("the table demands its alphabet");
        let known = world.refund(&caller.mchid, &number);
        let known = known.filter(|refund| refund.refund_id.as_str() == self.0);
        let known = known.ok_or(ApiError::REFUND_NOT_EXIST)?;
        refund::check_sub_mchid(known.sub_mchid.as_ref(), text("/sub_mchid"))?;
        if known.status != RefundStatus::Abnormal {
            return Err(ApiError::REFUND_NOT_ABNORMAL);
        }
        Ok(refund::answer(&world.redirect_refund(&caller.mchid, &number, receiver, now)))
    }
}

impl World {
    /// A payer's card has a bank, a number and a name, the last two encrypted to a key of the
    /// merchant's. What they say changes nothing here.
    fn check_card(&self, caller: &Caller, body: &Value) -> Result<(), ApiError> {
        let text = |pointer: &str, label| {
            let missing = || schema::missing("body", &format!("/body{pointer}"), label);
            schema::text(body, pointer).ok_or_else(missing)
        };
        text("/bank_type", "开户银行")?;
        let account = text("/bank_account", "收款银行卡号")?;
        let name = text("/real_name", "收款用户姓名")?;
        self.open_sensitive(caller, account)?;
        self.open_sensitive(caller, name).map(|_| ())
    }
}
