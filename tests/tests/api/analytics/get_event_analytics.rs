//! Tests of `GET /analytics/events`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{csv_has_a_row_for_each_bucket, figures, period_is_checked, sum};

const PATH: &str = "/analytics/events";

#[tokio::test]
async fn requests_are_counted_for_their_event_and_for_all() {
    let app = TestApp::start().await;
    let (first, reward) = app.event_with(json!({}), json!({"per_user_limit": 2})).await;
    let (second, other) = app.event(json!({"all": []})).await;
    let (ann, bob) = (app.user(), app.user());
    for (user, event, reward) in [(&ann, &first, &reward), (&ann, &first, &reward), (&bob, &second, &other)] {
        user.claim(event, reward).await.expect(202);
    }
    let all = figures(&app, PATH).await;
    assert_each_eq!(
        (all["totals"]["requests"], 3),
        (all["totals"]["granted"], 3),
        (all["totals"]["participants"], 2),
        (all["totals"]["by_status"]["granted"], 3),
        (all["events_by_status"]["active"], 2),
        (all["next_cursor"], json!(null)),
    );
    assert_each_eq!((sum(&all, "/requests"), 3), (sum(&all, "/granted"), 3), (sum(&all, "/participants"), 2));
    let events = all["events"].as_array().unwrap();
    let of = |id: &str| events.iter().find(|event| event["event_id"] == id).unwrap();
    assert_each_eq!(
        (of(&first)["requests"], 2),
        (of(&first)["participants"], 1),
        (of(&second)["requests"], 1),
        (of(&second)["status"], "active"),
    );
    let one = figures(&app, &format!("{PATH}?event_id={first}&bucket=hour")).await;
    assert_each_eq!(
        (one["totals"]["requests"], 2),
        (one["events"].as_array().unwrap().len(), 1),
        (one["events_by_status"]["active"], 1),
        (sum(&one, "/granted"), 2),
    );
    app.finish().await;
}

#[tokio::test]
async fn reviewed_request_moves_to_its_status_in_the_hour_in_which_it_was_sent() {
    let app = TestApp::start().await;
    let (event, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let user = app.user();
    let request = user.claim(&event, &reward).await.expect(202)["id"].as_str().unwrap().to_owned();
    let sent = figures(&app, PATH).await;
    assert_each_eq!(
        (sent["totals"]["by_status"]["in_review"], 1),
        (sent["totals"]["granted"], 0),
        (sent["totals"]["requests"], 1),
    );
    app.pass_seconds(3 * 60 * 60);
    let approve = json!({"action": "approve", "reason": "checked"});
    app.operator().patch(&format!("/events/requests/{request}"), approve).await.expect(200);
    let decided = figures(&app, &format!("{PATH}?bucket=hour")).await;
    assert_each_eq!(
        (decided["totals"]["by_status"]["in_review"], 0),
        (decided["totals"]["by_status"]["granted"], 1),
        (decided["totals"]["requests"], 1),
    );
    let hour_of = |name: &str| {
        let entries = decided["timeline"].as_array().unwrap();
        entries.iter().position(|entry| entry[name] == 1).unwrap()
    };
    assert_eq!(hour_of("granted") - hour_of("requests"), 3, "each in its own hour");
    app.finish().await;
}

#[tokio::test]
async fn events_are_shown_page_by_page_in_their_own_zone() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(app.campaign(json!({"time_zone": "America/New_York"})).await);
    }
    let first = figures(&app, &format!("{PATH}?limit=2")).await;
    assert_each_eq!((first["time_zone"], "Asia/Seoul"), (first["events"].as_array().unwrap().len(), 2));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = figures(&app, &format!("{PATH}?limit=2&cursor={cursor}")).await;
    assert_each_eq!((second["events"][0]["event_id"], json!(ids[0])), (second["next_cursor"], json!(null)));
    let one = figures(&app, &format!("{PATH}?event_id={}", ids[0])).await;
    assert_eq!(one["time_zone"], "America/New_York");
    let asked = figures(&app, &format!("{PATH}?event_id={}&time_zone=UTC", ids[0])).await;
    assert_each_eq!((asked["time_zone"], "UTC"), (asked["timeline"].as_array().unwrap().len(), 31));
    app.auditor().get(&format!("{PATH}?event_id=cmp_none")).await.invalid(&["event_id"]);
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_checked_and_a_table_is_returned() {
    let app = TestApp::start().await;
    app.event(json!({"all": []})).await;
    period_is_checked(&app, PATH).await;
    app.operator().get(&format!("{PATH}?limit=0")).await.invalid(&["limit"]);
    app.operator().get(&format!("{PATH}?cursor=nonsense")).await.invalid(&["cursor"]);
    let columns = "requests,granted,participants,status_requested,status_in_review,status_approved,\
                   status_granting,status_failed,status_rejected,status_granted";
    csv_has_a_row_for_each_bucket(&app, PATH, columns).await;
    app.finish().await;
}
