//! Runs a waiting room: puts joiners in order, ends the places whose time is over, lets in who is next. Each
//! is written down in the room first and carried out then; what somebody who died left undone is carried out
//! before the next is written down.

use std::collections::BTreeMap;

use domain::messages::RunRoom;
use domain::queue::{End, Gate, Mark, Page, PageKey, Room, due_at, due_before, places_in};
use domain::{Code, Error, Result, Timestamp};
use edge::{App, Message, Source, Work, Worker};
use futures::future::try_join_all;
use store::schema::ROOMS;
use store::{Saved, Store};

use crate::seconds_until;

/// The worker.
pub static WORKER: Worker = Worker { name: "workers-run-rooms", source: Source::Queue(&ROOMS, run) };

/// How often a run begins again because the room was written in between.
const ROUNDS_MAX: usize = 8;
/// How far before a page that somebody named there may be others that nobody has named yet.
const LOOK_BACK_SLICES: u64 = 10;
/// How many slices are looked through at once.
const SLICES_MAX: u64 = 40;

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let work: RunRoom = crate::body(&message)?;
        for _ in 0..ROUNDS_MAX {
            let room = match app.store().room(&work.queue_id).await {
                Err(error) if error.code == Code::NotFound => return Ok(()),
                room => room?,
            };
            if work.version.is_some_and(|version| version < room.version) {
                return Ok(());
            }
            let run = Run { store: app.store(), room, now: app.now() };
            if run.once(&work).await? {
                return Ok(());
            }
        }
        Err(Error::busy("a room was written by too many at once"))
    })
}

struct Run<'a> {
    store: &'a Store,
    room: Room,
    now: Timestamp,
}

/// Pages that are to be put in order together.
struct Order {
    pages: Vec<(PageKey, Page)>,
    looked_before: u64,
}

