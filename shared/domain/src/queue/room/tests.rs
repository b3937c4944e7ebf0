mod pace;

use proptest::prelude::*;

use super::*;
use std::collections::BTreeMap;

use crate::queue::{Departed, PositionMask, PositionState, ScheduledCheck};

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
    WaitingRoom { joined, ..WaitingRoom::new(QueueId::new("x"), "x".into(), settings, by, None, at(0)) }
}

/// Waiting room with its position states, counted positions and scheduled checks, as the worker `run_rooms`
/// stores them.
struct Kept {
    room: WaitingRoom,
    states: BTreeMap<u64, PositionState>,
    counted: BTreeMap<u64, PositionMask>,
    dues: Vec<ScheduledCheck>,
    now: i64,
}

impl Kept {
    fn new(room: WaitingRoom) -> Self {
        Self { room, states: BTreeMap::new(), counted: BTreeMap::new(), dues: Vec::new(), now: 1000 }
    }

    fn run(&mut self) {
        let now = at(self.now);
        let (over, open): (Vec<ScheduledCheck>, Vec<ScheduledCheck>) =
            self.dues.drain(..).partition(|due| due.at <= now);
        self.dues = open;
        for due in over {
            for (position, end) in self.room.overdue(due.after, due.upto, &self.states, now) {
                self.states.entry(position).or_default().end = Some(end);
            }
            self.dues.extend(due.next(&self.room, &self.states));
        }
        let mut gates: BTreeMap<u64, AdmissionBlock> = BTreeMap::new();
        for (position, state) in &self.states {
            gates.entry(AdmissionBlock::of(*position)).or_default().states.insert(*position, *state);
        }
        let mut next = self.room.count(&gates, &self.counted);
        self.counted.extend(next.counting.0.iter().copied());
        let blocks = next.blocks_ahead(now).into_iter().collect();
        next = next.admit(&Departed { blocks, masks: self.counted.clone() }, now);
        if let Some(step) = next.step.filter(|_| next.admitted > self.room.admitted) {
            for position in step.after + 1..=next.admitted {
                self.states.entry(position).or_default().admitted_at = Some(step.at);
            }
            let (due, _) = next
                .deadline(
                    step.after + 1,
                    PositionState { admitted_at: Some(step.at), ..PositionState::default() },
                )
                .unwrap();
            self.dues.extend(ScheduledCheck::stretches(due, step.after, next.admitted));
        }
        if next != self.room {
            let look = next.next_look(self.dues.iter().map(|due| due.at).min(), now);
            self.room = next.next(look, now);
        }
        self.room.check().unwrap();
    }

    fn end(&mut self, position: u64, end: PositionEnd) {
        let state = self.states.entry(position).or_default();
        state.end = state.end.or(Some(end));
    }

    /// Counts the admitted positions that have not ended, from their states.
    fn active(&self) -> u64 {
        let open = |position: &u64| self.states.get(position).is_none_or(|state| state.end.is_none());
        (1..=self.room.admitted).filter(open).count() as u64
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
        room(100, rate_milli, 0).place(Vec::new(), 1000, 1, now).admit(&Departed::default(), now).admitted
    };
    assert_eq!((after_an_hour(10_000), after_an_hour(200)), (10, 1));
    let paused = WaitingRoom { status: WaitingRoomStatus::Paused, ..room(100, 10_000, 1000) };
    assert_eq!(paused.admit(&Departed::default(), at(1000)), paused);
}

#[test]
fn a_slow_rate_is_kept_to_over_time() {
    let mut kept = Kept::new(room(1_000_000, 2_500, 100_000));
    for _ in 0..400 {
        kept.run();
        kept.now += 730;
    }
    // Expect 292 seconds at 2.5 users per second, plus the allowance of the first second.
    assert!((727..=733).contains(&kept.room.admitted), "{}", kept.room.admitted);
    assert!((2_300..=2_700).contains(&kept.room.pace.0), "{:?}", kept.room.pace);
}

