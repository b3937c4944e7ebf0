//! Costs of reviews by an operator, and of returning the unit of a rejected line.

use domain::accounts::Role;
use domain::campaigns::Review;
use domain::claims::{Claim, Evidence};
use serde_json::json;
use store::Saved;

use super::row;
use crate::cost::bench::{Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::campaigns::{CampaignIds, endless, item, limited};

pub async fn measure() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let ids = bench.campaign(Review::Manual, &[limited(item(), 100)]).await;
    let operator = bench.member(Role::Operator).await;
    let (first, second) = (claimed(&bench, &ids).await, claimed(&bench, &ids).await);
    let entered = bench.relay().await;

    let (status, approve) = bench.measure(decide(&bench, &operator, &ids, &first, "approve")).await;
    assert_eq!(status, 200);
    let relayed = bench.relay().await;
    assert_eq!(relayed.messages["grants"].len(), 1);

    let (status, reject) = bench.measure(decide(&bench, &operator, &ids, &second, "reject")).await;
    assert_eq!(status, 200);
    let rejected = bench.relay().await;
    let give_back = bench
        .work(&rewards::workers::settle_reservations::WORKER, &rejected.messages["reservations"][0])
        .await;
    let mut rows = worklist().await;
    rows.extend([
        row("claims of two users enter review: what the stream's consumer writes", entered.cost),
        row("approve a claim", approve),
        row("approve: what the stream's consumer writes", relayed.cost),
        row("reject a claim", reject),
        row("reject: what the stream's consumer writes", rejected.cost),
        row("give a unit back", give_back),
    ]);
    rows
}

/// Measures a page of the worklist, with ten claims in review and with ten thousand.
async fn worklist() -> Vec<Row> {
    let bench = Bench::start().await;
    let ids = bench.campaign(Review::Manual, &[endless(item())]).await;
    let store = bench.app.store();
    let found = store.get_campaign_with_offers(&ids.campaign).await.expect("a campaign");
    let operator = bench.somebody(Role::Operator);
    let enter = async |numbers: std::ops::Range<i64>, is_stored: bool| {
        for number in numbers {
            let at = bench.app.now().plus_seconds(number);
            let mut claim = Claim::new(bench.user().id, ids.campaign.clone(), at);
            claim.accept(&found.offers[0], 1, Review::Manual, Evidence::default(), at);
            let claim = claim.next();
            if is_stored {
                assert_eq!(store.save_claim(&claim).await.expect("a claim"), Saved::Done);
            }
            assert!(store.index_review(&claim).await.expect("an entry"));
        }
    };
    let list = async |query: &str, count: usize| {
        let path = format!("/events/requests?status=in_review&limit=20{query}");
        let (answer, cost) = bench.measure(bench.call("GET", &path, Some(&operator), None)).await;
        assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(count), "{answer:?}");
        cost
    };
    enter(0..10, true).await;
    let (of_event, few) = (format!("&event_id={}", ids.campaign), list("", 10).await);
    let few_of_event = list(&of_event, 10).await;
    enter(10..20, true).await;
    // The page contains only the oldest claims, so the others need only an entry in the worklist.
    enter(20..10_000, false).await;
    vec![
        row("list 10 claims in review", few),
        row("list 10 claims in review of an event", few_of_event),
        row("list 10,000 claims in review, a page of 20", list("", 20).await),
        row("list 10,000 claims in review of an event, a page of 20", list(&of_event, 20).await),
    ]
}

async fn claimed(bench: &Bench, ids: &CampaignIds) -> Caller {
    let caller = bench.signed_in().await;
    let answer = bench.claim(&caller, &ids.campaign, &ids.rewards[0]).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    caller
}

async fn decide(bench: &Bench, operator: &Caller, ids: &CampaignIds, caller: &Caller, action: &str) -> u16 {
    let path = format!("/events/requests/{}", Claim::id_of(&caller.id, &ids.campaign));
    let decision = json!({"action": action, "reason": "as the terms say"});
    bench.call("PATCH", &path, Some(operator), Some(decision)).await.status
}
