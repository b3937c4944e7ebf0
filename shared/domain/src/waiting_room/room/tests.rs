mod rate;

use assertions::assert_each_eq;
use proptest::prelude::*;

use super::*;
use std::collections::BTreeMap;

use crate::waiting_room::{Departed, PositionMask, PositionState, QueuePosition, ScheduledCheck};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + ms)
}

fn room(capacity: u32, rate_milli: u64, joined: u64) -> WaitingRoom {
    let settings = WaitingRoomSettings {
        capacity,
        rate_milli,
        token_seconds: 600,
        no_show_seconds: 60,
        joins_per_second: 1000,
    };
    let by = UserId::new("operator");
    let joined = QueuePosition(joined);
    WaitingRoom { joined, ..WaitingRoom::new(QueueId::new("x"), "x".into(), settings, by, None, at(0)) }
}

/// Waiting room with its position states, counted positions and scheduled checks, as the worker `run_rooms`
/// stores them.
struct RoomModel {
    room: WaitingRoom,
    states: BTreeMap<QueuePosition, PositionState>,
    counted: BTreeMap<u64, PositionMask>,
    checks: Vec<ScheduledCheck>,
    now: i64,
}

impl RoomModel {
    fn new(room: WaitingRoom) -> Self {
        Self { room, states: BTreeMap::new(), counted: BTreeMap::new(), checks: Vec::new(), now: 1000 }
    }

    fn run(&mut self) {
        let now = at(self.now);
        let (over, open): (Vec<ScheduledCheck>, Vec<ScheduledCheck>) =
            self.checks.drain(..).partition(|check| check.at <= now);
        self.checks = open;
        for check in over {
            for (position, end) in self.room.overdue(check.after, check.upto, &self.states, now) {
                self.states.entry(position).or_default().end = Some(end);
            }
            self.checks.extend(check.following(&self.room, &self.states));
        }
        let mut admission_blocks: BTreeMap<u64, AdmissionBlock> = BTreeMap::new();
        for (position, state) in &self.states {
            admission_blocks
                .entry(AdmissionBlock::of(*position))
                .or_default()
                .states
                .insert(*position, *state);
        }
        let mut next = self.room.count_ends(&admission_blocks, &self.counted);
        self.counted.extend(next.counted_ends.0.iter().copied());
        let blocks = next.counting_blocks_ahead(now).into_iter().collect();
        next = next.admit(&Departed { blocks, masks: self.counted.clone() }, now);
        if let Some(step) = next.admission_step.filter(|_| next.admitted > self.room.admitted) {
            for position in step.after.up_to(next.admitted) {
                self.states.entry(position).or_default().admitted_at = Some(step.at);
            }
            let (window_due_at, _) = next
                .deadline(
                    step.after.next(),
                    PositionState { admitted_at: Some(step.at), ..PositionState::default() },
                )
                .unwrap();
            self.checks.extend(ScheduledCheck::for_positions(window_due_at, step.after, next.admitted));
        }
        if next != self.room {
            let next_run_at = next.next_run(self.checks.iter().map(|check| check.at).min(), now);
            self.room = next.next_version(next_run_at, now);
        }
        self.room.check_invariants().unwrap();
    }

    fn end(&mut self, position: u64, end: PositionEnd) {
        let state = self.states.entry(QueuePosition(position)).or_default();
        state.end = state.end.or(Some(end));
    }

    /// Counts the admitted positions that have not ended, from their states.
    fn active(&self) -> u64 {
        let open =
            |position: &QueuePosition| self.states.get(position).is_none_or(|state| state.end.is_none());
        QueuePosition::ZERO.up_to(self.room.admitted).filter(open).count() as u64
    }
}

#[test]
fn as_many_are_let_in_as_the_tighter_of_rate_and_capacity_allows() {
    assert_eq!(room(100, 10_000, 1000).admit(&Departed::default(), at(1000)).admitted, 10);
    assert_eq!(room(5, 10_000, 1000).admit(&Departed::default(), at(1000)).admitted, 5);
    assert_eq!(room(100, 10_000, 3).admit(&Departed::default(), at(1000)).admitted, 3);
    // An idle hour must not allow a burst.
    let after_an_hour = |rate_milli| {
        let now = at(3_600_000);
        room(100, rate_milli, 0)
            .assign_positions(Vec::new(), 1000, 1, now)
            .admit(&Departed::default(), now)
            .admitted
            .0
    };
    assert_each_eq!((after_an_hour(10_000), 10), (after_an_hour(200), 1));
    let paused = WaitingRoom { status: WaitingRoomStatus::Paused, ..room(100, 10_000, 1000) };
    assert_eq!(paused.admit(&Departed::default(), at(1000)), paused);
}

