//! Tests of quiet hours: of the due index, and of `notifications-send-due`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{deliver_due, grant, member, prefer, told};

/// 2026-11-28T15:00:00Z, midnight in Seoul.
const MIDNIGHT_MS: i64 = 1_795_878_000_000;

fn quiet() -> serde_json::Value {
    json!({"quiet_hours": {"from": "22:00", "to": "07:00"}, "time_zone": "Asia/Seoul"})
}

#[tokio::test]
async fn notification_waits_for_the_end_of_the_quiet_hours_and_leaves_once() {
    let app = TestApp::at(MIDNIGHT_MS).await;
    let kim = member(&app, "kim").await;
    prefer(&kim, quiet()).await;
    grant(&app, &kim).await;
    app.pass_seconds(6 * 60 * 60);
    deliver_due(&app).await;
    assert_eq!(told(&app, "granted"), Vec::<String>::new());
    app.pass_seconds(70 * 60);
    deliver_due(&app).await;
    deliver_due(&app).await;
    assert_eq!(told(&app, "granted"), ["kim@example.com"]);
    let due =
        app.app().store().list_due_notifications_eventual(app.now(), 10).await.expect("the store answers");
    assert_eq!(due, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test]
async fn urgent_notification_leaves_in_quiet_hours() {
    let app = TestApp::at(MIDNIGHT_MS).await;
    let kim = member(&app, "kim").await;
    prefer(&kim, quiet()).await;
    let (concert, date) = app.show().await;
    kim.caller.reserve_best(&concert, &date, 1).await.expect(201);
    app.wait_seconds(245).await;
    assert_eq!(told(&app, "hold_ends"), ["kim@example.com"]);
    app.finish().await;
}

#[tokio::test]
async fn waiting_notification_follows_the_preferences_of_the_time_at_which_it_leaves() {
    let app = TestApp::at(MIDNIGHT_MS).await;
    let (kim, lee) = (member(&app, "kim").await, member(&app, "lee").await);
    for user in [&kim, &lee] {
        prefer(user, quiet()).await;
        grant(&app, user).await;
    }
    prefer(&kim, json!({"muted": ["granted"]})).await;
    let longer = json!({"quiet_hours": {"from": "22:00", "to": "09:00"}, "time_zone": "Asia/Seoul"});
    prefer(&lee, longer).await;
    app.pass_seconds(7 * 60 * 60 + 60);
    deliver_due(&app).await;
    assert_eq!(told(&app, "granted"), Vec::<String>::new());
    app.pass_seconds(2 * 60 * 60);
    deliver_due(&app).await;
    assert_each_eq!((told(&app, "granted"), vec!["lee@example.com".to_owned()]));
    app.finish().await;
}
