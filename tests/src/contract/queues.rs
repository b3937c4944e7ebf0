//! Contract of sending messages: all messages of a batch are sent, whatever their number.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::QueueAttributeName;
use domain::ids::CampaignId;
use domain::messages::GrantClaim;
use store::schema::{GRANTS, Queue, RESERVATIONS};

use super::ContractBackend;
use super::samples::user;

fn messages(count: usize) -> Vec<GrantClaim> {
    let message = |index| GrantClaim {
        user_id: user(format!("user-{index}")),
        campaign_id: CampaignId::new("spring"),
        version: 1,
        lines: Vec::new(),
    };
    (0..count).map(message).collect()
}

/// Returns the number of visible messages and the number of delayed messages of a queue.
async fn depth(backend: &ContractBackend, queue: &Queue) -> (usize, usize) {
    let url = backend.deployed.queue_url(queue).expect("a queue");
    let call = backend.engines.sqs_client.get_queue_attributes().queue_url(url);
    let attributes =
        call.attribute_names(QueueAttributeName::All).send().await.expect("attributes").attributes;
    let attributes = attributes.unwrap_or_default();
    let read = |name| attributes.get(&name).and_then(|count| count.parse().ok()).unwrap_or(0);
    (
        read(QueueAttributeName::ApproximateNumberOfMessages),
        read(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
    )
}

/// Checks that 47 messages, more than fit into one call of SQS, all arrive once.
pub async fn more_messages_than_a_call_takes(backend: &ContractBackend) {
    let (store, sent) = (backend.store(), messages(47));
    store.send(&GRANTS, &sent, 0).await.unwrap();
    store.send::<GrantClaim>(&GRANTS, &[], 0).await.unwrap();
    assert_eq!(depth(backend, &GRANTS).await, (47, 0));
    let url = backend.deployed.queue_url(&GRANTS).expect("a queue");
    let mut received = BTreeSet::new();
    loop {
        let call = backend.engines.sqs_client.receive_message().queue_url(url).max_number_of_messages(10);
        let page = call.send().await.expect("messages").messages.unwrap_or_default();
        if page.is_empty() {
            break;
        }
        received.extend(page.into_iter().filter_map(|message| message.body));
    }
    let sent = sent.iter().map(|message| serde_json::to_string(message).unwrap()).collect::<BTreeSet<_>>();
    assert_eq!(received, sent);
}

/// Checks that messages are delayed, and that a delay beyond the maximum of SQS is accepted and shortened to
/// it.
pub async fn a_delay_delays(backend: &ContractBackend) {
    let store = backend.store();
    store.send(&RESERVATIONS, &messages(12), 120).await.unwrap();
    store.send(&RESERVATIONS, &messages(1), 100_000).await.unwrap();
    assert_eq!(depth(backend, &RESERVATIONS).await, (0, 13));
}
