//! Payment codes: `/pay/micropay`, `/secapi/pay/reverse`, `/tools/authcodetoopenid` (v2 §13).

use super::{
    answer::Answer,
    coupon,
    failure::{Failure, Fault},
    gate::Caller,
    operation::Operation,
    order::{SALE, check_expiry, sale},
    query::{paid, payer},
    table::{Field, Rule, optional, required},
    xml::Document,
};
use crate::world::{
    codepay::{CodeRefusal, ReverseRefusal, ScanRefusal},
    exchange::Times,
    frequency::Rate,
    order::{Order, TradeState, TradeType},
    settle::{ORDER_EXISTS, RefundRefusal},
    state::World,
};

/// The till scans the code on a person's phone.
pub(crate) struct MicroPay;

/// The till undoes whatever became of it.
pub(crate) struct Reverse;

/// Whose code it is.
pub(crate) struct AuthCodeToOpenid;

const CODE: &[Field] = &[required("auth_code", Rule::Matching(18, is_code))];

const REVERSED: &[Field] =
    &[optional("transaction_id", Rule::Text(32)), optional("out_trade_no", Rule::Text(32))];

const CHECKED: &str = "the table demands it";

/// Eighteen digits; 10 to 14 are shown on the mainland, 15 in Hong Kong.
fn is_code(text: &str) -> bool {
    let digits = text.len() == 18 && text.bytes().all(|b| b.is_ascii_digit());
    digits && matches!(text.as_bytes(), [b'1', b'0'..=b'5', ..])
}

const fn refused_code(refusal: CodeRefusal) -> Failure {
    match refusal {
        CodeRefusal::Unknown => Failure::CODE_INVALID,
        CodeRefusal::Expired => Failure::CODE_EXPIRED,
        CodeRefusal::Spent => Failure::CODE_SPENT,
    }
}

impl Operation for MicroPay {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[SALE, CODE]
    }

    fn rate(&self) -> Option<Rate> {
        Some(Rate::Scan)
    }

    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let order = sale(caller, TradeType::Micropay, now);
        let key = order.key();
        if let Some(known) = world.state.order_of(&key) {
            return Err(repeated(known, &order));
        }
        check_expiry(&order, now)?;
        let auth_code = caller.fields.get("auth_code").expect(CHECKED);
        match world.scan(order, auth_code, now) {
            Ok(TradeState::Success) => {}
            Ok(_) => return Err(Failure::USER_PAYING),
            Err(ScanRefusal::Code(refusal)) => return Err(refused_code(refusal)),
            Err(ScanRefusal::NotEnough) => return Err(Failure::PAYER_NOT_ENOUGH),
            Err(ScanRefusal::PayerBlocked) => return Err(Failure::TRADE_ERROR),
        }
        let order = world.state.order_of(&key).expect(ORDER_EXISTS);
        let payment = order.payment.as_ref().expect("success is a payment");
        let said = payer(order, payment).then(paid(order, payment));
        Ok(Answer::Members(said.then(coupon::asked_for(order, payment))))
    }
}

/// What scanning again under a number that is taken hears.
fn repeated(known: &Order, wanted: &Order) -> Failure {
    let same = known.trade_type == TradeType::Micropay && known.request == wanted.request;
    match known.trade_state {
        TradeState::Success | TradeState::Refund => Failure::ORDER_PAID,
        TradeState::Closed => Failure::ORDER_CLOSED,
        TradeState::Revoked => Failure::ORDER_REVERSED,
        TradeState::UserPaying if same => Failure::USER_PAYING,
        TradeState::NotPay | TradeState::PayError if same => Failure::TRADE_ERROR,
        TradeState::UserPaying | TradeState::NotPay | TradeState::PayError => {
            Failure::CHANGED_REPEAT
        }
    }
}

impl Operation for Reverse {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[REVERSED]
    }

    /// `recall` would mean "once more"; what is undone here is undone at once.
    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let by_id = caller.fields.get("transaction_id").is_some();
        let unknown = if by_id { Failure::UNKNOWN_TRANSACTION } else { Failure::NO_ORDER };
        let number = world.order_by_either(caller)?.ok_or(unknown)?;
        world.reverse(&caller.mchid, &number, now).map_err(|refusal| match refusal {
            ReverseRefusal::Unknown => Failure::NO_ORDER,
            ReverseRefusal::OtherTradeType => Failure::NOT_BY_CODE,
            ReverseRefusal::TooOld => Failure::REVERSE_EXPIRED,
            ReverseRefusal::Refunded => Failure::TRADE_ERROR,
            ReverseRefusal::Refund(RefundRefusal::NotEnough) => Failure::NOT_ENOUGH,
            ReverseRefusal::Refund(_) => Failure::TRADE_ERROR,
        })?;
        Ok(Answer::Members(Document::default().text("recall", "N")))
    }
}

impl Operation for AuthCodeToOpenid {
    fn tables(&self) -> &'static [&'static [Field]] {
        &[CODE]
    }

    /// That only this merchant may charge the code afterwards is not simulated.
    fn perform(&self, world: &mut World, caller: &Caller, now: Times) -> Result<Answer, Failure> {
        let auth_code = caller.fields.get("auth_code").expect(CHECKED);
        let user = world.code_user(auth_code, now).map_err(refused_code)?;
        let appid = caller.appid.as_ref().ok_or(Failure::Message(Fault::Missing("appid")))?;
        let openids = &world.state.users[user].user.openids;
        let sub_appid = caller.partner.as_ref().and_then(|partner| partner.sub_appid.as_ref());
        let sub_openid = sub_appid.map(|sub_appid| &openids[sub_appid]);
        let said = Document::default().text("openid", &openids[appid]);
        Ok(Answer::Members(said.some_text("sub_openid", sub_openid)))
    }
}
