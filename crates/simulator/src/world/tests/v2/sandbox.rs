//! The sandboxes: a key of their own, and amounts that decide.

use super::*;

const OLD: &str = "/sandboxnew/pay";
const CURRENT: &str = "/xdc/apiv2sandbox/pay";
const GET_KEY: &str = "/xdc/apiv2getsignkey/sign/getsignkey";
const OLD_KEY: &str = "/sandboxnew/pay/getsignkey";
const NUMBER: (&str, &str) = ("out_trade_no", "order-0001");
const CODE: (&str, &str) = ("auth_code", "120061098828009406");
const WRONG_SIGN: &str = "沙箱验证签名失败，请确认沙箱签名key是否正确（通过getsignkey调用生成）";

impl Counter {
    /// By MD5, whatever the calls after it choose.
    fn for_key(&self) -> BTreeMap<String, String> {
        let all = [("mch_id", self.till.mchid.as_str()), ("nonce_str", "5K8264ILTKCH16CQ2502SI8Z")];
        let mut fields = all.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let sign = digest(&fields, &self.key, false);
        fields.insert("sign".to_owned(), sign);
        fields
    }

    fn ask_for_key(&mut self, target: &str) -> BTreeMap<String, String> {
        let call = self.for_key();
        let response = self.send(target, written(&call));
        read(std::str::from_utf8(&response.body).unwrap(), "xml")
    }

    /// From here on it signs with the sandbox's key.
    fn enter(&mut self, target: &str) -> String {
        self.key = self.ask_for_key(target)["sandbox_signkey"].clone();
        self.key.clone()
    }

    /// By code in the current sandbox, perhaps a case that goes wrong; and how the answer travels.
    #[track_caller]
    fn try_with(
        &mut self,
        target: &str,
        case: Option<&str>,
        more: &[(&str, &str)],
    ) -> (Said, Manner) {
        let call = self.signed(self.call(more));
        let mut request = post(target, written(&call));
        let case = case.map(|case| ("Wechatpay-Negative-Test".to_owned(), case.to_owned()));
        request.headers.extend(case);
        let reply = self.till.world.handle(&request, self.till.times());
        self.till.world.audit().unwrap();
        let said = Said(read(std::str::from_utf8(&reply.response.body).unwrap(), "xml"));
        if said.has("sign") {
            self.assert_believes(&said);
        }
        (said, reply.manner)
    }

    #[track_caller]
    fn scan_in(&mut self, sandbox: &str, case: Option<&str>, total: &str) -> (Said, Manner) {
        let sale = [NUMBER, CODE, ("body", "龙井茶 一杯"), ("total_fee", total)];
        self.try_with(&format!("{sandbox}/micropay"), case, &sale)
    }

    #[track_caller]
    fn query_in(&mut self, sandbox: &str, case: Option<&str>) -> (Said, Manner) {
        self.try_with(&format!("{sandbox}/orderquery"), case, &[NUMBER])
    }

