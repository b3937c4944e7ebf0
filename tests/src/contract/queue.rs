//! Contract of waiting rooms: a frozen arrival bucket accepts no join, the end of an admission is final, and
//! one of two conflicting writes wins.

use domain::ids::QueueId;
use domain::queue::{
    Admission, AdmissionStep, ArrivalBucket, ArrivalBucketKey, ArrivalStatus, CountingBlock, EntryName,
    PositionEnd, PositionState, QueueEntry, QueuePosition, ScheduledCheck, WaitingRoom, WaitingRoomSettings,
    window_of,
};
use domain::{Code, Timestamp};
use store::{JoinOutcome, LeaveOutcome, Saved, Store, UseOutcome};
use tokio::task::JoinSet;

use super::samples::user;
use super::{ContractBackend, at};

fn room(name: &str) -> WaitingRoom {
    let settings = WaitingRoomSettings {
        capacity: 10,
        rate_milli: 1_000,
        token_seconds: 600,
        no_show_seconds: 60,
        joins_per_second: 1_000,
    };
    WaitingRoom::new(QueueId::new(name), name.to_owned(), settings, user("operator"), None, at(0))
}

fn key(page: u32) -> ArrivalBucketKey {
    ArrivalBucketKey { window: window_of(at(0)), group: 0, page }
}

fn joiner(name: &str) -> EntryName {
    EntryName(name.to_owned())
}

fn there(joined: JoinOutcome) -> ArrivalBucket {
    match joined {
        JoinOutcome::There(page) => page,
        JoinOutcome::Elsewhere => panic!("the page does not take them"),
    }
}

async fn page(store: &Store, room: &WaitingRoom, key: ArrivalBucketKey) -> ArrivalBucket {
    store.pages(&room.id, &[key]).await.unwrap().remove(0).1
}

/// Checks that a join adds the user to an arrival bucket once, with the time of the first attempt, and that a
/// frozen bucket accepts no further user but still finds those in it.
pub async fn a_frozen_page_takes_nobody(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("a"));
    let join = async |name: &str, second| {
        store.join_bucket(&room.id, key(0), &joiner(name), at(second)).await.unwrap()
    };
    assert_eq!(there(join("ann", 1).await).joiners[&joiner("ann")], Some(at(1)));
    assert_eq!(there(join("ann", 2).await).joiners[&joiner("ann")], Some(at(1)), "the first try counts");
    let frozen = store.freeze_bucket(&room.id, key(0)).await.unwrap();
    assert!(frozen.frozen && frozen.joiners.len() == 1, "{frozen:?}");
    assert_eq!(join("ben", 3).await, JoinOutcome::Elsewhere);
    let found = there(join("ann", 3).await);
    assert_eq!(found.find(&joiner("ann")), ArrivalStatus::Waiting { frozen: true });
    assert_eq!(store.freeze_bucket(&room.id, key(0)).await.unwrap(), frozen, "it is frozen once");
    assert_eq!(page(&store, &room, key(0)).await, frozen);
    // An empty arrival bucket cannot be frozen, so it still accepts its first user.
    assert!(!store.freeze_bucket(&room.id, key(1)).await.unwrap().frozen);
    there(store.join_bucket(&room.id, key(1), &joiner("ben"), at(3)).await.unwrap());
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
                let name = joiner(&format!("joiner-{index}"));
                let joined = store.join_bucket(&id, key(0), &name, at(index)).await.unwrap();
                matches!(joined, JoinOutcome::There(_)).then_some(name)
            });
        }
        let (store, id) = (backend.store(), room.id.clone());
        let freezing = tokio::spawn(async move {
            loop {
                let page = store.freeze_bucket(&id, key(0)).await.unwrap();
                if page.frozen {
                    return page;
                }
            }
        });
        let mut told: Vec<EntryName> = racers.join_all().await.into_iter().flatten().collect();
        told.sort();
        let frozen = freezing.await.unwrap();
        assert_eq!(frozen.joiners.keys().cloned().collect::<Vec<_>>(), told, "round {round}");
        assert_eq!(page(&backend.store(), &room, key(0)).await.joiners, frozen.joiners);
    }
}

