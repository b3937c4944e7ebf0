//! Storage of seat blocks, the items that decide who has a seat. `domain::concerts` defines their content.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::concerts::{
    BLOCK_SEATS, ConcertDate, Date, Reservation, SeatBlock, SeatState, blocks_of, free_below,
};
use domain::ids::ConcertId;
use domain::{BusyReason, Error, Result, Timestamp};

use crate::Store;
use crate::item::Updated;
use crate::keys::{Attributes, Key};
use crate::schema::CONCERTS;
use crate::transaction::{Committed, WriteVerdict};
use crate::update::ConditionalUpdate;

/// Maximum age, in milliseconds, of a cached seat block for which a seat may be refused as taken.
const FRESH_FOR_MS: i64 = 1000;
/// Time in milliseconds for which an instance remembers that all seats of a date are sold. Sold seats never
/// become free again.
const SOLD_OUT_FOR_MS: i64 = 3_600_000;
/// Number of seat blocks that are read concurrently in search of a free seat.
const PORTION: usize = 25;

/// Outcome of holding seats.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum HoldOutcome {
    /// All seats are held until this time, by this call or by an earlier try for the same reservation.
    Done(Timestamp),
    /// Nothing was written: these seats are held or sold. Each state names the reservation that has the seat.
    Taken(SeatBlock),
}

/// Beginning of the partition keys of seat blocks.
pub(crate) const SEATS: &str = "SEATS#";

fn key(concert: &ConcertId, date: Date, block: u32) -> Key {
    Key::new(format!("{SEATS}{concert}#{date}#{block}"), "BLOCK")
}

/// Returns the keys of the seat blocks with seats of `reservation`, each with the indexes of those seats in
/// the layout.
pub fn blocks(reservation: &Reservation) -> Vec<(Key, Vec<u32>)> {
    let at = |block| key(&reservation.concert_id, reservation.date, block);
    reservation.blocks().into_iter().map(|(block, indexes)| (at(block), indexes)).collect()
}

/// Builds the update that sells the seats at `indexes` to `paid`, on condition that they are held for it.
pub fn sell(paid: &Reservation, indexes: &[u32]) -> ConditionalUpdate {
    change(indexes, "SET", " = :mark", "#s = :before")
        .value(":mark", s(paid.sale()))
        .value(":before", s(paid.hold()))
}

/// Builds the update that holds the seats at `indexes` for `reservation`, on condition that each is free at
/// `now`.
fn hold(reservation: &Reservation, indexes: &[u32], now: Timestamp) -> ConditionalUpdate {
    change(indexes, "SET", " = :mark", "(attribute_not_exists(#s) OR #s < :free)")
        .value(":mark", s(reservation.hold()))
        .value(":free", s(free_below(now)))
}

/// Builds the update that removes the states of the seats at `indexes`, on condition that each still equals
/// `state`.
fn clear(indexes: &[u32], state: &SeatState) -> ConditionalUpdate {
    change(indexes, "REMOVE", "", "#s = :before").value(":before", s(state))
}

/// Builds an update with the clause `verb` (`SET` or `REMOVE`) for the attributes of the seats at `indexes`,
/// each followed by `what`. Its condition is `condition` for every seat, where `#s` stands for the seat's
/// attribute.
fn change(indexes: &[u32], verb: &str, what: &str, condition: &str) -> ConditionalUpdate {
    let names: Vec<String> = indexes.iter().map(|index| format!("#s{index}")).collect();
    let clauses: Vec<String> = names.iter().map(|name| format!("{name}{what}")).collect();
    let conditions: Vec<String> = names.iter().map(|name| condition.replace("#s", name)).collect();
    let change = ConditionalUpdate::new(format!("{verb} {}", clauses.join(", ")), conditions.join(" AND "));
    names.into_iter().zip(indexes).fold(change, |change, (name, index)| change.name(name, index.to_string()))
}

