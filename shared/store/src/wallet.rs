//! Ledgers of money: a chain of entries for each user, and the transaction that pays.

use domain::concerts::Reservation;
use domain::ids::{PaymentId, UserId};
use domain::orders::Order;
use domain::queue::Place;
use domain::wallet::Entry;
use domain::{Code, Error, Result};

use crate::item::Range;
use crate::keys::Key;
use crate::points::user_partition;
use crate::schema::{Table, WALLET};
use crate::transaction::{Committed, Verdict};
use crate::{Entity, Newest, Saved, Store};

/// What the sort keys of entries begin with.
pub(crate) const ENTRY: &str = "ENTRY#";

impl Entity for Entry {
    const TABLE: &'static Table = &WALLET;

    fn key(&self) -> Key {
        entry_key(&self.user_id, &sort_key(self.number))
    }
}

fn entry_key(user: &UserId, sort_key: &str) -> Key {
    Key::new(user_partition(user), sort_key)
}

/// Returns the key of entry `number` of a user's ledger.
pub(crate) fn numbered_entry_key(user: &UserId, number: u64) -> Key {
    entry_key(user, &sort_key(number))
}

fn sort_key(number: u64) -> String {
    format!("{ENTRY}{number:012}")
}

/// What is paid for, as it is then: the next version.
#[derive(Clone, Copy, Debug)]
pub enum Sale<'a> {
    /// A reservation, with its seats.
    Seats(&'a Reservation),
    /// An order. The buckets that hold its units follow it.
    Units(&'a Order),
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Paid {
    /// All of it is written, now or by an earlier try of the same payment.
    Done,
    /// Nothing is: the ledger or what is paid for is no longer what the payment was decided on.
    Moved,
    /// Nothing is: a seat is no longer held for the reservation.
    SeatsLost,
}

impl Store {
    /// Entries of the ledger of a user's money, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn entries(&self, user: &UserId, newest: Newest) -> Result<Vec<Entry>> {
        let (pk, after) = (user_partition(user), newest.before.map(sort_key));
        self.query(Range {
            after: after.as_deref(),
            limit: newest.limit,
            backward: true,
            consistent: newest.consistent,
            ..Range::of(&pk, ENTRY)
        })
        .await
    }

    /// An entry as it is, if there is one: they never change.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn entry(&self, id: &PaymentId) -> Result<Option<Entry>> {
        let Ok(number) = id.name().parse() else { return Ok(None) };
        self.get(&entry_key(id.owner(), &sort_key(number))).await
    }

    /// Writes the next entry of a ledger. `Saved::Other` is the entry that has this number already.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn append_entry(&self, entry: &Entry) -> Result<Saved<Entry>> {
        self.create(entry).await
    }

    /// Writes a payment, all of it or nothing: the next `entries` of a ledger, of which there is at least one,
    /// what they are for, and, if it is still open, that `place` in the waiting room is done. The place never
    /// stands in the way: when it is over, or its gate is written by too many at once, the rest is written
    /// without it.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn pay(&self, entries: &[Entry], sale: Sale<'_>, place: Option<&Place>) -> Result<Paid> {
        let Some(place) = place else { return self.pay_without_place(entries, sale).await };
        match self.try_pay(entries, sale, Some(place)).await {
            Ok(Some(paid)) => Ok(paid),
            Ok(None) => self.pay_without_place(entries, sale).await,
            Err(error) if error.code == Code::Busy => {
                // Its outcome may be unknown: the first entry recognises it.
                let paid = self.pay_without_place(entries, sale).await?;
                if paid == Paid::Done
                    && let Err(error) = self.finish_place(place).await
                {
                    tracing::warn!(%error, "a place in a waiting room stays open until its time is over");
                }
                Ok(paid)
            }
            Err(error) => Err(error),
        }
    }

    async fn pay_without_place(&self, entries: &[Entry], sale: Sale<'_>) -> Result<Paid> {
        let paid = self.try_pay(entries, sale, None).await?;
        paid.ok_or_else(|| Error::internal("a payment without a place was refused for its place"))
    }

    /// Writes all of a payment. `None` when nothing was written because of the place alone.
    async fn try_pay(
        &self,
        entries: &[Entry],
        sale: Sale<'_>,
        place: Option<&Place>,
    ) -> Result<Option<Paid>> {
        let mut transaction = self.transaction();
        for entry in entries {
            transaction = transaction.create(entry)?;
        }
        let (mut transaction, blocks) = match sale {
            Sale::Seats(paid) => (transaction.sell(paid)?, paid.blocks().len()),
            Sale::Units(paid) => {
                paid.check()?;
                (transaction.save(paid)?, 0)
            }
        };
        if let Some(place) = place {
            transaction = transaction.finish(place)?;
        }
        match transaction.commit().await? {
            Committed::Done => Ok(Some(Paid::Done)),
            Committed::Refused(verdicts) => Ok(refusal(&verdicts, entries.len() + 1, blocks)),
        }
    }
}

/// Why a payment was refused, by the verdicts on what it was `decided_on` (the entries and what is paid for),
/// on `blocks` of seats, and on the place; `None` when only the place refused. That the very first entry is
/// there says that an earlier try has written everything; what is paid for may be there as another payment
/// has written it.
fn refusal(verdicts: &[Verdict], decided_on: usize, blocks: usize) -> Option<Paid> {
    let passed = |verdicts: &[Verdict]| verdicts.iter().all(|verdict| matches!(verdict, Verdict::Passed));
    let (decided_on, rest) = verdicts.split_at(decided_on.min(verdicts.len()));
    if matches!(decided_on, [Verdict::Mine, ..]) {
        Some(Paid::Done)
    } else if !passed(decided_on) {
        Some(Paid::Moved)
    } else if !passed(&rest[..blocks.min(rest.len())]) {
        Some(Paid::SeatsLost)
    } else {
        None
    }
}
