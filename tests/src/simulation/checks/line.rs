//! Invariant 5: positions are unique, consecutive, in order of arrival, and never change once told. Nobody
//! waits forever, and no more users are admitted than the settings allow.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::ids::{QueueId, UserId};
use domain::waiting_room::{ArrivalBucketKey, EntryName, QueuePosition};

use super::Case;
use crate::simulation::records::requests::{RequestRecord, Want};
use crate::simulation::world::histories::lines::{Line, Place};
use crate::simulation::world::{BEGIN_MS, SKEW_MS_MAX};

/// Maximum time for which an unused admission rate is saved up, in milliseconds: three runs of the worker.
const SAVED_MS_MAX: i64 = 3_000;

/// Returns the invalid steps of all waiting rooms, which their histories recorded.
pub fn rooms_keep_their_rules(case: &Case<'_>) -> Vec<String> {
    case.lines.values().flat_map(|line| line.violations.iter().cloned()).collect()
}

/// Checks that every user in an arrival bucket has a position, and that the positions of a waiting room are 1
/// to n, each given once.
pub fn positions_are_consecutive(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for room in &case.facts.concerts.rooms {
        let mut given = Vec::new();
        for ((_, key), bucket) in
            case.facts.concerts.buckets.iter().filter(|((queue, _), _)| *queue == room.id)
        {
            let positions = bucket.positions.clone().unwrap_or_default();
            if !bucket.frozen || bucket.positions.is_none() || positions.len() != bucket.in_order().len() {
                violations.push(format!("{key:?} is not in order: {bucket:?}"));
            }
            given.extend(positions);
        }
        given.sort_unstable();
        if !given.iter().copied().eq(QueuePosition::ZERO.up_to(room.joined)) {
            violations.push(format!("{given:?} are given by {room:?}"));
        }
    }
    violations
}

/// Checks that the positions that were given together follow the order of arrival, and that of the users'
/// names within a millisecond.
pub fn positions_are_in_order_of_arrival(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for line in case.lines.values() {
        for (before, after) in line.rooms.iter().zip(line.rooms.iter().skip(1)) {
            let (before, after) = (&before.1, &after.1);
            let Some(batch) =
                after.arrival_batch.as_ref().filter(|_| after.arrival_batch != before.arrival_batch)
            else {
                continue;
            };
            let order = in_order(line, &batch.buckets);
            let given = order.iter().map(|(place, ..)| *place);
            let arrivals = order.iter().map(|(_, at, joiner)| (*at, joiner));
            if batch.base != before.joined
                || !given.eq(batch.base.up_to(after.joined))
                || !arrivals.is_sorted()
            {
                violations.push(format!("{batch:?} of {after:?} has the order {order:?}"));
            }
        }
    }
    violations
}

fn in_order(line: &Line, buckets: &[ArrivalBucketKey]) -> Vec<(QueuePosition, Timestamp, EntryName)> {
    let mut order = Vec::new();
    for bucket in buckets.iter().filter_map(|key| line.buckets.get(key)) {
        let positions = bucket.positions.iter().flatten().copied();
        order.extend(
            positions.zip(bucket.in_order()).map(|(place, (at, joiner))| (place, at, joiner.clone())),
        );
    }
    order.sort_unstable();
    order
}

/// Checks that every position that a user was told is one that they have, with the time of arrival they were
/// told.
pub fn positions_never_change(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for record in &case.requests {
        let (Want::Poll(queue), 200) = (&record.want, record.answer.status()) else { continue };
        let data = record.answer.data();
        let Some(position) = data["position"].as_u64() else { continue };
        let has = case.facts.concerts.positions(queue, &record.user);
        let response = (QueuePosition(position), joined_at(record));
        if !has.iter().any(|(position, at, _)| (*position, *at) == response) {
            violations.push(format!("{record:?} was told position {position}, they have {has:?}"));
        }
    }
    violations
}

/// Checks that each user whose join succeeded has a position, unless they may have left.
pub fn everybody_gets_a_place(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let requests = &case.requests;
    for record in requests {
        let (Want::Join(queue), 201) = (&record.want, record.answer.status()) else { continue };
        let left = |one: &RequestRecord| {
            matches!(one.want, Want::Leave(_))
                && one.user == record.user
                && (one.came_ms >= record.sent_ms || one.answer.is_passing())
        };
        let has = case.facts.concerts.positions(queue, &record.user);
        if !has.iter().any(|(_, at, _)| *at == joined_at(record)) && !requests.iter().any(left) {
            violations.push(format!("{record:?} was told that they are in line, they have {has:?}"));
        }
    }
    violations
}

