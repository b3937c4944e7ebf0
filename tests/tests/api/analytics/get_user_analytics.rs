//! Tests of `GET /analytics/users`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{PASSWORD, TestApp};
use serde_json::{Value, json};

use super::{csv_has_a_row_for_each_bucket, figures, period_is_checked, sum};

const PATH: &str = "/analytics/users";
const HOUR: i64 = 60 * 60;

async fn sign_in(app: &TestApp, email: &str) {
    let body = json!({"email": email, "password": PASSWORD});
    app.anonymous().post("/auth/login", body).await.expect(200);
}

#[tokio::test]
async fn users_of_a_day_are_distinct_in_each_time_zone() {
    // 2026-11-20 at 14:30 in UTC is 23:30 in Seoul.
    let app = TestApp::at(1_795_185_000_000).await;
    app.register("ann@example.com").await;
    app.register("bob@example.com").await;
    sign_in(&app, "ann@example.com").await;
    app.pass_seconds(HOUR);
    // In Seoul it is the next day now.
    sign_in(&app, "ann@example.com").await;
    app.pass_seconds(HOUR);
    sign_in(&app, "ann@example.com").await;
    sign_in(&app, "bob@example.com").await;
    let active = |days: &Value| -> Vec<u64> {
        let days = days["timeline"].as_array().unwrap();
        days.iter().rev().take(2).rev().map(|day| day["active_users"].as_u64().unwrap()).collect()
    };
    let seoul = figures(&app, PATH).await;
    let utc = figures(&app, &format!("{PATH}?time_zone=UTC")).await;
    assert_each_eq!(
        (active(&seoul), vec![1, 2]),
        (active(&utc), vec![0, 2]),
        (seoul["totals"]["active_users"], json!(null)),
        (seoul["totals"]["new_users"], 2),
        (sum(&seoul, "/new_users"), 2),
        (seoul["registered_users"], 2),
        (seoul["participation_rate"], json!(null)),
    );
    let hours = figures(&app, &format!("{PATH}?bucket=hour")).await;
    assert_eq!(hours["totals"]["active_users"], 2);
    let last: Vec<u64> = {
        let hours = hours["timeline"].as_array().unwrap();
        hours.iter().rev().take(3).rev().map(|hour| hour["active_users"].as_u64().unwrap()).collect()
    };
    assert_eq!(last, [1, 1, 2]);
    app.finish().await;
}

#[tokio::test]
async fn participation_is_the_share_of_registered_users() {
    let app = TestApp::start().await;
    for name in ["ann", "bob", "eve", "joe"] {
        app.register(&format!("{name}@example.com")).await;
    }
    let (event, reward) = app.event(json!({"all": []})).await;
    app.user().claim(&event, &reward).await.expect(202);
    let one = figures(&app, &format!("{PATH}?event_id={event}")).await;
    assert_eq!(one["totals"]["participants"], 1);
    let registered = one["registered_users"].as_f64().unwrap();
    assert!(registered >= 4.0, "{one}");
    assert_eq!(one["participation_rate"].as_f64(), Some(1.0 / registered));
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_checked_and_a_table_is_returned() {
    let app = TestApp::start().await;
    period_is_checked(&app, PATH).await;
    app.auditor().get(&format!("{PATH}?event_id=cmp_none")).await.invalid(&["event_id"]);
    csv_has_a_row_for_each_bucket(&app, PATH, "new_users,active_users,participants").await;
    app.finish().await;
}
