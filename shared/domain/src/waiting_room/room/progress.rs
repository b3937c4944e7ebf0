//! Progress of a waiting room: admitting users, ending expired positions, and counting ended positions.

use std::collections::BTreeMap;

use super::{
    AdmissionStep, EndedPositions, MESSAGE_DELAY_MAX_MS, RUN_INTERVAL_MS, SWEEP_DELAY_SECONDS, WaitingRoom,
    WaitingRoomStatus,
};
use crate::waiting_room::{
    AdmissionBlock, CountedEnds, Departed, PositionEnd, PositionMask, PositionState, QueuePosition,
    counting_block_of,
};
use crate::{Error, Result, Timestamp};

impl WaitingRoom {
    /// Returns the time of admission of `position`, from its state `state` or, if that is not recorded yet,
    /// from the latest admission step. `None` if it is not admitted.
    pub fn admitted_at(&self, position: QueuePosition, state: PositionState) -> Option<Timestamp> {
        let by_step = || self.admission_step.filter(|step| step.after < position).map(|step| step.at);
        if position > self.admitted { None } else { state.admitted_at.or_else(by_step) }
    }

    /// Returns, for `position`, the duration of the admission and the time within which the first protected
    /// request must come, both in seconds.
    pub fn terms_of(&self, position: QueuePosition) -> (u32, u32) {
        let known = self.earlier_terms.iter().find(|terms| position <= terms.upto);
        known.map_or((self.settings.token_seconds, self.settings.no_show_seconds), |terms| {
            (terms.token_seconds, terms.no_show_seconds)
        })
    }

    /// Returns the time at which the admission of `position`, with the state `state`, ends if its user does
    /// nothing more, and the reason for that end. `None` if it is not admitted.
    pub fn deadline(
        &self,
        position: QueuePosition,
        state: PositionState,
    ) -> Option<(Timestamp, PositionEnd)> {
        let since = self.admitted_at(position, state)?;
        let (token_seconds, no_show_seconds) = self.terms_of(position);
        let until = since.plus_seconds(token_seconds.into());
        let first_use_before = since.plus_seconds(no_show_seconds.into());
        Some(if state.first_use_at.is_none() && first_use_before < until {
            (first_use_before, PositionEnd::NoShow)
        } else {
            (until, PositionEnd::Expired)
        })
    }

    /// Returns the positions after `after` up to `upto` that have not ended but whose deadline has passed at
    /// `now`, each with the reason for which to end it.
    pub fn overdue(
        &self,
        after: QueuePosition,
        upto: QueuePosition,
        states: &BTreeMap<QueuePosition, PositionState>,
        now: Timestamp,
    ) -> Vec<(QueuePosition, PositionEnd)> {
        let open = after.up_to(upto).map(|position| (position, state_of(states, position)));
        open.filter(|(_, state)| state.end.is_none())
            .filter_map(|(position, state)| {
                let (deadline, end) = self.deadline(position, state)?;
                (deadline <= now).then_some((position, end))
            })
            .collect()
    }

    /// Returns the number of admitted positions that are not counted as ended.
    pub fn active(&self) -> u64 {
        self.admitted.0.saturating_sub(self.ended_positions.unwrap_or_default().ended)
    }

    /// Returns the number of users who wait: positions that are neither admitted nor counted as left.
    pub fn waiting(&self) -> u64 {
        self.joined
            .count_after(self.admitted)
            .saturating_sub(self.ended_positions.unwrap_or_default().departed)
    }

    /// Returns the room with its ended positions counted from `states`, the states of all positions above its
    /// `low_water_mark`. Needed once, for a room that an older version of dibs wrote; other rooms are
    /// returned unchanged.
    #[must_use]
    pub fn with_counted_ends(&self, states: &BTreeMap<QueuePosition, PositionState>) -> Self {
        if self.ended_positions.is_some() {
            return self.clone();
        }
        let ended_positions = Some(EndedPositions { ended: self.low_water_mark.0, departed: 0 });
        let mut admission_blocks: BTreeMap<u64, AdmissionBlock> = BTreeMap::new();
        for (position, state) in states {
            admission_blocks
                .entry(AdmissionBlock::of(*position))
                .or_default()
                .states
                .insert(*position, *state);
        }
        Self { ended_positions, ..self.clone() }.count_ends(&admission_blocks, &BTreeMap::new())
    }

    /// Returns the mask of the positions of admission block `admission_block` up to `low_water_mark`, which
    /// an older version of dibs has counted as ended.
    fn below_low_water_mark(&self, admission_block: u64) -> PositionMask {
        let below =
            AdmissionBlock::positions(admission_block).filter(|position| *position <= self.low_water_mark);
        below.fold(0, |mask, position| mask | AdmissionBlock::bit(position))
    }

    /// Returns the mask of the positions of admission block `admission_block` that are not assigned to a
    /// user.
    fn beyond_joined(&self, admission_block: u64) -> PositionMask {
        let beyond = AdmissionBlock::positions(admission_block).filter(|position| *position > self.joined);
        beyond.fold(0, |mask, position| mask | AdmissionBlock::bit(position))
    }

