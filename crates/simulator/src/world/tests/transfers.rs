use super::*;

const BILLS: &str = "/v3/fund-app/mch-transfer/transfer-bills";

impl Till {
    fn transfer_body(&self, out_bill_no: &str, amount: i64) -> Value {
        json!({
            "appid": pool::MINI_PROGRAM,
            "out_bill_no": out_bill_no,
            "transfer_scene_id": "1000",
            "openid": self.openid("amei"),
            "transfer_amount": amount,
            "transfer_remark": "新会员开通有礼",
            "notify_url": "https://shop.example/transfers",
            "transfer_scene_report_infos": [
                {"info_type": "活动名称", "info_content": "新会员有礼"},
                {"info_type": "奖励说明", "info_content": "注册会员抽奖一等奖"},
            ],
        })
    }

    fn transfer(&mut self, out_bill_no: &str, amount: i64) -> Seen {
        let body = self.transfer_body(out_bill_no, amount).to_string();
        self.call("POST", BILLS, &body)
    }

    fn refused_transfer(&mut self, change: impl FnOnce(&mut Value)) -> (String, String) {
        let mut body = self.transfer_body("refused", 300);
        change(&mut body);
        let seen = self.call("POST", BILLS, &body.to_string());
        assert_ne!(seen.status, 200, "{}", seen.body);
        (seen.code(), seen.message())
    }

    fn bill(&mut self, out_bill_no: &str) -> Value {
        self.call("GET", &format!("{BILLS}/out-bill-no/{out_bill_no}"), "").json()
    }

    fn page(&self, package_info: &Value) -> TransferInvocation {
        TransferInvocation {
            mchid: self.mchid.clone(),
            appid: Appid::new(pool::MINI_PROGRAM).unwrap(),
            package: package_info.as_str().unwrap().to_owned(),
        }
    }

    fn confirm(&mut self, package_info: &Value, user: &str) -> Result<TransferPage, Refusal> {
        let (page, now) = (self.page(package_info), self.times());
        self.world.confirm_transfer(&page, user, now)
    }

    fn balance(&self, user: &str) -> i64 {
        self.world.wallet(user).unwrap().balance_fen.count()
    }
}

#[test]
fn a_person_confirms_and_the_money_arrives() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let (merchant, person) = (till.available(), till.balance("amei"));
    let made = till.transfer("reward1", 300).json();
    assert_eq!(made["state"], "WAIT_USER_CONFIRM");
    let number = made["transfer_bill_no"].as_str().unwrap();
    assert!(number.len() == 40 && number.starts_with("133"), "{number}");
    assert_eq!(till.available(), merchant - 300, "reserved at once");
    assert_eq!(till.bill("reward1")["mch_id"], till.mchid.as_str());

    assert!(till.confirm(&made["package_info"], "bo").is_err(), "for somebody else");
    let page = till.confirm(&made["package_info"], "amei").unwrap();
    assert_eq!(page.perception, "活动奖励", "the scene's first text");
    assert_eq!(till.bill("reward1")["state"], "TRANSFERING");
    till.wait(1);
    till.due();
    assert_eq!(till.bill("reward1")["state"], "SUCCESS");
    assert_eq!(till.balance("amei"), person + 300);
    assert_eq!(till.world.wallet("amei").unwrap().messages[0].kind, ReceiptKind::Transfer);
    assert!(till.confirm(&made["package_info"], "amei").is_err(), "taken");
}

/// A person who received something long ago still sees it, whatever others received since.
#[test]
fn a_persons_transfers_are_listed_before_the_list_is_cut() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    till.transfer("old1", 300);
    till.wait(1);
    let mut to_bo = till.transfer_body("new1", 300);
    to_bo["openid"] = json!(till.openid("bo"));
    assert_eq!(till.call("POST", BILLS, &to_bo.to_string()).status, 200);
    let listed = |user| {
        let bills = till.world.transfers(user, 1);
        bills.into_iter().map(|bill| bill.out_bill_no).collect::<Vec<_>>()
    };
    assert_eq!((listed(None), listed(Some("amei"))), (vec!["new1".into()], vec!["old1".into()]));
}

