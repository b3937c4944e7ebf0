//! What fails leaves one line as well, which says what it was about and why.

use dibs_tests::runtime_api::{Function, Outcome};
use domain::accounts::{Email, Subject};
use serde_json::json;
use store::schema::ACCOUNTS;

use super::lines;
use crate::runtime::{Ground, answer, body, event, stream_event};

#[tokio::test]
async fn a_batch_that_fails_is_named_with_its_cause() {
    let ground = Ground::start().await;
    let mut claim = Function::start("rewards-claim-reward", &ground.environment).await;
    answer(&mut claim, &ground.claim_event()).await;
    let item = ground.item("USER#usr_user1", "CLAIM#cmp_welcome").await.unwrap();
    let mut environment = ground.environment.clone();
    environment.insert("AWS_ENDPOINT_URL_SQS".to_owned(), "http://127.0.0.1:9".to_owned());
    let mut relay = Function::start("workers-relay-rewards", &environment).await;
    assert!(matches!(relay.invoke(stream_event(item)).await, Outcome::Failure(_)));
    let written = lines(&relay.stopped().await);
    assert_eq!(written.len(), 1, "{written:?}");
    assert_eq!(
        json!([written[0]["message"], written[0]["subject"], written[0]["message_id"]]),
        json!(["call", "usr_user1:cmp_welcome", "1"])
    );
    assert_ne!(written[0]["outcome"], "ok");
    assert!(written[0]["cause"].as_str().is_some_and(|cause| !cause.is_empty()), "{}", written[0]);
}

#[tokio::test]
async fn an_event_of_another_source_is_refused_in_one_line() {
    let ground = Ground::start().await;
    let mut relay = Function::start("workers-relay-rewards", &ground.environment).await;
    assert!(matches!(relay.invoke(json!({"Records": "sentinel"})).await, Outcome::Failure(_)));
    let written = lines(&relay.stopped().await);
    assert_eq!(written.len(), 1, "{written:?}");
    assert_eq!(
        (&written[0]["level"], &written[0]["function"]),
        (&json!("ERROR"), &json!("workers-relay-rewards"))
    );
    assert!(!written[0].to_string().contains("sentinel"), "{}", written[0]);
}

/// All callers come from CloudFront's addresses then, and must not be counted as one.
#[tokio::test]
async fn behind_cloudfront_failed_sign_ins_are_not_counted_by_address() {
    let ground = Ground::start().await;
    let mut wrong = event("auth/login");
    wrong["body"] = json!(r#"{"email": "user1@test.com", "password": "not-the-password"}"#);
    let by_account = Subject::account(&Email::parse("user1@test.com").unwrap());
    let by_address = Subject::address(wrong["requestContext"]["http"]["sourceIp"].as_str().unwrap());
    for (behind, counted) in [("true", false), ("", true)] {
        let mut environment = ground.environment.clone();
        environment.insert("DIBS_BEHIND_CDN".to_owned(), behind.to_owned());
        let mut login = Function::start("auth-login", &environment).await;
        body(&answer(&mut login, &wrong).await, 401);
        for (subject, counted) in [(&by_account, true), (&by_address, counted)] {
            let item = ground.item_of(&ACCOUNTS, &format!("THROTTLE#{}", subject.name), "THROTTLE").await;
            assert_eq!(item.is_some(), counted, "{behind:?} {subject:?}");
        }
    }
}
