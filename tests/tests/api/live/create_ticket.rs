use dibs_tests::harness::TestApp;
use serde_json::json;

use super::super::checks::guarded;

#[tokio::test]
async fn ticket_is_for_callers_with_an_account() {
    let app = TestApp::start().await;
    guarded(&app, "POST", "/live/tickets", &[]).await;
    let user = app.user();
    user.post("/live/tickets", json!({"user_id": "somebody"})).await.invalid(&["user_id"]);
    let created = user.call("POST", "/live/tickets").await.expect(201);
    let another = app.auditor().call("POST", "/live/tickets").await.expect(201);
    assert_ne!(created["ticket"], another["ticket"]);
    let secret = created["ticket"].as_str().unwrap();
    assert!(!app.tables().await.iter().any(|item| item.contains(secret)), "the text of a ticket is stored");
    app.finish().await;
}

#[tokio::test]
async fn ticket_is_used_once_and_within_thirty_seconds() {
    let app = TestApp::start().await;
    let user = app.user();
    let ticket = async || user.call("POST", "/live/tickets").await.expect(201)["ticket"].clone();
    let (mut one, mut other) = (app.live().await, app.live().await);
    let authenticate = json!({"action": "authenticate", "ticket": ticket().await});
    assert_eq!(one.ask(authenticate.clone()).await["type"], "authenticated");
    assert_eq!(other.ask(authenticate.clone()).await["code"], "UNAUTHORIZED");
    assert_eq!(one.ask(authenticate).await["type"], "authenticated", "a repeat on the same connection");
    let late = json!({"action": "authenticate", "ticket": ticket().await});
    app.pass_seconds(30);
    assert_eq!(other.ask(late).await["code"], "UNAUTHORIZED");
    let unknown = json!({"action": "authenticate", "ticket": "0123456789"});
    assert_eq!(other.ask(unknown).await["code"], "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn connection_stays_with_the_user_of_its_first_ticket() {
    let app = TestApp::start().await;
    let mut client = app.live_of(&app.user()).await;
    let ticket = app.user().call("POST", "/live/tickets").await.expect(201)["ticket"].clone();
    assert_eq!(client.ask(json!({"action": "authenticate", "ticket": ticket})).await["code"], "FORBIDDEN");
    app.finish().await;
}
