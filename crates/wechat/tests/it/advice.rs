//! What to do after a call: the table of the documents, and the one rule behind it.

use suanpan_wechat::{
    advice::{Advice, OldNumber, Operation, Then, advise},
    call::{Call, Malformed, Method, Outcome, Rejection, Request, TransportFault, Unknown, judge},
    error::ErrorCode,
    id::{Mchid, OutRefundNo, OutTradeNo},
    knowledge::Party,
    pay::{close::Close, jsapi::Prepay, query::ByOutTradeNo},
    refund,
    verify::VerifyError,
};

use crate::world::{answer, now, platform, ring};

const OPERATIONS: [Operation; 6] = [
    Operation::Question,
    Operation::Order,
    Operation::CodePay,
    Operation::Close,
    Operation::Transfer,
    Operation::Change,
];

fn rejected(code: ErrorCode) -> Outcome<()> {
    Outcome::Rejected(Rejection {
        status: 400,
        code,
        message: String::new(),
        detail: None,
        request_id: None,
    })
}

fn busy(status: u16, code: Option<ErrorCode>) -> Outcome<()> {
    Outcome::Unknown(Unknown::Busy { status, code })
}

fn every_doubt() -> Vec<Unknown> {
    let mut doubts: Vec<Unknown> = [
        TransportFault::Connect,
        TransportFault::Timeout,
        TransportFault::Broken,
        TransportFault::Unsendable,
        TransportFault::NoClientCertificate,
        TransportFault::NoClientCertificate,
        TransportFault::TooLarge,
    ]
    .map(Unknown::Transport)
    .into();
    doubts.push(Unknown::Unsigned { message: "签名错误".to_owned() });
    doubts.push(Unknown::NotVerified(VerifyError::BadSignature));
    doubts.push(Unknown::Malformed(Malformed { expected: "anything" }));
    doubts.push(Unknown::Unsigned { message: "签名错误".to_owned() });
    for status in [202, 400, 403, 429, 500, 501, 502, 503, 599] {
        doubts.push(Unknown::Busy { status, code: None });
        for code in ErrorCode::KNOWN {
            doubts.push(Unknown::Busy { status, code: Some(code.clone()) });
        }
    }
    doubts
}

#[test]
fn o05_only_a_signed_refusal_leads_to_a_new_number() {
    for doubt in every_doubt() {
        for operation in OPERATIONS {
            for is_repeatable in [true, false] {
                let advice =
                    advise::<()>(operation, is_repeatable, &Outcome::Unknown(doubt.clone()));
                assert!(!matches!(advice, Advice::NewNumber { .. } | Advice::Settled), "{doubt:?}");
            }
        }
    }
}

#[test]
fn o05_new_numbers_are_for_orders_that_ended_and_never_for_refunds_and_transfers() {
    for code in ErrorCode::KNOWN {
        for operation in OPERATIONS {
            let expected = match (code, operation) {
                (
                    ErrorCode::OrderClosed | ErrorCode::OrderReversed,
                    Operation::Order | Operation::CodePay,
                ) => Some(OldNumber::Ended),
                (ErrorCode::OutTradeNoUsed, Operation::Order | Operation::CodePay) => {
                    Some(OldNumber::MayBeOpen)
                }
                _ => None,
            };
            let found = match advise(operation, true, &rejected(code.clone())) {
                Advice::NewNumber { old } => Some(old),
                _ => None,
            };
            assert_eq!(found, expected, "{code} after {operation:?}");
        }
    }
}

#[test]
fn o05_a_doubt_is_answered_by_the_identical_request_or_a_query() {
    let doubts = [
        Outcome::Unknown(Unknown::Transport(TransportFault::Timeout)),
        Outcome::Unknown(Unknown::Transport(TransportFault::Broken)),
        Outcome::Unknown(Unknown::NotVerified(VerifyError::BadSignature)),
        busy(500, Some(ErrorCode::SystemError)),
        busy(500, Some(ErrorCode::BankError)),
        busy(502, None),
        busy(429, Some(ErrorCode::FrequencyLimited)),
        // Nobody signs a 500: whatever it claims, it does not stop us.
        busy(500, Some(ErrorCode::NotEnough)),
        busy(500, Some(ErrorCode::OpenidMismatch)),
    ];
    for doubt in &doubts {
        for operation in
            [Operation::Question, Operation::Order, Operation::Close, Operation::Change]
        {
            assert!(matches!(advise(operation, true, doubt), Advice::Repeat { .. }), "{doubt:?}");
        }
        for operation in [Operation::CodePay, Operation::Transfer] {
            assert!(matches!(advise(operation, true, doubt), Advice::Query { .. }), "{doubt:?}");
        }
        // What WeChat would not recognise as a repetition is not repeated.
        assert!(matches!(advise(Operation::Change, false, doubt), Advice::Query { .. }));
        assert!(matches!(advise(Operation::Question, false, doubt), Advice::Repeat { .. }));
    }
}

