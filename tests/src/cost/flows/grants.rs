//! Costs of grants, from the message of the queue to the complete claim.

use config::{IntegrationsConfig, SecretString};
use domain::campaigns::Review;
use domain::rewards::RewardPayload;
use local::fakes::{self, Fakes};
use local::front;
use local::stack::FAKES_SECRET;
use tokio::net::TcpListener;

use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;
use crate::cost::campaigns::{RewardDefinition, endless, item, points, pooled};
use crate::cost::meter::Cost;

pub async fn measure() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let mut rows = Vec::new();
    let kinds = [
        ("grant one point line", endless(points())),
        ("grant an item", endless(item())),
        ("grant a badge", endless(RewardPayload::Badge("brave".to_owned()))),
        ("grant a coupon", endless(RewardPayload::Coupon("THANKS-2026".to_owned()))),
        ("grant a pooled coupon", pooled(50)),
    ];
    for (operation, defined) in kinds {
        let (first, _) = granted(&mut bench, defined).await;
        rows.push(row(operation, first));
    }
    rows.push(row("grant by the outside fulfilment service", by_the_outside_service().await));
    let (_, again) = granted(&mut bench, endless(points())).await;
    rows.push(row("grant: the message comes again", again));
    let relayed = bench.relay().await;
    assert_eq!(
        relayed.messages.keys().collect::<Vec<_>>(),
        ["notification-events", "outbox", "webhook-events"]
    );
    rows.push(row("grant: what the stream's consumer writes", relayed.cost));
    rows
}

/// Returns the cost of handling a message about a grant, and that of a second delivery of the same message.
async fn granted(bench: &mut Bench, defined: RewardDefinition) -> (Cost, Cost) {
    let ids = bench.campaign(Review::Auto, &[defined]).await;
    let caller = bench.signed_in().await;
    let answer = bench.claim(&caller, &ids.campaign, &ids.rewards[0]).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let message = bench.relay().await.messages["grants"][0].clone();
    let first = bench.work(&rewards::workers::grant_rewards::WORKER, &message).await;
    let claim = bench.app.store().get_claim(&caller.id, &ids.campaign).await.expect("the claim");
    assert!(claim.fully_granted(), "{claim:?}");
    (first, bench.work(&rewards::workers::grant_rewards::WORKER, &message).await)
}

/// Measures a grant that the fulfilment service hands over, asked over HTTP. Simulated time follows the
/// machine's clock during the call.
async fn by_the_outside_service() -> Cost {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let fulfilment_url = Some(format!("http://{}/fulfilment", listener.local_addr().expect("an address")));
    let secret = || SecretString::from(FAKES_SECRET);
    let integrations =
        IntegrationsConfig { fulfilment_url, secret: secret(), ..IntegrationsConfig::default() };
    let mut bench = Bench::with_parties(integrations).await;
    let clock = bench.app.clone();
    let router = fakes::router(Fakes::new(secret(), move || clock.now()));
    let serving = tokio::spawn(front::serve(listener, router, std::future::pending()));
    let ids = bench.outside_campaign().await;
    let caller = bench.signed_in().await;
    let answer = bench.claim(&caller, &ids.campaign, &ids.rewards[0]).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let message = bench.relay().await.messages["grants"][0].clone();
    tokio::time::resume();
    let cost = bench.work(&rewards::workers::grant_rewards::WORKER, &message).await;
    tokio::time::pause();
    serving.abort();
    let claim = bench.app.store().get_claim(&caller.id, &ids.campaign).await.expect("the claim");
    assert!(claim.fully_granted() && claim.lines[0].reference.is_some(), "{claim:?}");
    cost
}