impl Run<'_> {
    /// One try; `false` when somebody else wrote the room in between.
    async fn once(&self, work: &RunRoom) -> Result<bool> {
        let waiting = self.unplaced(&work.pages).await?;
        let order = self.order(&waiting).await?;
        let count =
            order.as_ref().map_or(0, |order| order.pages.iter().map(|(_, page)| page.in_order().len()).sum());
        let mut next = self.room.clone();
        if let Some(order) = &order {
            let keys = order.pages.iter().map(|(key, _)| *key).collect();
            next = next.place(keys, count as u64, order.looked_before, self.now);
        }
        let mut marks = BTreeMap::new();
        if next.admitted < next.joined {
            let reach = next.reach(self.now);
            marks = self.marks(reach).await?;
            next = next.admit(&marks, reach, self.now);
        }
        if next != self.room {
            next = next.next(&marks, self.now);
            match self.store.save_room(&next).await? {
                Saved::Done => {}
                Saved::Other(_) => return Ok(false),
            }
            if let Some(order) = &order {
                self.place(&order.pages, next.joined - count as u64).await?;
            }
            if next.admitted > self.room.admitted {
                self.carry_out_step(&next, &marks).await?;
            }
        } else if let Some(at) = next.next_look(&marks, self.now)
            && (work.version.is_some() || self.room.wake_at.is_none_or(|wake_at| at < wake_at))
        {
            // Also when a place ends while the rate is used up: the next look may be as far as the next
            // deadline.
            self.send(Vec::new(), Some(self.room.version), at).await?;
        }
        self.send_back(&waiting, order.as_ref()).await?;
        Ok(true)
    }

    /// Those of the named pages whose joiners have no positions yet.
    async fn unplaced(&self, named: &[PageKey]) -> Result<Vec<PageKey>> {
        let mut open = Vec::new();
        if named.is_empty() {
            return Ok(open);
        }
        let known: BTreeMap<PageKey, Page> =
            self.store.peek_pages(&self.room.id, named).await?.into_iter().collect();
        open.extend(named.iter().filter(|key| known.get(key).is_none_or(|page| page.places.is_none())));
        Ok(open)
    }

    /// The pages that are due, frozen, when there are any: all of the slices that nobody has looked through,
    /// and those that came late.
    async fn order(&self, named: &[PageKey]) -> Result<Option<Order>> {
        let due = due_before(self.now);
        let Some(first) = named.iter().map(|key| key.slice).filter(|slice| *slice < due).min() else {
            return Ok(None);
        };
        self.finish_round().await?;
        let room = &self.room;
        let from = room.looked_before.max(first.saturating_sub(LOOK_BACK_SLICES));
        let looked_before = due.min(from + SLICES_MAX).max(room.looked_before);
        let mut found = self.store.pages_of(&room.id, from..looked_before, room.groups()).await?;
        let late: Vec<PageKey> = named
            .iter()
            .filter(|key| key.slice < due && !found.iter().any(|(known, _)| known == *key))
            .copied()
            .collect();
        found.extend(self.store.pages(&room.id, &late).await?);
        found.retain(|(_, page)| page.places.is_none());
        let freeze = found.into_iter().map(|(key, page)| async move {
            let page = if page.frozen { page } else { self.store.freeze_page(&room.id, key).await? };
            Ok::<_, Error>((key, page))
        });
        let mut pages = try_join_all(freeze).await?;
        // One that was put in order between the look and the freezing belongs to a newer version of the room.
        pages.retain(|(_, page)| page.places.is_none());
        Ok((!pages.is_empty()).then_some(Order { pages, looked_before }))
    }

    /// Writes the positions of the last round where its author did not.
    async fn finish_round(&self) -> Result<()> {
        let Some(round) = &self.room.round else { return Ok(()) };
        let known = self.store.peek_pages(&self.room.id, &round.pages).await?;
        if known.len() == round.pages.len() && known.iter().all(|(_, page)| page.places.is_some()) {
            return Ok(());
        }
        let pages = self.store.pages(&self.room.id, &round.pages).await?;
        self.place(&pages, round.base).await
    }

    async fn place(&self, pages: &[(PageKey, Page)], base: u64) -> Result<()> {
        let open = |key: &PageKey| pages.iter().any(|(one, page)| one == key && page.places.is_none());
        let places = places_in(pages, base).into_iter().filter(|(key, _)| open(key));
        let write = places
            .map(|(key, places)| async move { self.store.place_page(&self.room.id, key, &places).await });
        try_join_all(write).await.map(drop)
    }

    /// What happened to the places above the floor, up to `reach`; those whose time is over are ended first.
    async fn marks(&self, reach: u64) -> Result<BTreeMap<u64, Mark>> {
        let room = &self.room;
        let mut marks = self.store.marks(&room.id, Gate::of(room.floor + 1)..=Gate::of(reach.max(1))).await?;
        if room.step.is_some() {
            self.carry_out_step(room, &marks).await?;
        }
        for position in room.floor + 1..=room.admitted {
            let mark = marks.entry(position).or_default();
            mark.admitted_at = room.admitted_at(position, *mark);
        }
        let mut by_gate: BTreeMap<u64, Vec<(u64, End)>> = BTreeMap::new();
        for (position, end) in room.overdue(&marks, self.now) {
            by_gate.entry(Gate::of(position)).or_default().push((position, end));
        }
        let ended = by_gate
            .into_iter()
            .map(|(gate, ends)| async move { self.store.end_places(&room.id, gate, &ends).await });
        for gate in try_join_all(ended).await? {
            for (position, now) in gate.marks {
                let mark = marks.entry(position).or_default();
                (mark.taken_at, mark.end) = (now.taken_at, now.end);
            }
        }
        Ok(marks)
    }

    /// Notes at the gates who was let in by the room's last step, where that is not noted.
    async fn carry_out_step(&self, room: &Room, marks: &BTreeMap<u64, Mark>) -> Result<()> {
        let Some(step) = room.step else { return Ok(()) };
        let is_open = |position: &u64| {
            *position > room.floor && marks.get(position).is_none_or(|mark| mark.admitted_at.is_none())
        };
        let open = step.gates(room.admitted).filter(|(_, positions)| positions.iter().any(is_open));
        let write = open.map(|(gate, positions)| async move {
            self.store.mark_admitted(&room.id, gate, &positions, step.at).await
        });
        try_join_all(write).await.map(drop)
    }

    /// Sends what is left of the message on until it is due.
    async fn send_back(&self, waiting: &[PageKey], order: Option<&Order>) -> Result<()> {
        let placed = |key: &PageKey| order.is_some_and(|order| order.pages.iter().any(|(one, _)| one == key));
        let rest: Vec<PageKey> = waiting.iter().filter(|key| !placed(key)).copied().collect();
        match rest.iter().map(|key| key.slice).max() {
            None => Ok(()),
            Some(last) => self.send(rest, None, due_at(last)).await,
        }
    }

    async fn send(&self, pages: Vec<PageKey>, version: Option<u64>, at: Timestamp) -> Result<()> {
        let work = RunRoom { queue_id: self.room.id.clone(), pages, version };
        self.store.send(&ROOMS, &[work], seconds_until(at, self.now).max(1)).await
    }
}
