//! Tests of analytics.

mod get_event_analytics;
mod get_queue_analytics;
mod get_reward_analytics;
mod get_sales_analytics;
mod get_user_analytics;
mod recount;
mod relay;

use dibs_tests::harness::TestApp;
use serde_json::Value;

/// Returns the figures at `path` as an auditor sees them, after all due work is done.
async fn figures(app: &TestApp, path: &str) -> Value {
    app.settle().await;
    app.auditor().get(path).await.expect(200)
}

/// Checks that invalid periods are refused with the names of their fields.
async fn period_is_checked(app: &TestApp, path: &str) {
    let (from, to) = (app.days_ago(3), app.days_ago(2));
    for (query, field) in [
        (format!("from={to}&to={from}"), "to"),
        (format!("from={from}&to={from}"), "to"),
        (format!("from={}&to={to}", app.days_ago(100)), "to"),
        (format!("from={}&to={to}&bucket=hour", app.days_ago(40)), "to"),
        ("bucket=week".to_owned(), "bucket"),
        ("time_zone=Mars/Olympus".to_owned(), "time_zone"),
        ("time_zone=Asia/Kathmandu".to_owned(), "time_zone"),
        ("from=yesterday".to_owned(), "from"),
        ("format=xml".to_owned(), "format"),
        ("page=2".to_owned(), "page"),
    ] {
        app.operator().get(&format!("{path}?{query}")).await.invalid(&[field]);
    }
}

/// Checks that the CSV table at `path` has `columns` and a row for each entry of the timeline.
async fn csv_has_a_row_for_each_bucket(app: &TestApp, path: &str, columns: &str) {
    let json = figures(app, &format!("{path}?bucket=hour")).await;
    let reply = app.auditor().get(&format!("{path}?bucket=hour&format=csv")).await;
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
    let rows: Vec<&str> = reply.text().trim_start_matches('\u{feff}').split_terminator("\r\n").collect();
    assert_eq!(rows[0], format!("start,end,{columns}"));
    let entries = json["timeline"].as_array().unwrap();
    assert_eq!(rows.len(), entries.len() + 1);
    for (row, entry) in rows[1..].iter().zip(entries) {
        assert!(row.starts_with(entry["start"].as_str().unwrap()), "{row} for {entry}");
    }
}

/// Returns the sum of the numbers `name` over a timeline, with `part` as the path to them in an entry.
fn sum(figures: &Value, part: &str) -> u64 {
    let entries = figures["timeline"].as_array().unwrap();
    entries.iter().map(|entry| entry.pointer(part).and_then(Value::as_u64).unwrap()).sum()
}
