//! Final contents of the tables of waiting rooms, concerts and money.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::concerts::{Reservation, SeatState};
use domain::ids::{QueueId, ReservationId, UserId};
use domain::waiting_room::{
    ArrivalBucket, ArrivalBucketKey, EntryName, QueueEntry, QueuePosition, WaitingRoom,
};
use domain::wallet::LedgerEntry;
use store::schema::{CONCERTS, QUEUE, WALLET};

use crate::simulation::world::core::Core;
use crate::simulation::world::histories::lines::{arrival_bucket_key, bucket};
use crate::simulation::world::histories::seats::{block, hall_of};
use crate::simulation::world::histories::writes::read;

/// Position, time of arrival and arrival bucket of a user.
pub type Position = (QueuePosition, Timestamp, ArrivalBucketKey);

/// Parsed items of the tables of waiting rooms, concerts and money.
#[derive(Default)]
pub struct Concerts {
    /// Waiting rooms as they are stored.
    pub rooms: Vec<WaitingRoom>,
    /// Queue entries of all users.
    pub joinings: Vec<QueueEntry>,
    /// Arrival buckets, by waiting room and key.
    pub buckets: BTreeMap<(QueueId, ArrivalBucketKey), ArrivalBucket>,
    /// Positions in all waiting rooms by the user's name in arrival buckets, in ascending order.
    positions: BTreeMap<EntryName, Vec<Position>>,
    /// Reservations by their id.
    pub reservations: BTreeMap<ReservationId, Reservation>,
    /// Stored states of seats, by concert and day, and by index in the seat layout. A seat without one is
    /// free.
    pub seats: BTreeMap<(String, u32), SeatState>,
    /// Money ledgers, ordered by entry number.
    pub ledgers: BTreeMap<UserId, Vec<LedgerEntry>>,
}

impl Concerts {
    /// Reads the tables as they are now.
    pub fn read(core: &Core) -> Self {
        let mut facts = Self::default();
        for item in core.scan(&QUEUE).into_iter().chain(core.scan(&CONCERTS)).chain(core.scan(&WALLET)) {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            let (pk, sk) = (text("pk"), text("sk"));
            match sk.split('#').next().unwrap_or_default() {
                "ROOM" => facts.rooms.push(read(item)),
                "JOINING" => facts.joinings.push(read(item)),
                "PAGE" => {
                    let rest = pk.strip_prefix("QUEUE#").unwrap_or_default();
                    let queue = rest.split('#').next().and_then(QueueId::parse);
                    let key = queue
                        .zip(arrival_bucket_key(rest, &sk))
                        .expect("a page's key names its queue and slice");
                    facts.buckets.insert(key, bucket(&item));
                }
                "RESERVATION" => {
                    let reservation: Reservation = read(item);
                    facts.reservations.insert(reservation.id.clone(), reservation);
                }
                "BLOCK" => {
                    let hall = hall_of(&pk).expect("a block's key names concert and day");
                    facts.seats.extend(
                        block(&item).into_iter().map(|(index, mark)| ((hall.to_owned(), index), mark)),
                    );
                }
                "ENTRY" => {
                    let entry: LedgerEntry = read(item);
                    facts.ledgers.entry(entry.user_id.clone()).or_default().push(entry);
                }
                _ => {}
            }
        }
        facts.ledgers.values_mut().for_each(|ledger| ledger.sort_by_key(|entry| entry.number));
        facts.number();
        facts
    }

    /// Returns the positions that `user` was given in `queue`, in ascending order, with those of repeated
    /// joins.
    pub fn positions(&self, queue: &QueueId, user: &UserId) -> Vec<Position> {
        let is_theirs = |entry: &&QueueEntry| entry.queue_id == *queue && entry.user_id == *user;
        let again = self.joinings.iter().find(is_theirs).map_or(0, |entry| entry.rejoins);
        let names = (0..=again).map(|times| EntryName::after_rejoins(queue, user, times));
        let mut positions: Vec<Position> =
            names.filter_map(|name| self.positions.get(&name)).flatten().copied().collect();
        positions.sort_unstable();
        positions
    }

    fn number(&mut self) {
        for ((_, key), bucket) in &self.buckets {
            let positions = bucket.positions.iter().flatten().copied();
            for (position, (at, joiner)) in positions.zip(bucket.in_order()) {
                self.positions.entry(joiner.clone()).or_default().push((position, at, *key));
            }
        }
        self.positions.values_mut().for_each(|positions| positions.sort_unstable());
    }
}
