//! Entries of all subjects, newest first: hour by hour, and in an hour second by second over its shards.

use std::collections::BTreeMap;

use domain::audit::{AuditHour, CoveredEntry};
use domain::{Result, Timestamp};
use futures::future::try_join_all;
use runtime::App;
use store::{AuditPack, AuditShard, RootRecord};

use crate::services::filter::{AuditFilter, EntryPage, Position};

/// Number of packs that one read of a shard returns.
const PACKS_AT_ONCE: usize = 8;
/// Maximum number of reads of the shards by one request, each of nine shards or fewer. Afterwards it responds
/// with the entries found and a cursor.
const READS_MAX: usize = 40;
/// Number of latest hours that are searched as long as no root is published, as in a new deployment.
const OPEN_HOURS_MAX: usize = 3;
/// Number of roots that one read returns.
const ROOTS_AT_ONCE: usize = 168;

/// Returns the entries of `packs` of `hour`, each once, with the hours whose roots cover them. An entry that
/// was recorded in time and again late is covered by the root of its own hour.
pub fn covered(hour: AuditHour, packs: Vec<AuditPack>) -> Vec<CoveredEntry> {
    let mut found: BTreeMap<Position, CoveredEntry> = BTreeMap::new();
    for pack in packs {
        let covered_in = pack.late.unwrap_or(hour);
        for entry in pack.entries {
            let position = Position::of(&entry);
            let known = found.get(&position).is_some_and(|known| known.covered_in <= covered_in);
            if !known {
                found.insert(position, entry.covered_in(covered_in));
            }
        }
    }
    found.into_values().rev().collect()
}

/// Lists up to `limit` entries that pass `filter`, newest first, after the position `after`.
pub async fn list(
    app: &App,
    filter: &AuditFilter,
    after: Option<Position>,
    limit: usize,
) -> Result<EntryPage> {
    let last = filter.to.map_or_else(|| app.now(), |to| to.min(app.now()));
    let start = after.as_ref().map_or_else(|| AuditHour::of(last), |after| after.hour);
    let first = filter.from.map(AuditHour::of);
    let mut reading = Reading { app, filter, after, limit, reads: 0, entries: Vec::new() };
    let mut roots = Roots { app, known: Vec::new().into_iter(), is_last: false };
    let mut hour = start;
    let mut root = roots.next(start.next()).await?;
    // Before the first root dibs kept no audit. Without any root, it began in the last hours.
    let mut open = if root.is_none() { OPEN_HOURS_MAX } else { 0 };
    loop {
        if first.is_some_and(|first| hour < first) {
            return Ok(reading.page(None));
        }
        let has_entries = match &root {
            Some(root_of) if root_of.root.hour == hour => {
                let has_entries = root_of.root.entries > 0 || root_of.has_late;
                root = roots.next(hour).await?;
                has_entries
            }
            Some(_) => true,
            None if open > 0 => {
                open -= 1;
                true
            }
            None => return Ok(reading.page(None)),
        };
        if has_entries && let Some(next) = reading.hour(hour).await? {
            return Ok(reading.page(Some(next)));
        }
        hour = hour.before();
    }
}

/// Published roots, latest first.
struct Roots<'a> {
    app: &'a App,
    known: std::vec::IntoIter<RootRecord>,
    is_last: bool,
}

impl Roots<'_> {
    /// Returns the latest root before `before`, given that all later ones were returned already.
    async fn next(&mut self, before: AuditHour) -> Result<Option<RootRecord>> {
        if let Some(root) = self.known.next() {
            return Ok(Some(root));
        }
        if self.is_last {
            return Ok(None);
        }
        let found = self.app.store().list_audit_roots(Some(before), ROOTS_AT_ONCE).await?;
        self.is_last = found.len() < ROOTS_AT_ONCE;
        self.known = found.into_iter();
        Ok(self.known.next())
    }
}

struct Reading<'a> {
    app: &'a App,
    filter: &'a AuditFilter,
    after: Option<Position>,
    limit: usize,
    reads: usize,
    entries: Vec<CoveredEntry>,
}

/// Packs of one shard that were read so far.
struct ShardReading {
    shard: AuditShard,
    below: Option<String>,
    is_done: bool,
}

