//! How the line goes on: who is let in, whose time is over, and what is counted of both.

use std::collections::BTreeMap;

use super::{Inside, LOOK_MS, MESSAGES_MS, Room, Status, Step, WATCH_SECONDS};
use crate::queue::{Counting, Departed, End, Gate, Mark, Mask, block_of};
use crate::{Error, Result, Timestamp};

impl Room {
    /// What is known of `position` by this room and its gate's `mark` of it.
    pub fn admitted_at(&self, position: u64, mark: Mark) -> Option<Timestamp> {
        let by_step = || self.step.filter(|step| step.after < position).map(|step| step.at);
        if position > self.admitted { None } else { mark.admitted_at.or_else(by_step) }
    }

    /// Returns for how long whoever is let in at `position` may stay, and how long they have until their first
    /// guarded call, in seconds: as it was set when they were let in.
    pub fn terms_of(&self, position: u64) -> (u32, u32) {
        let known = self.terms.iter().find(|terms| position <= terms.upto);
        known.map_or((self.settings.token_seconds, self.settings.no_show_seconds), |terms| {
            (terms.token_seconds, terms.no_show_seconds)
        })
    }

    /// Until when the one at `position` may go on as they are, and how the place ends then.
    pub fn deadline(&self, position: u64, mark: Mark) -> Option<(Timestamp, End)> {
        let since = self.admitted_at(position, mark)?;
        let (token_seconds, no_show_seconds) = self.terms_of(position);
        let until = since.plus_seconds(token_seconds.into());
        let take_up_before = since.plus_seconds(no_show_seconds.into());
        Some(if mark.taken_at.is_none() && take_up_before < until {
            (take_up_before, End::NoShow)
        } else {
            (until, End::Expired)
        })
    }

    /// The places behind `after` up to `upto` whose time is over at `now`, and how each ends.
    pub fn overdue(
        &self,
        after: u64,
        upto: u64,
        marks: &BTreeMap<u64, Mark>,
        now: Timestamp,
    ) -> Vec<(u64, End)> {
        let open = (after + 1..=upto).map(|position| (position, mark_of(marks, position)));
        open.filter(|(_, mark)| mark.end.is_none())
            .filter_map(|(position, mark)| {
                let (deadline, end) = self.deadline(position, mark)?;
                (deadline <= now).then_some((position, end))
            })
            .collect()
    }

    /// How many are let in and not over, as far as it is counted.
    pub fn active(&self) -> u64 {
        self.admitted.saturating_sub(self.inside.unwrap_or_default().ended)
    }

    /// How many have a position, are not let in and have not left, as far as it is counted.
    pub fn waiting(&self) -> u64 {
        (self.joined - self.admitted).saturating_sub(self.inside.unwrap_or_default().gone)
    }

    /// Returns the room with what happened to its places counted, which the version before did not: `marks`
    /// are those of all places above its floor.
    #[must_use]
    pub fn counted(&self, marks: &BTreeMap<u64, Mark>) -> Self {
        if self.inside.is_some() {
            return self.clone();
        }
        let inside = Some(Inside { ended: self.floor, gone: 0 });
        let mut gates: BTreeMap<u64, Gate> = BTreeMap::new();
        for (position, mark) in marks {
            gates.entry(Gate::of(*position)).or_default().marks.insert(*position, *mark);
        }
        Self { inside, ..self.clone() }.count(&gates, &BTreeMap::new())
    }

    /// The places of a gate that the version before has counted.
    fn below_floor(&self, gate: u64) -> Mask {
        let below = Gate::positions(gate).filter(|position| *position <= self.floor);
        below.fold(0, |mask, position| mask | Gate::bit(position))
    }

    /// The places of a gate that nobody has been given.
    fn beyond_joined(&self, gate: u64) -> Mask {
        let beyond = Gate::positions(gate).filter(|position| *position > self.joined);
        beyond.fold(0, |mask, position| mask | Gate::bit(position))
    }

