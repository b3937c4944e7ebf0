//! Tests of reminders: users who asked to be told the start of a deal, or their admission to a queue.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{member, prefer, told};

#[tokio::test]
async fn start_of_a_deal_is_told_to_those_who_asked() {
    let app = TestApp::start().await;
    let (kim, lee, _) = (member(&app, "kim").await, member(&app, "lee").await, member(&app, "han").await);
    let hour = app.now().plus_seconds(60 * 60);
    let deal = app.deal(json!({"start_at": hour, "end_at": hour.plus_seconds(3_600)})).await;
    for user in [&kim, &lee] {
        prefer(user, json!({"deals": [deal]})).await;
    }
    // One who no longer wants it still has a reminder, which has no effect.
    prefer(&lee, json!({"deals": []})).await;
    app.pass_seconds(60 * 60 + 1);
    deals::workers::advance_deals::WORKER.handle_tick(app.app()).await.expect("it runs");
    app.settle().await;
    assert_eq!(told(&app, "deal_starts"), ["kim@example.com"]);
    let mails = app.fakes().mails();
    let mail = mails.iter().find(|mail| mail.template == "deal_starts").expect("a mail");
    assert!(mail.text.contains("The deal on Cat tree has started, at 29900 until "), "{}", mail.text);
    app.finish().await;
}

#[tokio::test]
async fn admission_is_told_to_those_who_asked_before_or_after_it() {
    let app = TestApp::start().await;
    let (han, kim, lee) = (member(&app, "han").await, member(&app, "kim").await, member(&app, "lee").await);
    let body = json!({"name": "Doors", "capacity": 1, "admissions_per_second": 10, "no_show_seconds": 600});
    let queue = app.operator().post("/queues", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    for user in [&han, &kim, &lee] {
        user.caller.post(&format!("/queues/{queue}/tokens"), json!({})).await.expect(201);
        app.wait_seconds(2).await;
    }
    // Han is let in already, Kim is the next, and Lee does not ask.
    prefer(&han, json!({"queues": [queue]})).await;
    prefer(&kim, json!({"queues": [queue]})).await;
    app.wait_seconds(5).await;
    assert_eq!(told(&app, "let_in"), ["han@example.com"]);
    for user in [&han, &kim] {
        user.caller.delete(&format!("/queues/{queue}/tokens/me")).await.expect(204);
        app.wait_seconds(5).await;
        assert_eq!(told(&app, "let_in"), ["han@example.com", "kim@example.com"]);
    }
    app.finish().await;
}
