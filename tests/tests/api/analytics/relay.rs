//! Tests of the counting in relays.

use dibs_tests::cost::bench::Bench;
use dibs_tests::cost::campaigns::{endless, points};
use domain::analytics::{PARTICIPANTS, Topic};
use domain::campaigns::Review;

/// Checks the cost of counting at load: a hundred claims, one batch of the relay, take at most 0.2 write
/// units each. The list entry that each new counter item gets is included.
#[tokio::test(start_paused = true)]
async fn counting_costs_a_fifth_of_a_write_unit_a_change_at_load() {
    let mut bench = Bench::start().await;
    let ids = bench.campaign(Review::Auto, &[endless(points())]).await;
    let mut users = Vec::new();
    for _ in 0..100 {
        users.push(bench.signed_in().await);
    }
    bench.relay().await;
    for user in users {
        assert_eq!(bench.claim(&user, &ids.campaign, &ids.rewards[0]).await.status, 202);
    }
    // The relay writes nothing else about claims that need no review.
    let units = bench.relay().await.cost.wru;
    assert!(units > 0.0 && units <= 20.0, "{units} write units for 100 changes");
    let period = bench.app.now().plus_seconds(-7200)..bench.app.now().plus_seconds(7200);
    let counted = bench.app.store().get_figures_eventual(&Topic::Campaigns, &period).await.unwrap();
    assert_eq!(counted.sum(&period).get(PARTICIPANTS), 100);
}
