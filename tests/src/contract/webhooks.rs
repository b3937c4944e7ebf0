//! Contract of webhooks, their lanes, events, due index and replays.

use domain::ids::{Nonce, UserId, WebhookId};
use domain::webhooks::{
    Delivery, DeliveryStatus, DeliveryTry, EventFilter, EventOrder, EventPattern, Lane, LaneName,
    NewDelivery, Replay, ReplayKind, WEBHOOKS_MAX, Webhook, WebhookSecret,
};
use domain::{Code, Timestamp};
use store::list::{ListRange, SHARDS};
use store::{DueWorkKind, Saved};

use super::{ContractBackend, at};

fn webhook(name: &str) -> Webhook {
    Webhook {
        id: WebhookId::new(name),
        url: "https://example.com/hooks".to_owned(),
        events: EventFilter(vec![EventPattern::parse("*").unwrap()]),
        description: String::new(),
        enabled: true,
        disabled_reason: None,
        disabled_at: None,
        failing_since: None,
        secrets: vec![WebhookSecret { sealed: "sealed".to_owned(), created_at: at(0), valid_until: None }],
        created_at: at(0),
        created_by: UserId::new("ann"),
        updated_at: None,
        request_fingerprint: None,
        version: 1,
    }
}

fn delivery(order: &str, version: u32, accepted_at: Timestamp) -> Delivery {
    let event = NewDelivery {
        id: format!("{order}:{version}"),
        kind: "order.confirmed".to_owned(),
        subject: order.to_owned(),
        time: accepted_at,
        body: "{}".to_owned(),
    };
    Delivery::new(WebhookId::new("one"), event, accepted_at)
}

fn tried(second: i64) -> DeliveryTry {
    DeliveryTry { at: at(second), status: Some(200), failure: None, took_ms: 3 }
}

fn lane_of(delivery: &Delivery) -> Lane {
    let lane = Lane::new(delivery.webhook_id.clone(), delivery.lane.clone(), at(0));
    Lane { cursor: delivery.order.before(), ..lane }
}

/// Checks that webhooks are created and deleted together with their entry in the register, up to a number, and that
/// repeats succeed.
pub async fn webhooks_are_registered_up_to_a_number(backend: &ContractBackend) {
    let store = backend.store();
    let all: Vec<Webhook> = (0..WEBHOOKS_MAX).map(|number| webhook(&format!("{number:02}"))).collect();
    for one in all.iter().chain([&all[0]]) {
        assert_eq!(store.create_webhook(one).await.unwrap(), Saved::Done);
    }
    let other = Webhook { description: "other".to_owned(), ..all[3].clone() };
    let there = Saved::Conflict(Some(Box::new(all[3].clone())));
    assert_eq!(store.create_webhook(&other).await.unwrap(), there);
    let refused = store.create_webhook(&webhook("more")).await.unwrap_err();
    assert_eq!(refused.code, Code::TooManyWebhooks);
    for _ in 0..2 {
        store.delete_webhook(&all[3].id).await.unwrap();
    }
    assert_eq!(store.get_webhook_if_exists(&all[3].id).await.unwrap(), None);
    assert_eq!(store.create_webhook(&webhook("more")).await.unwrap(), Saved::Done);
    let listed: Vec<WebhookId> =
        store.list_webhooks().await.unwrap().into_iter().map(|webhook| webhook.id).collect();
    let mut wanted: Vec<WebhookId> =
        all.iter().map(|one| one.id.clone()).filter(|id| *id != all[3].id).collect();
    wanted.push(WebhookId::new("more"));
    assert_eq!(listed, wanted);
    let next = Webhook { enabled: false, version: 2, ..all[0].clone() };
    assert_eq!(store.save_webhook(&next).await.unwrap(), Saved::Done);
    let stale = Webhook { description: "stale".to_owned(), version: 2, ..all[0].clone() };
    assert_eq!(store.save_webhook(&stale).await.unwrap(), Saved::Conflict(Some(Box::new(next))));
}

/// Checks that the first event of a lane that waits is found in the order of versions, behind the cursor and past
/// any number of delivered ones.
pub async fn first_waiting_event_of_a_lane_is_found(backend: &ContractBackend) {
    let store = backend.store();
    let events: Vec<Delivery> = (1..=45).map(|version| delivery("usr_1:a", version, at(0))).collect();
    for one in events.iter().rev() {
        assert_eq!(store.save_delivery(one).await.unwrap(), Saved::Done);
    }
    assert_eq!(store.save_delivery(&events[0]).await.unwrap(), Saved::Done, "a repeat");
    let other = delivery("usr_1:b", 1, at(0));
    assert_eq!(store.save_delivery(&other).await.unwrap(), Saved::Done);
    let lane = lane_of(&events[0]);
    assert_eq!(store.get_first_pending(&lane).await.unwrap().as_ref(), Some(&events[0]));
    for one in &events[..43] {
        assert_eq!(store.save_delivery(&one.delivered(tried(1), None)).await.unwrap(), Saved::Done);
    }
    assert_eq!(store.get_first_pending(&lane).await.unwrap().as_ref(), Some(&events[43]));
    let behind = Lane { cursor: events[43].order.clone(), ..lane };
    assert_eq!(store.get_first_pending(&behind).await.unwrap().as_ref(), Some(&events[44]));
    let last = Lane { cursor: EventOrder::end(), ..behind };
    assert_eq!(store.get_first_pending(&last).await.unwrap(), None);
}

