//! Tests of log lines about failures, which name the entity and the cause.

use config::ExposeSecret;
use dibs_tests::assert_each_eq;
use dibs_tests::runtime_api::{Function, Outcome};
use domain::accounts::{Email, Network, Quota, ThrottleSubject};
use serde_json::json;
use store::schema::ACCOUNTS;

use super::lines;
use crate::runtime::{ServedStack, answer, body, event, stream_event};

#[tokio::test]
async fn a_batch_that_fails_is_named_with_its_cause() {
    let served = ServedStack::start().await;
    let mut claim = Function::start("rewards-claim-reward", &served.environment).await;
    answer(&mut claim, &served.claim_event()).await;
    let item = served.item("USER#usr_user1", "CLAIM#cmp_welcome").await.unwrap();
    let mut environment = served.environment.clone();
    environment.insert("AWS_ENDPOINT_URL_SQS".to_owned(), "http://127.0.0.1:9".to_owned());
    let mut relay = Function::start("rewards-relay-changes", &environment).await;
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
    let served = ServedStack::start().await;
    let mut relay = Function::start("rewards-relay-changes", &served.environment).await;
    assert!(matches!(relay.invoke(json!({"Records": "sentinel"})).await, Outcome::Failure(_)));
    let written = lines(&relay.stopped().await);
    assert_eq!(written.len(), 1, "{written:?}");
    assert_each_eq!((written[0]["level"], "ERROR"), (written[0]["function"], "rewards-relay-changes"));
    assert!(!written[0].to_string().contains("sentinel"), "{}", written[0]);
}

/// Checks by which address failed sign-ins are counted behind CloudFront. All requests come from CloudFront's
/// addresses, which must not count as one caller, and a caller that bypasses CloudFront must not be able to
/// choose its address.
#[tokio::test]
async fn behind_cloudfront_failed_sign_ins_are_counted_by_the_viewer_that_only_cloudfront_can_name() {
    let served = ServedStack::start().await;
    let key = served.app.settings().email_hash_key.expose_secret().as_bytes();
    let source = event("accounts/login")["requestContext"]["http"]["sourceIp"].as_str().unwrap().to_owned();
    let (viewer, next) = ("2001:db8::7", "2001:db8::8");
    let cases = [
        ("no secret", "true", "", "new", None),
        ("sent by CloudFront", "true", "old new", "new", Some(next)),
        ("sent past CloudFront", "true", "old new", "guess", Some(&*source)),
        ("no CloudFront", "", "", "", Some(&*source)),
    ];
    for (case, behind, secrets, sent, counted) in cases {
        let mut environment = served.environment.clone();
        environment.insert("DIBS_BEHIND_CDN".to_owned(), behind.to_owned());
        environment.insert("DIBS_ORIGIN_SECRET".to_owned(), secrets.to_owned());
        let mut login = Function::start("accounts-login", &environment).await;
        // Each case signs in to an account of its own, so that its failures are counted separately.
        let email = Email::parse(&format!("{}@example.com", case.replace(' ', "-"))).unwrap();
        let mut wrong = event("accounts/login");
        wrong["body"] = json!(json!({"email": email.as_str(), "password": "a guess"}).to_string());
        wrong["headers"]["x-origin-secret"] = json!(sent);
        wrong["headers"]["true-client-ip"] = json!(viewer);
        body(&answer(&mut login, &wrong).await, 401);
        let subject = ThrottleSubject::account(key, &email, None);
        let item = served.item_of(&ACCOUNTS, &format!("THROTTLE#{}", subject.name), "THROTTLE").await;
        assert!(item.is_some(), "{case}: the account is counted in any case");
        for address in [next, &source] {
            let quota = Quota::accounts_tried(key, &Network::of(address), &email);
            let item = served.item_of(&ACCOUNTS, &format!("THROTTLE#{}", quota.name), "QUOTA").await;
            let found = item.is_some_and(|item| format!("{item:?}").contains(&quota.entry));
            assert_eq!(found, counted == Some(address), "{case}: {address}");
        }
    }
}
