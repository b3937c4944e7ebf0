//! Storage of audit entries. Relays pack the entries of a batch into few items, which are found by hour and
//! second. An item is written once, and a redelivered batch writes nothing that is there.

mod heads;
mod images;
mod pack;
mod roots;

pub use pack::{AuditPack, AuditShard};
pub use roots::RootRecord;

use std::collections::{BTreeMap, BTreeSet};

use domain::audit::{AuditEntry, AuditHour, AuditSubject};
use domain::{BusyReason, Error, Result, Timestamp};
use futures::future::try_join_all;

use crate::item::PartitionRange;
use crate::{Saved, Store};
use pack::{PackKey, StoredPack, chunk_length, second_of};

/// Role of customers. Entries in any other role are also packed in the partition of their actor.
const USER: &str = "USER";

/// Number of an entry with its subject, by which repeats are recognized.
type EntryName = (AuditSubject, u64);

fn name(entry: &AuditEntry) -> EntryName {
    (entry.subject(), entry.number)
}

impl Store {
    /// Records `entries` of the records of a stream. A repeat writes no entry that is there, even if the batch has
    /// other boundaries; readers drop an entry that two deliveries packed with others.
    pub async fn record_audit(&self, entries: &[AuditEntry], now: Timestamp) -> Result<()> {
        let mut groups: BTreeMap<(AuditHour, String, bool), Vec<&AuditEntry>> = BTreeMap::new();
        let mut acts: BTreeMap<(&str, AuditHour), Vec<&AuditEntry>> = BTreeMap::new();
        for entry in entries {
            let key = (AuditHour::of(entry.at), second_of(entry.at), entry.subject_kind.is_configured());
            groups.entry(key).or_default().push(entry);
            if entry.role.as_deref().is_some_and(|role| role != USER) {
                acts.entry((&entry.actor, AuditHour::of(entry.at))).or_default().push(entry);
            }
        }
        let groups = groups.into_iter().map(|((hour, ..), entries)| async move {
            if hour.is_late(now) {
                return self.record_late(hour, entries, now).await;
            }
            self.record_packs(entries, None, PackKey::of).await
        });
        try_join_all(groups).await?;
        let acts = acts.into_iter().map(|((_, hour), entries)| {
            let late = hour.is_late(now).then(|| AuditHour::of(now));
            self.record_packs(entries, late, PackKey::of_actor)
        });
        try_join_all(acts).await.map(drop)
    }

    /// Records entries of an hour whose root may be published already. They are announced in the partition of
    /// late entries of the present hour, whose root then covers them.
    async fn record_late(
        &self,
        hour: AuditHour,
        mut entries: Vec<&AuditEntry>,
        now: Timestamp,
    ) -> Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        let there = self.audit_second(hour, first.at, true).await?;
        let known: BTreeSet<EntryName> = there.iter().flat_map(|pack| &pack.entries).map(name).collect();
        entries.retain(|entry| !known.contains(&name(entry)));
        let covered_in = AuditHour::of(now);
        // The announcement comes first. The root counts it only with the item that names this hour.
        self.record_packs(entries.clone(), Some(covered_in), |first| {
            PackKey::of(first).announced_in(covered_in)
        })
        .await?;
        self.record_packs(entries, Some(covered_in), PackKey::of).await
    }

    /// Writes packs of `entries` under the keys that follow from the first entry of each.
    async fn record_packs(
        &self,
        mut entries: Vec<&AuditEntry>,
        late: Option<AuditHour>,
        key: impl Fn(&AuditEntry) -> PackKey,
    ) -> Result<()> {
        while let Some(first) = entries.first() {
            let length = chunk_length(&entries)?;
            let pack = StoredPack::new(&key(first), late, &entries[..length])?;
            match self.create(&pack).await? {
                Saved::Done => drop(entries.drain(..length)),
                Saved::Conflict(Some(there)) => {
                    let known: BTreeSet<EntryName> = there.unpack()?.entries.iter().map(name).collect();
                    let before = entries.len();
                    entries.retain(|entry| !known.contains(&name(entry)));
                    if entries.len() == before {
                        return Err(Error::internal("a pack of audit entries lacks the entry that names it"));
                    }
                }
                Saved::Conflict(None) => return Err(Error::busy(BusyReason::Created)),
            }
        }
        Ok(())
    }

    /// Lists up to `limit` packs of one shard of an hour, latest second first, below the position `below`, eventually
    /// consistent.
    pub async fn list_audit_packs(
        &self,
        hour: AuditHour,
        shard: AuditShard,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditPack>> {
        let pk = shard.partition(hour);
        let range = PartitionRange { after: below, limit, backward: true, ..PartitionRange::of(&pk, "") };
        self.packs(range).await
    }

    /// Lists up to `limit` packs of entries of changes by a member of staff, newest first, below the position `below`,
    /// eventually consistent.
    pub async fn list_staff_acts(
        &self,
        actor: &str,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditPack>> {
        let pk = pack::actor_partition(actor);
        let range = PartitionRange { after: below, limit, backward: true, ..PartitionRange::of(&pk, "") };
        self.packs(range).await
    }

    /// Lists the packs of the second of `at`, in the partitions of `hour`; strongly consistent if `consistent`.
    pub async fn audit_second(
        &self,
        hour: AuditHour,
        at: Timestamp,
        consistent: bool,
    ) -> Result<Vec<AuditPack>> {
        let prefix = format!("{}#", second_of(at));
        let reads = AuditShard::all().map(|shard| {
            let (pk, prefix) = (shard.partition(hour), &prefix);
            async move { self.packs(PartitionRange { consistent, ..PartitionRange::of(&pk, prefix) }).await }
        });
        Ok(try_join_all(reads).await?.concat())
    }

    /// Reads all entries that the root of `hour` covers, strongly consistent, each once: those recorded in
    /// time, and late ones of earlier hours.
    pub async fn list_audit_hour(&self, hour: AuditHour) -> Result<Vec<AuditEntry>> {
        let mut found: BTreeMap<EntryName, AuditEntry> = BTreeMap::new();
        for shard in AuditShard::all() {
            let pk = shard.partition(hour);
            let packs =
                self.packs(PartitionRange { consistent: true, ..PartitionRange::of(&pk, "") }).await?;
            let punctual = packs.into_iter().filter(|pack| pack.late.is_none());
            found.extend(punctual.flat_map(|pack| pack.entries).map(|entry| (name(&entry), entry)));
        }
        let pk = AuditShard::LATE.partition(hour);
        for announced in
            self.packs(PartitionRange { consistent: true, ..PartitionRange::of(&pk, "") }).await?
        {
            for entry in announced.entries {
                let there = self.audit_second(AuditHour::of(entry.at), entry.at, true).await?;
                let holds = |pack: &&AuditPack| pack.entries.iter().any(|one| name(one) == name(&entry));
                let mut packs = there.iter().filter(holds).peekable();
                if packs.peek().is_some() && packs.all(|pack| pack.late == Some(hour)) {
                    found.insert(name(&entry), entry);
                }
            }
        }
        Ok(found.into_values().collect())
    }

    async fn packs(&self, range: PartitionRange<'_>) -> Result<Vec<AuditPack>> {
        let stored: Vec<StoredPack> = self.query(range).await?;
        stored.iter().map(StoredPack::unpack).collect()
    }
}
