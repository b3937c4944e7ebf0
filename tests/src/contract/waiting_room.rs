//! Contract of waiting rooms: a frozen arrival bucket accepts no join, the end of an admission is final, and
//! one of two conflicting writes wins.

use crate::assert_each_eq;
use domain::Code;
use domain::ids::QueueId;
use domain::waiting_room::{
    ArrivalBucket, ArrivalBucketKey, ArrivalStatus, CountingBlock, EntryName, QueueEntry, QueuePosition,
    ScheduledCheck, WaitingRoom, WaitingRoomSettings, arrival_window_of,
};
use store::{JoinOutcome, LeaveOutcome, Saved, Store};
use tokio::task::JoinSet;

use super::samples::user;
use super::{ContractBackend, at};

pub(super) fn room(name: &str) -> WaitingRoom {
    let settings = WaitingRoomSettings {
        capacity: 10,
        rate_milli: 1_000,
        token_seconds: 600,
        no_show_seconds: 60,
        joins_per_second: 1_000,
    };
    WaitingRoom::new(QueueId::new(name), name.to_owned(), settings, user("operator"), None, at(0))
}

pub(super) fn at_positions(numbers: &[u64]) -> Vec<QueuePosition> {
    numbers.iter().copied().map(QueuePosition).collect()
}

fn key(number: u32) -> ArrivalBucketKey {
    ArrivalBucketKey { window: arrival_window_of(at(0)), group: 0, number }
}

fn entry(name: &str) -> EntryName {
    EntryName(name.to_owned())
}

fn there(joined: JoinOutcome) -> ArrivalBucket {
    match joined {
        JoinOutcome::Joined(bucket) => bucket,
        JoinOutcome::NotAccepted => panic!("the arrival bucket does not accept them"),
    }
}

async fn bucket(store: &Store, room: &WaitingRoom, key: ArrivalBucketKey) -> ArrivalBucket {
    store.get_arrival_buckets(&room.id, &[key]).await.unwrap().remove(0).1
}

/// Checks that a join adds the user to an arrival bucket once, with the time of the first attempt, and that a
/// frozen bucket accepts no further user but still finds those in it.
pub async fn frozen_bucket_accepts_no_join(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("a"));
    let join = async |name: &str, second| {
        store.join_bucket(&room.id, key(0), &entry(name), at(second)).await.unwrap()
    };
    assert_eq!(there(join("ann", 1).await).arrivals[&entry("ann")], Some(at(1)));
    assert_eq!(there(join("ann", 2).await).arrivals[&entry("ann")], Some(at(1)), "the first try counts");
    let frozen = store.freeze_bucket(&room.id, key(0)).await.unwrap();
    assert!(frozen.frozen && frozen.arrivals.len() == 1, "{frozen:?}");
    assert_eq!(join("ben", 3).await, JoinOutcome::NotAccepted);
    let found = there(join("ann", 3).await);
    assert_eq!(found.status_of(&entry("ann")), ArrivalStatus::Waiting { frozen: true });
    assert_eq!(store.freeze_bucket(&room.id, key(0)).await.unwrap(), frozen, "it is frozen once");
    assert_eq!(bucket(&store, &room, key(0)).await, frozen);
    // An empty arrival bucket cannot be frozen, so it still accepts its first user.
    assert!(!store.freeze_bucket(&room.id, key(1)).await.unwrap().frozen);
    there(store.join_bucket(&room.id, key(1), &entry("ben"), at(3)).await.unwrap());
}

/// Checks that joins and the freezing of their arrival bucket exclude each other: the frozen bucket contains
/// exactly the users whose join succeeded.
pub async fn joins_and_freezing_exclude_each_other(backend: &ContractBackend) {
    for round in 0..8 {
        let room = room(&format!("b{round}"));
        let mut racers = JoinSet::new();
        for index in 0..12 {
            let (store, id) = (backend.store(), room.id.clone());
            racers.spawn(async move {
                let name = entry(&format!("entry-{index}"));
                let joined = store.join_bucket(&id, key(0), &name, at(index)).await.unwrap();
                matches!(joined, JoinOutcome::Joined(_)).then_some(name)
            });
        }
        let (store, id) = (backend.store(), room.id.clone());
        let freezing = tokio::spawn(async move {
            loop {
                let bucket = store.freeze_bucket(&id, key(0)).await.unwrap();
                if bucket.frozen {
                    return bucket;
                }
            }
        });
        let mut told: Vec<EntryName> = racers.join_all().await.into_iter().flatten().collect();
        told.sort();
        let frozen = freezing.await.unwrap();
        assert_eq!(frozen.arrivals.keys().cloned().collect::<Vec<_>>(), told, "round {round}");
        assert_eq!(bucket(&backend.store(), &room, key(0)).await.arrivals, frozen.arrivals);
    }
}

