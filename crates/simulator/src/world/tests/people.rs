//! What is changed about people by hand.

use suanpan_wechat::{Fen, id::OutTradeNo};

use super::*;

#[test]
fn a_wallet_is_filled_and_emptied_by_hand_and_the_books_still_add_up() {
    let mut till = Till::open();
    for balance in [0, 1, 250_000] {
        till.world.set_balance("amei", Fen::new(balance).unwrap()).unwrap();
        assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), balance);
        till.world.audit().unwrap();
    }
    let too_much = Fen::new(1_000_000_000_001).unwrap();
    assert!(till.world.set_balance("amei", too_much).is_err());
    assert!(till.world.set_balance("nobody", Fen::ZERO).is_err());
    assert_eq!(till.world.wallet("amei").unwrap().balance_fen.count(), 250_000);
    till.world.audit().unwrap();
}

#[test]
fn a_blocked_person_pays_nothing_until_they_are_let_go() {
    let mut till = Till::open();
    let prepay_id = till.prepay_id("order-0001", 1990);
    let by = PayBy::Invoke(till.invoke(&prepay_id));
    till.world.set_blocked("amei", true).unwrap();
    let refusal = till.world.cashier(&by, "amei", till.times()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InvocationRefused);
    till.world.set_blocked("amei", false).unwrap();
    till.world.cashier(&by, "amei", till.times()).unwrap();
    assert!(till.world.set_blocked("nobody", true).is_err());
    till.world.audit().unwrap();
}

#[test]
fn the_latest_way_in_is_given_while_it_opens() {
    let mut till = Till::open();
    let (mchid, number) =
        (Mchid::new(pool::MERCHANTS[0]).unwrap(), OutTradeNo::new("order-0001").unwrap());
    let latest = |till: &Till| {
        till.world.latest_prepay(&mchid, &number, till.times()).map(ToString::to_string)
    };
    assert_eq!(latest(&till), None);
    let first = till.prepay_id("order-0001", 1990);
    assert_eq!(latest(&till), Some(first));
    till.now = till.now.plus(60);
    let second = till.prepay_id("order-0001", 1990);
    assert_eq!(latest(&till), Some(second));
    till.now = till.now.plus(2 * 3600);
    assert_eq!(latest(&till), None);
    till.world.audit().unwrap();
}
