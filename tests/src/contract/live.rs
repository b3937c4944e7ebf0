//! Contract of live updates: tickets, connections, subscriptions, states of topics and the list of channels.

use std::collections::BTreeSet;

use domain::accounts::Roles;
use domain::ids::{DealId, Nonce, OrderId};
use domain::live::{Connection, LiveTicket, LiveTopic, LiveUser, Subscription, TopicState};
use serde_json::json;
use store::Saved;

use super::samples::user;
use super::{ContractBackend, at};

fn holder(name: &str) -> LiveUser {
    LiveUser { user_id: user(name), roles: Roles::default(), epoch: Some(1), session_id: None, since: at(0) }
}

fn stock(deal: &str) -> LiveTopic {
    LiveTopic::DealStock(DealId::new(deal))
}

fn order(owner: &str, name: &str) -> LiveTopic {
    LiveTopic::Order(OrderId::new(user(owner), name))
}

fn subscription(topic: &LiveTopic, connection: &str) -> Subscription {
    let (topic, connection_id) = (topic.clone(), connection.to_owned());
    Subscription { topic, connection_id, user: None, queue_token: None, ends_at: at(7_200) }
}

/// Checks that a ticket is the first connection's that uses it, and that this one may repeat it.
pub async fn a_ticket_is_one_connections(backend: &ContractBackend) {
    let store = backend.store();
    let ticket = LiveTicket::new("secret", holder("a"));
    assert_eq!(store.create_ticket(&ticket).await.unwrap(), Saved::Done);
    let uses = ["c1", "c2", "c1"].map(|connection| store.use_ticket(&ticket.hash, connection));
    for used in uses {
        assert_eq!(used.await.unwrap().unwrap().used_by.as_deref(), Some("c1"));
    }
    assert_eq!(store.use_ticket("another", "c1").await.unwrap(), None);
}

/// Checks that a connection is written version by version.
pub async fn a_connection_is_written_version_by_version(backend: &ContractBackend) {
    let store = backend.store();
    let first = Connection::new("c".to_owned(), at(0)).with_topic(&stock("d")).unwrap();
    assert_eq!(store.save_connection(&first).await.unwrap(), Saved::Done);
    assert_eq!(store.save_connection(&first).await.unwrap(), Saved::Done, "a repeat");
    let (second, other) = (first.with_topic(&stock("e")).unwrap(), first.ended());
    assert_eq!(store.save_connection(&second).await.unwrap(), Saved::Done);
    assert_eq!(store.save_connection(&other).await.unwrap(), Saved::Conflict(Some(Box::new(second.clone()))));
    assert_eq!(store.get_connection_if_exists("c").await.unwrap(), Some(second));
}

/// Checks that all subscribers of a topic are found, wherever they are stored, and no others.
pub async fn subscribers_are_found_over_all_partitions(backend: &ContractBackend) {
    let store = backend.store();
    let (topic, longer) = (stock("d"), stock("d2"));
    let names: BTreeSet<String> = (0..40).map(|number| format!("c{number}")).collect();
    for name in &names {
        store.put_subscription(&subscription(&topic, name)).await.unwrap();
    }
    store.put_subscription(&subscription(&longer, "c0")).await.unwrap();
    let found = async || -> BTreeSet<String> {
        let found = store.list_subscriptions(&topic).await.unwrap();
        found.into_iter().map(|one| one.connection_id).collect()
    };
    assert_eq!(found().await, names);
    assert_eq!(store.count_subscribers_cached(&topic, at(0)).await.unwrap(), 40);
    store.delete_subscription(&topic, "c7").await.unwrap();
    store.delete_subscription(&topic, "c7").await.unwrap();
    assert!(found().await.len() == 39 && !found().await.contains("c7"));
    assert_eq!(store.count_subscribers_cached(&topic, at(0)).await.unwrap(), 40, "known for a second");
    assert_eq!(store.count_subscribers_cached(&topic, at(1)).await.unwrap(), 39);
}

/// Checks that topics of one owner are found apart, although they share a partition.
pub async fn topics_of_an_owner_are_found_apart(backend: &ContractBackend) {
    let store = backend.store();
    let (one, other) = (order("a", "1"), order("a", "2"));
    store.put_subscription(&subscription(&one, "c")).await.unwrap();
    assert_eq!(store.list_subscriptions(&one).await.unwrap().len(), 1);
    assert_eq!(store.list_subscriptions(&other).await.unwrap(), []);
    assert!(!store.is_channel_empty(&other).await.unwrap(), "the channel is that of both");
    store.delete_subscription(&one, "c").await.unwrap();
    assert!(store.is_channel_empty(&other).await.unwrap());
}

/// Checks that each version of a state is written by one writer.
pub async fn a_state_has_one_content_a_version(backend: &ContractBackend) {
    let store = backend.store();
    let next = |before, left: u32| TopicState::next(before, &stock("d"), &json!({"left": left}), at(0));
    let first = next(None, 5);
    assert_eq!(store.save_topic_state(None, &first).await.unwrap(), Saved::Done);
    let (second, other) = (next(Some(&first), 4), next(Some(&first), 3));
    assert_eq!(store.save_topic_state(Some(&first), &second).await.unwrap(), Saved::Done);
    assert_eq!(store.save_topic_state(Some(&first), &second).await.unwrap(), Saved::Done, "a repeat");
    let conflict = Saved::Conflict(Some(Box::new(second.clone())));
    assert_eq!(store.save_topic_state(Some(&first), &other).await.unwrap(), conflict);
    assert_eq!(store.get_topic_state_if_exists(&stock("d")).await.unwrap(), Some(second));
}

/// Checks that a channel is listed until it is removed or its time is over, and that a removal does not undo a
/// later entry.
pub async fn a_channel_that_is_listed_anew_stays(backend: &ContractBackend) {
    let (store, topic) = (backend.store(), stock("d"));
    let is_listed =
        async |now| backend.store().list_channels_cached(now).await.unwrap().contains(&topic.channel());
    store.list_channel(&topic, at(100), Nonce(1)).await.unwrap();
    store.list_channel(&topic, at(100), Nonce(2)).await.unwrap();
    let seen = store.get_listed_channel_if_exists(&topic).await.unwrap().unwrap();
    assert_eq!(seen.nonce, Nonce(1), "it was listed for as long");
    assert!(is_listed(at(99)).await && !is_listed(at(100)).await);
    store.list_channel(&topic, at(200), Nonce(3)).await.unwrap();
    store.unlist_channel(&seen).await.unwrap();
    assert!(is_listed(at(100)).await);
    let seen = store.get_listed_channel_if_exists(&topic).await.unwrap().unwrap();
    store.unlist_channel(&seen).await.unwrap();
    store.unlist_channel(&seen).await.unwrap();
    assert!(!is_listed(at(100)).await);
}
