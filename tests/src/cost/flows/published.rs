//! Events that a relay publishes of a full batch of changes, which share entries of the event bus.

use domain::campaigns::Review;
use domain::events::{EventBatch, EventType};
use rewards::workers::grant_rewards;

use crate::cost::bench::{Bench, Caller};
use crate::cost::campaigns::{CampaignIds, endless, points};

/// Number of changes that a stream passes to a relay at once, at most.
const RECORDS: usize = 100;

/// Entry of the event bus with the events of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Type of the events.
    pub kind: EventType,
    /// Number of events in the entry.
    pub events: usize,
    /// Size of the message, in bytes.
    pub bytes: usize,
}

/// Returns the entries that a relay makes of 100 changes, a third of them claims that are requested, and two thirds
/// claims that are granted, with their points.
pub async fn entries_of_a_full_batch() -> Vec<Entry> {
    let mut bench = Bench::start().await;
    let ids = bench.campaign(Review::Auto, &[endless(points())]).await;
    let mut callers = Vec::new();
    for _ in 0..RECORDS / 3 + RECORDS.div_ceil(3) {
        callers.push(bench.signed_in().await);
    }
    bench.relay().await;
    let (granted, requested) = callers.split_at(RECORDS / 3);
    claim(&bench, &ids, granted).await;
    for message in &bench.relay().await.messages["grants"] {
        bench.work(&grant_rewards::WORKER, message).await;
    }
    claim(&bench, &ids, requested).await;
    let relayed = bench.relay().await;
    assert_eq!(relayed.records, RECORDS, "the batch is full");
    let entry = |message: &String| {
        let batch: EventBatch = serde_json::from_str(message).expect("a batch");
        Entry { kind: batch.kind, events: batch.events.len(), bytes: message.len() }
    };
    relayed.messages["outbox"].iter().map(entry).collect()
}

async fn claim(bench: &Bench, ids: &CampaignIds, callers: &[Caller]) {
    for caller in callers {
        let answer = bench.claim(caller, &ids.campaign, &ids.rewards[0]).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
}