#[test]
fn who_does_not_come_and_who_stays_too_long_makes_room() {
    let mut model = RoomModel::new(room(2, 1_000_000, 6));
    model.run();
    assert_eq!(model.room.admitted, 2);
    model.states.entry(QueuePosition(2)).or_default().first_use_at = Some(at(2000));
    assert_eq!(model.room.next_run_at, Some(at(61_000)));
    model.now = 61_000;
    model.run();
    assert_each_eq!(
        (model.room.admitted.0, 3),
        (model.states[&QueuePosition(1)].end, Some(PositionEnd::NoShow))
    );
    model.now = 601_000;
    model.run();
    model.run();
    assert_eq!(model.states[&QueuePosition(2)].end, Some(PositionEnd::Expired));
    assert_eq!(model.states[&QueuePosition(3)].end, Some(PositionEnd::NoShow));
    assert_each_eq!((model.room.admitted.0, 5), (model.room.end_totals.gave_up, 3));
}

#[test]
fn user_who_left_while_waiting_takes_no_capacity() {
    let mut model = RoomModel::new(room(2, 1_000_000, 6));
    for position in [1, 3, 4] {
        model.end(position, PositionEnd::Left);
    }
    model.run();
    assert_each_eq!((model.room.admitted.0, 5), (model.room.active(), 2), (model.active(), 2));
    assert_each_eq!((model.room.waiting(), 1), (model.room.end_totals.gave_up, 3));
}

#[test]
fn a_change_wakes_the_room_and_no_change_writes_nothing() {
    let before = room(2, 1_000, 6);
    let same = WaitingRoomChanges { capacity: Patch(Some(2)), ..WaitingRoomChanges::default() };
    assert_eq!(before.change(&same, at(5)).unwrap(), before);
    let after = before
        .change(&WaitingRoomChanges { capacity: Patch(Some(9)), ..WaitingRoomChanges::default() }, at(5))
        .unwrap();
    assert_each_eq!((after.settings.capacity, 9), (after.next_run_at, Some(at(5))), (after.version, 2));
}

proptest! {
    /// Checks, for any behavior of users, that admissions never exceed the capacity and happen in order, and
    /// that a next run is scheduled while users wait.
    #[test]
    fn nobody_waits_for_ever_and_never_too_many_are_in(
        capacity in 1..8u32,
        joined in 1..60u64,
        actions in prop::collection::vec((1..60u64, 0..4u8, 0..20_000i64), 0..120),
    ) {
        let mut model = RoomModel::new(room(capacity, 50_000, joined));
        for (position, action, pause) in actions {
            let position = (position - 1) % joined + 1;
            let key = QueuePosition(position);
            let is_in = key <= model.room.admitted;
            match action {
                0 => model.end(position, PositionEnd::Left),
                1 if is_in && model.states.get(&key).is_some_and(|state| state.first_use_at.is_some()) =>
                    model.end(position, PositionEnd::Done),
                2 if is_in && model.states.get(&key).is_some_and(|state| state.end.is_none()) =>
                    model.states.get_mut(&key).unwrap().first_use_at = Some(at(model.now)),
                _ => {}
            }
            model.now += pause;
            let before = model.room.clone();
            model.run();
            prop_assert!(model.active() <= u64::from(capacity));
            prop_assert_eq!(model.room.active(), model.active());
            prop_assert!(model.room.admitted >= before.admitted && model.room.admitted.0 <= joined);
            prop_assert!(model.room.admitted == joined || model.room.next_run_at.is_some());
        }
        // Every admission expires eventually.
        for _ in 0..joined * 4 {
            model.now += 601_000;
            model.run();
        }
        let tally = model.room.end_totals;
        prop_assert_eq!(model.room.admitted, joined);
        prop_assert_eq!(tally.served + tally.gave_up, joined);
    }
}

/// Checks that one run passes ten thousand users who left, and reads only the two counting blocks in which
/// some users remain.
#[test]
fn who_has_left_uses_up_no_step_and_no_reads() {
    let mut model = RoomModel::new(room(5, 10_000, 20_000));
    (3..=12_000).for_each(|position| model.end(position, PositionEnd::Left));
    model.room = model.room.count_ends(&admission_blocks_of(&model.states), &BTreeMap::new());
    model.counted.extend(model.room.counted_ends.0.iter().copied());
    assert_eq!(model.room.counting_blocks_ahead(at(1000)), [0, 11]);
    model.run();
    assert_each_eq!((model.room.admitted.0, 12_003), (model.room.active(), 5), (model.room.waiting(), 7_997));
    assert_eq!(model.room.departed, []);
}