/// Checks that a user who leaves an arrival bucket before it is frozen is not in it afterwards and cannot
/// rejoin it, and that leaving a frozen bucket without being in it changes nothing.
pub async fn user_who_left_a_bucket_cannot_rejoin_it(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("c"));
    for (name, second) in [("ann", 1), ("ben", 2)] {
        there(store.join_bucket(&room.id, key(0), &entry(name), at(second)).await.unwrap());
    }
    let leave = async |name: &str| store.leave_bucket(&room.id, key(0), &entry(name), at(1)).await.unwrap();
    let no_position = LeaveOutcome::NoPosition;
    assert_each_eq!((leave("ann").await, no_position), (leave("ann").await, no_position));
    // This departure arrives before its user's join, which is then refused.
    assert_eq!(leave("cyd").await, no_position);
    for name in ["ann", "cyd"] {
        let again = store.join_bucket(&room.id, key(0), &entry(name), at(3)).await.unwrap();
        assert_eq!(again, JoinOutcome::NotAccepted, "{name}");
    }
    let frozen = store.freeze_bucket(&room.id, key(0)).await.unwrap();
    assert_eq!(frozen.in_order(), [(at(2), &entry("ben"))]);
    assert_each_eq!(
        (leave("ann").await, no_position),
        (leave("dan").await, no_position),
        "they are not on it"
    );
    assert_eq!(bucket(&store, &room, key(0)).await, frozen);
}

/// Checks that the departure of a user in a frozen arrival bucket is recorded, both before and after the
/// bucket has its positions.
pub async fn departure_from_a_frozen_bucket_is_recorded(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("l"));
    for (name, second) in [("ann", 1), ("ben", 2), ("cyd", 3)] {
        there(store.join_bucket(&room.id, key(0), &entry(name), at(second)).await.unwrap());
    }
    store.freeze_bucket(&room.id, key(0)).await.unwrap();
    let leave = async |name: &str| store.leave_bucket(&room.id, key(0), &entry(name), at(1)).await.unwrap();
    assert_each_eq!(
        (leave("ben").await, LeaveOutcome::PositionPending),
        (leave("ben").await, LeaveOutcome::PositionPending)
    );
    let there = bucket(&store, &room, key(0)).await;
    assert_each_eq!((there.in_order().len(), 3), (there.status_of(&entry("ben")), ArrivalStatus::Left));
    for _ in 0..2 {
        assert_eq!(
            store.assign_positions(&room.id, key(0), &at_positions(&[5, 6, 7])).await.unwrap(),
            [QueuePosition(6)],
            "to be ended"
        );
    }
    assert_eq!(leave("cyd").await, LeaveOutcome::HasPosition(QueuePosition(7)));
    let there = bucket(&store, &room, key(0)).await;
    assert_each_eq!(
        (there.departed_positions(), at_positions(&[6, 7])),
        (there.status_of(&entry("ann")), ArrivalStatus::HasPosition(QueuePosition(5)))
    );
    let again = store.join_bucket(&room.id, key(0), &entry("ben"), at(9)).await.unwrap();
    assert_eq!(again, JoinOutcome::NotAccepted);
}

/// Checks that a counting block is written once per version of the waiting room, and never over a newer
/// version.
pub async fn counted_ends_are_written_once_per_version(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("m"));
    let write = async |masks: &[(u64, u16)], version| {
        store.write_counted_ends(&room.id, 3, &masks.iter().copied().collect(), version).await.unwrap();
        store.get_counting_blocks(&room.id, &[3]).await.unwrap().remove(&3).unwrap()
    };
    assert_eq!(store.get_counting_blocks(&room.id, &[3]).await.unwrap()[&3], CountingBlock::default());
    assert_eq!(write(&[(192, 1)], 4).await, CountingBlock { masks: [(192, 1)].into(), version: 4 });
    let newer = write(&[(192, 3), (193, 8)], 6).await;
    assert_eq!(newer, CountingBlock { masks: [(192, 3), (193, 8)].into(), version: 6 });
    assert_eq!(write(&[(192, 1)], 4).await, newer, "late");
    assert_eq!(write(&[(193, 9)], 6).await, newer, "again");
}

