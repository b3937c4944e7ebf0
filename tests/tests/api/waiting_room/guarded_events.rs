//! Tests of events behind a waiting room, whose claims need a queue token.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{leave, line, queue, token, with};

#[tokio::test]
async fn claims_of_a_guarded_event_need_the_token() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    let (event, reward) = app.event_with(json!({"queue_id": queue}), json!({})).await;
    let users = line(&app, &queue, 2).await;
    app.wait_seconds(2).await;
    let (good, waiting) = (token(&users[0], &queue).await, token(&users[1], &queue).await);
    let refusals = [
        (&users[0], None, "QUEUE_TOKEN_REQUIRED"),
        (&users[1], Some(&good), "QUEUE_TOKEN_INVALID"),
        (&users[1], Some(&waiting), "QUEUE_TOKEN_INVALID"),
    ];
    for (user, token, code) in refusals {
        for call in [user.claim(&event, &reward), user.claim_all(&event)] {
            let call = if let Some(token) = token { with(call, token) } else { call };
            call.await.refused(403, code);
        }
    }
    with(users[0].claim(&event, &reward), &good).await.expect(202);
    with(users[0].claim(&event, &reward), &good).await.refused(409, "ALREADY_REQUESTED");
    leave(&users[0], &queue).await.expect(204);
    for call in [users[0].claim(&event, &reward), users[0].claim_all(&event)] {
        with(call, &good).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    }
    app.wait_seconds(3).await;
    with(users[1].claim_all(&event), &token(&users[1], &queue).await).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn queue_of_an_event_can_be_changed() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({})).await;
    let (event, reward) = app.event(json!({"all": []})).await;
    let (operator, path) = (app.operator(), format!("/events/{event}"));
    operator.patch(&path, json!({"queue_id": "que_none"})).await.invalid(&["queue_id"]);
    assert_eq!(operator.patch(&path, json!({"queue_id": queue})).await.expect(200)["queue_id"], json!(queue));
    app.pass_millis(1_000);
    let user = app.user();
    user.claim(&event, &reward).await.refused(403, "QUEUE_TOKEN_REQUIRED");
    assert_eq!(operator.patch(&path, json!({"queue_id": null})).await.expect(200)["queue_id"], json!(null));
    app.pass_millis(1_000);
    user.claim(&event, &reward).await.expect(202);
    app.finish().await;
}
