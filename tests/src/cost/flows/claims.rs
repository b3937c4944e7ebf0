//! Costs of accepted and refused claims, and of the messages that follow.

use crate::assert_each_eq;
use domain::campaigns::Review;

use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;
use crate::cost::campaigns::{endless, item, limited, points, pooled};

pub async fn measure() -> Vec<Row> {
    let mut rows = unlimited().await;
    rows.extend(of_a_stock().await);
    rows.extend(sold_out().await);
    rows.extend(several().await);
    rows.extend(checked_outside().await);
    rows
}

async fn unlimited() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let ids = bench.campaign(Review::Auto, &[endless(points())]).await;
    let (campaign, reward) = (&ids.campaign, &ids.rewards[0]);
    let caller = bench.signed_in().await;
    bench.relay().await;

    bench.warm_cache(&ids).await;
    let (answer, accepted) = bench.measure(bench.claim(&caller, campaign, reward)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let relayed = bench.relay().await;
    assert_each_eq!((relayed.messages["grants"].len(), 1), (relayed.events().len(), 1));

    let (answer, duplicate) = bench.measure(bench.claim(&caller, campaign, reward)).await;
    assert_each_eq!((answer.status, 409), (answer.body["error"]["code"], "ALREADY_REQUESTED"));

    let other = bench.signed_in().await;
    bench.expire_caches();
    let (answer, cold) = bench.measure(bench.claim(&other, campaign, reward)).await;
    assert_eq!(answer.status, 202, "{answer:?}");

    let stranger = bench.user();
    let (answer, not_met) = bench.measure(bench.claim(&stranger, campaign, reward)).await;
    assert_each_eq!((answer.status, 422), (answer.body["error"]["code"], "CONDITION_NOT_MET"));
    let (answer, again) = bench.measure(bench.claim(&stranger, campaign, reward)).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    vec![
        row("claim accepted", accepted),
        row("claim accepted, event not cached", cold),
        row("claim accepted: what the stream's consumer writes", relayed.cost),
        row("refuse: duplicate claim", duplicate),
        row("refuse: condition not met (recorded)", not_met),
        row("refuse: condition not met, once more", again),
    ]
}

async fn of_a_stock() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let limited = bench.campaign(Review::Auto, &[limited(item(), 100)]).await;
    let (campaign, reward) = (&limited.campaign, &limited.rewards[0]);
    let (first, second) = (bench.signed_in().await, bench.signed_in().await);
    bench.warm_cache(&limited).await;
    bench.relay().await;
    let (answer, cold) = bench.measure(bench.claim(&first, campaign, reward)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let relayed = bench.relay().await;
    assert_each_eq!((relayed.messages["grants"].len(), 1), (relayed.messages["reservations"].len(), 1));
    let check = bench
        .work(&rewards::workers::settle_reservations::WORKER, &relayed.messages["reservations"][0])
        .await;
    let (answer, warm) = bench.measure(bench.claim(&second, campaign, reward)).await;
    assert_eq!(answer.status, 202, "{answer:?}");

    let codes = bench.campaign(Review::Auto, &[pooled(500)]).await;
    bench.warm_cache(&codes).await;
    let (answer, pooled) = bench.measure(bench.claim(&first, &codes.campaign, &codes.rewards[0])).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    vec![
        row("claim of a limited reward, first bucket has units", cold),
        row("claim of a limited reward, hint cached", warm),
        row("claim of a limited reward: what the stream's consumer writes", relayed.cost),
        row("claim of a limited reward: the unit is looked at again", check),
        row("claim of a pooled coupon", pooled),
    ]
}

async fn sold_out() -> Vec<Row> {
    let bench = Bench::start().await;
    let ids = bench.campaign(Review::Auto, &[limited(item(), 1)]).await;
    let (campaign, reward) = (&ids.campaign, &ids.rewards[0]);
    let (first, second) = (bench.signed_in().await, bench.signed_in().await);
    bench.warm_cache(&ids).await;
    let (answer, last) = bench.measure(bench.claim(&first, campaign, reward)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let (answer, warm) = bench.measure(bench.claim(&second, campaign, reward)).await;
    assert_each_eq!((answer.status, 409), (answer.body["error"]["code"], "OUT_OF_STOCK"));
    bench.warm_cache(&ids).await;
    let (answer, cold) = bench.measure(bench.claim(&second, campaign, reward)).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    vec![
        row("claim of the last unit of a bucket", last),
        row("refuse: sold out", cold),
        row("refuse: sold out, hint cached", warm),
    ]
}

/// Measures claims with an external check, of a reward that is sold out and of one without a limit. No
/// condition service is configured, so the check has no answer.
async fn checked_outside() -> Vec<Row> {
    let bench = Bench::start().await;
    let ids = bench.campaign(Review::Auto, &[endless(points()), limited(item(), 1)]).await;
    let (campaign, open, sold_out) = (&ids.campaign, &ids.rewards[0], &ids.rewards[1]);
    let (first, second) = (bench.signed_in().await, bench.signed_in().await);
    assert_eq!(bench.claim(&first, campaign, sold_out).await.status, 202);
    let store = bench.app.store();
    for reward in [open, sold_out] {
        let mut offer = store.get_offer(campaign, reward).await.expect("an offer");
        let outside = serde_json::from_value(serde_json::json!({"external": {"check": "vip"}}));
        offer.condition = Some(outside.expect("a condition"));
        offer.version += 1;
        assert_eq!(store.save_offer(&offer).await.expect("an offer"), store::Saved::Done);
    }
    bench.warm_cache(&ids).await;
    let (answer, refused) = bench.measure(bench.claim(&second, campaign, sold_out)).await;
    assert_each_eq!((answer.status, 409), (answer.body["error"]["code"], "OUT_OF_STOCK"));
    let (answer, asked) = bench.measure(bench.claim(&second, campaign, open)).await;
    assert_each_eq!((answer.status, 503), (answer.body["error"]["code"], "CONDITION_UNAVAILABLE"));
    vec![
        row("refuse: sold out, with an outside check", refused),
        row("claim with an outside check (unanswered, recorded)", asked),
    ]
}

async fn several() -> Vec<Row> {
    let bench = Bench::start().await;
    let defined = [endless(points()), endless(item()), endless(points())];
    let ids = bench.campaign(Review::Auto, &defined).await;
    let caller = bench.signed_in().await;
    bench.warm_cache(&ids).await;
    let path = format!("/events/{}/requests", ids.campaign);
    let (answer, cost) = bench.measure(bench.call("POST", &path, Some(&caller), None)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body["data"]["request"]["lines"].as_array().map(Vec::len), Some(3), "{answer:?}");
    vec![row("claim all of an event's 3 rewards", cost)]
}
