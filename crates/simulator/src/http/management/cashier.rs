//! What people do: log in, look at the cashier, pay, look into their wallet.

use axum::{
    Json,
    extract::{Path, State},
};
use suanpan_wechat::{
    Fen,
    id::{Appid, Mchid, OutTradeNo, PrepayId},
};

use super::{
    Management,
    extract::{Body, Params},
    problem::Problem,
};
use crate::{
    scenario::Step,
    world::{
        BankCard, CashierView, Invoke, Method, OrderView, Outcome, Paid, PayBy, PayCommand,
        PaymentCode, Wallet,
    },
};

/// How many orders a list shows when nothing is said.
const ORDERS: usize = 200;

/// How many it shows at most.
const ORDERS_LIMIT: usize = 2000;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    appid: Appid,
    user: String,
}

#[derive(serde::Serialize)]
pub(super) struct Code {
    code: String,
}

pub(super) async fn login(
    State(management): State<Management>,
    Body(Login { appid, user }): Body<Login>,
) -> Result<Json<Code>, Problem> {
    let code = management.shared().change(|world, times| world.login(&appid, &user, times))?;
    Ok(Json(Code { code }))
}

/// Somebody at the cashier. Opening it and paying take the same body; opening looks at none of
/// `method`, `outcome` and `pin`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cashier {
    #[serde(default)]
    invoke: Option<Invoke>,
    #[serde(default)]
    prepay_id: Option<PrepayId>,
    #[serde(default)]
    code_url: Option<String>,
    #[serde(default)]
    h5_url: Option<String>,
    /// With `h5_url`: the page it was opened from; empty for none.
    #[serde(default)]
    page: Option<String>,
    /// With `h5_url`: what the browser calls itself.
    #[serde(default)]
    user_agent: Option<String>,
    /// The person's payment code, scanned by a merchant and waiting for the password.
    #[serde(default)]
    auth_code: Option<String>,
    user: String,
    /// `balance`, or a card of theirs.
    #[serde(default)]
    method: Method,
    #[serde(default)]
    outcome: Outcome,
    #[serde(default)]
    pin: Option<String>,
}

impl Cashier {
    fn command(self) -> Result<PayCommand, Problem> {
        let ways = [
            self.invoke.map(PayBy::Invoke),
            self.prepay_id.map(PayBy::PrepayId),
            self.code_url.map(PayBy::CodeUrl),
            self.auth_code.map(PayBy::AuthCode),
        ];
        let (page, user_agent) = (self.page, self.user_agent);
        let of_a_browser = page.is_some() || user_agent.is_some();
        let h5_url = self.h5_url.map(|url| PayBy::H5Url { url, page, user_agent });
        let by_h5 = h5_url.is_some();
        let mut ways = ways.into_iter().flatten().chain(h5_url);
        match (ways.next(), ways.next()) {
            (Some(by), None) if by_h5 || !of_a_browser => {
                let Self { user, method, outcome, pin, .. } = self;
                Ok(PayCommand { by, user, method, outcome, pin })
            }
            _ => Err(Problem::bad_request(
                "give exactly one of invoke, prepay_id, code_url, h5_url and auth_code, and page and user_agent only with h5_url",
            )),
        }
    }
}

pub(super) async fn open(
    State(management): State<Management>,
    Body(cashier): Body<Cashier>,
) -> Result<Json<CashierView>, Problem> {
    let PayCommand { by, user, .. } = cashier.command()?;
    let view = management.shared().read(|world, times| world.cashier(&by, &user, times))?;
    Ok(Json(view))
}

pub(super) async fn pay(
    State(management): State<Management>,
    Body(cashier): Body<Cashier>,
) -> Result<Json<Paid>, Problem> {
    let command = cashier.command()?;
    let (order, paid) = management.shared().change(|world, times| {
        let order = world.order_behind(&command.by, times);
        (order, world.pay(&command, times))
    });
    management.shared().note_about(order.as_ref(), |name| Step::Pay {
        name,
        by: command.user,
        method: command.method,
        outcome: command.outcome,
        pin: command.pin,
        refused: paid.as_ref().err().map(|refusal| refusal.code),
    });
    Ok(Json(paid?))
}

/// What the person's phone shows to a scanner now.
pub(super) async fn payment_code(
    State(management): State<Management>,
    Path(name): Path<String>,
) -> Result<Json<PaymentCode>, Problem> {
    let shared = management.shared();
    Ok(Json(shared.change(|world, times| world.payment_code(&name, times))?))
}

pub(super) async fn wallet(
    State(management): State<Management>,
    Path(name): Path<String>,
) -> Result<Json<Wallet>, Problem> {
    let wallet = management.shared().read(|world, _| world.wallet(&name));
    wallet.map(Json).ok_or_else(|| Problem::not_found(format!("there is no user {name}")))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WalletChange {
    #[serde(default)]
    balance_fen: Option<Fen>,
    #[serde(default)]
    blocked: Option<bool>,
    #[serde(default)]
    cards: Option<Vec<BankCard>>,
}

/// What is absent stays as it is.
pub(super) async fn change_wallet(
    State(management): State<Management>,
    Path(name): Path<String>,
    Body(WalletChange { balance_fen, blocked, cards }): Body<WalletChange>,
) -> Result<Json<Wallet>, Problem> {
    management.shared().change(|world, _| {
        if let Some(balance) = balance_fen {
            world.set_balance(&name, balance)?;
        }
        if let Some(blocked) = blocked {
            world.set_blocked(&name, blocked)?;
        }
        if let Some(cards) = cards {
            world.set_cards(&name, cards)?;
        }
        let wallet = world.wallet(&name);
        wallet.map(Json).ok_or_else(|| Problem::not_found(format!("there is no user {name}")))
    })
}

/// One order, and the way into its cashier.
#[derive(serde::Serialize)]
pub(super) struct OneOrder {
    #[serde(flatten)]
    order: OrderView,
    #[serde(skip_serializing_if = "Option::is_none")]
    prepay_id: Option<PrepayId>,
}

pub(super) async fn order(
    State(management): State<Management>,
    Path((mchid, out_trade_no)): Path<(Mchid, OutTradeNo)>,
) -> Result<Json<OneOrder>, Problem> {
    let found = management.shared().read(|world, times| {
        let prepay_id = world.latest_prepay(&mchid, &out_trade_no, times).cloned();
        world.order_line(&mchid, &out_trade_no).map(|order| OneOrder { order, prepay_id })
    });
    found.map(Json).ok_or_else(|| Problem::not_found(format!("there is no order {out_trade_no}")))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    #[serde(default)]
    limit: Option<usize>,
}

#[derive(serde::Serialize)]
pub(super) struct Orders {
    orders: Vec<OrderView>,
}

pub(super) async fn orders(
    State(management): State<Management>,
    Params(Which { limit }): Params<Which>,
) -> Json<Orders> {
    let limit = limit.unwrap_or(ORDERS).min(ORDERS_LIMIT);
    Json(Orders { orders: management.shared().read(|world, _| world.orders(limit)) })
}