/// Checks that the scheduled checks of a waiting room are listed once each, in the order of their times.
pub async fn checks_are_listed_by_time(backend: &ContractBackend) {
    let (store, mut room) = (backend.store(), room("n"));
    let due = |second, after| ScheduledCheck {
        at: at(second),
        after: QueuePosition(after),
        upto: QueuePosition(after + 10),
    };
    let noted = [due(30, 0), due(9, 100), due(9, 20), due(600, 50)];
    store.schedule_checks(&room.id, &noted).await.unwrap();
    store.schedule_checks(&room.id, &noted[1..2]).await.unwrap();
    assert_eq!(
        store.get_scheduled_checks(&room, 10).await.unwrap(),
        [due(9, 20), due(9, 100), due(30, 0), due(600, 50)]
    );
    room.handled_check = Some(due(9, 100).sort_key());
    assert_eq!(store.get_scheduled_checks(&room, 1).await.unwrap(), [due(30, 0)]);
    assert!(store.is_check_scheduled(&room.id, &noted[3]).await.unwrap());
    assert!(!store.is_check_scheduled(&room.id, &due(601, 50)).await.unwrap());
}

/// Checks that the sweeper's list contains a waiting room from its scheduled time on, until that time is
/// moved or removed.
pub async fn rooms_are_listed_when_due(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("o"));
    let watched = async |second| {
        let found = store.list_due_rooms(at(second), 10).await.unwrap();
        found.into_iter().map(|watch| watch.at).collect::<Vec<_>>()
    };
    store.set_due(&room.id, at(60)).await.unwrap();
    assert_each_eq!((watched(59).await, vec![]), (watched(60).await, vec![Some(at(60))]));
    store.set_due(&room.id, at(90)).await.unwrap();
    store.move_due(&room.id, at(60), None).await.unwrap();
    assert_eq!(watched(100).await, [Some(at(90))], "it was moved meanwhile");
    store.move_due(&room.id, at(90), Some(at(150))).await.unwrap();
    assert_eq!(watched(149).await, []);
    store.move_due(&room.id, at(150), None).await.unwrap();
    assert_eq!(watched(1_000).await, []);
    store.set_due(&room.id, at(200)).await.unwrap();
    assert_eq!(watched(200).await, [Some(at(200))]);
}

/// Checks that a waiting room is not written if it has admitted more positions than exist.
pub async fn a_broken_room_is_not_written(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("p"));
    let broken = WaitingRoom { admitted: QueuePosition(1), ..room.clone() };
    let error = store.save_waiting_room(&broken).await.unwrap_err();
    assert!(error.is_broken() && error.code == Code::InternalError, "{error}");
    assert_eq!(store.get_waiting_room(&room.id).await.unwrap_err().code, Code::NotFound);
}

/// Checks that positions are written only to a frozen arrival bucket, once, and that a repeat changes
/// nothing.
pub async fn positions_are_written_once(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("d"));
    for (name, second) in [("ann", 2), ("ben", 1)] {
        there(store.join_bucket(&room.id, key(0), &entry(name), at(second)).await.unwrap());
    }
    let early = store.assign_positions(&room.id, key(0), &at_positions(&[1, 2])).await.unwrap_err();
    assert_eq!(early.code, Code::InternalError, "it is not frozen");
    store.freeze_bucket(&room.id, key(0)).await.unwrap();
    store.assign_positions(&room.id, key(0), &at_positions(&[5, 7])).await.unwrap();
    store.assign_positions(&room.id, key(0), &at_positions(&[8, 9])).await.unwrap();
    let placed = bucket(&store, &room, key(0)).await;
    assert_eq!(placed.status_of(&entry("ben")), ArrivalStatus::HasPosition(QueuePosition(5)));
    assert_eq!(placed.status_of(&entry("ann")), ArrivalStatus::HasPosition(QueuePosition(7)));
    assert_eq!(store.freeze_bucket(&room.id, key(0)).await.unwrap(), placed);
    let late = store.join_bucket(&room.id, key(0), &entry("ann"), at(9)).await.unwrap();
    assert_eq!(there(late).status_of(&entry("ann")), ArrivalStatus::HasPosition(QueuePosition(7)));
}

