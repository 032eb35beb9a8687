//! A merchant's server creates an order.

use suanpan_trade::{
    AccountId, Identity, LatePayment, MerchantOrderNo, Order, OrderId, order::OrderPayer,
};
use suanpan_wechat::{
    Fen, Timestamp,
    id::Mchid,
    pay::{Amount, Currency, EXPIRY_SECONDS},
    text::{Attach, Description},
};

use crate::{
    ActError, ChangeSet, Clock, Nonces, Ports, Store, Write,
    change::{Commit, RememberedRequest},
    committing::{Change, commit_new_order},
    ports::{OrderRef, Read as _, Remembered},
    token::sha256_hex,
};

/// How long an order can be paid unless it says otherwise, in seconds.
pub const DEFAULT_LIFE_SECONDS: i64 = 30 * 60;

/// The name of this route among idempotency keys.
const ROUTE: &str = "orders.create";

/// What to create. The amount comes from the merchant's authenticated server and from nowhere else
/// (threat o01).
#[derive(Debug, Clone)]
pub struct CreateOrder {
    /// Whose order.
    pub account: AccountId,
    /// Their number, unique per account.
    pub merchant_order_no: MerchantOrderNo,
    /// Above zero.
    pub amount: Fen,
    /// In what.
    pub currency: Currency,
    /// Shown to the payer.
    pub description: Description,
    /// Who is paid; the account's first merchant when absent.
    pub mchid: Option<Mchid>,
    /// When set, nobody else may pay.
    pub payer: Option<OrderPayer>,
    /// Business time; [`DEFAULT_LIFE_SECONDS`] from now when absent.
    pub expires_at: Option<Timestamp>,
    /// What to do with money that comes after closing.
    pub late_payment: LatePayment,
    /// Returned in WeChat's notification.
    pub attach: Option<Attach>,
    /// A JSON object as text, at most 4 KiB.
    pub metadata: Option<String>,
    /// `Idempotency-Key`, where the caller sent one.
    pub idempotency_key: Option<String>,
}

/// An order and the token that lets a front end pay it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The order.
    pub order: Order,
    /// For the front end.
    pub order_token: String,
    /// Whether this call made it; `false` when it repeats an earlier one.
    pub new: bool,
}

/// Creates an order, or finds the one an identical request created before.
///
/// # Errors
/// [`ActError::DifferentRequest`] when the number or the key was used with other content.
pub async fn create_order<P: Ports>(ports: &P, request: CreateOrder) -> Result<Created, ActError> {
    let digest = digest(&request);
    if let Some(order_id) = find_by_key(ports, &request, &digest).await? {
        return found(ports, &request, &OrderRef::Id(order_id)).await?.ok_or(ActError::Busy);
    }
    let by_number =
        OrderRef::MerchantOrderNo(request.account.clone(), request.merchant_order_no.clone());
    if let Some(created) = found(ports, &request, &by_number).await? {
        remember_key(ports, &request, &digest, &created.order.identity.order_id).await?;
        return Ok(created);
    }
    let now = ports.clock().business_now();
    let order = Order::open(identity(ports, &request, now)?);
    let mut change = Change::new("order.create", "merchant");
    if let Some(row) = remembered(&request, &digest, &order.identity.order_id, now) {
        change = change.with(Write::Remember(row));
    }
    if let Some(order) = commit_new_order(ports, order, &change).await? {
        let order_token = ports.token_key().order_token(&order.identity.order_id);
        return Ok(Created { order, order_token, new: true });
    }
    // Somebody else used the number or the key a moment ago: theirs is the order.
    find_by_key(ports, &request, &digest).await?;
    found(ports, &request, &by_number).await?.ok_or(ActError::Busy)
}

/// What the key was used for before.
async fn find_by_key<P: Ports>(
    ports: &P,
    request: &CreateOrder,
    digest: &str,
) -> Result<Option<OrderId>, ActError> {
    let Some(key) = request.idempotency_key.clone() else { return Ok(None) };
    let remembered = ports
        .store()
        .read(Remembered { account: request.account.clone(), route: ROUTE, key })
        .await?;
    match remembered {
        Some(remembered) if remembered.digest != digest => {
            Err(ActError::DifferentRequest("the idempotency key"))
        }
        remembered => Ok(remembered.map(|remembered| remembered.order_id)),
    }
}