/// The fault strikes the number it is aimed at, once, and after the person agreed.
#[test]
fn a_transfer_that_fails_gives_the_money_back() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let (merchant, person) = (till.available(), till.balance("amei"));
    let fault = Fault::times(FaultName::TransferFails, 1);
    till.world.set_faults(vec![Fault { matching: Some("risky1".to_owned()), ..fault }]);
    for (out_bill_no, state) in [("calm1", "SUCCESS"), ("risky1", "FAIL")] {
        let made = till.transfer(out_bill_no, 300).json();
        till.confirm(&made["package_info"], "amei").unwrap();
        till.wait(1);
        till.due();
        assert_eq!(till.bill(out_bill_no)["state"], state);
        till.world.audit().unwrap();
    }
    assert_eq!(till.bill("risky1")["fail_reason"], "TRANSFER_RISK");
    assert!(till.bill("calm1").get("fail_reason").is_none());
    assert_eq!((till.available(), till.balance("amei")), (merchant - 300, person + 300));
    assert_eq!(till.world.faults()[0].count, Some(0), "struck once");
}

#[test]
fn what_is_cancelled_or_never_confirmed_comes_back() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let merchant = till.available();
    till.transfer("cancelled1", 300);
    let made = till.transfer("lapsed1", 500).json();
    let target = format!("{BILLS}/out-bill-no/cancelled1/cancel");
    assert_eq!(till.call("POST", &target, "{}").status, 400, "it has no body");
    assert_eq!(till.call("POST", &target, "").json()["state"], "CANCELING");
    till.wait(1);
    till.due();
    assert_eq!(till.bill("cancelled1")["state"], "CANCELLED");
    assert_eq!(till.bill("cancelled1")["fail_reason"], "MCH_CANCEL");
    assert_eq!(till.call("POST", &target, "").json()["state"], "CANCELLED", "again is the same");

    till.wait(24 * 3600);
    till.due();
    assert_eq!(till.bill("lapsed1")["fail_reason"], "OVERDUE_CLOSE");
    assert_eq!(till.available(), merchant);
    assert!(till.confirm(&made["package_info"], "amei").is_err());
    let late = format!("{BILLS}/out-bill-no/lapsed1/cancel");
    assert_eq!(till.call("POST", &late, "").code(), "INVALID_REQUEST");
    till.wait(31 * 24 * 3600);
    assert_eq!(till.bill("lapsed1")["code"], "NOT_FOUND", "asked for after a month");
}

#[test]
fn the_same_number_is_the_same_transfer_and_no_other() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let merchant = till.available();
    let first = till.transfer("once1", 300);
    assert_eq!(till.transfer("once1", 300).json(), first.json());
    assert_eq!(till.available(), merchant - 300, "paid once");
    let changed = till.transfer("once1", 301);
    assert_eq!((changed.status, changed.code()), (400, "INVALID_REQUEST".to_owned()));
}

#[test]
fn every_rule_above_the_form_refuses_in_wechats_words() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let refused = till.refused_transfer(|body| body["transfer_amount"] = json!(i64::MAX));
    assert_eq!(refused.0, "PARAM_ERROR", "a name is wanted from 2,000 yuan on");
    let name = till.seal("林阿美");
    let refused = till.refused_transfer(|body| {
        body["transfer_amount"] = json!(99_999_999_999_999_i64);
        body["user_name"] = json!(name);
    });
    assert_eq!(refused, ("NOT_ENOUGH".to_owned(), "资金不足".to_owned()));
    let refused = till.refused_transfer(|body| body["transfer_scene_id"] = json!("9999"));
    assert_eq!(refused.1, "你尚未获取该转账场景");
    let refused = till.refused_transfer(|body| body["user_recv_perception"] = json!("货款"));
    assert_eq!(refused.1, "暂不支持展示当前传入的用户收款感知");
    let incomplete = "未传入完整且对应的转账场景报备信息，请根据接口文档检查";
    let refused = till.refused_transfer(|body| {
        body["transfer_scene_report_infos"].as_array_mut().unwrap().pop();
    });
    assert_eq!(refused.1, incomplete);
    let refused = till.refused_transfer(|body| {
        let infos = body["transfer_scene_report_infos"].as_array_mut().unwrap();
        infos.push(infos[0].clone());
    });
    assert_eq!(refused.1, incomplete, "one of them twice");
    let refused = till.refused_transfer(|body| body["user_name"] = json!("林阿美"));
    assert_eq!(refused.1, "请确认待处理的消息是否为加密后的密文");
    let refused = till.refused_transfer(|body| {
        body["user_recv_style"] = json!({"type": "RED_PACKET"});
        body["transfer_amount"] = json!(20_001);
    });
    assert_eq!(refused.0, "INVALID_REQUEST");
    assert_eq!(till.refused_transfer(|body| body["openid"] = json!("onobody")).0, "PARAM_ERROR");
}

