//! Ending and counting of admitted positions.

use domain::waiting_room::PositionEnd;

use super::*;

/// Maximum number of scheduled checks in one run. One more is read to know when the next is due.
const CHECKS_MAX: usize = 32;

/// Result of ending positions in one run.
pub(super) struct Ends {
    /// Admission blocks with ended positions.
    pub admission_blocks: BTreeMap<u64, AdmissionBlock>,
    /// Sort key of the last scheduled check that was handled.
    pub handled_check: Option<String>,
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
    /// Returns the counted positions of the blocks that were read, together with those in `counted_ends`.
    pub fn with(&self, counted_ends: &[(u64, u16)]) -> Departed {
        let mut masks = self.masks.clone();
        masks.extend(counted_ends.iter().copied());
        Departed { blocks: self.read.clone(), masks }
    }
}

impl RoomRun<'_> {
    /// Reads the admission blocks `named` and those of due checks, and ends the positions whose admission
    /// has expired or was not used in time. Schedules the next check of each range for the time at which
    /// its next position expires.
    pub(super) async fn end(&self, named: &[u64]) -> Result<Ends> {
        let mut checks = self.store.get_scheduled_checks(&self.room, CHECKS_MAX + 1).await?;
        let mut next = checks.iter().skip(CHECKS_MAX).map(|check| check.at).min();
        checks.truncate(CHECKS_MAX);
        next = checks.iter().filter(|check| check.at > self.now).map(|check| check.at).chain(next).min();
        checks.retain(|check| check.at <= self.now);
        let numbers: BTreeSet<u64> =
            named.iter().copied().chain(checks.iter().flat_map(ScheduledCheck::admission_blocks)).collect();
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let mut admission_blocks = self.store.get_admission_blocks(&self.room.id, &numbers).await?;
        // Two due checks can contain the same position, if the next check of a range was stored and the first
        // one was then read again.
        let mut ends: BTreeMap<u64, BTreeMap<QueuePosition, PositionEnd>> = BTreeMap::new();
        for check in &checks {
            for (position, end) in
                self.room.overdue(check.after, check.upto, &states(&admission_blocks, check), self.now)
            {
                ends.entry(AdmissionBlock::of(position)).or_default().insert(position, end);
            }
        }
        let ends: Vec<(u64, Vec<_>)> = ends
            .into_iter()
            .map(|(admission_block, ends)| (admission_block, ends.into_iter().collect()))
            .collect();
        for some in ends.chunks(CONCURRENT_WRITES_MAX) {
            let write = some.iter().map(|(admission_block, ends)| async move {
                Ok::<_, Error>((
                    *admission_block,
                    self.store.end_positions(&self.room.id, *admission_block, ends).await?,
                ))
            });
            admission_blocks.extend(try_join_all(write).await?);
        }
        let rest: Vec<ScheduledCheck> =
            checks.iter().filter_map(|check| self.rest(check, &admission_blocks)).collect();
        for some in rest.chunks(CONCURRENT_WRITES_MAX) {
            self.store.schedule_checks(&self.room.id, some).await?;
        }
        let handled_check =
            checks.last().map(ScheduledCheck::sort_key).or_else(|| self.room.handled_check.clone());
        Ok(Ends {
            admission_blocks,
            handled_check,
            next: rest.iter().map(|check| check.at).chain(next).min(),
        })
    }

    /// Returns the check to schedule after `check` for the positions of its range that are still open;
    /// `None` if there are none. It is due in the next millisecond at the earliest, as for a position
    /// whose end came too late because its user used it just before.
    fn rest(
        &self,
        check: &ScheduledCheck,
        admission_blocks: &BTreeMap<u64, AdmissionBlock>,
    ) -> Option<ScheduledCheck> {
        let rest = check.following(&self.room, &states(admission_blocks, check))?;
        let soon = Timestamp::from_millis(self.now.as_millis() + 1);
        Some(ScheduledCheck { at: rest.at.max(soon), ..rest })
    }

    /// Reads the counting blocks that `ended` and `ahead` name. Counts of the room's last version that its
    /// run did not write are written first.
    pub(super) async fn read_counting_blocks(&self, ended: &BTreeSet<u64>, ahead: &[u64]) -> Result<Counted> {
        let counted_ends = self.room.counted_ends.by_block();
        let read: BTreeSet<u64> = ended.iter().chain(ahead).chain(counted_ends.keys()).copied().collect();
        let numbers: Vec<u64> = read.iter().copied().collect();
        let blocks = self.store.get_counting_blocks(&self.room.id, &numbers).await?;
        self.write_counts(&self.room, &blocks).await?;
        let mut masks: BTreeMap<u64, u16> = blocks.into_values().flat_map(|block| block.masks).collect();
        masks.extend(self.room.counted_ends.0.iter().copied());
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
        let blocks = room.counted_ends.by_block().into_iter().filter(|(number, _)| is_open(number));
        let write = blocks.map(|(number, masks)| async move {
            self.store.write_counted_ends(&room.id, number, &masks, room.version).await
        });
        try_join_all(write).await.map(drop)
    }

    /// Carries out the room's last admission step if the run that recorded it did not. The last scheduled
    /// check of a step is the last item that the step writes, so it shows that the step is complete.
    pub(super) async fn finish_step(&self) -> Result<()> {
        let checks = checks_of_step(&self.room);
        match checks.last() {
            Some(last) if !self.store.is_check_scheduled(&self.room.id, last).await? => {
                self.carry_out_step(&self.room, &checks).await
            }
            _ => Ok(()),
        }
    }

    /// Records the last admission step of `room` in its admission blocks, then stores the scheduled checks.
    pub(super) async fn carry_out_step(&self, room: &WaitingRoom, checks: &[ScheduledCheck]) -> Result<()> {
        let Some(step) = room.admission_step else { return Ok(()) };
        let admission_blocks: Vec<(u64, Vec<QueuePosition>)> = step.admission_blocks(room.admitted).collect();
        for some in admission_blocks.chunks(CONCURRENT_WRITES_MAX) {
            let write = some.iter().map(|(admission_block, positions)| {
                self.store.record_admission(&room.id, *admission_block, positions, step.at)
            });
            try_join_all(write).await?;
        }
        self.store.schedule_checks(&room.id, checks).await
    }

    /// Converts a room that an earlier version of dibs wrote, which did not count ends. Reads all
    /// admission blocks of the room once, counts ended positions, and schedules checks for the others.
    pub(super) async fn convert_older_room(&self) -> Result<()> {
        let room = &self.room;
        if room.admission_step.is_some() {
            self.carry_out_step(room, &[]).await?;
        }
        let numbers: Vec<u64> = (AdmissionBlock::of(room.low_water_mark.next())
            ..=AdmissionBlock::of(room.joined.max(QueuePosition(1))))
            .collect();
        let admission_blocks = self.store.get_admission_blocks(&room.id, &numbers).await?;
        let states: BTreeMap<QueuePosition, PositionState> =
            admission_blocks.into_values().flat_map(|admission_block| admission_block.states).collect();
        let before = room.admission_step.map_or(room.admitted, |step| step.after);
        let rest = ScheduledCheck::for_positions(self.now, room.low_water_mark, before);
        let rest: Vec<ScheduledCheck> =
            rest.iter().filter_map(|check| check.following(room, &states)).collect();
        for some in rest.chunks(CONCURRENT_WRITES_MAX) {
            self.store.schedule_checks(&room.id, some).await?;
        }
        let next = room.with_counted_ends(&states).next_version(Some(self.now), self.now);
        if self.save(&next).await? {
            self.write_counts(&next, &BTreeMap::new()).await?;
        }
        Ok(())
    }
}

/// Returns the states of the positions in the admission blocks of a check.
fn states(
    admission_blocks: &BTreeMap<u64, AdmissionBlock>,
    check: &ScheduledCheck,
) -> BTreeMap<QueuePosition, PositionState> {
    admission_blocks
        .range(check.admission_blocks())
        .flat_map(|(_, admission_block)| admission_block.states.clone())
        .collect()
}

const _: () = assert!(COUNTING_BLOCK_POSITIONS.is_multiple_of(ADMISSION_BLOCK_POSITIONS));
