//! Whatever can be built can be sent: no `null`, nothing empty, no character WeChat refuses.

use std::{net::IpAddr, num::NonZeroU32};

use proptest::{collection::vec, option, prelude::*};
use serde_json::Value;
use suanpan_wechat::{
    Fen, Timestamp, combine,
    id::Mchid,
    pay::{
        self, Amount, Detail, Goods, LimitPay, Payer, SceneInfo, SettleInfo, Terms, app, codepay,
        h5, jsapi, native, partner,
    },
    text::{
        Attach, Description, DeviceId, GoodsName, GoodsTag, InvoiceId, MerchantGoodsId, StoreId,
        WechatpayGoodsId,
    },
};

use crate::{
    combine::{sub_order, terms as combine_terms},
    pay::{least, merchant, openid, out_trade_no},
};

/// A value of a type that takes only some texts, from any text.
fn any_text<T: TryFrom<String> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    "\\PC{1,40}".prop_filter_map("refused", |text| T::try_from(text).ok())
}

fn any_fen() -> impl Strategy<Value = Fen> {
    (0..=i64::from(u32::MAX)).prop_map(|fen| Fen::new(fen).unwrap())
}

fn any_amount() -> impl Strategy<Value = Amount> {
    (1..=Amount::MAX.count()).prop_map(|fen| Amount::new(Fen::new(fen).unwrap()).unwrap())
}

fn any_limits() -> impl Strategy<Value = Vec<LimitPay>> {
    vec(prop_oneof![Just(LimitPay::NoCredit), Just(LimitPay::BalanceOnly)], 0..3)
}

prop_compose! {
    fn any_goods()(
        merchant_goods_id in "[a-z0-9]{1,32}",
        wechatpay_goods_id in option::of(any_text::<WechatpayGoodsId>()),
        goods_name in option::of(any_text::<GoodsName>()),
        quantity in 1u32..,
        unit_price in any_fen(),
    ) -> Goods {
        let merchant_goods_id = MerchantGoodsId::new(merchant_goods_id).unwrap();
        let quantity = NonZeroU32::new(quantity).unwrap();
        Goods { merchant_goods_id, wechatpay_goods_id, goods_name, quantity, unit_price }
    }
}

prop_compose! {
    fn any_detail()(
        cost_price in option::of(any_fen()),
        invoice_id in option::of(any_text::<InvoiceId>()),
        goods in vec(any_goods(), 1..6),
    ) -> Detail {
        Detail::new(cost_price, invoice_id, goods).unwrap()
    }
}

prop_compose! {
    fn any_terms()(
        description in any_text::<Description>(),
        amount in any_amount(),
        time_expire in option::of(any::<i64>().prop_map(Timestamp::from_unix)),
        attach in option::of(any_text::<Attach>()),
        goods_tag in option::of(any_text::<GoodsTag>()),
        limit_pay in any_limits(),
        support_fapiao: bool,
        detail in option::of(any_detail()),
    ) -> Terms {
        Terms {
            description, amount, time_expire, attach, goods_tag, limit_pay, support_fapiao, detail,
            ..least()
        }
    }
}

prop_compose! {
    fn any_scene()(
        payer_client_ip: IpAddr,
        device_id in option::of(any_text::<DeviceId>()),
    ) -> SceneInfo {
        SceneInfo { device_id, ..SceneInfo::new(payer_client_ip) }
    }
}

fn any_settle() -> impl Strategy<Value = Option<SettleInfo>> {
    option::of(any::<bool>().prop_map(|profit_sharing| SettleInfo { profit_sharing }))
}

fn sub_orders(count: usize, attach: &Attach, partner: bool) -> Vec<combine::SubOrder> {
    let sub_mchid = || Mchid::new("1900000119").unwrap();
    (0..count)
        .map(|n| combine::SubOrder {
            sub_mchid: partner.then(sub_mchid),
            ..sub_order("1900000109", &format!("20150806{n:03}"), attach.as_str(), "d1")
        })
        .collect()
}

/// Every value in the tree says something, and every text can be sent.
fn is_sendable(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) => true,
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::String(text) => !text.is_empty() && text.chars().all(|c| c.len_utf8() <= 3),
        Value::Array(items) => !items.is_empty() && items.iter().all(is_sendable),
        Value::Object(members) => !members.is_empty() && members.values().all(is_sendable),
    }
}