/// Checks that a user who leaves an arrival bucket before it is frozen is not in it afterwards and cannot
/// rejoin it, and that leaving a frozen bucket without being in it changes nothing.
pub async fn who_left_a_page_stays_away(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("c"));
    for (name, second) in [("ann", 1), ("ben", 2)] {
        there(store.join_bucket(&room.id, key(0), &joiner(name), at(second)).await.unwrap());
    }
    let leave = async |name: &str| store.leave_bucket(&room.id, key(0), &joiner(name), at(1)).await.unwrap();
    let unplaced = LeaveOutcome::Unplaced;
    assert_eq!((leave("ann").await, leave("ann").await), (unplaced, unplaced));
    // This departure arrives before its user's join, which is then refused.
    assert_eq!(leave("cyd").await, unplaced);
    for name in ["ann", "cyd"] {
        let again = store.join_bucket(&room.id, key(0), &joiner(name), at(3)).await.unwrap();
        assert_eq!(again, JoinOutcome::Elsewhere, "{name}");
    }
    let frozen = store.freeze_bucket(&room.id, key(0)).await.unwrap();
    assert_eq!(frozen.in_order(), [(at(2), &joiner("ben"))]);
    assert_eq!((leave("ann").await, leave("dan").await), (unplaced, unplaced), "they are not on it");
    assert_eq!(page(&store, &room, key(0)).await, frozen);
}

/// Checks that the departure of a user in a frozen arrival bucket is recorded, both before and after the
/// bucket has its positions.
pub async fn who_leaves_while_they_are_placed_is_found(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("l"));
    for (name, second) in [("ann", 1), ("ben", 2), ("cyd", 3)] {
        there(store.join_bucket(&room.id, key(0), &joiner(name), at(second)).await.unwrap());
    }
    store.freeze_bucket(&room.id, key(0)).await.unwrap();
    let leave = async |name: &str| store.leave_bucket(&room.id, key(0), &joiner(name), at(1)).await.unwrap();
    assert_eq!(
        (leave("ben").await, leave("ben").await),
        (LeaveOutcome::BeingPlaced, LeaveOutcome::BeingPlaced)
    );
    let there = page(&store, &room, key(0)).await;
    assert_eq!((there.in_order().len(), there.find(&joiner("ben"))), (3, ArrivalStatus::Left));
    for _ in 0..2 {
        assert_eq!(store.assign_positions(&room.id, key(0), &[5, 6, 7]).await.unwrap(), [6], "to be ended");
    }
    assert_eq!(leave("cyd").await, LeaveOutcome::At(7));
    let there = page(&store, &room, key(0)).await;
    assert_eq!((there.gone_positions(), there.find(&joiner("ann"))), (vec![6, 7], ArrivalStatus::Placed(5)));
    let again = store.join_bucket(&room.id, key(0), &joiner("ben"), at(9)).await.unwrap();
    assert_eq!(again, JoinOutcome::Elsewhere);
}

/// Checks that a counting block is written once per version of the waiting room, and never over a newer
/// version.
pub async fn counts_of_a_block_go_on_with_the_room(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("m"));
    let write = async |masks: &[(u64, u16)], version| {
        store.count_block(&room.id, 3, &masks.iter().copied().collect(), version).await.unwrap();
        store.blocks(&room.id, &[3]).await.unwrap().remove(&3).unwrap()
    };
    assert_eq!(store.blocks(&room.id, &[3]).await.unwrap()[&3], CountingBlock::default());
    assert_eq!(write(&[(192, 1)], 4).await, CountingBlock { masks: [(192, 1)].into(), version: 4 });
    let newer = write(&[(192, 3), (193, 8)], 6).await;
    assert_eq!(newer, CountingBlock { masks: [(192, 3), (193, 8)].into(), version: 6 });
    assert_eq!(write(&[(192, 1)], 4).await, newer, "late");
    assert_eq!(write(&[(193, 9)], 6).await, newer, "again");
}

