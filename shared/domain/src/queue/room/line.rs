//! Progress of a waiting room: admitting users, ending expired positions, and counting ended positions.

use std::collections::BTreeMap;

use super::{
    AdmissionStep, EndedPositions, LOOK_MS, MESSAGES_MS, WATCH_SECONDS, WaitingRoom, WaitingRoomStatus,
};
use crate::queue::{
    AdmissionBlock, CountedEnds, Departed, PositionEnd, PositionMask, PositionState, block_of,
};
use crate::{Error, Result, Timestamp};

impl WaitingRoom {
    /// Returns the time of admission of `position`, from its state `state` or, if that is not recorded yet,
    /// from the latest admission step. `None` if it is not admitted.
    pub fn admitted_at(&self, position: u64, state: PositionState) -> Option<Timestamp> {
        let by_step = || self.step.filter(|step| step.after < position).map(|step| step.at);
        if position > self.admitted { None } else { state.admitted_at.or_else(by_step) }
    }

    /// Returns, for `position`, the duration of the admission and the time within which the first protected
    /// request must come, both in seconds.
    pub fn terms_of(&self, position: u64) -> (u32, u32) {
        let known = self.terms.iter().find(|terms| position <= terms.upto);
        known.map_or((self.settings.token_seconds, self.settings.no_show_seconds), |terms| {
            (terms.token_seconds, terms.no_show_seconds)
        })
    }

    /// Returns the time at which the admission of `position`, with the state `state`, ends if its user does
    /// nothing more, and the reason for that end. `None` if it is not admitted.
    pub fn deadline(&self, position: u64, state: PositionState) -> Option<(Timestamp, PositionEnd)> {
        let since = self.admitted_at(position, state)?;
        let (token_seconds, no_show_seconds) = self.terms_of(position);
        let until = since.plus_seconds(token_seconds.into());
        let take_up_before = since.plus_seconds(no_show_seconds.into());
        Some(if state.taken_at.is_none() && take_up_before < until {
            (take_up_before, PositionEnd::NoShow)
        } else {
            (until, PositionEnd::Expired)
        })
    }

    /// Returns the positions among `after + 1..=upto` that have not ended but whose deadline has passed at
    /// `now`, each with the reason for which to end it.
    pub fn overdue(
        &self,
        after: u64,
        upto: u64,
        states: &BTreeMap<u64, PositionState>,
        now: Timestamp,
    ) -> Vec<(u64, PositionEnd)> {
        let open = (after + 1..=upto).map(|position| (position, state_of(states, position)));
        open.filter(|(_, state)| state.end.is_none())
            .filter_map(|(position, state)| {
                let (deadline, end) = self.deadline(position, state)?;
                (deadline <= now).then_some((position, end))
            })
            .collect()
    }

    /// Returns the number of admitted positions that are not counted as ended.
    pub fn active(&self) -> u64 {
        self.admitted.saturating_sub(self.inside.unwrap_or_default().ended)
    }

    /// Returns the number of users who wait: positions that are neither admitted nor counted as left.
    pub fn waiting(&self) -> u64 {
        (self.joined - self.admitted).saturating_sub(self.inside.unwrap_or_default().gone)
    }

    /// Returns the room with its ended positions counted from `states`, the states of all positions above its
    /// `low_water_mark`. Needed once, for a room that an older version of dibs wrote; other rooms are
    /// returned unchanged.
    #[must_use]
    pub fn counted(&self, states: &BTreeMap<u64, PositionState>) -> Self {
        if self.inside.is_some() {
            return self.clone();
        }
        let inside = Some(EndedPositions { ended: self.low_water_mark, gone: 0 });
        let mut gates: BTreeMap<u64, AdmissionBlock> = BTreeMap::new();
        for (position, state) in states {
            gates.entry(AdmissionBlock::of(*position)).or_default().states.insert(*position, *state);
        }
        Self { inside, ..self.clone() }.count(&gates, &BTreeMap::new())
    }

    /// Returns the mask of the positions of admission block `gate` up to `low_water_mark`, which an older
    /// version of dibs has counted as ended.
    fn below_low_water_mark(&self, gate: u64) -> PositionMask {
        let below = AdmissionBlock::positions(gate).filter(|position| *position <= self.low_water_mark);
        below.fold(0, |mask, position| mask | AdmissionBlock::bit(position))
    }

    /// Returns the mask of the positions of admission block `gate` that are not assigned to a user.
    fn beyond_joined(&self, gate: u64) -> PositionMask {
        let beyond = AdmissionBlock::positions(gate).filter(|position| *position > self.joined);
        beyond.fold(0, |mask, position| mask | AdmissionBlock::bit(position))
    }

