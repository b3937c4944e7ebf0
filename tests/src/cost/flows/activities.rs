//! Costs of recording and reading activities.

use domain::accounts::Role;
use serde_json::json;

use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;

pub async fn measure() -> Vec<Row> {
    let bench = Bench::start().await;
    let (operator, user) = (bench.somebody(Role::Operator), bench.user());
    let now = bench.app.now();
    let activity = |id: &str| {
        Some(json!({
            "user_id": user.id, "type": "quest_clear", "ref": "dragon", "activity_id": id,
            "occurred_at": now,
        }))
    };
    let record = |id: &str| bench.call("POST", "/activities", Some(&operator), activity(id));
    let (answer, first) = bench.measure(record("one")).await;
    assert_eq!(answer.body["data"][0]["outcome"], "recorded", "{answer:?}");
    bench.expire_caches();
    let (answer, duplicate) = bench.measure(record("one")).await;
    assert_eq!(answer.body["data"][0]["outcome"], "duplicate", "{answer:?}");
    let several: Vec<_> = (0..100).map(|index| activity(&format!("several-{index}"))).collect();
    let body = Some(json!({"activities": several}));
    let (answer, batch) = bench.measure(bench.call("POST", "/activities", Some(&operator), body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    vec![
        row("record an activity", first),
        row("record an activity: duplicate", duplicate),
        row("record 100 activities of one user, type and month", batch),
    ]
}
