use std::collections::HashSet;

use super::*;
use suanpan_wechat::call::{TransportFault, Unknown};

async fn document(problem: Problem, language: Language) -> (Response, Value) {
    let id = RequestId("r1".into());
    let (parts, body) = render(problem.into_response(), language, &id).into_parts();
    let bytes = axum::body::to_bytes(body, 64 * 1024).await.unwrap();
    let document = serde_json::from_slice(&bytes).unwrap();
    (Response::from_parts(parts, Body::empty()), document)
}

#[test]
fn every_kind_has_its_own_code_and_both_languages() {
    let codes: HashSet<_> = kind::ALL.iter().map(|kind| kind.code).collect();
    assert_eq!(codes.len(), kind::ALL.len());
    for kind in kind::ALL {
        for text in [kind.title(Language::Chinese), kind.cure(Language::Chinese)] {
            assert!(!text.is_ascii() && !text.is_empty(), "{}", kind.code);
        }
        for text in [kind.title(Language::English), kind.cure(Language::English)] {
            assert!(text.is_ascii() && !text.is_empty(), "{}", kind.code);
        }
        assert!(kind.status.is_client_error() || kind.status.is_server_error());
    }
}

#[tokio::test]
async fn a_problem_is_a_problem_document_in_the_askers_language() {
    let problem = || Problem::from(ActError::Refused(PayRefusal::Expired));
    let (response, en) = document(problem(), Language::English).await;
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["content-language"], "en");
    assert_eq!(
        en,
        json!({
            "type": "urn:suanpan:problem:order_expired",
            "title": "The order has expired",
            "status": 409,
            "detail": "Create a new order.",
            "code": "order_expired",
            "request_id": "r1",
        })
    );
    let (response, zh) = document(problem(), Language::Chinese).await;
    assert_eq!(response.headers()["content-language"], "zh-CN");
    assert_eq!(zh["title"], "订单已过期");
    assert_eq!(zh["code"], en["code"]);
}

#[tokio::test]
async fn what_is_our_fault_says_nothing_but_the_request_id() {
    let secret = "canary";
    for error in [
        ActError::Store(StoreError::Corrupt(secret.into())),
        ActError::Store(StoreError::Unavailable(secret.into())),
        ActError::Store(StoreError::OutcomeUnknown(secret.into())),
        ActError::NotConfigured(secret),
        ActError::WeChatUnknown(Unknown::Transport(TransportFault::Broken)),
    ] {
        let (response, document) = document(error.into(), Language::English).await;
        assert!(response.status().is_server_error());
        assert!(!document.to_string().contains(secret));
        assert_eq!(document["request_id"], "r1");
    }
}

#[tokio::test]
async fn wechats_refusal_is_passed_on_with_its_code() {
    let rejection = |code: ErrorCode| Rejection {
        status: 400,
        code,
        message: "输入源“/body/amount”".into(),
        detail: None,
        request_id: Some("08F".parse().unwrap()),
    };
    let (response, refused) = document(
        ActError::WeChatRefused(rejection(ErrorCode::ParamError)).into(),
        Language::English,
    )
    .await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["wechat"]["code"], "PARAM_ERROR");
    assert_eq!(refused["wechat"]["request_id"], "08F");
    let (response, ours) = document(
        ActError::WeChatRefused(rejection(ErrorCode::SignError)).into(),
        Language::English,
    )
    .await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(ours["code"], "wechat_refused_us");
}

#[tokio::test]
async fn what_may_succeed_later_says_when() {
    let order_id =
        suanpan_trade::OrderId::mint(&suanpan_trade::AccountId::new("acme").unwrap(), [1; 16]);
    let (response, document) =
        document(ActError::InProgress(order_id.clone()).into(), Language::English).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(document["order_id"], order_id.as_str());
    let (response, _) = super::tests::document(Problem::no_api_key(), Language::English).await;
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert!(!response.headers().contains_key("retry-after"));
}