/// Checks that the scheduled checks of a waiting room are listed once each, in the order of their times.
pub async fn stretches_are_found_by_when_they_are_due(backend: &ContractBackend) {
    let (store, mut room) = (backend.store(), room("n"));
    let due = |second, after| ScheduledCheck { at: at(second), after, upto: after + 10 };
    let noted = [due(30, 0), due(9, 100), due(9, 20), due(600, 50)];
    store.schedule_checks(&room.id, &noted).await.unwrap();
    store.schedule_checks(&room.id, &noted[1..2]).await.unwrap();
    assert_eq!(store.dues(&room, 10).await.unwrap(), [due(9, 20), due(9, 100), due(30, 0), due(600, 50)]);
    room.handled = Some(due(9, 100).name());
    assert_eq!(store.dues(&room, 1).await.unwrap(), [due(30, 0)]);
    assert!(store.is_noted(&room.id, &noted[3]).await.unwrap());
    assert!(!store.is_noted(&room.id, &due(601, 50)).await.unwrap());
}

/// Checks that the sweeper's list contains a waiting room from its scheduled time on, until that time is
/// moved or removed.
pub async fn rooms_are_watched_in_time(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("o"));
    let watched = async |second| {
        let found = store.watched_rooms(at(second), 10).await.unwrap();
        found.into_iter().map(|watch| watch.at).collect::<Vec<_>>()
    };
    store.watch_room(&room.id, at(60)).await.unwrap();
    assert_eq!((watched(59).await, watched(60).await), (vec![], vec![Some(at(60))]));
    store.watch_room(&room.id, at(90)).await.unwrap();
    store.watch_on(&room.id, at(60), None).await.unwrap();
    assert_eq!(watched(100).await, [Some(at(90))], "it was moved meanwhile");
    store.watch_on(&room.id, at(90), Some(at(150))).await.unwrap();
    assert_eq!(watched(149).await, []);
    store.watch_on(&room.id, at(150), None).await.unwrap();
    assert_eq!(watched(1_000).await, []);
    store.watch_room(&room.id, at(200)).await.unwrap();
    assert_eq!(watched(200).await, [Some(at(200))]);
}

/// Checks that a waiting room is not written if it has admitted more positions than exist.
pub async fn a_broken_room_is_not_written(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("p"));
    let broken = WaitingRoom { admitted: 1, ..room.clone() };
    let error = store.save_room(&broken).await.unwrap_err();
    assert!(error.is_broken() && error.code == Code::InternalError, "{error}");
    assert_eq!(store.get_room(&room.id).await.unwrap_err().code, Code::NotFound);
}

/// Checks that positions are written only to a frozen arrival bucket, once, and that a repeat changes
/// nothing.
pub async fn positions_are_written_once(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("d"));
    for (name, second) in [("ann", 2), ("ben", 1)] {
        there(store.join_bucket(&room.id, key(0), &joiner(name), at(second)).await.unwrap());
    }
    let early = store.assign_positions(&room.id, key(0), &[1, 2]).await.unwrap_err();
    assert_eq!(early.code, Code::InternalError, "it is not frozen");
    store.freeze_bucket(&room.id, key(0)).await.unwrap();
    store.assign_positions(&room.id, key(0), &[5, 7]).await.unwrap();
    store.assign_positions(&room.id, key(0), &[8, 9]).await.unwrap();
    let placed = page(&store, &room, key(0)).await;
    assert_eq!(placed.find(&joiner("ben")), ArrivalStatus::Placed(5));
    assert_eq!(placed.find(&joiner("ann")), ArrivalStatus::Placed(7));
    assert_eq!(store.freeze_bucket(&room.id, key(0)).await.unwrap(), placed);
    let late = store.join_bucket(&room.id, key(0), &joiner("ann"), at(9)).await.unwrap();
    assert_eq!(there(late).find(&joiner("ann")), ArrivalStatus::Placed(7));
}