#[test]
fn a_request_that_certainly_did_not_arrive_may_be_sent_whatever_it_is() {
    let unsent = Outcome::<()>::Unknown(Unknown::Transport(TransportFault::Connect));
    for operation in OPERATIONS {
        assert!(matches!(advise(operation, false, &unsent), Advice::Repeat { .. }));
    }
    let unsendable = Outcome::<()>::Unknown(Unknown::Transport(TransportFault::Unsendable));
    let expected = Advice::Stop { tell: Party::Code, then: Then::Correct };
    assert_eq!(advise(Operation::Order, true, &unsendable), expected);
}

#[test]
fn each_refusal_names_its_person() {
    use ErrorCode as Code;
    let stop = |tell, then| Advice::Stop { tell, then };
    for (code, operation, expected) in [
        (Code::ParamError, Operation::Order, stop(Party::Code, Then::Correct)),
        (Code::InvalidRequest, Operation::Change, stop(Party::Code, Then::Correct)),
        (Code::SignError, Operation::Question, stop(Party::Code, Then::Repeat)),
        (Code::NoAuth, Operation::Order, stop(Party::Console, Then::Repeat)),
        (Code::AppidMchidNotMatch, Operation::Order, stop(Party::Console, Then::Repeat)),
        (Code::UserAccountAbnormal, Operation::Change, stop(Party::User, Then::GiveUp)),
        (Code::OrderPaid, Operation::Order, Advice::Query { after_seconds: 1 }),
        (Code::OrderPaid, Operation::Close, Advice::Query { after_seconds: 1 }),
        (Code::AlreadyExists, Operation::Transfer, Advice::Query { after_seconds: 1 }),
        (Code::OrderNotExist, Operation::Question, Advice::Settled),
        (Code::NotFound, Operation::Question, Advice::Settled),
        (Code::ResourceNotExists, Operation::Change, stop(Party::Code, Then::Correct)),
        (Code::StatementCreating, Operation::Question, Advice::Repeat { after_seconds: 600 }),
        (Code::Other("NEW".to_owned()), Operation::Order, stop(Party::Code, Then::Correct)),
    ] {
        assert_eq!(advise(operation, true, &rejected(code.clone())), expected, "{code}");
    }
}

#[test]
fn r06_an_empty_account_is_filled_and_the_identical_request_repeated() {
    let create = refund::Create { body: b"{}".to_vec() };
    let body = r#"{"code":"NOT_ENOUGH","message":"基本账户余额不足，请充值后重新发起"}"#;
    let outcome = judge(&create, &answer(&platform(), 403, body), &ring(), now());
    let expected = Advice::Stop { tell: Party::Console, then: Then::Repeat };
    assert_eq!(create.advise(&outcome), expected);
    // For code pay it is the user's account, and only the query knows the end.
    let users = busy(403, Some(ErrorCode::NotEnough));
    assert!(matches!(advise(Operation::CodePay, true, &users), Advice::Query { .. }));
}

#[test]
fn every_call_knows_what_it_is() {
    let mchid = Mchid::new("1900007291").unwrap();
    let out_trade_no = OutTradeNo::new("1217752501201407033233368018").unwrap();
    assert_eq!(Prepay { body: Vec::new() }.operation(), Operation::Order);
    let close = Close { mchid: mchid.clone(), out_trade_no: out_trade_no.clone() };
    assert_eq!(close.operation(), Operation::Close);
    assert_eq!(ByOutTradeNo { mchid, out_trade_no }.operation(), Operation::Question);
    assert_eq!(refund::Create { body: Vec::new() }.operation(), Operation::Change);
    let query = refund::Query { out_refund_no: OutRefundNo::new("R1").unwrap() };
    assert_eq!(query.operation(), Operation::Question);
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        assert_eq!(Operation::of(method), Operation::Change);
    }
}

/// A call nobody said more about, which must not be repeated.
struct Once;

impl Call for Once {
    type Answer = ();
    const NAME: &'static str = "once";

    fn request(&self) -> Request {
        Request::post("/v3/once", Vec::new())
    }

    fn is_repeatable(&self) -> bool {
        false
    }

    fn read(&self, _status: u16, _body: &[u8]) -> Result<(), Malformed> {
        Ok(())
    }
}

#[test]
fn a_call_that_must_not_repeat_is_asked_about() {
    let lost = Outcome::Unknown(Unknown::Transport(TransportFault::Broken));
    assert!(matches!(Once.advise(&lost), Advice::Query { .. }));
    let done = judge(&Once, &answer(&platform(), 204, ""), &ring(), now());
    assert_eq!(Once.advise(&done), Advice::Settled);
}