/// Checks that a lane is in the due index from the time at which it is due until it is claimed, and that moving it
/// there changes nothing but its place.
pub async fn due_lane_is_listed_until_it_is_claimed(backend: &ContractBackend) {
    let store = backend.store();
    let lane = lane_of(&delivery("usr_1:a", 1, at(0)));
    let owned = lane.claim(Nonce(1), &lane.cursor, at(0));
    let due = owned.release(Some(at(1_000)), at(0));
    for one in [&owned, &due] {
        assert_eq!(store.save_lane(one).await.unwrap(), Saved::Done);
    }
    assert_eq!(store.list_due_deliveries(at(999), 10).await.unwrap(), []);
    let found = store.list_due_deliveries(at(1_000), 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0].webhook_id, &found[0].kind),
        (&lane.webhook_id, &DueWorkKind::Lane(lane.name.clone()))
    );
    for _ in 0..2 {
        store.postpone_due_delivery(&found[0], at(1_300)).await.unwrap();
    }
    assert_eq!(store.list_due_deliveries(at(1_299), 10).await.unwrap(), []);
    let moved = store.list_due_deliveries(at(1_300), 10).await.unwrap();
    assert_eq!(moved.len(), 1);
    let stored = store.get_lane_if_exists(&lane.webhook_id, &lane.name).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&due), "the lane itself is due as before");
    let again = due.claim(Nonce(2), &lane.cursor, at(1_300));
    assert_eq!(store.save_lane(&again).await.unwrap(), Saved::Done);
    store.postpone_due_delivery(&moved[0], at(2_000)).await.unwrap();
    assert_eq!(store.list_due_deliveries(at(3_000), 10).await.unwrap(), [], "it is no longer there");
}

/// Checks that a replay finds each event of its time once, that the events of a lane come oldest first, and that an
/// event is made to wait once for each replay.
pub async fn replay_finds_each_event_of_its_time(backend: &ContractBackend) {
    let store = backend.store();
    let mut events = Vec::new();
    for order in 0..12 {
        events
            .extend((1..=3).map(|version| delivery(&format!("usr_1:{order}"), version, at(version.into()))));
    }
    for one in &events {
        assert_eq!(store.save_delivery(one).await.unwrap(), Saved::Done);
        assert_eq!(store.save_delivery(&one.delivered(tried(9), None)).await.unwrap(), Saved::Done);
    }
    let replay = Replay::begin(WebhookId::new("one"), ReplayKind::All, at(2), None, at(10));
    let mut found: Vec<Delivery> = Vec::new();
    for shard in 0..SHARDS {
        let mut after: Option<String> = None;
        loop {
            let page = store.list_deliveries_of_replay(&replay, shard, after.as_deref(), 2);
            let (some, last) = page.await.unwrap();
            found.extend(some);
            after = last;
            if after.is_none() {
                break;
            }
        }
    }
    assert_eq!(found.len(), 24, "two of each order");
    let lane = LaneName::of("order.confirmed", "usr_1:7");
    let of_lane: Vec<&str> =
        found.iter().filter(|one| one.lane == lane).map(|one| one.event_id.as_str()).collect();
    assert_eq!(of_lane, ["usr_1:7:2", "usr_1:7:3"]);
    let status = async || {
        let lane = lane_of(&events[1]);
        store.get_first_pending(&lane).await.unwrap().map(|one| (one.event_id, one.status, one.attempts))
    };
    assert_eq!(status().await, None);
    for _ in 0..2 {
        store.replay_delivery(&events[1], &replay).await.unwrap();
    }
    assert_eq!(status().await, Some((events[1].event_id.clone(), DeliveryStatus::Pending, 0)));
    let waiting = store.get_first_pending(&lane_of(&events[1])).await.unwrap().unwrap();
    assert_eq!((waiting.replay, waiting.version), (1, 3));
    let sent = waiting.delivered(tried(20), None);
    assert_eq!(store.save_delivery(&sent).await.unwrap(), Saved::Done);
    store.replay_delivery(&events[1], &replay).await.unwrap();
    assert_eq!(status().await, None, "this replay has had it");
    let listed = store.list_deliveries(&WebhookId::new("one"), &ListRange::default(), 50).await.unwrap();
    assert_eq!(listed.len(), 36);
    assert!(listed.windows(2).all(|pair| pair[0].1.accepted_at >= pair[1].1.accepted_at));
}

/// Checks that a lane whose worker died with its process is due at once, and that another lane stays as it is.
pub async fn lanes_of_dead_workers_are_due_at_once(backend: &ContractBackend) {
    let store = backend.store();
    let lane = |name: &str| Lane::new(WebhookId::new("one"), LaneName(name.to_owned()), at(0));
    let owned = lane("order:usr_1:1").claim(Nonce(1), &EventOrder::default(), at(1));
    let waiting = lane("order:usr_1:2").release(Some(at(500)), at(1));
    for lane in [&owned, &waiting] {
        assert_eq!(store.save_lane(lane).await.unwrap(), Saved::Done);
    }
    assert_eq!(store.list_due_deliveries(at(100), 10).await.unwrap(), []);
    assert_eq!(store.release_lanes_of_dead_workers(at(50)).await.unwrap(), 1);
    let due = store.list_due_deliveries(at(100), 10).await.unwrap();
    let kinds: Vec<&DueWorkKind> = due.iter().map(|work| &work.kind).collect();
    assert_eq!(kinds, [&DueWorkKind::Lane(owned.name.clone())]);
    let stored = store.get_lane_if_exists(&waiting.webhook_id, &waiting.name).await.unwrap();
    assert_eq!(stored, Some(waiting));
    assert_eq!(store.release_lanes_of_dead_workers(at(60)).await.unwrap(), 0, "a repeat finds none");
}