/// Checks that a user who rejoined did so after their earlier position had ended.
pub fn nobody_is_in_line_twice(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for room in &case.facts.concerts.rooms {
        let Some(line) = case.lines.get(&room.id) else { continue };
        for user in users(case, &room.id) {
            let has = case.facts.concerts.positions(&room.id, &user);
            let names: Vec<EntryName> = (0..=has.len() as u32 * 4)
                .map(|times| EntryName::after_rejoins(&room.id, &user, times))
                .collect();
            let left = |key: &ArrivalBucketKey| {
                line.buckets
                    .get(key)
                    .is_some_and(|bucket| names.iter().any(|name| bucket.departed.contains(name)))
            };
            // The positions are sorted by the time of joining, because a late arrival bucket is ordered after
            // later ones.
            let joined = |bucket: ArrivalBucketKey| {
                names.iter().filter_map(|name| line.joined_ms.get(&(bucket, name.clone()))).max().copied()
            };
            let mut has: Vec<_> = has.into_iter().filter(|(_, _, bucket)| !left(bucket)).collect();
            has.sort_by_key(|(_, _, bucket)| joined(*bucket));
            for pair in has.windows(2) {
                let ((position, ..), (next, at, bucket)) = (pair[0], pair[1]);
                let Some(joined_ms) = joined(bucket) else { continue };
                // A user who left while the positions were written is still admitted, and then ends as a
                // no-show.
                let gave_up = case.requests.iter().any(|record| {
                    record.user == user
                        && record.want == Want::Leave(room.id.clone())
                        && record.sent_ms <= joined_ms
                        && !record.is_refused()
                        && BEGIN_MS + record.came_ms as i64 >= pair[0].1.as_millis()
                });
                if gave_up {
                    continue;
                }
                let mut place = line.positions.get(&position).copied().unwrap_or_default();
                place.since = line.since(position);
                if !was_over(line.terms(position), place, joined_ms, at) {
                    violations
                        .push(format!("{user} joined as {next} while {position} was theirs: {place:?}"));
                }
            }
        }
    }
    violations
}

/// Returns `true` if a position may have ended for a user who arrived at the time `at` and was in the next
/// arrival bucket at `joined_ms`. `terms` are the seconds of the admission and of its first use.
fn was_over(terms: (u32, u32), place: Place, joined_ms: u64, at: Timestamp) -> bool {
    let (token_seconds, no_show_seconds) = terms;
    let Some(since) = place.since else { return place.end.is_some_and(|(end_ms, _)| end_ms <= joined_ms) };
    let now = BEGIN_MS + (joined_ms + SKEW_MS_MAX) as i64;
    let is_over = |seconds: u32| since.plus_seconds(seconds.into()).as_millis() <= now;
    // The function may not have seen that the admission was taken up in the last two seconds.
    let seen = |taken_ms: u64| BEGIN_MS + (taken_ms as i64) < at.as_millis() - 2_000;
    place.end.is_some_and(|(end_ms, _)| end_ms <= joined_ms)
        || is_over(token_seconds)
        || (is_over(no_show_seconds) && !place.taken_ms.is_some_and(seen))
}

/// Checks that in the end every user with a position is admitted, and that the time of each admission is
/// known.
pub fn nobody_waits_for_ever(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for room in &case.facts.concerts.rooms {
        if room.admitted != room.joined {
            violations.push(format!("people wait for ever: {room:?}"));
        }
        let Some(line) = case.lines.get(&room.id) else { continue };
        let lost: Vec<QueuePosition> =
            QueuePosition::ZERO.up_to(room.admitted).filter(|place| line.since(*place).is_none()).collect();
        if !lost.is_empty() {
            violations.push(format!("{lost:?} were let in, and nobody knows when: {room:?}"));
        }
    }
    violations
}

/// Checks that between any two admission steps no more users are admitted than the rate allows for that time
/// and for the time saved up before: three seconds, or as long as one admission takes. Different clocks add
/// nothing, because the waiting room keeps up to which time its rate is used.
pub fn rates_hold(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for line in case.lines.values() {
        for (begin, first) in line.steps.iter().enumerate() {
            let saved_ms = (1_000_000 / first.rate_milli as i64 + 1).max(SAVED_MS_MAX);
            let (mut let_in, mut rate) = (0, 0);
            for step in &line.steps[begin..] {
                let_in += step.let_in;
                rate = rate.max(step.rate_milli);
                let took_ms = step.at.as_millis() - first.at.as_millis() + saved_ms;
                if step.let_in > 0 && let_in as i64 * 1_000_000 > took_ms * rate as i64 + 1_000_000 {
                    violations.push(format!("{let_in} in {took_ms} ms, {rate} in 1000 s: {:?}", line.steps));
                }
            }
        }
    }
    violations
}

/// Returns every user who sent a join for `queue`.
fn users(case: &Case<'_>, queue: &QueueId) -> Vec<UserId> {
    let requests = &case.requests;
    let joined = requests.iter().filter(|record| record.want == Want::Join(queue.clone()));
    let users: BTreeMap<UserId, ()> = joined.map(|record| (record.user.clone(), ())).collect();
    users.into_keys().collect()
}

/// Returns the time of arrival in a response. Panics if there is none.
fn joined_at(record: &RequestRecord) -> Timestamp {
    let at = record.answer.data()["joined_at"].as_str().and_then(|at| at.parse().ok());
    at.expect("who joined is told when")
}
