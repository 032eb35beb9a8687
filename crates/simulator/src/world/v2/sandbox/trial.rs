//! Orders of a sandbox: what becomes of them is known from the start.
//!
//! | amount in fen | what happens |
//! |---|---|
//! | 101, 102 | a front end's order is paid at once |
//! | 1 | a payment by code, paid in full |
//! | 2 | the same, 1 of it by a coupon |
//! | 3 | the same, 1 by a coupon and 2 by one that is not settled |
//!
//! WeChat's list has more (130 and on, 30 to 34 by code, 501 and on with coupons); what they answer is
//! **unconfirmed**, and they are refused as any other amount is.

use suanpan_wechat::{
    Fen, Timestamp,
    id::{Appid, OutTradeNo},
};

use super::{Generation, Outcome, Visitor};
use crate::world::{
    AppKind,
    exchange::{HttpRequest, Times},
    method::Method,
    order::{TradeState, TradeType},
    state::World,
    v2::{
        failure::{Failure, Fault},
        order::{FRONT_END, SALE, is_order_number},
        table::{self, Field, Rule, optional, required},
        time,
        xml::{Document, Fields},
    },
};

/// Less than production wants: the current sandbox takes a payment without the payer's address.
const BY_CODE: &[Field] = &[
    required("body", Rule::Text(128)),
    required("out_trade_no", Rule::Matching(32, is_order_number)),
    required("total_fee", Rule::Integer { min: 1 }),
    required("auth_code", Rule::Text(128)),
    optional("attach", Rule::Text(128)),
    optional("fee_type", Rule::OneOf(&["CNY"])),
];

const QUERY: &[Field] = &[required("out_trade_no", Rule::Text(32))];

const CHECKED: &str = "the table demands it";

/// One order, and how it ends.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Trial {
    total: Fen,
    trade_type: TradeType,
    openid: Option<String>,
    attach: Option<String>,
    transaction_id: String,
    at: Timestamp,
    case: Option<Case>,
}

/// The cases of the current sandbox that go wrong, as its header names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Case {
    /// The payer has not typed the password.
    UserPaying,
    /// Paid, and the answer is late.
    Timeout,
    /// Not paid, and the answer is late.
    PayError,
    /// The answer is late, and queries fail too.
    PayQueryTimeout,
}

const HEADER: &str = "Wechatpay-Negative-Test";

impl Case {
    /// Only the current sandbox looks at it. What an unknown name is answered is **unconfirmed**.
    fn asked_for(visitor: &Visitor, request: &HttpRequest) -> Result<Option<Self>, Failure> {
        let name = request.header(HEADER).filter(|_| visitor.generation == Generation::Current);
        match name {
            None => Ok(None),
            Some("MICROPAY_USERPAYING") => Ok(Some(Self::UserPaying)),
            Some("MICROPAY_TIMEOUT") => Ok(Some(Self::Timeout)),
            Some("MICROPAY_PAYERROR") => Ok(Some(Self::PayError)),
            Some("MICROPAY_PAY_QUERY_TIMEOUT") => Ok(Some(Self::PayQueryTimeout)),
            Some(_) => Err(Failure::malformed(HEADER)),
        }
    }
}

impl Outcome {
    const fn in_time(said: Result<Document, Failure>) -> Self {
        Self { said, late: false }
    }

    /// What the late answer says is **unconfirmed**: nobody is there to read it.
    const LATE: Self = Self { said: Err(Failure::SYSTEM_ERROR), late: true };
}

impl World {
    /// `unifiedorder`: paid as soon as it is ordered, because nobody could pay it. Whether WeChat's
    /// sandbox notified is **unconfirmed**; this one does not.
    pub(super) fn sandbox_order(&mut self, visitor: &Visitor, now: Times) -> Outcome {
        Outcome::in_time(self.sandbox_way_in(visitor, now))
    }