    fn try_order(&mut self, total: i64, changed: &[(&str, &str)]) -> Said {
        let mut members: BTreeMap<_, _> = self.sale(NUMBER.1, total).into_iter().collect();
        members.extend(changed.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let members: Vec<(&str, &str)> =
            members.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.say("/sandboxnew/pay/unifiedorder", &members)
    }
}

#[test]
fn each_sandbox_has_a_key_for_three_days() {
    let mut counter = Counter::open();
    let own = counter.key.clone();
    let old = counter.ask_for_key(OLD_KEY);
    assert_eq!((&*old["return_code"], &*old["return_msg"]), ("SUCCESS", "ok"));
    let current = counter.ask_for_key(GET_KEY);
    assert_eq!((&*current["return_msg"], &*current["mch_id"]), ("OK", counter.till.mchid.as_str()));
    let (old, current) = (&old["sandbox_signkey"], &current["sandbox_signkey"]);
    assert!(old.len() == 32 && old.bytes().all(|b| b.is_ascii_hexdigit()), "{old}");
    assert!(old != current && *old != own);
    assert_eq!(counter.ask_for_key(GET_KEY)["sandbox_signkey"], *current);

    for (key, sandbox) in [(&own, CURRENT), (old, CURRENT), (&own, OLD), (current, OLD)] {
        counter.key.clone_from(key);
        assert_eq!(counter.scan_in(sandbox, None, "1").0.return_msg(), WRONG_SIGN);
    }
    counter.key.clone_from(current);
    counter.scan_in(CURRENT, None, "1").0.ok();
    counter.till.wait(3 * 24 * 3600);
    assert_eq!(counter.scan_in(CURRENT, None, "1").0.return_msg(), WRONG_SIGN, "too old");
    counter.key = own;
    assert_ne!(counter.ask_for_key(GET_KEY)["sandbox_signkey"], *current);
}

#[test]
fn nobody_else_gets_a_key() {
    let mut counter = Counter::open();
    counter.key = "somebody else's".to_owned();
    let refused = counter.ask_for_key(GET_KEY);
    assert_eq!(refused["return_msg"], "获取沙箱密钥失败，确认交易密钥是否正确");
    let mut call = counter.for_key();
    call.insert("mch_id".into(), "1900009999".into());
    let response = counter.send(GET_KEY, written(&call));
    let refused = read(std::str::from_utf8(&response.body).unwrap(), "xml");
    assert_eq!((&*refused["return_code"], &*refused["return_msg"]), ("FAIL", "商户号非法"));
}

#[test]
fn the_journal_tells_who_used_the_wrong_one_of_two_keys() {
    let mut counter = Counter::open();
    counter.ask_for_key(OLD_KEY);
    assert_eq!(counter.try_order(101, &[]).return_msg(), WRONG_SIGN);
    let answer = counter.till.world.messages(&MessageFilter::default()).last().unwrap();
    assert_eq!(
        answer.verdict.as_deref(),
        Some("not signed: signed with the merchant's own key, not with the sandbox's")
    );
}

#[test]
fn an_order_of_the_old_one_is_paid_because_of_its_amount() {
    let mut counter = Counter::open();
    counter.enter(OLD_KEY);
    let official = ("appid", pool::OFFICIAL_ACCOUNT);
    let refused = counter.try_order(1, &[official]);
    assert_eq!(refused.return_msg(), "沙箱支付金额(1)无效，请检查需要验收的case");
    let refused = counter.try_order(1280, &[]);
    assert_eq!(refused.return_msg(), "沙箱支付金额不正确，请确认验收case", "a mini program's");
    let placed = counter.try_order(101, &[]).ok();
    let expected = [
        ("err_code", "SUCCESS"),
        ("err_code_des", "ok"),
        ("device_info", "sandbox"),
        ("sub_mch_id", ""),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
    ];
    for (name, value) in expected {
        assert!(placed.has(name));
        assert_eq!(placed.get(name), value, "{name}");
    }
    let prepay_id = placed.get("prepay_id");
    assert!(prepay_id.starts_with("wx20260301120000") && prepay_id.len() == 22, "{prepay_id}");
    let queried = counter.query_in(OLD, None).0.ok();
    assert_eq!((queried.get("trade_state"), queried.get("total_fee")), ("SUCCESS", "101"));
    assert_eq!(queried.get("err_code_des"), "SUCCESS");
    assert_eq!(counter.try_order(102, &[]).refusal().0, "INVALID_REQUEST");
    let native =
        counter.try_order(102, &[("trade_type", "NATIVE"), ("out_trade_no", "order-0002")]);
    assert!(native.ok().get("code_url").starts_with("weixin://wxpay/s/"));
    counter.hmac = true;
    assert_eq!(counter.try_order(101, &[]).return_msg(), "签名类型不支持");
}

#[test]
fn nothing_of_it_is_in_the_world() {
    let mut counter = Counter::open();
    let own = counter.key.clone();
    counter.enter(OLD_KEY);
    let prepay_id = counter.try_order(101, &[]).ok().get("prepay_id").to_owned();
    let refused = counter.pay(counter.invoke(&prepay_id)).unwrap_err();
    assert_eq!(refused.code, RefusalCode::InvocationRefused);
    counter.key = own;
    assert_eq!(counter.query(NUMBER.1).refusal().0, "ORDERNOTEXIST");
    assert!(counter.till.due().is_empty());
    let unchanged = counter.till.world.account(&counter.till.mchid).unwrap();
    assert_eq!(unchanged.available.count(), 0);
}

#[test]
fn a_code_is_paid_in_three_ways() {
    for hmac in [false, true] {
        let mut counter = Counter { hmac, ..Counter::open() };
        counter.enter(GET_KEY);
        let refused = counter.scan_in(CURRENT, None, "101").0;
        assert_eq!(refused.return_msg(), "沙箱被扫支付金额(101)无效，请检查需要验证的case");
        let paid = counter.scan_in(CURRENT, None, "1").0.ok();
        assert_eq!((paid.get("cash_fee"), paid.has("coupon_fee")), ("1", false));
        let queried = counter.query_in(CURRENT, None).0.ok();
        assert_eq!(queried.get("trade_state"), "SUCCESS");
        assert_eq!(queried.get("transaction_id"), paid.get("transaction_id"));
    }
    for (total, cash, by_coupon, settled) in [("2", "1", "1", ""), ("3", "0", "3", "1")] {
        let mut counter = Counter::open();
        counter.enter(GET_KEY);
        let paid = counter.scan_in(CURRENT, None, total).0.ok();
        assert_eq!((paid.get("cash_fee"), paid.get("coupon_fee")), (cash, by_coupon));
        assert_eq!(paid.get("settlement_total_fee"), settled);
        assert_eq!(paid.has("coupon_type_0"), !settled.is_empty());
    }
}

#[test]
fn a_case_goes_wrong_by_name() {
    let late = Manner::Slow { seconds: 1 };
    for (case, micropay, manner, state) in [
        ("MICROPAY_USERPAYING", "USERPAYING", Manner::Whole, Some("USERPAYING")),
        ("MICROPAY_TIMEOUT", "SYSTEMERROR", late, Some("SUCCESS")),
        ("MICROPAY_PAYERROR", "SYSTEMERROR", late, Some("PAYERROR")),
        ("MICROPAY_PAY_QUERY_TIMEOUT", "SYSTEMERROR", late, None),
    ] {
        let mut counter = Counter::open();
        counter.enter(GET_KEY);
        let (said, travelled) = counter.scan_in(CURRENT, Some(case), "888");
        assert_eq!((said.refusal().0, travelled), (micropay, manner), "{case}");
        for asked in [None, Some(case)] {
            let (said, travelled) = counter.query_in(CURRENT, asked);
            match state {
                Some(state) => assert_eq!(said.ok().get("trade_state"), state, "{case}"),
                None => assert_eq!((said.refusal().0, travelled), ("SYSTEMERROR", late)),
            }
        }
    }
    let mut counter = Counter::open();
    counter.enter(GET_KEY);
    let unknown = counter.scan_in(CURRENT, Some("MICROPAY_RAIN"), "1").0;
    assert_eq!(unknown.return_msg(), "Wechatpay-Negative-Test参数格式错误");
    assert_eq!(counter.query_in(CURRENT, None).0.refusal().0, "ORDERNOTEXIST");
    let without_code = [NUMBER, ("body", "茶"), ("total_fee", "1")];
    let said = counter.try_with("/xdc/apiv2sandbox/pay/micropay", None, &without_code).0;
    assert_eq!(said.return_msg(), "缺少参数");
}