fn assert_sendable(bodies: &[Vec<u8>]) -> Result<(), TestCaseError> {
    for body in bodies {
        let value: Value = serde_json::from_slice(body).unwrap();
        prop_assert!(is_sendable(&value), "{value}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn orders_of_merchants_say_nothing_empty(
        terms in any_terms(), scene in any_scene(), settle_info in any_settle(),
    ) {
        let payer = Payer { openid: openid() };
        let h5_scene = h5::SceneInfo {
            place: scene.clone(),
            h5_info: h5::H5Info::new(h5::H5Type::Android),
        };
        let scene_info = Some(scene);
        assert_sendable(&[
            jsapi::Order {
                scene_info: scene_info.clone(), settle_info,
                ..jsapi::Order::new(merchant(), terms.clone(), payer)
            }.to_body(),
            app::Order {
                scene_info: scene_info.clone(), settle_info,
                ..app::Order::new(merchant(), terms.clone())
            }.to_body(),
            native::Order { scene_info, settle_info, ..native::Order::new(merchant(), terms.clone()) }.to_body(),
            h5::Order { settle_info, ..h5::Order::new(merchant(), terms, h5_scene) }.to_body(),
        ])?;
    }

    #[test]
    fn orders_of_providers_say_nothing_empty(terms in any_terms(), subsidy in option::of(any_fen())) {
        let merchant = crate::partner::merchant();
        let payer = partner::Payer::OfProvider { sp_openid: openid() };
        let settle = partner::SettleInfo { profit_sharing: true, subsidy_amount: subsidy };
        let settle_info = Some(settle);
        let mut order = partner::jsapi::Order::new(merchant.clone(), terms.clone(), payer).unwrap();
        order.settle_info = settle_info;
        assert_sendable(&[
            order.to_body(),
            partner::app::Order { settle_info, ..partner::app::Order::new(merchant.clone(), terms.clone()) }.to_body(),
            partner::native::Order { settle_info, ..partner::native::Order::new(merchant, terms) }.to_body(),
        ])?;
    }

    #[test]
    fn combined_orders_say_nothing_empty(
        attach in any_text::<Attach>(), count in 2usize..=10, partner: bool, limit_pay in any_limits(),
        end in option::of(any::<i64>().prop_map(Timestamp::from_unix)),
    ) {
        let terms = combine::Terms {
            limit_pay,
            period: end.map(combine::Period::until),
            ..combine_terms(sub_orders(count, &attach, partner))
        };
        let close = combine::close::Close::ordered(&terms);
        let payer = combine::Payer::OfCombiner { openid: openid() };
        assert_sendable(&[
            suanpan_wechat::call::Call::request(&close).body,
            combine::native::Order::new(terms.clone()).to_body(),
            combine::jsapi::Order::new(terms, payer).to_body(),
        ])?;
    }

    #[test]
    fn scans_say_nothing_empty(
        description in any_text::<Description>(), amount in any_amount(),
        code in "1[0-5][0-9]{16}", store in any_text::<StoreId>(), attach in option::of(any_text::<Attach>()),
        device_ip in option::of(any::<IpAddr>()), settle_info in any_settle(),
    ) {
        let scene = codepay::SceneInfo {
            device_ip,
            ..codepay::SceneInfo::new(codepay::StoreInfo::Registered { id: store })
        };
        let code = codepay::AuthCode::new(code).unwrap();
        let terms = codepay::Terms {
            attach,
            ..codepay::Terms::new(description, out_trade_no(), code, amount, scene)
        };
        let order = codepay::Order { settle_info, ..codepay::Order::new(merchant(), terms) };
        assert_sendable(&[order.to_body()])?;
    }

    /// WeChat moves an expiry into its range, and moving it twice changes nothing.
    #[test]
    fn expiry_is_moved_once(asked in any::<i64>(), ordered_at in 0..4_000_000_000_i64) {
        let ordered_at = Timestamp::from_unix(ordered_at);
        let moved = pay::effective_expiry(Timestamp::from_unix(asked), ordered_at);
        prop_assert!(pay::EXPIRY_SECONDS.contains(&moved.since(ordered_at)));
        prop_assert_eq!(pay::effective_expiry(moved, ordered_at), moved);
    }
}

#[test]
fn four_byte_characters_are_refused_by_every_text() {
    use suanpan_wechat::text::{
        AppName, AppUrl, AreaCode, BundleId, PackageName, StoreAddress, StoreName,
    };
    fn refuses<T: TryFrom<String>>() -> bool {
        ["tea \u{1F375}", "\u{20BB7}野家", "a\u{0}", "a\nb", ""]
            .iter()
            .all(|text| T::try_from((*text).to_owned()).is_err())
    }
    let verdicts = [
        refuses::<Description>(),
        refuses::<Attach>(),
        refuses::<GoodsTag>(),
        refuses::<InvoiceId>(),
        refuses::<MerchantGoodsId>(),
        refuses::<WechatpayGoodsId>(),
        refuses::<GoodsName>(),
        refuses::<DeviceId>(),
        refuses::<StoreId>(),
        refuses::<StoreName>(),
        refuses::<AreaCode>(),
        refuses::<StoreAddress>(),
        refuses::<AppName>(),
        refuses::<AppUrl>(),
        refuses::<BundleId>(),
        refuses::<PackageName>(),
        refuses::<codepay::OutStoreId>(),
        refuses::<codepay::WxpayGoodsId>(),
        refuses::<combine::SubOrderDetail>(),
        refuses::<combine::ShortDeviceId>(),
    ];
    assert_eq!(verdicts, [true; 20]);
}
