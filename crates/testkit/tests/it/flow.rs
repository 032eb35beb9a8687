//! The first payment, and what people do before and after it.

use serde_json::json;
use suanpan_simulator::world::{Fault, FaultName, MessageKind, Outcome};
use suanpan_testkit::{
    ACME, BRAVO, CERTIFICATE_MCHID, MIXED_MCHID, NewOrder, PUBLIC_KEY_MCHID, Settings, Stage,
};

/// One order from the merchant's backend to the merchant's webhook, every byte over HTTP, and the
/// payer's page turning because the server says so.
#[tokio::test]
async fn a_customer_pays_and_the_merchant_knows() {
    let stage = Stage::start().await;
    let (merchant, payer) = (stage.merchant(), stage.login("amei").await);
    let placed = merchant.place(&NewOrder::of("T1", 1500)).await;
    assert_eq!(payer.pay(&placed).await.ok()["client_params"]["signType"], "RSA");
    let out_trade_no = stage.pay(&payer, &placed, Outcome::Success).await;
    assert_eq!(merchant.state(&placed).await, "open", "the cashier's word is not proof");

    stage.quiesce().await;

    assert_eq!(payer.sees(&placed).await, "paid");
    let order = merchant.show(&placed).await;
    assert_eq!(order["state"], "paid");
    assert_eq!(order["out_trade_no"], *out_trade_no);
    assert_eq!(order["payer_total"], 1500);
    let webhooks = stage.inbox().webhooks();
    assert_eq!(webhooks.len(), 1);
    let event = webhooks[0].json();
    assert_eq!(event["type"], "order.paid");
    let expected = json!({
        "environment": "simulator", "account": ACME, "mchid": CERTIFICATE_MCHID,
        "order_id": placed.order_id, "merchant_order_no": "T1",
        "out_trade_no": out_trade_no, "transaction_id": order["transaction_id"],
        "amount": { "total": 1500, "currency": "CNY" }, "payer_total": 1500,
        "trade_type": "JSAPI", "paid_at": order["paid_at"], "state": "paid",
    });
    assert_eq!(event["data"], expected);
    let prepays = stage.calls("POST", "/v3/pay/transactions/jsapi");
    assert_eq!(prepays.len(), 1);
    assert_eq!(prepays[0].verdict.as_deref(), Some("signature accepted"));
    stage.finish().await;
}