#[test]
fn a_wrong_name_fails_and_a_right_one_earns_a_receipt() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    for (number, name, state) in [("name1", "林阿妹", "FAIL"), ("name2", "林阿美", "SUCCESS")]
    {
        let mut body = till.transfer_body(number, 250_000);
        body["user_name"] = json!(till.seal(name));
        let made = till.call("POST", BILLS, &body.to_string()).json();
        till.confirm(&made["package_info"], "amei").unwrap();
        till.wait(1);
        till.due();
        assert_eq!(till.bill(number)["state"], state, "{name}");
    }
    assert_eq!(till.bill("name1")["fail_reason"], "NAME_NOT_CORRECT");
    let bill = till.bill("name2");
    assert_eq!(till.open_sealed(&bill["user_name"]), "林阿美", "sealed to the caller");

    let apply = "/v3/fund-app/mch-transfer/elecsign/out-bill-no";
    let refused = till.call("POST", apply, r#"{"out_bill_no":"name1"}"#);
    assert_eq!(refused.status, 400, "it never arrived");
    let applied = till.call("POST", apply, r#"{"out_bill_no":"name2"}"#).json();
    assert_eq!(applied["state"], "GENERATING");
    let ask = format!("{apply}/name2");
    assert_eq!(till.call("GET", &ask, "").json()["state"], "GENERATING");
    till.wait(5);
    let receipt = till.call("GET", &ask, "").json();
    let url = receipt["download_url"].as_str().unwrap();
    let target = url.split_once(".com").unwrap().1;
    let file = till.call_raw("GET", target);
    assert!(file.body.starts_with(b"%PDF-1.4"));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &file.body);
    assert_eq!(receipt["hash_value"], hex::encode(digest));
}

#[test]
fn the_end_is_told_by_the_ladder_of_transfers() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let made = till.transfer("told1", 300).json();
    till.confirm(&made["package_info"], "amei").unwrap();
    till.wait(1);
    let sent = till.due();
    let text = String::from_utf8(sent[0].body.clone()).unwrap();
    assert!(text.contains("MCHTRANSFER.BILL.FINISHED"), "{text}");
    let journal = till.world.messages(&MessageFilter::default()).find_map(|message| {
        let plain = message.decrypted.as_ref().filter(|_| message.kind == MessageKind::Notify)?;
        Some(serde_json::from_str::<Value>(plain).unwrap())
    });
    let plain = journal.unwrap();
    assert_eq!((&plain["state"], &plain["mch_id"]), (&json!("SUCCESS"), &json!(till.mchid)));

    let mut waits = vec![];
    let mut last = sent;
    while let Some(delivery) = last.pop() {
        till.answer(&delivery, 500);
        let Some(due) = till.world.next_due() else { break };
        waits.push(due.since(till.now));
        till.now = due;
        last = till.due();
    }
    let expected: Vec<i64> = [(15, 10), (300, 10), (1800, 44)]
        .into_iter()
        .flat_map(|(wait, times)| std::iter::repeat_n(wait, times))
        .collect();
    assert_eq!(waits, expected);
}

#[test]
fn an_echo_comes_back_three_times() {
    let mut till = Till::open();
    till.deposit(1_000_000);
    let body = json!({
        "notify_url": "https://shop.example/echo",
        "echo_message": "are my keys right?",
        "encrypted_echo_message": till.seal("a secret"),
    });
    let seen = till.call("POST", "/v3/security/echo", &body.to_string());
    assert_eq!(seen.json()["echo_message"], "are my keys right?");
    assert_eq!(till.open_sealed(&seen.json()["encrypted_echo_message"]), "a secret");
    let sent = till.due().remove(0);
    assert!(till.accepts(&sent));
    let text = String::from_utf8(sent.body).unwrap();
    assert!(text.contains("SECURITY_ECHO.SUCCESS"), "{text}");

    let wrong = json!({"echo_message": "?", "encrypted_echo_message": "not sealed"});
    let seen = till.call("POST", "/v3/security/echo", &wrong.to_string());
    assert_eq!(seen.message(), "请确认待处理的消息是否为加密后的密文");
}