#[test]
fn who_does_not_come_and_who_stays_too_long_makes_room() {
    let mut kept = Kept::new(room(2, 1_000_000, 6));
    kept.run();
    assert_eq!(kept.room.admitted, 2);
    kept.states.entry(2).or_default().taken_at = Some(at(2000));
    assert_eq!(kept.room.wake_at, Some(at(61_000)));
    kept.now = 61_000;
    kept.run();
    assert_eq!((kept.room.admitted, kept.states[&1].end), (3, Some(PositionEnd::NoShow)));
    kept.now = 601_000;
    kept.run();
    kept.run();
    assert_eq!(kept.states[&2].end, Some(PositionEnd::Expired));
    assert_eq!(kept.states[&3].end, Some(PositionEnd::NoShow));
    assert_eq!((kept.room.admitted, kept.room.tally.gave_up), (5, 3));
}

#[test]
fn who_left_while_waiting_takes_no_room() {
    let mut kept = Kept::new(room(2, 1_000_000, 6));
    for position in [1, 3, 4] {
        kept.end(position, PositionEnd::Left);
    }
    kept.run();
    assert_eq!((kept.room.admitted, kept.room.active(), kept.active()), (5, 2, 2));
    assert_eq!((kept.room.waiting(), kept.room.tally.gave_up), (1, 3));
}

#[test]
fn a_change_wakes_the_room_and_no_change_writes_nothing() {
    let before = room(2, 1_000, 6);
    let same = WaitingRoomChanges { capacity: Patch(Some(2)), ..WaitingRoomChanges::default() };
    assert_eq!(before.change(&same, at(5)).unwrap(), before);
    let after = before
        .change(&WaitingRoomChanges { capacity: Patch(Some(9)), ..WaitingRoomChanges::default() }, at(5))
        .unwrap();
    assert_eq!((after.settings.capacity, after.wake_at, after.version), (9, Some(at(5)), 2));
}

proptest! {
    /// Checks, for any behavior of users, that admissions never exceed the capacity and happen in order, and
    /// that a next run is scheduled while users wait.
    #[test]
    fn nobody_waits_for_ever_and_never_too_many_are_in(
        capacity in 1..8u32,
        joined in 1..60u64,
        deeds in prop::collection::vec((1..60u64, 0..4u8, 0..20_000i64), 0..120),
    ) {
        let mut kept = Kept::new(room(capacity, 50_000, joined));
        for (position, deed, pause) in deeds {
            let position = (position - 1) % joined + 1;
            let is_in = position <= kept.room.admitted;
            match deed {
                0 => kept.end(position, PositionEnd::Left),
                1 if is_in && kept.states.get(&position).is_some_and(|state| state.taken_at.is_some()) =>
                    kept.end(position, PositionEnd::Done),
                2 if is_in && kept.states.get(&position).is_some_and(|state| state.end.is_none()) =>
                    kept.states.get_mut(&position).unwrap().taken_at = Some(at(kept.now)),
                _ => {}
            }
            kept.now += pause;
            let before = kept.room.clone();
            kept.run();
            prop_assert!(kept.active() <= u64::from(capacity));
            prop_assert_eq!(kept.room.active(), kept.active());
            prop_assert!(kept.room.admitted >= before.admitted && kept.room.admitted <= joined);
            prop_assert!(kept.room.admitted == joined || kept.room.wake_at.is_some());
        }
        // Every admission expires eventually.
        for _ in 0..joined * 4 {
            kept.now += 601_000;
            kept.run();
        }
        let tally = kept.room.tally;
        prop_assert_eq!(kept.room.admitted, joined);
        prop_assert_eq!(tally.served + tally.gave_up, joined);
    }
}

/// Checks that a room admits at the configured rate even if each run is half a second late.
#[test]
fn a_rate_of_ten_thousand_a_second_is_kept() {
    let mut kept = Kept::new(room(100_000, 10_000_000, 95_000));
    for _ in 0..6 {
        kept.run();
        kept.now += 1_500;
    }
    // The first second, and five intervals of one and a half seconds.
    assert_eq!(kept.room.admitted, 85_000);
    let steps: Vec<u64> = kept.dues.iter().map(|due| due.upto - due.after).collect();
    assert!(steps.iter().all(|places| *places <= 1024), "{steps:?}");
}