/// Checks that arrival buckets are found by a range of arrival windows and the number of groups.
pub async fn buckets_are_found_by_window(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("e"));
    let mut made = Vec::new();
    for (window, group, number) in [(10, 0, 0), (10, 1, 7), (11, 0, 3), (13, 1, 1), (14, 0, 0)] {
        let key = ArrivalBucketKey { window, group, number };
        there(store.join_bucket(&room.id, key, &entry("ann"), at(1)).await.unwrap());
        made.push(key);
    }
    let keys = |found: Vec<(ArrivalBucketKey, ArrivalBucket)>| {
        let mut keys: Vec<ArrivalBucketKey> = found.into_iter().map(|(key, _)| key).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(store.get_arrival_buckets_of_windows(&room.id, 10..14, 2).await.unwrap()), made[..4]);
    assert_eq!(
        keys(store.get_arrival_buckets_of_windows(&room.id, 10..14, 1).await.unwrap()),
        [made[0], made[2]]
    );
    assert_eq!(
        keys(store.get_arrival_buckets_of_windows(&QueueId::new("none"), 10..14, 2).await.unwrap()),
        []
    );
    let absent = ArrivalBucketKey { window: 12, group: 0, number: 0 };
    assert_eq!(
        keys(store.get_arrival_buckets_eventual(&room.id, &[made[1], absent]).await.unwrap()),
        [made[1]]
    );
    assert_eq!(store.get_arrival_bucket_eventual(&room.id, absent).await.unwrap(), ArrivalBucket::default());
}

/// Checks that one of a user's concurrent first joins is written and returned to the others, and that one of
/// two competing second versions of the queue entry wins.
pub async fn a_user_joins_once(backend: &ContractBackend) {
    let room = room("f");
    let mut racers = JoinSet::new();
    for index in 0..12 {
        let (store, first) = (backend.store(), QueueEntry::new(user("ann"), &room, at(index)));
        racers.spawn(async move { (first.clone(), store.save_queue_entry(&first).await.unwrap()) });
    }
    let (mut won, mut shown) = (Vec::new(), Vec::new());
    for (mine, saved) in racers.join_all().await {
        match saved {
            Saved::Done => won.push(mine),
            Saved::Conflict(there) => shown.push(*there.expect("what is there")),
        }
    }
    let store = backend.store();
    assert_each_eq!(
        (won.len(), 1),
        (store.get_queue_entry_if_exists(&room.id, &user("ann")).await.unwrap(), Some(won[0].clone()))
    );
    assert!(shown.iter().all(|there| *there == won[0]), "{shown:?}");
    assert!(matches!(store.save_queue_entry(&won[0]).await.unwrap(), Saved::Done), "a repeat finds its own");
    let (again, left) = (won[0].rejoined(&room, at(60)), won[0].leave());
    assert!(matches!(store.save_queue_entry(&left).await.unwrap(), Saved::Done));
    match store.save_queue_entry(&again).await.unwrap() {
        Saved::Conflict(there) => assert_eq!(there.as_deref(), Some(&left)),
        Saved::Done => panic!("two have written version 2"),
    }
    assert!(matches!(store.save_queue_entry(&left).await.unwrap(), Saved::Done));
    assert_eq!(store.get_queue_entry_if_exists(&room.id, &user("ben")).await.unwrap(), None);
}

/// Checks that a waiting room is written by version, and cached by each instance for a second.
pub async fn a_room_is_written_version_by_version(backend: &ContractBackend) {
    let (store, elsewhere, first) = (backend.store(), backend.store(), room("g"));
    assert_eq!(store.get_waiting_room(&first.id).await.unwrap_err().code, Code::NotFound);
    assert!(matches!(store.save_waiting_room(&first).await.unwrap(), Saved::Done));
    assert!(matches!(store.save_waiting_room(&first).await.unwrap(), Saved::Done), "a repeat finds its own");
    assert_eq!(*elsewhere.get_waiting_room_cached(&first.id, at(0)).await.unwrap(), first);
    let next = |buckets: Vec<ArrivalBucketKey>| {
        first.assign_positions(buckets, 3, 9, at(1)).next_version(None, at(1))
    };
    let (one, other) = (next(vec![key(0)]), next(vec![key(1)]));
    assert!(matches!(store.save_waiting_room(&one).await.unwrap(), Saved::Done));
    assert!(
        matches!(store.save_waiting_room(&other).await.unwrap(), Saved::Conflict(Some(there)) if *there == one)
    );
    assert!(matches!(store.save_waiting_room(&one).await.unwrap(), Saved::Done));
    assert_eq!(
        *store.get_waiting_room_cached(&first.id, at(0)).await.unwrap(),
        one,
        "who writes it knows it"
    );
    assert_eq!(*elsewhere.get_waiting_room_cached(&first.id, at(0)).await.unwrap(), first);
    assert_eq!(*elsewhere.get_waiting_room_cached(&first.id, at(2)).await.unwrap(), one);
}
