//! Tests of the log and the secrets of the binaries that are deployed to AWS.

use dibs_tests::assert_each_eq;
use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use dibs_tests::runtime_api::Function;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::lines;
use crate::runtime::{ServedStack, answer, body, event, stream_event};

const SIGNING_KEY_ARN: &str =
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:dibs-dev/signing-key-AbCdEf";
const PARTIES_ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:dibs-dev/parties-AbCdEf";

#[tokio::test]
async fn a_function_writes_a_line_for_each_call_and_its_metrics() {
    let served = ServedStack::start().await;
    let mut environment = served.environment.clone();
    environment.insert("DIBS_ENVIRONMENT".to_owned(), "dev".to_owned());
    let mut claim = Function::start("rewards-claim-reward", &environment).await;
    answer(&mut claim, &served.claim_event()).await;
    let written = lines(&claim.stopped().await);
    let expected = json!({
        "timestamp": written[0]["timestamp"], "level": "INFO", "message": "call", "target": "dibs::call",
        "request_id": "event-rewards-claim-reward", "function": "rewards-claim-reward",
        "route": "POST /api/v1/events/{event_id}/requests/{reward_id}", "user_id": "usr_user1", "status": 202,
        "outcome": "ok", "took_ms": written[0]["took_ms"], "subject": "usr_user1:cmp_welcome",
        "trace_id": "1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
    });
    assert_eq!(written, [expected]);

    let mut relay = Function::start("rewards-relay-changes", &environment).await;
    let item = served.item("USER#usr_user1", "CLAIM#cmp_welcome").await.unwrap();
    answer(&mut relay, &stream_event(item)).await;
    let written = lines(&relay.stopped().await);
    assert_eq!(written.len(), 2, "{written:?}");
    assert_each_eq!(
        (written[0]["route"], "stream rewards"),
        (written[0]["subject"], "usr_user1:cmp_welcome")
    );
    assert!(written[0]["request_id"].as_str().unwrap().starts_with("8476a536"), "{}", written[0]);
    assert_eq!(written[0]["trace_id"], "1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
    assert_each_eq!((written[1]["claims"], 1), (written[1]["environment"], "dev"));
    assert_eq!(written[1]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "dibs");
}

/// Starts a fake Secrets Manager that has these secrets and serves only the call that functions make. Returns
/// its URL.
async fn secrets_manager(secrets: BTreeMap<&'static str, String>) -> String {
    let answer = move |headers: HeaderMap, body: String| {
        assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
        let asked: Value = serde_json::from_str(&body).unwrap();
        let reply = match secrets.get(asked["SecretId"].as_str().unwrap()) {
            Some(text) => (StatusCode::OK, Json(json!({"ARN": asked["SecretId"], "SecretString": text}))),
            None => {
                let refusal =
                    json!({"__type": "ResourceNotFoundException", "message": "There is no such secret."});
                (StatusCode::BAD_REQUEST, Json(refusal))
            }
        };
        async { reply }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = axum::serve(listener, Router::new().route("/", post(answer)));
    tokio::spawn(async { serving.await.unwrap() });
    address
}

#[tokio::test]
async fn a_secret_is_read_from_where_it_is_kept() {
    let served = ServedStack::start().await;
    let mut environment = served.environment.clone();
    let key = environment.remove("DIBS_SIGNING_KEY").unwrap().replace("\\n", "\n");
    let integrations = environment.remove("DIBS_PARTIES_SECRET").unwrap();
    let kept = BTreeMap::from([(SIGNING_KEY_ARN, key.clone()), (PARTIES_ARN, format!("{integrations}\n"))]);
    let address = secrets_manager(kept).await;
    for (name, value) in [
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", address.as_str()),
        ("DIBS_SIGNING_KEY_ARN", SIGNING_KEY_ARN),
        ("DIBS_PARTIES_SECRET_ARN", PARTIES_ARN),
    ] {
        environment.insert(name.to_owned(), value.to_owned());
    }
    let mut login = Function::start("accounts-login", &environment).await;
    let said = body(&answer(&mut login, &event("accounts/login")).await, 200);
    let token = said["data"]["access_token"].as_str().unwrap();
    assert!(served.app.tokens().verify(token, served.app.now()).is_ok());
    let log = login.stopped().await;
    let inside = key.lines().nth(1).unwrap();
    for secret in [inside, integrations.as_str(), token, "password123"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }

    let nowhere = SIGNING_KEY_ARN.replace("signing-key", "nothing");
    environment.insert("DIBS_SIGNING_KEY_ARN".to_owned(), nowhere.clone());
    let (status, log) = Function::start("accounts-login", &environment).await.ended().await;
    assert!(!status.success(), "{log}");
    for part in ["DIBS_SIGNING_KEY_ARN", &nowhere, "There is no such secret."] {
        assert!(log.contains(part), "{part} is not in:\n{log}");
    }
    assert!(!log.contains(&integrations), "{log}");
    // The message that Rust itself prints is not JSON, so log queries would not find it.
    let said = log.lines().find_map(|line| serde_json::from_str::<Value>(line).ok()).unwrap();
    assert_each_eq!((said["level"], "ERROR"), (said["function"], "accounts-login"));
    assert!(said["cause"].as_str().unwrap().contains(&nowhere), "{said}");
}
