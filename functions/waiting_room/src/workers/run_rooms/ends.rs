//! Ending and counting of admitted positions.

use super::*;

/// Maximum number of scheduled checks in one run. One more is read to know when the next is due.
const DUES_MAX: usize = 32;

/// Result of ending positions in one run.
pub(super) struct Ends {
    /// Admission blocks with ended positions.
    pub gates: BTreeMap<u64, AdmissionBlock>,
    /// Name of the last scheduled check that was handled.
    pub handled: Option<String>,
    /// Time of the next scheduled check, possibly in the past.
    pub next: Option<Timestamp>,
}

/// Counting blocks that a run has read, and which ended positions are counted in them.
pub(super) struct Counted {
    read: BTreeSet<u64>,
    /// Counted positions as a bit mask for each admission block.
    pub masks: BTreeMap<u64, u16>,
}

impl Counted {
    /// Returns the counted positions of the blocks that were read, together with those in `counting`.
    pub fn with(&self, counting: &[(u64, u16)]) -> Departed {
        let mut masks = self.masks.clone();
        masks.extend(counting.iter().copied());
        Departed { blocks: self.read.clone(), masks }
    }
}

impl RoomRun<'_> {
    /// Reads the admission blocks `named` and those of due checks, and ends the positions whose admission
    /// has expired or was not used in time. Schedules the next check of each range for the time at which
    /// its next position expires.
    pub(super) async fn end(&self, named: &[u64]) -> Result<Ends> {
        let mut dues = self.store.dues(&self.room, DUES_MAX + 1).await?;
        let mut next = dues.iter().skip(DUES_MAX).map(|due| due.at).min();
        dues.truncate(DUES_MAX);
        next = dues.iter().filter(|due| due.at > self.now).map(|due| due.at).chain(next).min();
        dues.retain(|due| due.at <= self.now);
        let numbers: BTreeSet<u64> =
            named.iter().copied().chain(dues.iter().flat_map(ScheduledCheck::gates)).collect();
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let mut gates = self.store.gates(&self.room.id, &numbers).await?;
        // Two due checks can contain the same position, if the next check of a range was stored and the first
        // one was then read again.
        let mut ends: BTreeMap<u64, BTreeMap<u64, domain::queue::PositionEnd>> = BTreeMap::new();
        for due in &dues {
            for (position, end) in self.room.overdue(due.after, due.upto, &states(&gates, due), self.now) {
                ends.entry(AdmissionBlock::of(position)).or_default().insert(position, end);
            }
        }
        let ends: Vec<(u64, Vec<_>)> =
            ends.into_iter().map(|(gate, ends)| (gate, ends.into_iter().collect())).collect();
        for some in ends.chunks(AT_ONCE) {
            let write = some.iter().map(|(gate, ends)| async move {
                Ok::<_, Error>((*gate, self.store.end_positions(&self.room.id, *gate, ends).await?))
            });
            gates.extend(try_join_all(write).await?);
        }
        let rest: Vec<ScheduledCheck> = dues.iter().filter_map(|due| self.rest(due, &gates)).collect();
        for some in rest.chunks(AT_ONCE) {
            self.store.schedule_checks(&self.room.id, some).await?;
        }
        let handled = dues.last().map(ScheduledCheck::name).or_else(|| self.room.handled.clone());
        Ok(Ends { gates, handled, next: rest.iter().map(|due| due.at).chain(next).min() })
    }

    /// Returns the check to schedule after `due` for the positions of its range that are still open;
    /// `None` if there are none. It is due in the next millisecond at the earliest, as for a position
    /// whose end came too late because its user used it just before.
    fn rest(&self, due: &ScheduledCheck, gates: &BTreeMap<u64, AdmissionBlock>) -> Option<ScheduledCheck> {
        let rest = due.next(&self.room, &states(gates, due))?;
        let soon = Timestamp::from_millis(self.now.as_millis() + 1);
        Some(ScheduledCheck { at: rest.at.max(soon), ..rest })
    }

    /// Reads the counting blocks that `ended` and `ahead` name. Counts of the room's last version that its
    /// run did not write are written first.
    pub(super) async fn blocks(&self, ended: &BTreeSet<u64>, ahead: &[u64]) -> Result<Counted> {
        let counting = self.room.counting.by_block();
        let read: BTreeSet<u64> = ended.iter().chain(ahead).chain(counting.keys()).copied().collect();
        let numbers: Vec<u64> = read.iter().copied().collect();
        let blocks = self.store.blocks(&self.room.id, &numbers).await?;
        self.write_counts(&self.room, &blocks).await?;
        let mut masks: BTreeMap<u64, u16> = blocks.into_values().flat_map(|block| block.masks).collect();
        masks.extend(self.room.counting.0.iter().copied());
        Ok(Counted { read, masks })
    }

    /// Writes the counts of this version of `room` into its counting blocks, except those that `known` shows
    /// as written.
    pub(super) async fn write_counts(
        &self,
        room: &WaitingRoom,
        known: &BTreeMap<u64, CountingBlock>,
    ) -> Result<()> {
        let is_open = |number: &u64| known.get(number).is_none_or(|block| block.version < room.version);
        let blocks = room.counting.by_block().into_iter().filter(|(number, _)| is_open(number));
        let write = blocks.map(|(number, masks)| async move {
            self.store.count_block(&room.id, number, &masks, room.version).await
        });
        try_join_all(write).await.map(drop)
    }

    /// Carries out the room's last admission step if the run that recorded it did not. The last scheduled
    /// check of a step is the last item that the step writes, so it shows that the step is complete.
    pub(super) async fn finish_step(&self) -> Result<()> {
        let dues = checks_of_step(&self.room);
        match dues.last() {
            Some(last) if !self.store.is_noted(&self.room.id, last).await? => {
                self.carry_out_step(&self.room, &dues).await
            }
            _ => Ok(()),
        }
    }

    /// Records the last admission step of `room` in its admission blocks, then stores the scheduled checks.
    pub(super) async fn carry_out_step(&self, room: &WaitingRoom, dues: &[ScheduledCheck]) -> Result<()> {
        let Some(step) = room.step else { return Ok(()) };
        let gates: Vec<(u64, Vec<u64>)> = step.gates(room.admitted).collect();
        for some in gates.chunks(AT_ONCE) {
            let write =
                some.iter().map(|(gate, places)| self.store.mark_admitted(&room.id, *gate, places, step.at));
            try_join_all(write).await?;
        }
        self.store.schedule_checks(&room.id, dues).await
    }

    /// Converts a room that an earlier version of dibs wrote, which did not count ends. Reads all
    /// admission blocks of the room once, counts ended positions, and schedules checks for the others.
    pub(super) async fn take_over(&self) -> Result<()> {
        let room = &self.room;
        if room.step.is_some() {
            self.carry_out_step(room, &[]).await?;
        }
        let numbers: Vec<u64> =
            (AdmissionBlock::of(room.low_water_mark + 1)..=AdmissionBlock::of(room.joined.max(1))).collect();
        let gates = self.store.gates(&room.id, &numbers).await?;
        let states: BTreeMap<u64, PositionState> = gates.into_values().flat_map(|gate| gate.states).collect();
        let before = room.step.map_or(room.admitted, |step| step.after);
        let rest = ScheduledCheck::stretches(self.now, room.low_water_mark, before);
        let rest: Vec<ScheduledCheck> = rest.iter().filter_map(|due| due.next(room, &states)).collect();
        for some in rest.chunks(AT_ONCE) {
            self.store.schedule_checks(&room.id, some).await?;
        }
        let next = room.counted(&states).next(Some(self.now), self.now);
        if self.save(&next).await? {
            self.write_counts(&next, &BTreeMap::new()).await?;
        }
        Ok(())
    }
}

/// Returns the states of the positions in the admission blocks of a check.
fn states(gates: &BTreeMap<u64, AdmissionBlock>, due: &ScheduledCheck) -> BTreeMap<u64, PositionState> {
    gates.range(due.gates()).flat_map(|(_, gate)| gate.states.clone()).collect()
}

const _: () = assert!(COUNTING_BLOCK_POSITIONS.is_multiple_of(ADMISSION_BLOCK_POSITIONS));
