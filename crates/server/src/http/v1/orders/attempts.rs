use axum::{Json, extract::State};
use suanpan_acts::{
    Store,
    pay::{Pay, Payable, pay},
    show::show,
};
use suanpan_trade::OrderId;
use suanpan_wechat::{id::Appid, invoke::miniprogram::RequestPayment};

use super::Payer;
use crate::http::{
    App, Problem,
    extract::{Id, Json as Body, Merchant},
};

/// `POST /v1/orders/{order_id}/attempts`: for merchants with a login of their own, who know the
/// openid from WeChat themselves (threat o13).
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct CreateRequest {
    trade_type: TradeType,
    appid: Appid,
    payer: Payer,
}

/// Which cashier is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "String")]
pub(in crate::http) enum TradeType {
    /// In a mini program. WeChat's name is `JSAPI`; front ends may also say what they are.
    Miniprogram,
    /// Any other text.
    Unsupported,
}

impl From<String> for TradeType {
    fn from(text: String) -> Self {
        match text.as_str() {
            "JSAPI" | "miniprogram" => TradeType::Miniprogram,
            _ => TradeType::Unsupported,
        }
    }
}

impl TradeType {
    pub(in crate::http) fn supported(self) -> Result<(), Problem> {
        match self {
            TradeType::Miniprogram => Ok(()),
            TradeType::Unsupported => Err(Problem::unsupported_trade_type()),
        }
    }
}

/// What a front end needs to open the cashier.
#[derive(serde::Serialize)]
pub(in crate::http) struct PayAnswer {
    /// An attempt *is* its number at WeChat.
    attempt_id: String,
    out_trade_no: String,
    /// Exactly the argument of `wx.requestPayment`.
    client_params: RequestPayment,
}

impl PayAnswer {
    pub(in crate::http) fn of(payable: Payable) -> Self {
        let out_trade_no = payable.out_trade_no.to_string();
        Self {
            attempt_id: out_trade_no.clone(),
            out_trade_no,
            client_params: payable.client_params,
        }
    }
}

#[tracing::instrument(name = "http.orders.attempts.create", skip_all)]
pub(in crate::http) async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    Merchant(account): Merchant,
    Id(order_id): Id<OrderId>,
    Body(request): Body<CreateRequest>,
) -> Result<Json<PayAnswer>, Problem> {
    request.trade_type.supported()?;
    if request.appid != request.payer.appid {
        return Err(Problem::invalid("payer.appid", "must be the app that opens the cashier"));
    }
    let openid = request.payer.openid;
    let asked = Pay { order_id: order_id.clone(), appid: request.appid, openid };
    let payable = app
        .act_on(&order_id, |ports| async move {
            show(&*ports, &account, &asked.order_id).await?;
            pay(&*ports, &asked).await
        })
        .await?;
    Ok(Json(PayAnswer::of(payable)))
}