impl Reading<'_> {
    /// Reads the entries of `hour`. Returns the position at which the next page begins when this one is full,
    /// or when the request has read enough.
    async fn hour(&mut self, hour: AuditHour) -> Result<Option<Position>> {
        let start = self.after.as_ref().filter(|after| after.hour == hour).map(|after| after.second);
        let below = start.map(|second| AuditPack::below_second(Timestamp::from_millis(second * 1000)));
        let mut shards: Vec<ShardReading> = AuditShard::all()
            .map(|shard| ShardReading { shard, below: below.clone(), is_done: false })
            .collect();
        let mut packs: Vec<AuditPack> = Vec::new();
        loop {
            self.reads += 1;
            let store = self.app.store();
            let open = shards.iter_mut().filter(|shard| !shard.is_done);
            let reads = open.map(|shard| async move {
                let found =
                    store.list_audit_packs(hour, shard.shard, shard.below.as_deref(), PACKS_AT_ONCE).await?;
                shard.is_done = found.len() < PACKS_AT_ONCE;
                shard.below = found.last().map(|pack| pack.position.clone()).or(shard.below.take());
                Ok::<_, domain::Error>(found)
            });
            packs.extend(try_join_all(reads).await?.into_iter().flatten());
            // Every pack after the latest second that a shard may still have is there.
            let open = shards.iter().filter(|shard| !shard.is_done);
            let bound = open.filter_map(|shard| shard.below.as_deref()).map(AuditPack::second_at).max();
            let (ready, rest): (Vec<_>, Vec<_>) = packs
                .into_iter()
                .partition(|pack| bound.is_none_or(|bound| AuditPack::second_at(&pack.position) > bound));
            packs = rest;
            if let Some(next) = self.take(covered(hour, ready)) {
                return Ok(Some(next));
            }
            let Some(bound) = bound else { break };
            if self.reads >= READS_MAX {
                let second = hour.start().as_seconds() + bound;
                return Ok(Some(Position { hour, second: second + 1, entry: None }));
            }
        }
        let is_enough = self.reads >= READS_MAX;
        Ok(is_enough.then(|| Position { hour, second: hour.start().as_seconds(), entry: None }))
    }

    /// Adds the entries that belong to the page. Returns the position of the last one when there is a further
    /// one.
    fn take(&mut self, found: Vec<CoveredEntry>) -> Option<Position> {
        for entry in found {
            let position = Position::of(&entry.entry);
            if self.after.as_ref().is_some_and(|after| position >= *after)
                || !self.filter.matches(&entry.entry)
            {
                continue;
            }
            if self.entries.len() == self.limit {
                return self.entries.last().map(|last| Position::of(&last.entry));
            }
            self.entries.push(entry);
        }
        None
    }

    fn page(self, next: Option<Position>) -> EntryPage {
        EntryPage { entries: self.entries, next }
    }
}

/// Lists up to `limit` acts of the member of staff `actor` that pass `filter`, newest first, after the position
/// `after`.
pub async fn list_acts(
    app: &App,
    actor: &str,
    filter: &AuditFilter,
    after: Option<Position>,
    limit: usize,
) -> Result<EntryPage> {
    let start = after.as_ref().map(|after| Timestamp::from_millis(after.second * 1000)).or(filter.to);
    let mut below = start.map(AuditPack::below_second_of_actor);
    let (mut found, mut is_whole) = (BTreeMap::<Position, CoveredEntry>::new(), false);
    for _ in 0..READS_MAX {
        let packs = app.store().list_staff_acts(actor, below.as_deref(), PACKS_AT_ONCE).await?;
        let is_last = packs.len() < PACKS_AT_ONCE;
        below = packs.last().map(|pack| pack.position.clone());
        let oldest = packs.last().and_then(|pack| pack.entries.first()).map(|entry| entry.at.as_seconds());
        for pack in packs {
            for entry in pack.entries {
                let position = Position::of(&entry);
                if after.as_ref().is_none_or(|after| position < *after) && filter.matches(&entry) {
                    let hour = pack.late.unwrap_or(position.hour);
                    found.insert(position, entry.covered_in(hour));
                }
            }
        }
        let edge = found.keys().rev().nth(limit).map(|position| position.second);
        // The second that was read last may have further packs.
        let is_full = edge.is_some_and(|edge| oldest.is_some_and(|oldest| edge > oldest));
        let is_over = filter.from.is_some_and(|from| oldest.is_none_or(|oldest| oldest < from.as_seconds()));
        if is_last || is_full || is_over {
            is_whole = is_last || is_over;
            break;
        }
    }
    let mut entries: Vec<CoveredEntry> = found.into_values().rev().collect();
    let more = entries.len() > limit || !is_whole;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|last| Position::of(&last.entry));
    Ok(EntryPage { entries, next })
}
