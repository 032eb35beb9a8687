//! Bank cards: what pays, what a bank says instead, and where refunds go.

use super::*;

const PAYS: &str = "CMB_DEBIT-8821";
const CREDIT: &str = "ICBC_CREDIT-0403";

impl Till {
    fn pay_with(
        &mut self,
        prepay_id: &str,
        method: &str,
        outcome: Outcome,
    ) -> Result<Paid, Refusal> {
        let command = PayCommand {
            by: PayBy::Invoke(self.invoke(prepay_id)),
            user: "amei".to_owned(),
            method: method.parse().unwrap(),
            outcome,
            pin: None,
        };
        let paid = self.world.pay(&command, self.times());
        self.world.audit().unwrap();
        paid
    }

    fn give_cards(&mut self, user: &str, cards: &[(&str, CardOutcome)]) {
        let card = |(id, outcome): &(&str, CardOutcome)| BankCard {
            id: id.parse().unwrap(),
            outcome: *outcome,
        };
        self.world.set_cards(user, cards.iter().map(card).collect()).unwrap();
    }

    fn purse_of(&self, user: &str) -> i64 {
        self.world.wallet(user).unwrap().balance_fen.count()
    }
}

/// Of the latest notification.
fn plaintext(till: &Till) -> String {
    let everything = MessageFilter::default();
    till.world.messages(&everything).filter_map(|message| message.decrypted.clone()).last().unwrap()
}

#[test]
fn a_card_pays_what_the_wallet_does_not_hold_and_is_named_everywhere() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 250_000);
    let refusal = till.act(&prepay_id, Outcome::Success).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InsufficientBalance, "the wallet holds 100,000");
    till.pay_with(&prepay_id, PAYS, Outcome::Success).unwrap();
    assert_eq!(till.purse_of("amei"), 100_000);
    assert_eq!(till.available(), 250_000 - 1500, "less the fee");
    assert_eq!(till.query("order-0001").json()["bank_type"], "CMB_DEBIT");
    let sent = till.due().remove(0);
    assert!(till.accepts(&sent));
    let told: Value = serde_json::from_str(&plaintext(&till)).unwrap();
    assert_eq!(told["bank_type"], "CMB_DEBIT");
    let receipt = &till.world.wallet("amei").unwrap().messages[0];
    assert_eq!(receipt.method, "招商银行储蓄卡(8821)");
}

#[test]
fn a_refund_goes_back_to_the_card_and_takes_the_banks_time() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 1000);
    till.pay_with(&prepay_id, PAYS, Outcome::Success).unwrap();
    till.due();
    let accepted = till.refund("order-0001", "r1", 400, 1000).json();
    assert_eq!(accepted["channel"], "ORIGINAL");
    assert_eq!(accepted["user_received_account"], "招商银行储蓄卡8821");
    till.give_cards("amei", &[]);
    till.wait(24 * 3600 - 1);
    till.due();
    let refund = |till: &mut Till| till.call("GET", "/v3/refund/domestic/refunds/r1", "").json();
    assert_eq!(refund(&mut till)["status"], "PROCESSING");
    till.wait(1);
    till.due();
    assert_eq!(
        refund(&mut till)["status"],
        "SUCCESS",
        "though the card is no longer in the wallet"
    );
    assert_eq!(till.purse_of("amei"), 100_000);
    assert_eq!(till.world.state.drawn.count(), 600);
}

#[test]
fn a_bank_says_why_not_and_the_order_can_still_be_paid() {
    let mut till = Till::open();
    let outcomes = [
        (CardOutcome::Insufficient, RefusalCode::InsufficientBalance),
        (CardOutcome::Refused, RefusalCode::CardRefused),
        (CardOutcome::Limit, RefusalCode::CardLimit),
    ];
    let prepay_id = till.prepay_id("order-0001", 1000);
    for (outcome, code) in outcomes {
        till.give_cards("amei", &[(PAYS, outcome)]);
        let refusal = till.pay_with(&prepay_id, PAYS, Outcome::Success).unwrap_err();
        assert_eq!(refusal.code, code);
        assert_eq!(till.trade_state("order-0001"), "NOTPAY");
    }
    let other = till.pay_with(&prepay_id, "BOC_DEBIT-0001", Outcome::Success).unwrap_err();
    assert_eq!(other.code, RefusalCode::NotFound, "a card of nobody's");
    till.pay_with(&prepay_id, "balance", Outcome::Success).unwrap();
    assert_eq!(till.query("order-0001").json()["bank_type"], "OTHERS");

    till.give_cards("amei", &[(PAYS, CardOutcome::Pays)]);
    let beyond_sums = till.prepay_id("order-0002", i64::MAX);
    let refusal = till.pay_with(&beyond_sums, PAYS, Outcome::Success).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::CardLimit, "more than any wallet holds");
}

