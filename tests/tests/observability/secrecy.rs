//! Tests that the log contains no secret, no name and no address.

use dibs_tests::harness::{Member, TestApp};
use local::stack::FAKES_SECRET;
use serde_json::{Value, json};

use super::Log;

const PASSWORD: &str = "sentinel-of-a-password";
const WRONG: &str = "sentinel-of-a-wrong-password";
const NEXT: &str = "sentinel-of-the-next-password";
const KEY: &str = "sentinel-of-an-idempotency-key";

/// Sends all requests of an account that contain a secret, from registration on, and returns these secrets.
async fn lives(app: &TestApp) -> Vec<String> {
    let anonymous = app.anonymous();
    let body = json!({"email": "kim@example.com", "password": PASSWORD, "name": "Kim Minji"});
    anonymous.post("/auth/register", body).await.expect(201);
    app.login("kim@example.com", WRONG).await.refused(401, "INVALID_CREDENTIALS");
    let first = app.login("kim@example.com", PASSWORD).await;
    let refresh = first.refresh_token().unwrap();
    let access = first.expect(200)["access_token"].as_str().unwrap().to_owned();
    let second = app.refresh(&refresh).await;
    let refreshed = second.refresh_token().unwrap();
    second.expect(200);
    app.pass_seconds(11);
    app.refresh(&refresh).await.refused(401, "UNAUTHORIZED");
    let me = app.bearer(&access);
    let changes = json!({"password": NEXT, "current_password": PASSWORD});
    me.patch("/auth/me", changes).await.expect(200);
    app.bearer(&format!("{access}x")).get("/auth/me").await.refused(401, "UNAUTHORIZED");
    assert_eq!(me.call("POST", "/auth/logout").await.status, 204);
    [PASSWORD, WRONG, NEXT, KEY, FAKES_SECRET, "kim@example.com", "Kim Minji"]
        .map(str::to_owned)
        .into_iter()
        .chain([refresh, refreshed, access])
        .collect()
}

/// Waits, reserves, orders and pays as `member`, and returns the secrets in these requests.
async fn buys(app: &TestApp, member: &Member) -> Vec<String> {
    let user = &member.caller;
    user.post("/balance/charge", json!({"amount": 500_000})).key(KEY).await.expect(201);
    let queue =
        app.operator().post("/queues", json!({"name": "Doors", "capacity": 5, "admissions_per_second": 5}));
    let queue = queue.await.expect(201)["id"].as_str().unwrap().to_owned();
    let token = app.queue_token(&queue, user, 1);
    let concert = app.concert(json!({"queue_id": queue})).await;
    let date = app.date(&concert, json!({})).await;
    let reserve = user.reserve(&concert, &date, json!([1])).header("x-queue-token", &token);
    reserve.key(KEY).await.expect(201);
    let ticket = user.post(&format!("/queues/{queue}/tokens"), json!({})).await.expect(201);
    let deal = app.deal(json!({})).await;
    let order = user.order(&deal, 1).key(KEY).await.expect(201);
    let id = order["id"].as_str().unwrap();
    user.ask_payment(id).key(KEY).await.expect(202);
    let report = json!({"reference": format!("{id}:9"), "order_id": id, "status": "completed", "amount": 1});
    app.callback(&report).await.refused(404, "NOT_FOUND");
    app.signed_callback(report.to_string(), "sentinel-of-a-wrong-secret", app.now())
        .await
        .refused(401, "UNAUTHORIZED");
    user.pay_order(id).key(KEY).await.expect(201);
    let given = ticket["ticket"].as_str().unwrap().to_owned();
    vec![token, given, member.refresh.clone(), user.token().unwrap().to_owned(), "lee@example.com".to_owned()]
}

/// Creates a webhook whose endpoint does not answer, rotates its secret and sends a test event, and returns the secrets.
async fn listens(app: &TestApp) -> Vec<String> {
    let operator = app.operator();
    let new = json!({"url": "http://127.0.0.1:9/sentinel-of-a-path", "events": ["*"]});
    let webhook = operator.post("/webhooks", new).await.expect(201);
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let rotated = operator.post(&format!("{path}/rotate-secret"), json!({})).await.expect(200);
    operator.call("POST", &format!("{path}/test")).await.expect(202);
    app.wait_seconds(3).await;
    [&webhook["secret"], &rotated["secret"]].map(|secret| secret.as_str().unwrap().to_owned()).to_vec()
}

#[tokio::test]
async fn no_secret_and_no_token_is_written() {
    // The level is more verbose than in a deployment.
    let (log, app) = (Log::at("debug"), TestApp::start().await);
    let mut secrets = lives(&app).await;
    secrets.extend(listens(&app).await);
    let member = app.member("lee@example.com").await;
    secrets.extend(buys(&app, &member).await);
    let (campaign, reward) = app.event(json!({"external": {"check": "level"}})).await;
    member.caller.claim(&campaign, &reward).key(KEY).await.refused(422, "CONDITION_NOT_MET");
    app.wait_seconds(5).await;
    let text = log.text();
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "{secret} is in the log");
    }
    // Every token of dibs is a JWT, which begins with these letters.
    assert!(!text.contains("eyJ"), "a token is in the log");
    let functions: Vec<Value> = log.calls().into_iter().map(|line| line["function"].clone()).collect();
    for function in [
        "accounts-register",
        "accounts-login",
        "accounts-refresh",
        "accounts-update-account",
        "accounts-logout",
        "concerts-create-reservation",
        "rewards-claim-reward",
        "wallet-handle-payment-callback",
        "wallet-create-payment",
        "deals-request-payment",
        "webhooks-create-webhook",
        "webhooks-rotate-secret",
        "webhooks-send-events",
    ] {
        assert!(functions.contains(&json!(function)), "{function} was not looked at");
    }
    app.abandon();
}