    /// Returns the room after counting the ended positions in the admission blocks `admission_blocks` that
    /// the masks `with_counted_ends` do not contain, or the same room if there are none.
    #[must_use]
    pub fn count_ends(
        &self,
        admission_blocks: &BTreeMap<u64, AdmissionBlock>,
        counted: &BTreeMap<u64, PositionMask>,
    ) -> Self {
        let mut next = Self { counted_ends: CountedEnds::default(), ..self.clone() };
        let mut ended_positions = self.ended_positions.unwrap_or_default();
        for (number, admission_block) in admission_blocks {
            let before =
                counted.get(number).copied().unwrap_or_default() | self.below_low_water_mark(*number);
            let ended = (admission_block.ended(*number) & !self.beyond_joined(*number)) | before;
            if ended == before {
                continue;
            }
            next.counted_ends.0.push((*number, ended));
            for (position, state) in &admission_block.states {
                let is_new = ended & !before & AdmissionBlock::bit(*position) != 0;
                let Some(end) = state.end.filter(|_| is_new) else { continue };
                next.end_totals.count(end);
                if *position <= self.admitted {
                    ended_positions.ended += 1;
                } else {
                    ended_positions.departed += 1;
                    next.add_departure(counting_block_of(*position), 1);
                }
            }
        }
        if next.counted_ends.is_empty() {
            return self.clone();
        }
        Self { ended_positions: Some(ended_positions), ..next }
    }

    /// Returns the room after admitting as many users as capacity and rate allow at `now`. Users who left
    /// while they waited are skipped and count against neither limit. Stops before a position of which
    /// neither the room nor `departed` tells whether its user has left.
    #[must_use]
    pub fn admit(&self, departed: &Departed, now: Timestamp) -> Self {
        let mut next = self.clone();
        let (first_credit, by_rate) = self.credit(now);
        let free = u64::from(self.settings.capacity).saturating_sub(self.active());
        let mut left = if self.status == WaitingRoomStatus::Paused { 0 } else { by_rate.min(free) };
        let (mut ended_positions, mut admitted_count) = (self.ended_positions.unwrap_or_default(), 0);
        while next.admitted < next.joined {
            let position = next.admitted.next();
            match next.has_departed(position, departed) {
                Some(true) => {
                    ended_positions.ended += 1;
                    ended_positions.departed = ended_positions.departed.saturating_sub(1);
                    next.remove_departure(counting_block_of(position));
                }
                Some(false) if left > 0 => {
                    left -= 1;
                    admitted_count += 1;
                }
                Some(false) | None => break,
            }
            next.admitted = position;
        }
        if next.admitted > self.admitted {
            next.ended_positions = Some(ended_positions);
            next.admission_step = Some(AdmissionStep { after: self.admitted, at: now });
            next.credit_since = Timestamp::from_millis(first_credit + self.admission_ms(admitted_count));
            next.measured_rate = self.measured_rate_after(admitted_count, now);
        }
        next
    }

    /// Returns the room with its version raised by one and its next run at `next_run_at`, or without one if
    /// `None`.
    #[must_use]
    pub fn next_version(self, next_run_at: Option<Timestamp>, now: Timestamp) -> Self {
        let due_index_at = self.due_index_time(next_run_at, now);
        Self { next_run_at, due_index_at, version: self.version + 1, ..self }
    }

    /// Returns the time at which the scheduled worker `sweep_rooms` checks the room, given the time
    /// its next run: a minute after it, or at that time if the run is so far off that `sweep_rooms` starts
    /// it.
    fn due_index_time(&self, next_run_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let next_run_at = next_run_at?;
        let far = next_run_at.as_millis() > now.as_millis() + MESSAGE_DELAY_MAX_MS;
        let at = if far { next_run_at } else { next_run_at.max(now).plus_seconds(SWEEP_DELAY_SECONDS) };
        // `sweep_rooms` moves the time on as long as a run is due, so an earlier time can stay.
        let is_early = |known: &Timestamp| known.as_millis() <= at.as_millis() + SWEEP_DELAY_SECONDS * 1_000;
        Some(self.due_index_at.filter(is_early).unwrap_or(at))
    }

    /// Returns `true` if the next run is so far off that the scheduled worker `sweep_rooms` starts it instead
    /// of a message.
    pub fn is_next_run_far_off(&self, now: Timestamp) -> bool {
        self.next_run_at.is_some_and(|at| at.as_millis() > now.as_millis() + MESSAGE_DELAY_MAX_MS)
    }

    /// Returns the time of the next run if no user does anything: the earlier of the next possible admission
    /// and `next_check`, the next scheduled check, but at least a second after `now`. `None` if neither
    /// exists.
    pub fn next_run(&self, next_check: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let soon = now.as_millis() + RUN_INTERVAL_MS;
        let waits = self.admitted < self.joined && self.status != WaitingRoomStatus::Paused;
        let by_rate = (waits && self.active() < u64::from(self.settings.capacity)).then(|| {
            let (first_credit, _) = self.credit(now);
            first_credit + self.admission_ms(1)
        });
        let times = by_rate.into_iter().chain(next_check.map(|at| at.as_millis()));
        times.min().map(|at| Timestamp::from_millis(at.max(soon)))
    }

    /// Checks the invariants of the room: `low_water_mark <= admitted <= joined`, and no more ended than
    /// existing positions.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if an invariant is broken.
    pub fn check_invariants(&self) -> Result<()> {
        let ended = self.ended_positions.unwrap_or_default();
        let holds = self.low_water_mark <= self.admitted
            && self.admitted <= self.joined
            && self.admission_step.is_none_or(|step| step.after < self.admitted)
            && self.arrival_batch.as_ref().is_none_or(|batch| batch.base <= self.joined)
            && ended.ended <= self.admitted.0
            && ended.departed <= self.joined.count_after(self.admitted)
            && self.departed.iter().map(|range| range.count).sum::<u64>() == ended.departed;
        if holds { Ok(()) } else { Err(Error::broken(format!("a room contradicts itself: {self:?}"))) }
    }
}

fn state_of(states: &BTreeMap<QueuePosition, PositionState>, position: QueuePosition) -> PositionState {
    states.get(&position).copied().unwrap_or_default()
}
