//! A payer opens the cashier.

use suanpan_trade::{
    Order, OrderId,
    id::encode,
    pay::{self, PayRequest, PayStep},
};
use suanpan_wechat::{
    call::Outcome,
    error::ErrorCode,
    id::{Appid, NonceStr, Openid, OutTradeNo, PrepayId},
    invoke::miniprogram::RequestPayment,
    pay::{Amount, Merchant, Payer, Terms, TradeType, jsapi},
};

use crate::{
    ActError, Clock, Nonces, Ports, Store, WeChat,
    committing::{Change, change_order, commit_decision},
    directory::NotifyRoute,
    login::session,
    observing::query,
    ports::OrderRef,
    watch::settle_attempt,
};

/// Deciding again after each step converges in a handful; more means that others interfere.
const MAX_STEPS: usize = 12;

/// Who wants to pay what. The openid comes from a session or from the merchant's server, never
/// from a front end (threat o13).
#[derive(Debug, Clone)]
pub struct Pay {
    /// The order.
    pub order_id: OrderId,
    /// The app that will open the cashier.
    pub appid: Appid,
    /// The payer, as that app knows them.
    pub openid: Openid,
}

/// What the front end needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payable {
    /// The attempt's number at WeChat.
    pub out_trade_no: OutTradeNo,
    /// The argument of `wx.requestPayment`, signed anew.
    pub client_params: RequestPayment,
}

/// Makes an order payable for one payer: reuses, repeats, replaces or starts an attempt.
///
/// Safe to repeat at any time and in parallel. Amount and payee come from the order alone.
///
/// # Errors
/// [`ActError::Refused`] when the order cannot be paid; [`ActError::InProgress`] and
/// [`ActError::WeChatUnknown`] when it should be asked again.
pub async fn pay<P: Ports>(ports: &P, request: &Pay) -> Result<Payable, ActError> {
    let order_ref = OrderRef::Id(request.order_id.clone());
    for _ in 0..MAX_STEPS {
        let order = ports.store().load(&order_ref).await?.ok_or(ActError::NotFound("order"))?;
        let payer = pay_request(ports, &order, request)?;
        let now = ports.clock().business_now();
        match pay::next(&order, &payer, now)? {
            PayStep::Invoke(out_trade_no, prepay_id) => {
                return invoke(ports, &order, &payer.appid, out_trade_no, &prepay_id);
            }
            PayStep::InProgress(_) => return Err(ActError::InProgress(request.order_id.clone())),
            PayStep::Start => {
                let out_trade_no = mint_out_trade_no(ports);
                let body = order_body(ports, &order, &payer, &out_trade_no);
                let decision = pay::start(&order, &payer, out_trade_no.clone(), body, now);
                let change = Change::new("attempt.start", "payer");
                if let Some(order) = commit_decision(ports, &order, decision, &change).await? {
                    send(ports, &order, &out_trade_no).await?;
                }
            }
            PayStep::Send(out_trade_no) => {
                let decision = pay::resend(&order, &out_trade_no, &payer.serial_no, now);
                let change = Change::new("attempt.resend", "payer");
                if let Some(order) = commit_decision(ports, &order, decision, &change).await? {
                    send(ports, &order, &out_trade_no).await?;
                }
            }
            PayStep::Retire(out_trade_no) => {
                let change = Change::new("attempt.retire", "payer");
                change_order(ports, &order_ref, &change, |order, now| {
                    Ok(pay::retire(order, &out_trade_no, now))
                })
                .await?;
                settle_attempt(ports, &order_ref, &out_trade_no).await?;
            }
        }
    }
    Err(ActError::Busy)
}

/// What a front end shows to pay an order.
#[derive(Debug, Clone)]
pub struct PayAsUser {
    /// The order.
    pub order_id: OrderId,
    /// Given to the front end by the merchant's server.
    pub order_token: String,
    /// From the login.
    pub session_token: String,
    /// When named, must be the app of the login.
    pub appid: Option<Appid>,
}

/// Makes an order payable for the user of a session.
///
/// # Errors
/// [`ActError::NotAuthorised`] when one of the tokens is wrong, or when they belong to different
/// accounts or apps; otherwise as [`pay`](fn@pay).
pub async fn pay_as_user<P: Ports>(ports: &P, request: &PayAsUser) -> Result<Payable, ActError> {
    if !ports.token_key().opens(&request.order_id, &request.order_token) {
        return Err(ActError::NotAuthorised("order token"));
    }
    let session = session(ports, &request.session_token).await?;
    let other_app = request.appid.as_ref().is_some_and(|appid| *appid != session.appid);
    if session.account != request.order_id.account() || other_app {
        return Err(ActError::NotAuthorised("session token"));
    }
    let order_id = request.order_id.clone();
    pay(ports, &Pay { order_id, appid: session.appid, openid: session.openid }).await
}