/// Checks that one run passes ten thousand users who left, and reads only the two counting blocks in which
/// some users remain.
#[test]
fn who_has_left_uses_up_no_step_and_no_reads() {
    let mut kept = Kept::new(room(5, 10_000, 20_000));
    (3..=12_000).for_each(|position| kept.end(position, PositionEnd::Left));
    kept.room = kept.room.count(&gates_of(&kept.states), &BTreeMap::new());
    kept.counted.extend(kept.room.counting.0.iter().copied());
    assert_eq!(kept.room.blocks_ahead(at(1000)), [0, 11]);
    kept.run();
    assert_eq!((kept.room.admitted, kept.room.active(), kept.room.waiting()), (12_003, 5, 7_997));
    assert_eq!(kept.room.gone, []);
}

fn gates_of(states: &BTreeMap<u64, PositionState>) -> BTreeMap<u64, AdmissionBlock> {
    let mut gates: BTreeMap<u64, AdmissionBlock> = BTreeMap::new();
    for (position, state) in states {
        gates.entry(AdmissionBlock::of(*position)).or_default().states.insert(*position, *state);
    }
    gates
}

#[test]
fn place_ends_when_its_owner_was_told_whatever_is_set_later() {
    let admitted = WaitingRoom { admitted: 3, ..room(10, 1_000, 9) };
    let since = PositionState { admitted_at: Some(at(0)), taken_at: Some(at(1)), end: None };
    let change = |room: &WaitingRoom, token_seconds| {
        let changes =
            WaitingRoomChanges { token_seconds: Patch(Some(token_seconds)), ..WaitingRoomChanges::default() };
        room.change(&changes, at(5)).unwrap()
    };
    let shorter = change(&admitted, 20);
    let ends = |room: &WaitingRoom, position| room.deadline(position, since).map(|(at, _)| at);
    assert_eq!(ends(&shorter, 3), Some(at(600_000)));
    let later = WaitingRoom { admitted: 5, ..shorter };
    assert_eq!(ends(&later, 4), Some(at(20_000)));
    let longer = change(&later, 3_600);
    assert_eq!([3, 5].map(|position| ends(&longer, position)), [Some(at(600_000)), Some(at(20_000))]);
    let last = WaitingRoom { admitted: 6, ..longer };
    assert_eq!(ends(&last, 6), Some(at(3_600_000)));
}

#[test]
fn terms_are_kept_while_users_are_admitted_under_them() {
    let minute = |minute: i64| at(minute * 60_000);
    let mut room = room(100, 1_000, 100);
    let mut told = BTreeMap::new();
    let state = |minute_in| PositionState {
        admitted_at: Some(minute(minute_in)),
        taken_at: Some(minute(minute_in)),
        end: None,
    };
    // Each minute one user is admitted, and the terms change.
    for count in 0..16_u32 {
        let (now, position) = (i64::from(count), u64::from(count) + 1);
        room.admitted = position;
        told.insert(position, room.deadline(position, state(now)));
        let changes =
            WaitingRoomChanges { token_seconds: Patch(Some(3_600 - count)), ..WaitingRoomChanges::default() };
        room = room.change(&changes, minute(now)).unwrap();
    }
    room.admitted = 17;
    told.insert(17, room.deadline(17, state(16)));
    let changes = WaitingRoomChanges { token_seconds: Patch(Some(60)), ..WaitingRoomChanges::default() };
    let refused = room.change(&changes, minute(16)).unwrap_err();
    // The first admission ends after 600 seconds, and its end is recorded within ten further minutes.
    assert_eq!(
        (refused.code, &refused.details),
        (Code::TooManyTerms, &Some(json!({"possible_at": minute(20)})))
    );
    assert!(refused.message.contains(&minute(20).to_string()), "{}", refused.message);
    let others = WaitingRoomChanges { capacity: Patch(Some(7)), ..WaitingRoomChanges::default() };
    assert_eq!(room.change(&others, minute(16)).unwrap().settings.capacity, 7);
    assert_eq!(room.change(&changes, minute(20)).unwrap().terms.len(), 16);
    let changed = room.change(&changes, minute(20)).unwrap();
    for position in 2..=17_u64 {
        let now = i64::try_from(position).unwrap() - 1;
        assert_eq!(changed.deadline(position, state(now)), told[&position], "{position}");
    }
}