    fn sandbox_way_in(&mut self, visitor: &Visitor, now: Times) -> Result<Document, Failure> {
        let fields = &visitor.fields;
        table::check(fields, &[SALE, FRONT_END])?;
        let trade_type = match fields.get("trade_type").expect(CHECKED) {
            "JSAPI" if fields.get("openid").is_none() => {
                return Err(Fault::NoPayer.into());
            }
            "JSAPI" => TradeType::Jsapi,
            "NATIVE" => TradeType::Native,
            "APP" => TradeType::App,
            _ => return Err(Failure::malformed("trade_type")),
        };
        let total = total(fields);
        if ![101, 102].contains(&total.count()) {
            return Err(self.refused_total(fields, total).into());
        }
        self.enter_trial(visitor, trade_type, None, now)?;
        // Shorter than production's, and the code is one of the old kind.
        let prepay_id = format!("wx{}{}", time::write(now.business), self.state.chance.digits(6));
        let said = Document::default()
            .text("prepay_id", prepay_id)
            .text("trade_type", trade_type.as_str());
        if trade_type != TradeType::Native {
            return Ok(said);
        }
        Ok(said.text("code_url", format!("weixin://wxpay/s/{}", self.state.chance.alphanumeric(7))))
    }

    fn refused_total(&self, fields: &Fields, total: Fen) -> Fault {
        let app = fields.get("appid").and_then(|text| Appid::new(text).ok());
        let app = app.and_then(|appid| self.state.apps.get(&appid));
        let in_mini_program = app.is_some_and(|app| app.kind == AppKind::MiniProgram);
        Fault::SandboxTotal(match (fields.get("auth_code"), in_mini_program) {
            (Some(_), _) => {
                format!("沙箱被扫支付金额({})无效，请检查需要验证的case", total.count())
            }
            (None, true) => "沙箱支付金额不正确，请确认验收case".to_owned(),
            (None, false) => format!("沙箱支付金额({})无效，请检查需要验收的case", total.count()),
        })
    }

    /// With a case that goes wrong any amount will do.
    pub(super) fn sandbox_micropay(
        &mut self,
        visitor: &Visitor,
        request: &HttpRequest,
        now: Times,
    ) -> Outcome {
        match self.sandbox_scan(visitor, request, now) {
            Ok((_, Some(Case::UserPaying))) => Outcome::in_time(Err(Failure::USER_PAYING)),
            Ok((_, Some(Case::Timeout | Case::PayError | Case::PayQueryTimeout))) => Outcome::LATE,
            Ok((trial, None)) => Outcome::in_time(Ok(trial.paid(&visitor.fields))),
            Err(failure) => Outcome::in_time(Err(failure)),
        }
    }

    fn sandbox_scan(
        &mut self,
        visitor: &Visitor,
        request: &HttpRequest,
        now: Times,
    ) -> Result<(Trial, Option<Case>), Failure> {
        table::check(&visitor.fields, &[BY_CODE])?;
        let case = Case::asked_for(visitor, request)?;
        let total = total(&visitor.fields);
        if case.is_none() && ![1, 2, 3].contains(&total.count()) {
            return Err(self.refused_total(&visitor.fields, total).into());
        }
        Ok((self.enter_trial(visitor, TradeType::Micropay, case, now)?, case))
    }

    /// A number stands for what it was first used for, here as in production.
    fn enter_trial(
        &mut self,
        visitor: &Visitor,
        trade_type: TradeType,
        case: Option<Case>,
        now: Times,
    ) -> Result<Trial, Failure> {
        let fields = &visitor.fields;
        let text = |name| fields.get(name).map(str::to_owned);
        let number = OutTradeNo::new(fields.get("out_trade_no").expect(CHECKED)).expect(CHECKED);
        let day: String = time::write(now.business).chars().take(8).collect();
        let chance = &mut self.state.chance;
        let trial = Trial {
            total: total(fields),
            trade_type,
            openid: text("openid"),
            attach: text("attach"),
            transaction_id: format!("4200{}{day}{}", chance.digits(6), chance.digits(10)),
            at: now.business,
            case,
        };
        let sandbox = self.state.sandboxes.of_mut(visitor.generation);
        let trials = sandbox.trials.entry(visitor.mchid.clone()).or_default();
        let known = trials.entry(number).or_insert_with(|| trial.clone());
        if (known.total, known.trade_type) != (trial.total, trade_type) {
            return Err(Failure::CHANGED_REPEAT);
        }
        known.case = case;
        Ok(known.clone())
    }