/// Sends the stored body and records the answer. The row was committed before (invariant I07).
async fn send<P: Ports>(
    ports: &P,
    order: &Order,
    out_trade_no: &OutTradeNo,
) -> Result<(), ActError> {
    let attempt = order.attempt(out_trade_no).ok_or(ActError::NotFound("attempt"))?;
    let mchid = &order.identity.mchid;
    let order_ref = OrderRef::Id(order.identity.order_id.clone());
    let call = jsapi::Prepay { body: attempt.body.clone() };
    match ports.wechat().call(mchid, &call).await {
        Outcome::Success(prepaid) => {
            let prepay_id = prepaid.into_inner().prepay_id;
            let change = Change::new("attempt.prepaid", "payer");
            change_order(ports, &order_ref, &change, |order, now| {
                Ok(pay::prepaid(order, out_trade_no, prepay_id.clone(), &attempt.serial_no, now))
            })
            .await?;
            Ok(())
        }
        // Both say that the number is known and not payable: the query tells how it ended.
        Outcome::Rejected(rejection)
            if matches!(rejection.code, ErrorCode::OrderPaid | ErrorCode::OrderClosed) =>
        {
            query(ports, mchid, out_trade_no).await.map(|_| ())
        }
        Outcome::Rejected(rejection) => {
            let change = Change::new("attempt.refused", "payer");
            change_order(ports, &order_ref, &change, |order, _| {
                Ok(pay::refused(order, out_trade_no))
            })
            .await?;
            Err(ActError::WeChatRefused(rejection))
        }
        Outcome::Unknown(unknown) => {
            let change = Change::new("attempt.unanswered", "payer");
            change_order(ports, &order_ref, &change, |order, _| {
                Ok(pay::unanswered(order, out_trade_no, attempt.sends))
            })
            .await?;
            Err(ActError::WeChatUnknown(unknown))
        }
    }
}

fn pay_request<P: Ports>(ports: &P, order: &Order, request: &Pay) -> Result<PayRequest, ActError> {
    let account = ports.directory().account(&order.identity.account);
    account.and_then(|account| account.app(&request.appid)).ok_or(ActError::NotFound("app"))?;
    let signer = ports.wechat().signer(&order.identity.mchid);
    let signer = signer.ok_or(ActError::NotConfigured("the order's merchant"))?;
    Ok(PayRequest {
        appid: request.appid.clone(),
        trade_type: TradeType::Jsapi,
        openid: request.openid.clone(),
        serial_no: signer.serial_no().clone(),
    })
}

fn invoke<P: Ports>(
    ports: &P,
    order: &Order,
    appid: &Appid,
    out_trade_no: OutTradeNo,
    prepay_id: &PrepayId,
) -> Result<Payable, ActError> {
    let signer = ports.wechat().signer(&order.identity.mchid);
    let signer = signer.ok_or(ActError::NotConfigured("the order's merchant"))?;
    let nonce_str =
        NonceStr::new(encode(&ports.nonces().bytes::<20>())).expect("32 letters and digits");
    let now = ports.clock().wall_now();
    let client_params = RequestPayment::sign(signer, appid, prepay_id, now, &nonce_str);
    Ok(Payable { out_trade_no, client_params })
}

fn order_body<P: Ports>(
    ports: &P,
    order: &Order,
    payer: &PayRequest,
    out_trade_no: &OutTradeNo,
) -> Vec<u8> {
    let identity = &order.identity;
    let notify_url =
        ports.directory().notify_url(&identity.account, &identity.mchid, NotifyRoute::Transaction);
    let amount = Amount::new(identity.amount).expect("an order was created with a valid amount");
    let description = identity.description.clone();
    let terms = Terms {
        time_expire: Some(identity.expires_at),
        attach: identity.attach.clone(),
        ..Terms::new(description, out_trade_no.clone(), notify_url, amount)
    };
    let merchant = Merchant { appid: payer.appid.clone(), mchid: identity.mchid.clone() };
    jsapi::Order::new(merchant, terms, Payer { openid: payer.openid.clone() }).to_body()
}

fn mint_out_trade_no<P: Ports>(ports: &P) -> OutTradeNo {
    OutTradeNo::new(encode(&ports.nonces().bytes::<20>()))
        .expect("32 letters and digits are an out_trade_no")
}