#[test]
fn terms_of_the_version_before_are_kept_for_a_whole_admission() {
    let old: AdmissionTerms =
        serde_json::from_value(json!({"upto": 1, "token_seconds": 900, "no_show_seconds": 60})).unwrap();
    assert_eq!(old.until, None);
    let room = WaitingRoom { admitted: 3, terms: vec![old], ..room(10, 1_000, 9) };
    let changes = WaitingRoomChanges { token_seconds: Patch(Some(20)), ..WaitingRoomChanges::default() };
    let untils: Vec<_> =
        room.change(&changes, at(0)).unwrap().terms.iter().map(|terms| terms.until).collect();
    assert_eq!(untils, [Some(at(1_500_000)), Some(at(1_200_000))]);
}

#[test]
fn room_of_the_version_before_is_counted_from_its_gates() {
    let mut states: BTreeMap<u64, PositionState> = BTreeMap::new();
    for position in [1, 2, 3, 4, 7] {
        states.entry(position).or_default().end =
            Some(if position == 2 { PositionEnd::Done } else { PositionEnd::Left });
    }
    let tally = EndTotals { served: 1, gave_up: 1 };
    let before = WaitingRoom { low_water_mark: 2, admitted: 5, inside: None, tally, ..room(10, 1_000, 9) };
    let stored = serde_json::to_value(&before).unwrap();
    let mut old = stored.as_object().unwrap().clone();
    for name in ["inside", "watched"] {
        old.remove(name);
    }
    let read: WaitingRoom = serde_json::from_value(old.into()).unwrap();
    assert_eq!(read, before);
    let now = read.counted(&states);
    assert_eq!((now.active(), now.waiting(), now.tally), (1, 3, EndTotals { served: 1, gave_up: 4 }));
    now.check().unwrap();
    // Ended positions that an older version of dibs counted are not counted again.
    let masks: BTreeMap<u64, PositionMask> = now.counting.0.iter().copied().collect();
    assert_eq!(now.count(&gates_of(&states), &masks), now);
    assert_eq!(now.count(&gates_of(&BTreeMap::from([(1, states[&1])])), &BTreeMap::new()), now);
}

#[test]
fn room_that_contradicts_itself_is_an_internal_error() {
    let good = room(10, 1_000, 9);
    good.check().unwrap();
    for broken in [
        WaitingRoom { admitted: 10, ..good.clone() },
        WaitingRoom { low_water_mark: 1, ..good.clone() },
        WaitingRoom { inside: Some(EndedPositions { ended: 1, gone: 0 }), ..good.clone() },
        WaitingRoom { inside: Some(EndedPositions { ended: 0, gone: 10 }), ..good.clone() },
        WaitingRoom { batch: Some(ArrivalBatch { base: 10, pages: Vec::new() }), ..good.clone() },
    ] {
        assert!(broken.check().unwrap_err().is_broken(), "{broken:?}");
    }
}

#[test]
fn look_that_is_far_off_waits_for_the_schedule() {
    let room = room(1, 1_000, 9);
    let soon = room.clone().next(Some(at(30_000)), at(0));
    assert_eq!((soon.is_far_off(at(0)), soon.watched), (false, Some(at(90_000))));
    let again = soon.clone().next(Some(at(40_000)), at(31_000));
    assert_eq!(again.watched, soon.watched, "the schedule moves its own note on");
    let far = room.clone().next(Some(at(7_200_000)), at(0));
    assert_eq!((far.is_far_off(at(0)), far.watched), (true, Some(at(7_200_000))));
    let sooner = far.next(Some(at(5_000)), at(1_000));
    assert_eq!(sooner.watched, Some(at(65_000)));
    assert_eq!(sooner.next(None, at(6_000)).watched, None);
}

#[test]
fn ahead_are_those_who_are_still_there() {
    let mut kept = Kept::new(WaitingRoom { status: WaitingRoomStatus::Paused, ..room(5, 10_000, 5_000) });
    for position in [2, 1_030, 1_031, 3_000] {
        kept.end(position, PositionEnd::Left);
    }
    kept.run();
    let gone = |block| kept.room.gone_before(block);
    assert_eq!([0, 1, 2, 3, 4].map(gone), [0, 1, 3, 4, 4]);
    assert_eq!(kept.room.waiting(), 4_996);
}
