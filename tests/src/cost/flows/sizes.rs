//! Sizes of claims. A write costs one unit per started kibibyte.

use domain::campaigns::Review;
use serde_json::Value;

use crate::cost::bench::{Bench, Who};
use crate::cost::meter::size_of;
use crate::cost::setting::{Given, Setting, endless, item, limited, points};

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
    for (claim, given) in claims {
        sizes.push(size(&mut bench, claim, given).await);
    }
    sizes
}

async fn size(bench: &mut Bench, claim: &'static str, given: Given) -> Size {
    let setting = bench.campaign(Review::Auto, &[given]).await;
    let who = bench.signed_in().await;
    let path = format!("/events/{}/requests/{}", setting.campaign, setting.rewards[0]);
    let answer = bench.call("POST", &path, Some(&who), None).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let requested = size_of(&stored(bench, &who, &setting));
    let message = bench.relay().await.messages["grants"][0].clone();
    bench.work(&rewards::workers::grant_rewards::WORKER, &message).await;
    Size { claim, requested, granted: size_of(&stored(bench, &who, &setting)) }
}

fn stored(bench: &Bench, who: &Who, setting: &Setting) -> Value {
    let (pk, sk) = (format!("USER#{}", who.id), format!("CLAIM#{}", setting.campaign));
    bench.meter.item("dibs-rewards", &pk, &sk).expect("the claim's item")
}
