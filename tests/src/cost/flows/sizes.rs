//! Sizes of claims. A write costs one unit per started kibibyte.

use domain::campaigns::Review;
use serde_json::Value;

use crate::cost::bench::{Bench, Caller};
use crate::cost::campaigns::{CampaignIds, RewardDefinition, endless, item, limited, points};
use crate::cost::meter::size_of;

/// Size of a claim with one line, in bytes.
#[derive(Clone, Debug)]
pub struct Size {
    /// Description of the claimed reward.
    pub claim: &'static str,
    /// Size after the claim was accepted, in bytes.
    pub requested: usize,
    /// Size after the claim was granted, in bytes.
    pub granted: usize,
}

/// Returns the sizes of claims with one line and a count condition, with ids of the usual length.
pub async fn sizes() -> Vec<Size> {
    let mut bench = Bench::start().await;
    let mut sizes = Vec::new();
    let claims = [
        ("points", endless(points())),
        ("an item", endless(item())),
        ("a limited item", limited(item(), 100_000)),
    ];
    for (claim, defined) in claims {
        sizes.push(size(&mut bench, claim, defined).await);
    }
    sizes
}

async fn size(bench: &mut Bench, claim: &'static str, defined: RewardDefinition) -> Size {
    let ids = bench.campaign(Review::Auto, &[defined]).await;
    let caller = bench.signed_in().await;
    let path = format!("/events/{}/requests/{}", ids.campaign, ids.rewards[0]);
    let answer = bench.call("POST", &path, Some(&caller), None).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let requested = size_of(&stored(bench, &caller, &ids));
    let message = bench.relay().await.messages["grants"][0].clone();
    bench.work(&rewards::workers::grant_rewards::WORKER, &message).await;
    Size { claim, requested, granted: size_of(&stored(bench, &caller, &ids)) }
}

fn stored(bench: &Bench, caller: &Caller, ids: &CampaignIds) -> Value {
    let (pk, sk) = (format!("USER#{}", caller.id), format!("CLAIM#{}", ids.campaign));
    bench.meter.item("dibs-rewards", &pk, &sk).expect("the claim's item")
}