/// A new key for an order that exists already is bound to it too.
async fn remember_key<P: Ports>(
    ports: &P,
    request: &CreateOrder,
    digest: &str,
    order_id: &OrderId,
) -> Result<(), ActError> {
    let now = ports.clock().business_now();
    let Some(row) = remembered(request, digest, order_id, now) else { return Ok(()) };
    let writes = vec![Write::Remember(row)];
    let changes = ChangeSet { name: "order.remember_key", guards: Vec::new(), writes };
    match ports.store().commit(changes).await? {
        Commit::Done => Ok(()),
        // Bound a moment ago: to this request, or the key is refused.
        Commit::Conflict => find_by_key(ports, request, digest).await.map(|_| ()),
    }
}

fn remembered(
    request: &CreateOrder,
    digest: &str,
    order_id: &OrderId,
    at: Timestamp,
) -> Option<RememberedRequest> {
    request.idempotency_key.clone().map(|key| RememberedRequest {
        account: request.account.clone(),
        route: ROUTE.to_owned(),
        key,
        digest: digest.to_owned(),
        order_id: order_id.clone(),
        at,
    })
}

async fn found<P: Ports>(
    ports: &P,
    request: &CreateOrder,
    order_ref: &OrderRef,
) -> Result<Option<Created>, ActError> {
    let Some(order) = ports.store().load(order_ref).await? else { return Ok(None) };
    if !is_same(&order.identity, request, ports) {
        return Err(ActError::DifferentRequest("merchant_order_no"));
    }
    let order_token = ports.token_key().order_token(&order.identity.order_id);
    Ok(Some(Created { order, order_token, new: false }))
}

/// Whether a stored order is what the request asks for. An absent member stands for its default.
fn is_same<P: Ports>(identity: &Identity, request: &CreateOrder, ports: &P) -> bool {
    let account = ports.directory().account(&request.account);
    let mchid = account.and_then(|account| account.merchant(request.mchid.as_ref()));
    identity.merchant_order_no == request.merchant_order_no
        && identity.amount == request.amount
        && identity.currency == request.currency
        && identity.description == request.description
        && Some(&identity.mchid) == mchid
        && identity.payer == request.payer
        && request.expires_at.is_none_or(|expires_at| expires_at == identity.expires_at)
        && identity.late_payment == request.late_payment
        && identity.attach == request.attach
        && identity.metadata == request.metadata
}

fn identity<P: Ports>(
    ports: &P,
    request: &CreateOrder,
    now: Timestamp,
) -> Result<Identity, ActError> {
    let invalid = |field, rule: &str| ActError::Invalid { field, rule: rule.to_owned() };
    let account =
        ports.directory().account(&request.account).ok_or(ActError::NotFound("account"))?;
    let mchid = account.merchant(request.mchid.as_ref()).ok_or(ActError::NotFound("merchant"))?;
    if Amount::new(request.amount).is_err() {
        return Err(invalid("amount.total", "must be at least 1 fen and fit in 32 bits"));
    }
    if request.payer.as_ref().is_some_and(|payer| account.app(&payer.appid).is_none()) {
        return Err(invalid("payer.appid", "must be one of the account's apps"));
    }
    let expires_at = request.expires_at.unwrap_or_else(|| now.plus(DEFAULT_LIFE_SECONDS));
    if !EXPIRY_SECONDS.contains(&expires_at.since(now)) {
        return Err(invalid("expires_at", "must lie 1 minute to 15 days ahead"));
    }
    let too_long =
        |text: &Option<String>, limit| text.as_ref().is_some_and(|text| text.len() > limit);
    if too_long(&request.metadata, 4096) {
        return Err(invalid("metadata", "must be at most 4096 bytes of JSON"));
    }
    Ok(Identity {
        account: request.account.clone(),
        order_id: OrderId::mint(&request.account, ports.nonces().bytes()),
        merchant_order_no: request.merchant_order_no.clone(),
        mchid: mchid.clone(),
        amount: request.amount,
        currency: request.currency,
        description: request.description.clone(),
        payer: request.payer.clone(),
        expires_at,
        late_payment: request.late_payment,
        attach: request.attach.clone(),
        metadata: request.metadata.clone(),
        created_at: now,
    })
}

fn digest(request: &CreateOrder) -> String {
    let members = serde_json::json!([
        request.merchant_order_no,
        request.amount,
        request.currency,
        request.description,
        request.mchid,
        request.payer,
        request.expires_at,
        request.late_payment,
        request.attach,
        request.metadata,
    ]);
    sha256_hex(members.to_string().as_bytes())
}
