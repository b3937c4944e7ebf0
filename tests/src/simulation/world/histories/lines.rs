//! History of every waiting room, write by write, as the database stores it. Invalid steps are recorded as
//! they are written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use domain::ids::QueueId;
use domain::waiting_room::{
    ArrivalBucket, ArrivalBucketKey, EntryName, PositionEnd, QueuePosition, WaitingRoom,
};
use serde_json::Value;

use super::writes::{Written, numbers, read, texts};

/// Maximum capacity that an operator sets.
pub const CAPACITY_MAX: u64 = 4;

/// Histories of all waiting rooms.
#[derive(Default)]
pub struct Lines(Mutex<BTreeMap<QueueId, Line>>);

/// History of a waiting room.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Each version of the waiting room, with the time of its write in milliseconds of the run.
    pub rooms: Vec<(u64, WaitingRoom)>,
    /// Arrival buckets of the waiting room, as they are now.
    pub buckets: BTreeMap<ArrivalBucketKey, ArrivalBucket>,
    /// Time at which each name was first in an arrival bucket, in milliseconds of the run.
    pub joined_ms: BTreeMap<(ArrivalBucketKey, EntryName), u64>,
    /// History of each position, by number.
    pub positions: BTreeMap<QueuePosition, Place>,
    /// Admission steps of the waiting room, in order.
    pub steps: Vec<Step>,
    /// Sentences about steps that are never valid.
    pub violations: Vec<String>,
}

/// History of a position. Times ending in `ms` are those of the writes, in milliseconds of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Time of the write in which the waiting room admitted the position.
    pub admitted_ms: Option<u64>,
    /// Start of the admission that the admission block records.
    pub since: Option<Timestamp>,
    /// Time of the write about the first protected request.
    pub taken_ms: Option<u64>,
    /// Time and kind of the position's end.
    pub end: Option<(u64, PositionEnd)>,
}

/// Admission step of a waiting room.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Time of the step by the clock of the worker that made it.
    pub at: Timestamp,
    /// Number of users admitted in the step, without those who had left before.
    pub let_in: u64,
    /// Admission rate of the waiting room, in users per thousand seconds.
    pub rate_milli: u64,
}

impl Line {
    /// Returns the start of the admission of `position`, from its admission block or, if that has none yet,
    /// from the waiting room's last step. `None` if the position is not admitted.
    pub fn since(&self, position: QueuePosition) -> Option<Timestamp> {
        let by_gate = self.positions.get(&position).and_then(|place| place.since);
        let (_, room) = self.rooms.last()?;
        let by_step = room.admission_step.filter(|step| step.after < position && position <= room.admitted);
        by_gate.or(by_step.map(|step| step.at))
    }
}

impl Line {
    /// Returns the seconds that the admission of `position` lasts, and those within which it must be taken
    /// up. They follow the settings at the time of the admission.
    pub fn terms(&self, position: QueuePosition) -> (u32, u32) {
        let admitting = self.rooms.iter().find(|(_, room)| room.admitted >= position);
        let settings = admitting.or(self.rooms.last()).map(|(_, room)| &room.settings);
        settings.map_or((0, 0), |settings| (settings.token_seconds, settings.no_show_seconds))
    }
}

impl Lines {
    /// Returns the history of every waiting room so far.
    pub fn all(&self) -> BTreeMap<QueueId, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the write of an item.
    pub fn written(&self, at_ms: u64, written: &Written) {
        let Some(rest) = written.pk.strip_prefix("QUEUE#") else { return };
        let mut parts = rest.split('#');
        let Some(queue) = parts.next().and_then(QueueId::parse) else { return };
        let kind = parts.next();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.entry(queue).or_default();
        match (kind, written.sk.split('#').next()) {
            (None, Some("ROOM")) => line.room(at_ms, read(written.item.clone())),
            (Some("SLICE"), Some("PAGE")) => {
                if let Some(key) = arrival_bucket_key(rest, &written.sk) {
                    line.bucket(at_ms, key, bucket(&written.item));
                }
            }
            (Some("GATE"), Some("GATE")) => line.admission_block(at_ms, &written.item),
            _ => {}
        }
    }
}