    /// What the room becomes when the ends of places in `gates` are counted that are not among those that were
    /// `counted` before.
    #[must_use]
    pub fn count(&self, gates: &BTreeMap<u64, Gate>, counted: &BTreeMap<u64, Mask>) -> Self {
        let mut next = Self { counting: Counting::default(), ..self.clone() };
        let mut inside = self.inside.unwrap_or_default();
        for (number, gate) in gates {
            let before = counted.get(number).copied().unwrap_or_default() | self.below_floor(*number);
            let ended = (gate.ended(*number) & !self.beyond_joined(*number)) | before;
            if ended == before {
                continue;
            }
            next.counting.0.push((*number, ended));
            for (position, mark) in &gate.marks {
                let is_news = ended & !before & Gate::bit(*position) != 0;
                let Some(end) = mark.end.filter(|_| is_news) else { continue };
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

    /// What the room becomes at `now`: as many are let in as capacity and rate allow. Who has left while they
    /// waited, by what is known of the `departed`, takes neither.
    #[must_use]
    pub fn admit(&self, departed: &Departed, now: Timestamp) -> Self {
        let mut next = self.clone();
        let (first_credit, by_rate) = self.credit(now);
        let room = u64::from(self.settings.capacity).saturating_sub(self.active());
        let mut left = if self.status == Status::Paused { 0 } else { by_rate.min(room) };
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
            next.step = Some(Step { after: self.admitted, at: now });
            next.credit_since = Timestamp::from_millis(first_credit + self.cost_ms(let_in));
            next.pace = self.pace_after(let_in, now);
        }
        next
    }

    /// What it became, as its next version, which somebody is to look at again at `look`.
    #[must_use]
    pub fn next(self, look: Option<Timestamp>, now: Timestamp) -> Self {
        let watched = self.watch(look, now);
        Self { wake_at: look, watched, version: self.version + 1, ..self }
    }

    /// When the schedule looks whether somebody has looked at the room at `look`: when that is far off, it is
    /// the schedule itself that sees to it.
    fn watch(&self, look: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let look = look?;
        let far = look.as_millis() > now.as_millis() + MESSAGES_MS;
        let at = if far { look } else { look.max(now).plus_seconds(WATCH_SECONDS) };
        // It moves its own note on for as long as there is something to look at.
        let is_early = |noted: &Timestamp| noted.as_millis() <= at.as_millis() + WATCH_SECONDS * 1_000;
        Some(self.watched.filter(is_early).unwrap_or(at))
    }

    /// Whether its next look is so far off that the schedule sees to it and no message.
    pub fn is_far_off(&self, now: Timestamp) -> bool {
        self.wake_at.is_some_and(|at| at.as_millis() > now.as_millis() + MESSAGES_MS)
    }

    /// When somebody has to look again though nobody does anything: when people wait and more can be let in,
    /// and when the next place is over, `next_due`.
    pub fn next_look(&self, next_due: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let soon = now.as_millis() + LOOK_MS;
        let waits = self.admitted < self.joined && self.status != Status::Paused;
        let by_rate = (waits && self.active() < u64::from(self.settings.capacity)).then(|| {
            let (first_credit, _) = self.credit(now);
            first_credit + self.cost_ms(1)
        });
        let looks = by_rate.into_iter().chain(next_due.map(|at| at.as_millis()));
        looks.min().map(|at| Timestamp::from_millis(at.max(soon)))
    }

    /// Checks what always holds: the line goes on in order, and nobody is counted who is not there.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when it does not.
    pub fn check(&self) -> Result<()> {
        let inside = self.inside.unwrap_or_default();
        let holds = self.floor <= self.admitted
            && self.admitted <= self.joined
            && self.step.is_none_or(|step| step.after < self.admitted)
            && self.round.as_ref().is_none_or(|round| round.base <= self.joined)
            && inside.ended <= self.admitted
            && inside.gone <= self.joined - self.admitted
            && self.gone.iter().map(|gone| gone.count).sum::<u64>() == inside.gone;
        if holds { Ok(()) } else { Err(Error::broken(format!("a room contradicts itself: {self:?}"))) }
    }
}

fn mark_of(marks: &BTreeMap<u64, Mark>, position: u64) -> Mark {
    marks.get(&position).copied().unwrap_or_default()
}
