//! Contract of notifications: reminders are found by position, and waiting notifications by the time at which they
//! leave.

use std::slice;

use domain::Timestamp;
use domain::ids::{DealId, QueueId};
use domain::notifications::{DueNotification, LetIn, Notification, NotificationContent};
use domain::waiting_room::QueuePosition;
use store::REMINDER_SHARDS;

use super::ContractBackend;
use super::samples::user;

fn waiting(number: u32, at_ms: i64) -> DueNotification {
    let content =
        NotificationContent::LetIn(LetIn { queue_id: QueueId::new("q"), queue: "queue".to_owned() });
    let at = Timestamp::from_millis(at_ms);
    let notification = Notification::new(user(format!("user-{number}")), "event", content, at);
    DueNotification { notification, at, version: 1 }
}

/// Checks that the reminders of a queue are those with a position of a range, from the first to the last, and that a
/// repeat adds none.
pub async fn reminders_of_a_queue_are_found_by_position(backend: &ContractBackend) {
    let (store, queue, now) = (backend.store(), QueueId::new("q"), Timestamp::from_millis(1_000));
    for position in [1, 9, 10, 11, 100] {
        for _ in 0..2 {
            let name = user(format!("user-{position}"));
            store.remind_of_admission(&queue, QueuePosition(position), &name, now).await.unwrap();
        }
    }
    let of =
        |first, last| store.list_reminded_of_admission(&queue, QueuePosition(first), QueuePosition(last));
    let mut found: Vec<u64> = of(9, 11).await.unwrap().into_iter().map(|(position, _)| position.0).collect();
    found.sort_unstable();
    assert_eq!(found, [9, 10, 11]);
    assert_eq!(of(12, 99).await.unwrap(), []);
}

/// Checks that the reminders of a deal can be read part by part, each user once.
pub async fn reminders_of_a_deal_are_read_part_by_part(backend: &ContractBackend) {
    let (store, deal, until) = (backend.store(), DealId::new("d"), Timestamp::from_millis(4_000_000_000_000));
    let users: Vec<_> = (0..30).map(|number| user(format!("user-{number:02}"))).collect();
    for one in &users {
        store.remind_of_deal(&deal, one, until).await.unwrap();
    }
    let mut found = Vec::new();
    for shard in 0..REMINDER_SHARDS {
        let mut after = None;
        loop {
            let part = store.list_reminded_of_deal_eventual(&deal, shard, after.as_ref(), 3).await.unwrap();
            let Some(last) = part.last().cloned() else { break };
            after = Some(last);
            found.extend(part);
        }
    }
    found.sort();
    assert_eq!(found, users);
}

/// Checks that a waiting notification is due from its time on, moves with it, and is gone once it has left.
pub async fn waiting_notifications_are_due_at_their_time(backend: &ContractBackend) {
    let store = backend.store();
    let (one, other) = (waiting(1, 1_000), waiting(2, 2_000));
    for due in [&one, &other, &one] {
        store.save_due_notification(due).await.unwrap();
    }
    let due =
        async |at_ms| store.list_due_notifications_eventual(Timestamp::from_millis(at_ms), 10).await.unwrap();
    assert_eq!(due(999).await, Vec::<String>::new());
    assert_eq!(due(1_000).await, slice::from_ref(&one.notification.id));
    let later = DueNotification { at: Timestamp::from_millis(3_000), version: 2, ..one.clone() };
    store.save_due_notification(&later).await.unwrap();
    // A late repeat of the first write does not move it back.
    store.save_due_notification(&one).await.unwrap();
    assert_eq!(due(2_000).await, slice::from_ref(&other.notification.id));
    for _ in 0..2 {
        store.delete_due_notification(&other.notification.id).await.unwrap();
    }
    assert_eq!(due(3_000).await, slice::from_ref(&one.notification.id));
    assert!(store.get_due_notification_if_exists(&other.notification.id).await.unwrap().is_none());
}

/// Checks that a run which reads only a part of what is due begins with the longest due, in each shard.
pub async fn longest_due_notifications_leave_first(backend: &ContractBackend) {
    let store = backend.store();
    let all: Vec<DueNotification> = (1..=64).map(|number| waiting(number, i64::from(number))).collect();
    for due in &all {
        store.save_due_notification(due).await.unwrap();
    }
    let now = Timestamp::from_millis(100);
    let first = store.list_due_notifications_eventual(now, 1).await.unwrap();
    assert!(first.contains(&all[0].notification.id), "the longest due of all is the first of its shard");
    for id in &first {
        store.delete_due_notification(id).await.unwrap();
    }
    let rest = store.list_due_notifications_eventual(now, 64).await.unwrap();
    assert_eq!((first.len() + rest.len(), rest.contains(&all[0].notification.id)), (64, false));
}
