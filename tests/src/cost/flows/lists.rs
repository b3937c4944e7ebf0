//! Costs of reads: lists, one event, and the dry run.

use domain::accounts::Role;
use domain::campaigns::Review;
use serde_json::json;

use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;
use crate::cost::campaigns::{endless, points};

/// Number of claims: more than a page, and more than one read returns.
const CLAIMS: usize = 120;

pub async fn measure() -> Vec<Row> {
    let bench = Bench::start().await;
    let ids = bench.campaign(Review::Auto, &[endless(points())]).await;
    let (campaign, reward) = (&ids.campaign, &ids.rewards[0]);
    let mut last = bench.signed_in().await;
    for index in 0..CLAIMS {
        if index > 0 {
            last = bench.signed_in().await;
        }
        assert_eq!(bench.claim(&last, campaign, reward).await.status, 202);
    }
    bench.expire_caches();
    let operator = bench.somebody(Role::Operator);
    let (answer, mine) = bench.measure(bench.call("GET", "/events/requests/mine", Some(&last), None)).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(1), "{answer:?}");
    let path = format!("/events/requests?event_id={campaign}&limit=20");
    let (answer, page) = bench.measure(bench.call("GET", &path, Some(&operator), None)).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(20), "{answer:?}");
    let path = format!("/events/{campaign}");
    bench.expire_caches();
    let (answer, event) = bench.measure(bench.call("GET", &path, Some(&last), None)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    bench.warm_cache(&ids).await;
    let path = format!("/events/{campaign}/evaluate");
    let (answer, evaluated) = bench.measure(bench.call("POST", &path, Some(&last), Some(json!({})))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    vec![
        row("list my claims", mine),
        row("list the claims of an event, a page of 20", page),
        row("read an event, not cached", event),
        row("evaluate an event (dry run)", evaluated),
    ]
}