fn admission_blocks_of(states: &BTreeMap<QueuePosition, PositionState>) -> BTreeMap<u64, AdmissionBlock> {
    let mut admission_blocks: BTreeMap<u64, AdmissionBlock> = BTreeMap::new();
    for (position, state) in states {
        admission_blocks.entry(AdmissionBlock::of(*position)).or_default().states.insert(*position, *state);
    }
    admission_blocks
}

#[test]
fn place_ends_when_its_owner_was_told_whatever_is_set_later() {
    let admitted = WaitingRoom { admitted: QueuePosition(3), ..room(10, 1_000, 9) };
    let since =
        PositionState { admitted_at: Some(at(0)), first_use_at: Some(at(1)), ..PositionState::default() };
    let change = |room: &WaitingRoom, token_seconds| {
        let changes =
            WaitingRoomChanges { token_seconds: Patch(Some(token_seconds)), ..WaitingRoomChanges::default() };
        room.change(&changes, at(5)).unwrap()
    };
    let shorter = change(&admitted, 20);
    let ends = |room: &WaitingRoom, position| room.deadline(QueuePosition(position), since).map(|(at, _)| at);
    assert_eq!(ends(&shorter, 3), Some(at(600_000)));
    let later = WaitingRoom { admitted: QueuePosition(5), ..shorter };
    assert_eq!(ends(&later, 4), Some(at(20_000)));
    let longer = change(&later, 3_600);
    assert_eq!([3, 5].map(|position| ends(&longer, position)), [Some(at(600_000)), Some(at(20_000))]);
    let last = WaitingRoom { admitted: QueuePosition(6), ..longer };
    assert_eq!(ends(&last, 6), Some(at(3_600_000)));
}

#[test]
fn terms_are_kept_while_users_are_admitted_under_them() {
    let minute = |minute: i64| at(minute * 60_000);
    let mut room = room(100, 1_000, 100);
    let mut told = BTreeMap::new();
    let state = |minute_in| PositionState {
        admitted_at: Some(minute(minute_in)),
        first_use_at: Some(minute(minute_in)),
        ..PositionState::default()
    };
    // Each minute one user is admitted, and the terms change.
    for count in 0..16_u32 {
        let (now, position) = (i64::from(count), QueuePosition(u64::from(count) + 1));
        room.admitted = position;
        told.insert(position, room.deadline(position, state(now)));
        let changes =
            WaitingRoomChanges { token_seconds: Patch(Some(3_600 - count)), ..WaitingRoomChanges::default() };
        room = room.change(&changes, minute(now)).unwrap();
    }
    room.admitted = QueuePosition(17);
    told.insert(room.admitted, room.deadline(room.admitted, state(16)));
    let changes = WaitingRoomChanges { token_seconds: Patch(Some(60)), ..WaitingRoomChanges::default() };
    let refused = room.change(&changes, minute(16)).unwrap_err();
    // The first admission ends after 600 seconds, and its end is recorded within ten further minutes.
    assert_each_eq!(
        (refused.code, Code::TooManyTerms),
        (refused.details, Some(json!({"possible_at": minute(20)})))
    );
    assert!(refused.message.contains(&minute(20).to_string()), "{}", refused.message);
    let others = WaitingRoomChanges { capacity: Patch(Some(7)), ..WaitingRoomChanges::default() };
    assert_eq!(room.change(&others, minute(16)).unwrap().settings.capacity, 7);
    assert_eq!(room.change(&changes, minute(20)).unwrap().earlier_terms.len(), 16);
    let changed = room.change(&changes, minute(20)).unwrap();
    for position in QueuePosition(1).up_to(QueuePosition(17)) {
        let now = i64::try_from(position.0).unwrap() - 1;
        assert_eq!(changed.deadline(position, state(now)), told[&position], "{position}");
    }
}