fn s(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// Parses the states of a seat block.
fn block(item: &Attributes) -> Result<SeatBlock> {
    let seats = item.iter().filter_map(|(name, value)| Some((name.parse::<u32>().ok()?, value)));
    let states = seats.map(|(index, value)| {
        let state = value.as_s().ok().and_then(|text| SeatState::parse(text));
        let unreadable = || Error::internal(format!("the seat at {index} cannot be read: {value:?}"));
        Ok((index, state.ok_or_else(unreadable)?))
    });
    states.collect()
}

/// Derives the outcome of a hold that was not written from `found`, the states of the seat blocks whose
/// condition failed.
fn refusal(reservation: &Reservation, found: &SeatBlock, now: Timestamp) -> Result<HoldOutcome> {
    let states: Vec<Option<&SeatState>> = reservation.indexes.iter().map(|index| found.get(index)).collect();
    if let Some(Some(SeatState::Held { until, by })) = states.first()
        && *by == reservation.id
        && states.iter().all(|state| state == &states[0])
    {
        return Ok(HoldOutcome::Done(*until));
    }
    let taken = wanted(reservation, found, |state| !state.is_free_at(now));
    if taken.is_empty() { Err(Error::busy(BusyReason::Seats)) } else { Ok(HoldOutcome::Taken(taken)) }
}

/// Selects from `found` the states of the seats of `reservation` for which `matches` returns `true`.
fn wanted(reservation: &Reservation, found: &SeatBlock, matches: impl Fn(&SeatState) -> bool) -> SeatBlock {
    let states = reservation.indexes.iter().filter_map(|index| Some((*index, found.get(index)?.clone())));
    states.filter(|(_, state)| matches(state)).collect()
}

impl Store {
    /// Holds the seats of `reservation`, all or none. Writes nothing when a cached seat block, at most a
    /// second old, shows that another reservation has one of them. A repeat returns the time until which the
    /// first try holds the seats.
    pub async fn hold_seats(&self, reservation: &Reservation, now: Timestamp) -> Result<HoldOutcome> {
        let blocks = blocks(reservation);
        let is_taken = |state: &SeatState| !state.is_free_at(now) && *state.reservation() != reservation.id;
        let others = |seats: &SeatBlock| wanted(reservation, seats, is_taken);
        let known = blocks.iter().filter_map(|(key, _)| self.cache.blocks.get(&key.pk, now, FRESH_FOR_MS)?);
        if !others(&known.flatten().collect()).is_empty() {
            // All blocks are read, so that the refusal names all taken seats.
            let keys: Vec<Key> = blocks.iter().map(|(key, _)| key.clone()).collect();
            let taken = others(&self.seats_in(&keys, now).await?);
            if !taken.is_empty() {
                return Ok(HoldOutcome::Taken(taken));
            }
        }
        match &blocks[..] {
            [(key, indexes)] => self.hold_in_one(reservation, key, indexes, now).await,
            several => self.hold_in_several(reservation, several, now).await,
        }
    }

    async fn hold_in_one(
        &self,
        reservation: &Reservation,
        key: &Key,
        indexes: &[u32],
        now: Timestamp,
    ) -> Result<HoldOutcome> {
        let updated = self.update(&CONCERTS, key, hold(reservation, indexes, now)).await?;
        let is_done = matches!(updated, Updated::Done(_));
        let found = block(&updated.item())?;
        self.cache.blocks.put(key.pk.clone(), now, Some(found.clone()));
        if is_done {
            Ok(HoldOutcome::Done(reservation.held_until))
        } else {
            refusal(reservation, &found, now)
        }
    }

    async fn hold_in_several(
        &self,
        reservation: &Reservation,
        blocks: &[(Key, Vec<u32>)],
        now: Timestamp,
    ) -> Result<HoldOutcome> {
        let mut transaction = self.transaction();
        for (key, indexes) in blocks {
            transaction = transaction.update(&CONCERTS, key, hold(reservation, indexes, now))?;
        }
        let Committed::Refused(verdicts) = transaction.commit().await? else {
            blocks.iter().for_each(|(key, _)| self.cache.blocks.forget(&key.pk));
            return Ok(HoldOutcome::Done(reservation.held_until));
        };
        let mut found = SeatBlock::new();
        for ((key, _), verdict) in blocks.iter().zip(verdicts) {
            if let WriteVerdict::Failed(Some(item)) = verdict {
                let seen = block(&item)?;
                self.cache.blocks.put(key.pk.clone(), now, Some(seen.clone()));
                found.extend(seen);
            }
        }
        refusal(reservation, &found, now)
    }

    /// Removes the states of the seats at `indexes` that still equal `hold`, so that these seats are free.
    /// Returns `false` when one of the seats is sold to the reservation of `hold`.
    ///
    /// # Errors
    /// `BUSY` when concurrent writes changed the seats twice. Some seats may be released already; a repeat
    /// releases the rest.
    pub async fn release_seats(
        &self,
        concert: &ConcertId,
        date: Date,
        hold: &SeatState,
        indexes: &[u32],
    ) -> Result<bool> {
        let sold = SeatState::Sold { to: hold.reservation().clone() };
        for (number, mut indexes) in blocks_of(indexes.iter().copied()) {
            let key = key(concert, date, number);
            let mut updated = self.update(&CONCERTS, &key, clear(&indexes, hold)).await?;
            if let Updated::ConditionFailed(seen) = &updated {
                let seen = block(&seen.clone().unwrap_or_default())?;
                if indexes.iter().any(|index| seen.get(index) == Some(&sold)) {
                    return Ok(false);
                }
                // Some seats have a new holder, whose states stay. The states of the others are removed.
                indexes.retain(|index| seen.get(index) == Some(hold));
                if !indexes.is_empty() {
                    updated = self.update(&CONCERTS, &key, clear(&indexes, hold)).await?;
                }
            }
            self.cache.blocks.forget(&key.pk);
            if matches!(updated, Updated::ConditionFailed(_)) && !indexes.is_empty() {
                return Err(Error::busy(BusyReason::Seats));
            }
        }
        Ok(true)
    }

    /// Returns the states of the seats of a date from the cache, at most a second old. A seat without a state
    /// is free.
    pub async fn get_seats_cached(&self, date: &ConcertDate, now: Timestamp) -> Result<SeatBlock> {
        let blocks: Vec<Key> = all_blocks(date).collect();
        self.seats_in(&blocks, now).await
    }

    /// Reads the states of the seats of a date, strongly consistent. A seat without a state is free.
    pub async fn seats(&self, date: &ConcertDate, now: Timestamp) -> Result<SeatBlock> {
        let blocks: Vec<Key> = all_blocks(date).collect();
        let found = self.get_all(&CONCERTS, &blocks).await?;
        self.remember(&blocks, &found, now)
    }

    /// Returns `true` if a seat of a date is free, according to states that are at most a second old.
    pub async fn has_free_seat(&self, date: &ConcertDate, now: Timestamp) -> Result<bool> {
        let known_as = (date.concert_id.clone(), date.date);
        if self.cache.sold_out.get(&known_as, now, SOLD_OUT_FOR_MS).is_some() {
            return Ok(false);
        }
        let blocks: Vec<Key> = all_blocks(date).collect();
        let mut left = date.layout.seats_len() as usize;
        let mut sold = 0;
        for portion in blocks.chunks(PORTION) {
            let seats = self.seats_in(portion, now).await?;
            let here = left.min(portion.len() * BLOCK_SEATS as usize);
            if seats.values().filter(|state| !state.is_free_at(now)).count() < here {
                return Ok(true);
            }
            left -= here;
            sold += seats.values().filter(|state| matches!(state, SeatState::Sold { .. })).count();
        }
        if sold == date.layout.seats_len() as usize {
            self.cache.sold_out.put(known_as, now, Some(()));
        }
        Ok(false)
    }

    async fn seats_in(&self, blocks: &[Key], now: Timestamp) -> Result<SeatBlock> {
        let mut seats = SeatBlock::new();
        let mut unknown = Vec::new();
        for key in blocks {
            match self.cache.blocks.get(&key.pk, now, FRESH_FOR_MS).flatten() {
                Some(known) => seats.extend(known),
                None => unknown.push(key.clone()),
            }
        }
        let found = self.get_all_eventual(&CONCERTS, &unknown).await?;
        seats.extend(self.remember(&unknown, &found, now)?);
        Ok(seats)
    }

    /// Caches the blocks found under `keys` and returns their states together.
    fn remember(&self, keys: &[Key], found: &[Attributes], now: Timestamp) -> Result<SeatBlock> {
        let mut blocks: BTreeMap<&str, SeatBlock> =
            keys.iter().map(|key| (key.pk.as_str(), SeatBlock::new())).collect();
        for item in found {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).and_then(|pk| blocks.get_mut(pk.as_str()));
            if let Some(seats) = pk {
                *seats = block(item)?;
            }
        }
        let mut seats = SeatBlock::new();
        for (pk, block) in blocks {
            seats.extend(block.clone());
            self.cache.blocks.put(pk.to_owned(), now, Some(block));
        }
        Ok(seats)
    }
}

fn all_blocks(date: &ConcertDate) -> impl Iterator<Item = Key> {
    let blocks = date.layout.seats_len().div_ceil(BLOCK_SEATS);
    (0..blocks).map(|block| key(&date.concert_id, date.date, block))
}