#[test]
fn the_sheet_offers_what_the_merchant_takes_and_the_wallet_covers() {
    let mut till = Till::open();
    till.give_cards("amei", &[(PAYS, CardOutcome::Pays), (CREDIT, CardOutcome::Pays)]);
    let usable = |till: &Till, prepay_id: &str| -> Vec<(String, bool)> {
        let by = PayBy::Invoke(till.invoke(prepay_id));
        let view = till.world.cashier(&by, "amei", till.times()).unwrap();
        view.methods.iter().map(|method| (method.id.to_string(), method.usable)).collect()
    };
    let [balance, debit, credit] = ["balance", PAYS, CREDIT].map(str::to_owned);
    let dear = till.prepay_id("order-0001", 100_001);
    assert_eq!(
        usable(&till, &dear),
        [(balance.clone(), false), (debit.clone(), true), (credit.clone(), true)]
    );
    let mut body = till.order_body("order-0002", 5);
    body["limit_pay"] = json!(["no_credit"]);
    let seen = till.call("POST", "/v3/pay/transactions/jsapi", &body.to_string()).json();
    let no_credit = seen["prepay_id"].as_str().unwrap();
    assert_eq!(usable(&till, no_credit), [(balance, true), (debit, true), (credit, false)]);
    let refusal = till.pay_with(no_credit, CREDIT, Outcome::Success).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NotAllowed);
}

#[test]
fn a_scanned_code_takes_the_first_way_that_works() {
    let mut till = Till::open();
    till.world.set_balance("bo", Fen::new(99).unwrap()).unwrap();
    let mut scanned = |number: &str| {
        let auth_code = till.world.payment_code("bo", till.times()).unwrap().auth_code;
        let seen = till.scan(number, 100, &auth_code).json();
        till.world.audit().unwrap();
        seen
    };
    assert_eq!(scanned("order-0001")["bank_type"], "CMB_DEBIT");
    till.give_cards("bo", &[(CREDIT, CardOutcome::Limit)]);
    let auth_code = till.world.payment_code("bo", till.times()).unwrap().auth_code;
    assert_eq!(till.scan("order-0002", 100, &auth_code).code(), "NOT_ENOUGH");
    assert_eq!(till.trade_state("order-0002"), "PAYERROR");
}

#[test]
fn a_late_payment_lands_from_the_card_or_not_at_all() {
    for (outcome, state) in [(CardOutcome::Pays, "SUCCESS"), (CardOutcome::Refused, "CLOSED")] {
        let mut till = Till::open();
        let prepay_id = till.prepay_id("order-0001", 5);
        till.pay_with(&prepay_id, PAYS, Outcome::SuccessAfterClose).unwrap();
        till.close("order-0001");
        till.give_cards("amei", &[(PAYS, outcome)]);
        till.wait(30);
        till.due();
        assert_eq!(till.trade_state("order-0001"), state);
        assert_eq!(till.purse_of("amei"), 100_000);
    }
}

#[test]
fn a_wallet_holds_ten_different_cards_at_most() {
    let mut till = Till::open();
    let card = |number: usize| BankCard {
        id: format!("ABC_DEBIT-{number:04}").parse().unwrap(),
        outcome: CardOutcome::Pays,
    };
    let cards = |count| (0..count).map(card).collect::<Vec<_>>();
    till.world.set_cards("amei", cards(10)).unwrap();
    assert!(till.world.set_cards("amei", cards(11)).is_err());
    assert!(till.world.set_cards("amei", vec![card(1), card(1)]).is_err());
    let balance = BankCard { id: Method::Balance, outcome: CardOutcome::Pays };
    assert!(till.world.set_cards("amei", vec![balance]).is_err());
    assert!(till.world.set_cards("nobody", cards(1)).is_err());
    assert_eq!(till.world.wallet("amei").unwrap().cards.len(), 10);
}
