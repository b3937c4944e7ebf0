use proptest::prelude::*;

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + ms)
}

fn room(capacity: u32, rate_milli: u64, joined: u64) -> Room {
    let settings =
        Settings { capacity, rate_milli, token_seconds: 600, no_show_seconds: 60, joins_per_second: 1000 };
    let by = UserId::new("operator");
    Room { joined, ..Room::new(QueueId::new("x"), "x".into(), settings, by, None, at(0)) }
}

/// A room and its gates, as the worker keeps them.
struct Kept {
    room: Room,
    marks: BTreeMap<u64, Mark>,
    now: i64,
}

impl Kept {
    fn run(&mut self) {
        for (position, end) in self.room.overdue(&self.marks, at(self.now)) {
            self.marks.entry(position).or_default().end = Some(end);
        }
        let next = self.room.admit(&self.marks, self.room.reach(at(self.now)), at(self.now));
        if let Some(step) = next.step.filter(|_| next.admitted > self.room.admitted) {
            for position in step.after + 1..=next.admitted {
                self.marks.entry(position).or_default().admitted_at = Some(step.at);
            }
        }
        if next != self.room {
            self.room = next.next(&self.marks, at(self.now));
        }
    }

    fn end(&mut self, position: u64, end: End) {
        let mark = self.marks.entry(position).or_default();
        mark.end = mark.end.or(Some(end));
    }
}

#[test]
fn as_many_are_let_in_as_the_tighter_of_rate_and_capacity_allows() {
    assert_eq!(room(100, 10_000, 1000).admit(&BTreeMap::new(), 1000, at(1000)).admitted, 10);
    assert_eq!(room(5, 10_000, 1000).admit(&BTreeMap::new(), 1000, at(1000)).admitted, 5);
    assert_eq!(room(100, 10_000, 3).admit(&BTreeMap::new(), 1000, at(1000)).admitted, 3);
    // An idle hour is no licence for a crowd.
    let after_an_hour = |rate_milli| {
        let now = at(3_600_000);
        room(100, rate_milli, 0).place(Vec::new(), 1000, 1, now).admit(&BTreeMap::new(), 1000, now).admitted
    };
    assert_eq!((after_an_hour(10_000), after_an_hour(200)), (10, 1));
    let paused = Room { status: Status::Paused, ..room(100, 10_000, 1000) };
    assert_eq!(paused.admit(&BTreeMap::new(), 1000, at(1000)), paused);
}

#[test]
fn a_slow_rate_is_kept_to_over_time() {
    let mut kept = Kept { room: room(1_000_000, 2_500, 100_000), marks: BTreeMap::new(), now: 1000 };
    for _ in 0..400 {
        kept.run();
        kept.now += 730;
    }
    // 292 seconds at 2.5 a second, and what the first second allowed.
    assert!((727..=733).contains(&kept.room.admitted), "{}", kept.room.admitted);
    assert!((2_300..=2_700).contains(&kept.room.pace.0), "{:?}", kept.room.pace);
}

#[test]
fn who_does_not_come_and_who_stays_too_long_makes_room() {
    let mut kept = Kept { room: room(2, 1_000_000, 6), marks: BTreeMap::new(), now: 1000 };
    kept.run();
    assert_eq!(kept.room.admitted, 2);
    kept.marks.entry(2).or_default().taken_at = Some(at(2000));
    assert_eq!(kept.room.wake_at, Some(at(61_000)));
    kept.now = 61_000;
    kept.run();
    assert_eq!((kept.room.admitted, kept.marks[&1].end), (3, Some(End::NoShow)));
    kept.now = 601_000;
    kept.run();
    kept.run();
    assert_eq!(kept.marks[&2].end, Some(End::Expired));
    assert_eq!(kept.marks[&3].end, Some(End::NoShow));
    assert_eq!((kept.room.admitted, kept.room.tally(&kept.marks).gave_up), (5, 3));
}

#[test]
fn who_left_while_waiting_takes_no_room() {
    let mut kept = Kept { room: room(2, 1_000_000, 6), marks: BTreeMap::new(), now: 1000 };
    for position in [1, 3, 4] {
        kept.end(position, End::Left);
    }
    kept.run();
    assert_eq!((kept.room.admitted, kept.room.active(&kept.marks)), (5, 2));
}

#[test]
fn an_estimate_is_a_range_around_what_was_measured() {
    let new = room(10, 2_000, 100);
    assert_eq!(new.eta(19), Eta { min_seconds: 10, max_seconds: None });
    let measured = Room { pace: Pace(1_000), ..new };
    assert_eq!(measured.eta(19), Eta { min_seconds: 10, max_seconds: Some(40) });
    assert_eq!(measured.poll_after_ms(0), 1_000);
    assert_eq!(measured.poll_after_ms(1_000_000), 15_000);
}

#[test]
fn a_change_wakes_the_room_and_no_change_writes_nothing() {
    let before = room(2, 1_000, 6);
    assert_eq!(before.change(&RoomChanges { capacity: Some(2), ..RoomChanges::default() }, at(5)), before);
    let after = before.change(&RoomChanges { capacity: Some(9), ..RoomChanges::default() }, at(5));
    assert_eq!((after.settings.capacity, after.wake_at, after.version), (9, Some(at(5)), 2));
}

proptest! {
    /// Whatever people do: never more are let in than the room has, places are let in in order, and when
    /// people wait there is always a next look.
    #[test]
    fn nobody_waits_for_ever_and_never_too_many_are_in(
        capacity in 1..8u32,
        joined in 1..60u64,
        deeds in prop::collection::vec((1..60u64, 0..4u8, 0..20_000i64), 0..120),
    ) {
        let mut kept = Kept { room: room(capacity, 50_000, joined), marks: BTreeMap::new(), now: 1000 };
        for (position, deed, pause) in deeds {
            let position = (position - 1) % joined + 1;
            let is_in = position <= kept.room.admitted;
            match deed {
                0 => kept.end(position, End::Left),
                1 if is_in && kept.marks.get(&position).is_some_and(|mark| mark.taken_at.is_some()) =>
                    kept.end(position, End::Done),
                2 if is_in && kept.marks.get(&position).is_some_and(|mark| mark.end.is_none()) =>
                    kept.marks.get_mut(&position).unwrap().taken_at = Some(at(kept.now)),
                _ => {}
            }
            kept.now += pause;
            let before = kept.room.clone();
            kept.run();
            prop_assert!(kept.room.active(&kept.marks) <= u64::from(capacity));
            prop_assert!(kept.room.admitted >= before.admitted && kept.room.admitted <= joined);
            prop_assert!(kept.room.admitted == joined || kept.room.next_look(&kept.marks, at(kept.now)).is_some());
        }
        // Everybody's time ends some day.
        for _ in 0..joined * 4 {
            kept.now += 601_000;
            kept.run();
        }
        let tally = kept.room.tally(&kept.marks);
        prop_assert_eq!(kept.room.admitted, joined);
        prop_assert_eq!(tally.served + tally.gave_up, joined);
    }
}
