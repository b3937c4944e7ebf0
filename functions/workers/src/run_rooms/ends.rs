//! What became of the places that are let in: whose time is over is ended, and what has ended is counted.

use super::*;

/// How many stretches of the line one look is about, at most, and one more that says when the next is due.
const DUES_MAX: usize = 32;

/// What a look found out about places that have ended.
pub(super) struct Ends {
    /// Gates in which places have ended, as they are.
    pub gates: BTreeMap<u64, Gate>,
    /// Name of the last stretch that was looked at.
    pub handled: Option<String>,
    /// When the next stretch is due, which may be by now.
    pub next: Option<Timestamp>,
}

/// What is counted of the blocks that a look is about.
pub(super) struct Counted {
    read: BTreeSet<u64>,
    /// Which places have ended, by gate.
    pub masks: BTreeMap<u64, u16>,
}

impl Counted {
    /// Who has left, with what was counted just now.
    pub fn with(&self, counting: &[(u64, u16)]) -> Departed {
        let mut masks = self.masks.clone();
        masks.extend(counting.iter().copied());
        Departed { blocks: self.read.clone(), masks }
    }
}

impl Run<'_> {
    /// Reads the gates called `named` and those of the stretches that are due, and ends the places whose time
    /// is over. What is left of a stretch is noted for when its next place is over.
    pub(super) async fn end(&self, named: &[u64]) -> Result<Ends> {
        let mut dues = self.store.dues(&self.room, DUES_MAX + 1).await?;
        let mut next = dues.iter().skip(DUES_MAX).map(|due| due.at).min();
        dues.truncate(DUES_MAX);
        next = dues.iter().filter(|due| due.at > self.now).map(|due| due.at).chain(next).min();
        dues.retain(|due| due.at <= self.now);
        let numbers: BTreeSet<u64> = named.iter().copied().chain(dues.iter().flat_map(Due::gates)).collect();
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let mut gates = self.store.gates(&self.room.id, &numbers).await?;
        // Two stretches that are due may name one place: what is left of the first was noted, and it was then read again.
        let mut ends: BTreeMap<u64, BTreeMap<u64, domain::queue::End>> = BTreeMap::new();
        for due in &dues {
            for (position, end) in self.room.overdue(due.after, due.upto, &marks(&gates, due), self.now) {
                ends.entry(Gate::of(position)).or_default().insert(position, end);
            }
        }
        let ends: Vec<(u64, Vec<_>)> =
            ends.into_iter().map(|(gate, ends)| (gate, ends.into_iter().collect())).collect();
        for some in ends.chunks(AT_ONCE) {
            let write = some.iter().map(|(gate, ends)| async move {
                Ok::<_, Error>((*gate, self.store.end_places(&self.room.id, *gate, ends).await?))
            });
            gates.extend(try_join_all(write).await?);
        }
        let rest: Vec<Due> = dues.iter().filter_map(|due| self.rest(due, &gates)).collect();
        for some in rest.chunks(AT_ONCE) {
            self.store.note_dues(&self.room.id, some).await?;
        }
        let handled = dues.last().map(Due::name).or_else(|| self.room.handled.clone());
        Ok(Ends { gates, handled, next: rest.iter().map(|due| due.at).chain(next).min() })
    }

    /// What is left of a stretch. One of whose places somebody came to in the last moment is looked at again
    /// in the next.
    fn rest(&self, due: &Due, gates: &BTreeMap<u64, Gate>) -> Option<Due> {
        let rest = due.next(&self.room, &marks(gates, due))?;
        let soon = Timestamp::from_millis(self.now.as_millis() + 1);
        Some(Due { at: rest.at.max(soon), ..rest })
    }

    /// Reads what is counted of the blocks that `ended` and `ahead` name. What was counted with the room's last
    /// version, and its author did not write into them, is written first.
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

    /// Writes what was counted with this version of `room` into its blocks, but for those that are `known` to
    /// have it.
    pub(super) async fn write_counts(&self, room: &Room, known: &BTreeMap<u64, Block>) -> Result<()> {
        let is_open = |number: &u64| known.get(number).is_none_or(|block| block.version < room.version);
        let blocks = room.counting.by_block().into_iter().filter(|(number, _)| is_open(number));
        let write = blocks.map(|(number, masks)| async move {
            self.store.count_block(&room.id, number, &masks, room.version).await
        });
        try_join_all(write).await.map(drop)
    }

    /// Carries the room's last step out if its author did not: it is when the last of its stretches is noted.
    pub(super) async fn finish_step(&self) -> Result<()> {
        let dues = step_dues(&self.room);
        match dues.last() {
            Some(last) if !self.store.is_noted(&self.room.id, last).await? => {
                self.carry_out_step(&self.room, &dues).await
            }
            _ => Ok(()),
        }
    }

    /// Notes at the gates who was let in by the last step of `room`, and then when to look at them.
    pub(super) async fn carry_out_step(&self, room: &Room, dues: &[Due]) -> Result<()> {
        let Some(step) = room.step else { return Ok(()) };
        let gates: Vec<(u64, Vec<u64>)> = step.gates(room.admitted).collect();
        for some in gates.chunks(AT_ONCE) {
            let write =
                some.iter().map(|(gate, places)| self.store.mark_admitted(&room.id, *gate, places, step.at));
            try_join_all(write).await?;
        }
        self.store.note_dues(&room.id, dues).await
    }

    /// Takes over a room of the version before, which counted nothing: reads its gates once, as that did at
    /// each look, counts what has ended, and notes when the other places are over.
    pub(super) async fn take_over(&self) -> Result<()> {
        let room = &self.room;
        if room.step.is_some() {
            self.carry_out_step(room, &[]).await?;
        }
        let numbers: Vec<u64> = (Gate::of(room.floor + 1)..=Gate::of(room.joined.max(1))).collect();
        let gates = self.store.gates(&room.id, &numbers).await?;
        let marks: BTreeMap<u64, Mark> = gates.into_values().flat_map(|gate| gate.marks).collect();
        let before = room.step.map_or(room.admitted, |step| step.after);
        let rest = Due::stretches(self.now, room.floor, before);
        let rest: Vec<Due> = rest.iter().filter_map(|due| due.next(room, &marks)).collect();
        for some in rest.chunks(AT_ONCE) {
            self.store.note_dues(&room.id, some).await?;
        }
        let next = room.counted(&marks).next(Some(self.now), self.now);
        if self.save(&next).await? {
            self.write_counts(&next, &BTreeMap::new()).await?;
        }
        Ok(())
    }
}

/// What happened to the places of the gates of a stretch.
fn marks(gates: &BTreeMap<u64, Gate>, due: &Due) -> BTreeMap<u64, Mark> {
    gates.range(due.gates()).flat_map(|(_, gate)| gate.marks.clone()).collect()
}

const _: () = assert!(BLOCK_PLACES.is_multiple_of(GATE_PLACES));