/// Checks that arrival buckets are found by a range of arrival windows and the number of groups.
pub async fn pages_are_found_by_slice(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("e"));
    let mut made = Vec::new();
    for (window, group, page) in [(10, 0, 0), (10, 1, 7), (11, 0, 3), (13, 1, 1), (14, 0, 0)] {
        let key = ArrivalBucketKey { window, group, page };
        there(store.join_bucket(&room.id, key, &joiner("ann"), at(1)).await.unwrap());
        made.push(key);
    }
    let keys = |found: Vec<(ArrivalBucketKey, ArrivalBucket)>| {
        let mut keys: Vec<ArrivalBucketKey> = found.into_iter().map(|(key, _)| key).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(store.pages_of(&room.id, 10..14, 2).await.unwrap()), made[..4]);
    assert_eq!(keys(store.pages_of(&room.id, 10..14, 1).await.unwrap()), [made[0], made[2]]);
    assert_eq!(keys(store.pages_of(&QueueId::new("none"), 10..14, 2).await.unwrap()), []);
    let absent = ArrivalBucketKey { window: 12, group: 0, page: 0 };
    assert_eq!(keys(store.get_buckets_eventual(&room.id, &[made[1], absent]).await.unwrap()), [made[1]]);
    assert_eq!(store.get_bucket_eventual(&room.id, absent).await.unwrap(), ArrivalBucket::default());
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
    assert_eq!((won.len(), store.joining(&room.id, &user("ann")).await.unwrap()), (1, Some(won[0].clone())));
    assert!(shown.iter().all(|there| *there == won[0]), "{shown:?}");
    assert!(matches!(store.save_queue_entry(&won[0]).await.unwrap(), Saved::Done), "a repeat finds its own");
    let (again, left) = (won[0].again(&room, at(60)), won[0].leave());
    assert!(matches!(store.save_queue_entry(&left).await.unwrap(), Saved::Done));
    match store.save_queue_entry(&again).await.unwrap() {
        Saved::Conflict(there) => assert_eq!(there.as_deref(), Some(&left)),
        Saved::Done => panic!("two have written version 2"),
    }
    assert!(matches!(store.save_queue_entry(&left).await.unwrap(), Saved::Done));
    assert_eq!(store.joining(&room.id, &user("ben")).await.unwrap(), None);
}

/// Checks that a waiting room is written by version, and cached by each instance for a second.
pub async fn a_room_is_written_version_by_version(backend: &ContractBackend) {
    let (store, elsewhere, first) = (backend.store(), backend.store(), room("g"));
    assert_eq!(store.get_room(&first.id).await.unwrap_err().code, Code::NotFound);
    assert!(matches!(store.save_room(&first).await.unwrap(), Saved::Done));
    assert!(matches!(store.save_room(&first).await.unwrap(), Saved::Done), "a repeat finds its own");
    assert_eq!(*elsewhere.get_room_cached(&first.id, at(0)).await.unwrap(), first);
    let place = |pages: Vec<ArrivalBucketKey>| first.place(pages, 3, 9, at(1)).next(None, at(1));
    let (one, other) = (place(vec![key(0)]), place(vec![key(1)]));
    assert!(matches!(store.save_room(&one).await.unwrap(), Saved::Done));
    assert!(matches!(store.save_room(&other).await.unwrap(), Saved::Conflict(Some(there)) if *there == one));
    assert!(matches!(store.save_room(&one).await.unwrap(), Saved::Done));
    assert_eq!(*store.get_room_cached(&first.id, at(0)).await.unwrap(), one, "who writes it knows it");
    assert_eq!(*elsewhere.get_room_cached(&first.id, at(0)).await.unwrap(), first);
    assert_eq!(*elsewhere.get_room_cached(&first.id, at(2)).await.unwrap(), one);
}

fn place_of(room: &WaitingRoom, number: u64) -> QueuePosition {
    QueuePosition { queue_id: room.id.clone(), number }
}

fn admission(since: Timestamp) -> Admission {
    Admission { since, take_up_before: since.plus_seconds(60), until: since.plus_seconds(600) }
}

/// Checks that the time of admission is recorded once for each position, also across admission blocks.
pub async fn letting_in_is_noted_once(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("h"));
    let step = AdmissionStep { after: 14, at: at(5) };
    for round in 0..2 {
        for (gate, positions) in step.gates(18) {
            store.mark_admitted(&room.id, gate, &positions, at(5 + round)).await.unwrap();
        }
    }
    store.mark_admitted(&room.id, 1, &[19, 20], at(9)).await.unwrap();
    store.mark_admitted(&room.id, 2, &[], at(9)).await.unwrap();
    let states = store.get_position_states(&room.id, 0..=2).await.unwrap();
    let noted: Vec<(u64, Option<Timestamp>)> =
        states.iter().map(|(place, state)| (*place, state.admitted_at)).collect();
    let (early, late) = (Some(at(5)), Some(at(9)));
    assert_eq!(noted, [(15, early), (16, early), (17, early), (18, early), (19, late), (20, late)]);
}

