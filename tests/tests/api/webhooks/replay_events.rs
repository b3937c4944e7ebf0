//! Tests of `POST /webhooks/{webhook_id}/replay`, which sends events again.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::receiver::{Receiver, event, publish};
use super::{bodies_are_checked, guarded, path, webhook};

#[tokio::test]
async fn events_from_a_time_on_are_sent_again_in_order_under_the_same_ids() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    app.pass_seconds(60);
    let from = app.now();
    publish(&app, &[event(&app, "usr_1:a", 2), event(&app, "usr_1:a", 3)]).await;
    let before = receiver.received();
    let replay = format!("{}/replay", path(&hook));
    app.pass_seconds(1);
    let begun = app.operator().post(&replay, json!({"from": from})).await.expect(202);
    assert_eq!(begun["from"], json!(from));
    app.operator().post(&replay, json!({"from": from})).await.refused(409, "CONFLICT");
    app.wait_seconds(6).await;
    assert_eq!(receiver.event_ids()[3..], ["usr_1:a:2", "usr_1:a:3"]);
    let after = receiver.received();
    assert_each_eq!(
        (after[3].header("webhook-id"), before[1].header("webhook-id")),
        (after[4].header("webhook-id"), before[2].header("webhook-id"))
    );
    app.operator().post(&replay, json!({"from": app.days_ago(30)})).await.expect(202);
    app.wait_seconds(6).await;
    assert_eq!(receiver.event_ids()[5..], ["usr_1:a:1", "usr_1:a:2", "usr_1:a:3"]);
    let attempts = app.operator().get(&format!("{}/attempts", path(&hook))).await.expect(200);
    assert!(attempts.as_array().unwrap().iter().all(|one| one["late"] == false), "{attempts}");
    app.finish().await;
}

#[tokio::test]
async fn replay_needs_a_webhook_that_is_on_and_a_time_that_was() {
    let app = TestApp::start().await;
    let hook = webhook(&app, json!({})).await;
    let replay = format!("{}/replay", path(&hook));
    app.operator().post(&replay, json!({"from": app.days_ago(-1)})).await.invalid(&["from"]);
    app.operator().post(&replay, json!({})).await.invalid(&["from"]);
    app.operator().patch(&path(&hook), json!({"enabled": false})).await.expect(200);
    app.operator().post(&replay, json!({"from": app.now()})).await.refused(409, "CONFLICT");
    let unknown = json!({"from": app.now()});
    app.operator().post("/webhooks/whk_none/replay", unknown).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "POST", &replay, 64).await;
    guarded(&app, "POST", &replay, &["user", "auditor"]).await;
    app.finish().await;
}
