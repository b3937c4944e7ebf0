//! Reviews by an operator, and the unit that a rejected line gives back.

use domain::accounts::Role;
use domain::campaigns::Review;
use domain::claims::Claim;
use serde_json::json;

use super::row;
use crate::cost::bench::{Bench, Who};
use crate::cost::budgets::Row;
use crate::cost::setting::{Setting, item, limited};

pub async fn measure() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let setting = bench.campaign(Review::Manual, &[limited(item(), 100)]).await;
    let operator = bench.somebody(Role::Operator);
    let (first, second) = (claimed(&bench, &setting).await, claimed(&bench, &setting).await);
    bench.relay().await;

    let (status, approve) = bench.measure(decide(&bench, &operator, &setting, &first, "approve")).await;
    assert_eq!(status, 200);
    let relayed = bench.relay().await;
    assert_eq!(relayed.messages["grants"].len(), 1);

    let (status, reject) = bench.measure(decide(&bench, &operator, &setting, &second, "reject")).await;
    assert_eq!(status, 200);
    let rejected = bench.relay().await;
    let give_back = bench.work(&workers::SETTLE_RESERVATIONS, &rejected.messages["reservations"][0]).await;
    vec![
        row("approve a claim", approve),
        row("approve: what the stream's consumer writes", relayed.cost),
        row("reject a claim", reject),
        row("reject: what the stream's consumer writes", rejected.cost),
        row("give a unit back", give_back),
    ]
}

async fn claimed(bench: &Bench, setting: &Setting) -> Who {
    let who = bench.signed_in().await;
    let answer = bench.claim(&who, &setting.campaign, &setting.rewards[0]).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    who
}

async fn decide(bench: &Bench, operator: &Who, setting: &Setting, who: &Who, action: &str) -> u16 {
    let path = format!("/events/requests/{}", Claim::id_of(&who.id, &setting.campaign));
    let decision = json!({"action": action, "reason": "as the terms say"});
    bench.call("PATCH", &path, Some(operator), Some(decision)).await.status
}