    /// Returns the room after counting the ended positions in the admission blocks `gates` that the masks
    /// `counted` do not contain, or the same room if there are none.
    #[must_use]
    pub fn count(
        &self,
        gates: &BTreeMap<u64, AdmissionBlock>,
        counted: &BTreeMap<u64, PositionMask>,
    ) -> Self {
        let mut next = Self { counting: CountedEnds::default(), ..self.clone() };
        let mut inside = self.inside.unwrap_or_default();
        for (number, gate) in gates {
            let before =
                counted.get(number).copied().unwrap_or_default() | self.below_low_water_mark(*number);
            let ended = (gate.ended(*number) & !self.beyond_joined(*number)) | before;
            if ended == before {
                continue;
            }
            next.counting.0.push((*number, ended));
            for (position, state) in &gate.states {
                let is_news = ended & !before & AdmissionBlock::bit(*position) != 0;
                let Some(end) = state.end.filter(|_| is_news) else { continue };
                next.tally.count(end);
                if *position <= self.admitted {
                    inside.ended += 1;
                } else {
                    inside.gone += 1;
                    next.note_gone(block_of(*position), 1);
                }
            }
        }
        if next.counting.is_empty() {
            return self.clone();
        }
        Self { inside: Some(inside), ..next }
    }

    /// Returns the room after admitting as many users as capacity and rate allow at `now`. Users who left
    /// while they waited are skipped and count against neither limit. Stops before a position of which
    /// neither the room nor `departed` tells whether its user has left.
    #[must_use]
    pub fn admit(&self, departed: &Departed, now: Timestamp) -> Self {
        let mut next = self.clone();
        let (first_credit, by_rate) = self.credit(now);
        let room = u64::from(self.settings.capacity).saturating_sub(self.active());
        let mut left = if self.status == WaitingRoomStatus::Paused { 0 } else { by_rate.min(room) };
        let (mut inside, mut let_in) = (self.inside.unwrap_or_default(), 0);
        while next.admitted < next.joined {
            let position = next.admitted + 1;
            match next.is_gone(position, departed) {
                Some(true) => {
                    inside.ended += 1;
                    inside.gone = inside.gone.saturating_sub(1);
                    next.pass_gone(block_of(position));
                }
                Some(false) if left > 0 => {
                    left -= 1;
                    let_in += 1;
                }
                Some(false) | None => break,
            }
            next.admitted = position;
        }
        if next.admitted > self.admitted {
            next.inside = Some(inside);
            next.step = Some(AdmissionStep { after: self.admitted, at: now });
            next.credit_since = Timestamp::from_millis(first_credit + self.cost_ms(let_in));
            next.pace = self.pace_after(let_in, now);
        }
        next
    }

    /// Returns the room with its version raised by one and its next run at `look`, or without one if `None`.
    #[must_use]
    pub fn next(self, look: Option<Timestamp>, now: Timestamp) -> Self {
        let watched = self.watch(look, now);
        Self { wake_at: look, watched, version: self.version + 1, ..self }
    }

    /// Returns the time at which the scheduled worker `sweep_rooms` checks the room, given the time `look` of
    /// its next run: a minute after it, or at that time if the run is so far off that `sweep_rooms` starts
    /// it.
    fn watch(&self, look: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let look = look?;
        let far = look.as_millis() > now.as_millis() + MESSAGES_MS;
        let at = if far { look } else { look.max(now).plus_seconds(WATCH_SECONDS) };
        // `sweep_rooms` moves the time on as long as a run is due, so an earlier time can stay.
        let is_early = |noted: &Timestamp| noted.as_millis() <= at.as_millis() + WATCH_SECONDS * 1_000;
        Some(self.watched.filter(is_early).unwrap_or(at))
    }

    /// Returns `true` if the next run is so far off that the scheduled worker `sweep_rooms` starts it instead
    /// of a message.
    pub fn is_far_off(&self, now: Timestamp) -> bool {
        self.wake_at.is_some_and(|at| at.as_millis() > now.as_millis() + MESSAGES_MS)
    }

    /// Returns the time of the next run if no user does anything: the earlier of the next possible admission
    /// and `next_due`, the next scheduled check, but at least a second after `now`. `None` if neither exists.
    pub fn next_look(&self, next_due: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let soon = now.as_millis() + LOOK_MS;
        let waits = self.admitted < self.joined && self.status != WaitingRoomStatus::Paused;
        let by_rate = (waits && self.active() < u64::from(self.settings.capacity)).then(|| {
            let (first_credit, _) = self.credit(now);
            first_credit + self.cost_ms(1)
        });
        let looks = by_rate.into_iter().chain(next_due.map(|at| at.as_millis()));
        looks.min().map(|at| Timestamp::from_millis(at.max(soon)))
    }

    /// Checks the invariants of the room: `floor <= admitted <= joined`, and no more ended than existing
    /// positions.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if an invariant is broken.
    pub fn check(&self) -> Result<()> {
        let inside = self.inside.unwrap_or_default();
        let holds = self.low_water_mark <= self.admitted
            && self.admitted <= self.joined
            && self.step.is_none_or(|step| step.after < self.admitted)
            && self.batch.as_ref().is_none_or(|batch| batch.base <= self.joined)
            && inside.ended <= self.admitted
            && inside.gone <= self.joined - self.admitted
            && self.gone.iter().map(|gone| gone.count).sum::<u64>() == inside.gone;
        if holds { Ok(()) } else { Err(Error::broken(format!("a room contradicts itself: {self:?}"))) }
    }
}

fn state_of(states: &BTreeMap<u64, PositionState>, position: u64) -> PositionState {
    states.get(&position).copied().unwrap_or_default()
}