impl Line {
    fn room(&mut self, at_ms: u64, room: WaitingRoom) {
        if let Some((_, before)) = self.rooms.last() {
            let back = room.admitted < before.admitted || room.joined < before.joined;
            if back || room.low_water_mark < before.low_water_mark || room.version != before.version + 1 {
                self.violations.push(format!("a room went back from {before:?} to {room:?}"));
            }
        }
        if !(room.low_water_mark <= room.admitted && room.admitted <= room.joined) {
            self.violations.push(format!("a room contradicts itself: {room:?}"));
        }
        let before = self.rooms.last().map_or(QueuePosition::ZERO, |(_, before)| before.admitted);
        for position in before.up_to(room.admitted) {
            self.positions.entry(position).or_default().admitted_ms = Some(at_ms);
        }
        let is_open =
            |position: &QueuePosition| self.positions.get(position).is_none_or(|place| place.end.is_none());
        let active = QueuePosition::ZERO.up_to(room.admitted).filter(is_open).count();
        if before.up_to(room.admitted).any(|position| is_open(&position))
            && active > (room.settings.capacity as usize).min(CAPACITY_MAX as usize)
        {
            self.violations.push(format!("{active} are let in to a room of {}", room.settings.capacity));
        }
        if let Some(step) = room.admission_step.filter(|_| room.admitted > before) {
            let let_in = before.up_to(room.admitted).filter(is_open).count() as u64;
            self.steps.push(Step { at: step.at, let_in, rate_milli: room.settings.rate_milli });
        }
        self.rooms.push((at_ms, room));
    }

    fn bucket(&mut self, at_ms: u64, key: ArrivalBucketKey, bucket: ArrivalBucket) {
        let before = self.buckets.insert(key, bucket.clone()).unwrap_or_default();
        let stays = |there: bool, what: bool| !there || what;
        if !stays(before.frozen, bucket.frozen && bucket.arrivals == before.arrivals)
            || !stays(before.positions.is_some(), bucket.positions == before.positions)
            || !stays(bucket.positions.is_some(), bucket.frozen)
        {
            self.violations
                .push(format!("an arrival bucket that is settled went on from {before:?} to {bucket:?}"));
        }
        for joiner in bucket.arrivals.into_keys() {
            self.joined_ms.entry((key, joiner)).or_insert(at_ms);
        }
    }

    fn admission_block(&mut self, at_ms: u64, item: &Value) {
        let place = |name: &str, kind: &str| name.strip_prefix(kind)?.parse().ok().map(QueuePosition);
        let mut marks: BTreeMap<QueuePosition, Place> = BTreeMap::new();
        for (name, at) in numbers(item) {
            if let Some(position) = place(name, "a#") {
                marks.entry(position).or_default().since = Some(Timestamp::from_millis(at));
            } else if let Some(position) = place(name, "t#") {
                marks.entry(position).or_default().taken_ms = Some(at_ms);
            }
        }
        for (name, end) in texts(item) {
            if let Some(position) = place(name, "e#") {
                marks.entry(position).or_default().end =
                    end.parse::<PositionEnd>().ok().map(|end| (at_ms, end));
            }
        }
        for (position, now) in marks {
            let known = self.positions.entry(position).or_default();
            let same_end =
                known.end.is_none() || known.end.map(|(_, end)| end) == now.end.map(|(_, end)| end);
            if !same_end || (known.since.is_some() && known.since != now.since) {
                self.violations.push(format!("place {position} went on from {known:?} to {now:?}"));
            }
            if now.since.is_some() && known.admitted_ms.is_none() {
                self.violations.push(format!("place {position} has a time and was never let in"));
            }
            if now.taken_ms.is_some() && known.taken_ms.is_none() && known.end.is_some() {
                self.violations.push(format!("somebody came to place {position}, which is over: {known:?}"));
            }
            let came = known.taken_ms.or(now.taken_ms);
            if known.end.is_none()
                && let Some((_, end)) = now.end
                && came.is_some() == (end == PositionEnd::NoShow)
                && matches!(end, PositionEnd::NoShow | PositionEnd::Done)
            {
                self.violations.push(format!("place {position} became {end:?}, taken {came:?}"));
            }
            known.since = now.since;
            known.taken_ms = came;
            known.end = known.end.or(now.end);
        }
    }
}

/// Returns the key of the arrival bucket that is stored under these keys. `None` if they are not those of
/// one.
pub fn arrival_bucket_key(pk: &str, sk: &str) -> Option<ArrivalBucketKey> {
    let (_, place) = pk.split_once("#SLICE#")?;
    let (window, group) = place.split_once('#')?;
    let number = sk.strip_prefix("PAGE#")?.parse().ok()?;
    Some(ArrivalBucketKey { window: window.parse().ok()?, group: group.parse().ok()?, number })
}

/// Parses an item as an arrival bucket.
pub fn bucket(item: &Value) -> ArrivalBucket {
    let arrivals = numbers(item).filter_map(|(name, at)| {
        Some((EntryName(name.strip_prefix("j#")?.to_owned()), Some(at).filter(|at| *at > 0)))
    });
    let positions = item["places"]["L"].as_array();
    let gone = numbers(item).filter_map(|(name, _)| Some(EntryName(name.strip_prefix("l#")?.to_owned())));
    ArrivalBucket {
        departed: gone.collect(),
        arrivals: arrivals.map(|(joiner, at)| (joiner, at.map(Timestamp::from_millis))).collect(),
        frozen: item.get("frozen").is_some(),
        positions: positions.map(|all| {
            all.iter().filter_map(|one| one["N"].as_str()?.parse().ok().map(QueuePosition)).collect()
        }),
    }
}