#[test]
fn terms_of_the_version_before_are_kept_for_a_whole_admission() {
    let old: AdmissionTerms =
        serde_json::from_value(json!({"upto": 1, "token_seconds": 900, "no_show_seconds": 60})).unwrap();
    assert_eq!(old.until, None);
    let room = WaitingRoom { admitted: QueuePosition(3), earlier_terms: vec![old], ..room(10, 1_000, 9) };
    let changes = WaitingRoomChanges { token_seconds: Patch(Some(20)), ..WaitingRoomChanges::default() };
    let untils: Vec<_> =
        room.change(&changes, at(0)).unwrap().earlier_terms.iter().map(|terms| terms.until).collect();
    assert_eq!(untils, [Some(at(1_500_000)), Some(at(1_200_000))]);
}

#[test]
fn room_of_the_version_before_is_counted_from_its_admission_blocks() {
    let mut states: BTreeMap<QueuePosition, PositionState> = BTreeMap::new();
    for position in [1, 2, 3, 4, 7] {
        states.entry(QueuePosition(position)).or_default().end =
            Some(if position == 2 { PositionEnd::Done } else { PositionEnd::Left });
    }
    let tally = EndTotals { served: 1, gave_up: 1 };
    let before = WaitingRoom {
        low_water_mark: QueuePosition(2),
        admitted: QueuePosition(5),
        ended_positions: None,
        end_totals: tally,
        ..room(10, 1_000, 9)
    };
    let stored = serde_json::to_value(&before).unwrap();
    let mut old = stored.as_object().unwrap().clone();
    for name in ["inside", "watched"] {
        old.remove(name);
    }
    let read: WaitingRoom = serde_json::from_value(old.into()).unwrap();
    assert_eq!(read, before);
    let now = read.with_counted_ends(&states);
    assert_each_eq!(
        (now.active(), 1),
        (now.waiting(), 3),
        (now.end_totals, EndTotals { served: 1, gave_up: 4 })
    );
    now.check_invariants().unwrap();
    // Ended positions that an older version of dibs counted are not counted again.
    let masks: BTreeMap<u64, PositionMask> = now.counted_ends.0.iter().copied().collect();
    assert_eq!(now.count_ends(&admission_blocks_of(&states), &masks), now);
    assert_eq!(
        now.count_ends(
            &admission_blocks_of(&BTreeMap::from([(QueuePosition(1), states[&QueuePosition(1)])])),
            &BTreeMap::new()
        ),
        now
    );
}

#[test]
fn room_that_contradicts_itself_is_an_internal_error() {
    let good = room(10, 1_000, 9);
    good.check_invariants().unwrap();
    for broken in [
        WaitingRoom { admitted: QueuePosition(10), ..good.clone() },
        WaitingRoom { low_water_mark: QueuePosition(1), ..good.clone() },
        WaitingRoom { ended_positions: Some(EndedPositions { ended: 1, departed: 0 }), ..good.clone() },
        WaitingRoom { ended_positions: Some(EndedPositions { ended: 0, departed: 10 }), ..good.clone() },
        WaitingRoom {
            arrival_batch: Some(ArrivalBatch { base: QueuePosition(10), buckets: Vec::new() }),
            ..good.clone()
        },
    ] {
        assert!(broken.check_invariants().unwrap_err().is_broken(), "{broken:?}");
    }
}

#[test]
fn run_that_is_far_off_waits_for_the_schedule() {
    let room = room(1, 1_000, 9);
    let soon = room.clone().next_version(Some(at(30_000)), at(0));
    assert_each_eq!((soon.is_next_run_far_off(at(0)), false), (soon.due_index_at, Some(at(90_000))));
    let again = soon.clone().next_version(Some(at(40_000)), at(31_000));
    assert_eq!(again.due_index_at, soon.due_index_at, "the schedule moves its own note on");
    let far = room.clone().next_version(Some(at(7_200_000)), at(0));
    assert_each_eq!((far.is_next_run_far_off(at(0)), true), (far.due_index_at, Some(at(7_200_000))));
    let sooner = far.next_version(Some(at(5_000)), at(1_000));
    assert_eq!(sooner.due_index_at, Some(at(65_000)));
    assert_eq!(sooner.next_version(None, at(6_000)).due_index_at, None);
}

#[test]
fn ahead_are_those_who_are_still_there() {
    let mut model =
        RoomModel::new(WaitingRoom { status: WaitingRoomStatus::Paused, ..room(5, 10_000, 5_000) });
    for position in [2, 1_030, 1_031, 3_000] {
        model.end(position, PositionEnd::Left);
    }
    model.run();
    let gone = |block| model.room.departed_before(block);
    assert_eq!([0, 1, 2, 3, 4].map(gone), [0, 1, 3, 4, 4]);
    assert_eq!(model.room.waiting(), 4_996);
}
