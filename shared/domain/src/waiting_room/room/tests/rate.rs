//! Tests of the admission rate: kept, measured, and the waiting time that is estimated from it.

use super::*;
use assertions::assert_each_eq;

#[test]
fn estimate_is_bounded_by_the_rate_and_by_the_time_that_users_may_stay() {
    let new = room(10, 2_000, 100);
    let eta = |room: &WaitingRoom, ahead, ms| {
        let eta = room.eta(ahead, at(ms));
        (eta.min_seconds, eta.max_seconds)
    };
    // The first ten of twenty fill the room, and the other ten follow when those ten have ended.
    assert_eq!(eta(&new, 9, 0), (5, Some(5 + 5)), "free places");
    assert_eq!(eta(&new, 19, 0), (10, Some(10 + 5 + 600 + 5)), "one round");
    assert_eq!(eta(&new, 19, 2_000).0, 8, "rate that is unused counts");
    let paused = WaitingRoom { status: WaitingRoomStatus::Paused, ..new.clone() };
    assert_eq!(eta(&paused, 19, 0), (10, None));
    let terms = AdmissionTerms {
        upto: QueuePosition(1),
        token_seconds: 700,
        no_show_seconds: 5,
        until: Some(at(90_000)),
    };
    let changed = WaitingRoom { earlier_terms: vec![terms], ..new.clone() };
    assert_eq!(eta(&changed, 10, 89_000).1, Some(6 + 5 + 700 + 5), "stay of earlier terms");
    assert_eq!(eta(&changed, 10, 90_000).1, Some(6 + 5 + 600 + 5), "earlier terms that are over");
    let measured = WaitingRoom { measured_rate: MeasuredRate(1_000), ..new };
    assert_eq!(measured.poll_after_ms(0, at(0)), 1_000);
    assert_eq!(measured.poll_after_ms(99, at(0)), 5_000);
    assert_eq!(measured.poll_after_ms(1_000_000, at(0)), 15_000);
}

#[test]
fn estimate_of_a_full_room_is_never_below_the_true_wait() {
    let mut model = RoomModel::new(room(2, 10_000, 6));
    model.room.settings.no_show_seconds = 300;
    let (mut told, mut admitted_ms) = (Vec::new(), BTreeMap::new());
    for _ in 0..700 {
        model.run();
        for position in 1..=6_u64 {
            match position.checked_sub(model.room.admitted.0 + 1) {
                Some(ahead) => told.push((position, model.now, model.room.eta(ahead, at(model.now)))),
                None => {
                    admitted_ms.entry(position).or_insert(model.now);
                }
            }
        }
        model.now += 1_000;
    }
    assert_eq!(admitted_ms.len(), 6);
    for (position, now, eta) in told {
        let true_wait = u64::try_from(admitted_ms[&position] - now).unwrap() / 1000;
        let max = eta.max_seconds.unwrap();
        assert!(eta.min_seconds <= true_wait && true_wait <= max, "{position} at {now}: {eta:?}");
    }
}

#[test]
fn measured_rate_falls_while_nobody_is_let_in() {
    let mut model = RoomModel::new(room(20, 10_000, 60));
    for _ in 0..3 {
        model.run();
        model.now += 1_000;
    }
    let rate = |ms| model.room.measured_rate_at(at(ms)).0;
    assert_each_eq!(
        (model.room.admitted.0, 20),
        (model.room.admission_step.map(|step| step.at), Some(at(2_000)))
    );
    assert!(rate(3_000) > 9_000, "between two runs: {}", rate(3_000));
    assert!(rate(17_000) < 6_000, "{}", rate(17_000));
    assert_each_eq!((rate(32_000), 33), (rate(102_000), 10), "one user in that time");
    // A slow room keeps the rate that it has.
    let slow = WaitingRoom { measured_rate: MeasuredRate(100), ..model.room };
    assert_eq!([3_000, 11_000].map(|ms| slow.measured_rate_at(at(ms)).0), [100, 100]);
}

#[test]
fn a_slow_rate_is_kept_to_over_time() {
    let mut model = RoomModel::new(room(1_000_000, 2_500, 100_000));
    for _ in 0..400 {
        model.run();
        model.now += 730;
    }
    // Expect 292 seconds at 2.5 users per second, plus the allowance of the first second.
    assert!((727..=733).contains(&model.room.admitted.0), "{}", model.room.admitted);
    assert!((2_300..=2_700).contains(&model.room.measured_rate.0), "{:?}", model.room.measured_rate);
}

/// Checks that a room admits at the configured rate even if each run is half a second late.
#[test]
fn a_rate_of_ten_thousand_a_second_is_kept() {
    let mut model = RoomModel::new(room(100_000, 10_000_000, 95_000));
    for _ in 0..6 {
        model.run();
        model.now += 1_500;
    }
    // The first second, and five intervals of one and a half seconds.
    assert_eq!(model.room.admitted, 85_000);
    let steps: Vec<u64> = model.checks.iter().map(|check| check.upto.count_after(check.after)).collect();
    assert!(steps.iter().all(|positions| *positions <= 1024), "{steps:?}");
}
