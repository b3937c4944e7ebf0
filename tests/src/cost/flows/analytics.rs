//! Costs of analytics: counting in the relays, and reading a month of days.

use domain::accounts::Role;
use domain::campaigns::Review;

use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;
use crate::cost::campaigns::{endless, points};

/// Number of changes in a full batch of a relay.
const BATCH: usize = 100;

pub async fn measure() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let ids = bench.campaign(Review::Auto, &[endless(points())]).await;
    let mut users = Vec::new();
    for _ in 0..=BATCH {
        users.push(bench.signed_in().await);
    }
    bench.relay().await;
    assert_eq!(bench.claim(&users[BATCH], &ids.campaign, &ids.rewards[0]).await.status, 202);
    let one = bench.relay().await.cost;
    for user in &users[..BATCH] {
        assert_eq!(bench.claim(user, &ids.campaign, &ids.rewards[0]).await.status, 202);
    }
    let many = bench.relay().await.cost;
    let auditor = bench.somebody(Role::Auditor);
    let path = format!("/analytics/rewards?event_id={}", ids.campaign);
    let (answer, read) = bench.measure(bench.call("GET", &path, Some(&auditor), None)).await;
    assert_eq!(answer.body["data"]["totals"]["requests"], BATCH + 1, "{answer:?}");
    vec![
        row("count the first claim of an hour in an event", one),
        row("count a batch of 100 claims of one event", many),
        row("read a month of figures of an event", read),
    ]
}