/// Checks that the first protected request takes up the admission, that it must come before the deadline for
/// first use, and that no request passes after the admission ended.
pub async fn a_place_is_taken_up_in_time(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("i"));
    let enter = async |number, second| {
        store.enter(&place_of(&room, number), &admission(at(0)), at(second)).await.unwrap()
    };
    assert_eq!(enter(1, 59).await, UseOutcome::Yes);
    assert_eq!(enter(1, 599).await, UseOutcome::Yes, "it was taken up in time");
    assert_eq!(enter(2, 60).await, UseOutcome::No(PositionEnd::NoShow));
    let states = store.get_position_states(&room.id, 0..=0).await.unwrap();
    assert_eq!((states[&1].taken_at, states.get(&2)), (Some(at(59)), None), "a refusal writes nothing");
    assert_eq!(store.leave_position(&place_of(&room, 1)).await.unwrap(), PositionEnd::Left);
    assert_eq!(store.leave_position(&place_of(&room, 1)).await.unwrap(), PositionEnd::Left);
    assert_eq!(enter(1, 61).await, UseOutcome::No(PositionEnd::Left));
    // Leaving does not replace the end that is already recorded.
    store.end_positions(&room.id, 0, &[(3, PositionEnd::Expired)]).await.unwrap();
    assert_eq!(store.leave_position(&place_of(&room, 3)).await.unwrap(), PositionEnd::Expired);
}

/// Checks that an admission that was taken up cannot end as a no-show. A batch of ends that contains such an
/// admission is not written, and the returned admission block shows which one it is.
pub async fn a_place_that_is_taken_up_is_no_no_show(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("j"));
    assert_eq!(store.enter(&place_of(&room, 2), &admission(at(0)), at(59)).await.unwrap(), UseOutcome::Yes);
    let gate = store
        .end_positions(&room.id, 0, &[(1, PositionEnd::NoShow), (2, PositionEnd::NoShow)])
        .await
        .unwrap();
    let taken = PositionState { taken_at: Some(at(59)), ..PositionState::default() };
    assert_eq!((gate.state(1), gate.state(2)), (PositionState::default(), taken));
    let gate = store.end_positions(&room.id, 0, &[(1, PositionEnd::NoShow)]).await.unwrap();
    assert_eq!(gate.state(1).end, Some(PositionEnd::NoShow));
    let again = store.end_positions(&room.id, 0, &[(1, PositionEnd::NoShow)]).await.unwrap();
    assert_eq!(again, gate);
    assert_eq!(
        store.enter(&place_of(&room, 1), &admission(at(0)), at(30)).await.unwrap(),
        UseOutcome::No(PositionEnd::NoShow)
    );
    // An expiry ends the admission whether or not it was taken up.
    let gate = store.end_positions(&room.id, 0, &[(2, PositionEnd::Expired)]).await.unwrap();
    assert_eq!(gate.state(2), PositionState { end: Some(PositionEnd::Expired), ..taken });
}

/// Checks under a race that taking up an admission and ending it as a no-show exclude each other: exactly one
/// of the two is recorded.
pub async fn taking_up_and_ending_exclude_each_other(backend: &ContractBackend) {
    for round in 0..12 {
        let room = room(&format!("k{round}"));
        let (store, place) = (backend.store(), place_of(&room, 1));
        let entering =
            tokio::spawn(async move { store.enter(&place, &admission(at(0)), at(59)).await.unwrap() });
        let (store, id) = (backend.store(), room.id.clone());
        let ending =
            tokio::spawn(
                async move { store.end_positions(&id, 0, &[(1, PositionEnd::NoShow)]).await.unwrap() },
            );
        let (entered, gate) = (entering.await.unwrap(), ending.await.unwrap());
        let state = backend.store().get_position_states(&room.id, 0..=0).await.unwrap()[&1];
        match entered {
            UseOutcome::Yes => assert!(state.taken_at.is_some() && state.end.is_none(), "{state:?}"),
            UseOutcome::No(end) => assert!((state.taken_at, state.end) == (None, Some(end)), "{state:?}"),
        }
        assert_eq!(gate.state(1), state, "the runner was told");
    }
}