    /// The case of the query, or else the one the payment was made with.
    pub(super) fn sandbox_query(&self, visitor: &Visitor, request: &HttpRequest) -> Outcome {
        let fields = &visitor.fields;
        let asked = table::check(fields, &[QUERY]).and_then(|()| Case::asked_for(visitor, request));
        let asked = match asked {
            Ok(asked) => asked,
            Err(failure) => return Outcome::in_time(Err(failure)),
        };
        let number = fields.get("out_trade_no").and_then(|text| OutTradeNo::new(text).ok());
        let trials = self.state.sandboxes.of(visitor.generation).trials.get(&visitor.mchid);
        let Some(trial) = number.and_then(|number| trials?.get(&number)) else {
            return Outcome::in_time(Err(Failure::NO_ORDER));
        };
        let state = match asked.or(trial.case) {
            Some(Case::PayQueryTimeout) => return Outcome::LATE,
            Some(Case::UserPaying) => TradeState::UserPaying,
            Some(Case::PayError) => TradeState::PayError,
            Some(Case::Timeout) | None => TradeState::Success,
        };
        let said = match state {
            TradeState::Success => trial.paid(fields),
            _ => {
                Document::default().text("out_trade_no", fields.get("out_trade_no").expect(CHECKED))
            }
        };
        let described =
            said.text("trade_state", state.as_str()).text("trade_state_desc", state.description());
        Outcome::in_time(Ok(described))
    }
}

fn total(fields: &Fields) -> Fen {
    let count = fields.get("total_fee").and_then(table::integer).expect(CHECKED);
    Fen::new(count).expect(CHECKED)
}

impl Trial {
    fn paid(&self, fields: &Fields) -> Document {
        let total = self.total.count();
        let by_code = self.trade_type == TradeType::Micropay;
        let coupons: &[(&str, i64)] = match total {
            2 if by_code => &[("CASH", 1)],
            3 if by_code => &[("CASH", 1), ("NO_CASH", 2)],
            _ => &[],
        };
        let by_coupon: i64 = coupons.iter().map(|(_, fen)| fen).sum();
        let unsettled: i64 =
            coupons.iter().filter(|(kind, _)| *kind == "NO_CASH").map(|(_, fen)| fen).sum();
        let mut said = Document::default()
            .some_text("openid", self.openid.as_deref())
            .text("is_subscribe", "N")
            .text("trade_type", self.trade_type.as_str())
            .text("bank_type", Method::Balance.bank_type())
            .number("total_fee", total)
            .text("fee_type", "CNY")
            .number("cash_fee", total - by_coupon);
        if unsettled > 0 {
            said = said.number("settlement_total_fee", total - unsettled);
        }
        if !coupons.is_empty() {
            said = said.number("coupon_fee", by_coupon).number("coupon_count", coupons.len());
        }
        for (index, (kind, fen)) in coupons.iter().enumerate() {
            // The kind is said only where one of them is not settled (v2 §7).
            if unsettled > 0 {
                said = said.text(format!("coupon_type_{index}"), kind);
            }
            said = said
                .text(format!("coupon_id_{index}"), format!("{}", 10_000 + index))
                .number(format!("coupon_fee_{index}"), fen);
        }
        said.text("transaction_id", &self.transaction_id)
            .some_text("out_trade_no", fields.get("out_trade_no"))
            .some_text("attach", self.attach.as_deref())
            .text("time_end", time::write(self.at))
    }
}
