//! Storage of money ledgers, a chain of entries for each user, and the transaction that pays for a purchase.

use domain::concerts::Reservation;
use domain::ids::{PaymentId, UserId};
use domain::orders::Order;
use domain::waiting_room::PositionKey;
use domain::wallet::LedgerEntry;
use domain::{Code, Error, Result};

use crate::author::SealedEntity;
use crate::item::PartitionRange;
use crate::keys::Key;
use crate::points::user_partition;
use crate::schema::{Table, WALLET};
use crate::transaction::{Committed, WriteVerdict};
use crate::{Entity, LedgerRange, Saved, Store};

/// Prefix of the sort keys of ledger entries.
pub(crate) const ENTRY: &str = "ENTRY#";

impl Entity for LedgerEntry {
    const TABLE: &'static Table = &WALLET;

    fn key(&self) -> Key {
        entry_key(&self.user_id, &sort_key(self.number))
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

fn entry_key(user: &UserId, sort_key: &str) -> Key {
    Key::new(user_partition(user), sort_key)
}

fn sort_key(number: u64) -> String {
    format!("{ENTRY}{number:012}")
}

/// Purchase to be paid, as its next version, which records the payment.
#[derive(Clone, Copy, Debug)]
pub enum PurchaseWrite<'a> {
    /// Reservation, whose seats are sold in the same transaction.
    Seats(&'a Reservation),
    /// Order. The worker that reads the table's stream marks its units as sold in their stock buckets later.
    Units(&'a Order),
}

/// Outcome of writing a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum PaymentWritten {
    /// The payment is written, by this call or by an earlier try of the same payment.
    Done,
    /// Nothing was written: the ledger or the purchase changed after it was read. The caller must read again
    /// and retry.
    Moved,
    /// Nothing was written: a seat is no longer held for the reservation.
    SeatsLost,
}

impl Store {
    /// Reads entries of a user's money ledger, newest first.
    pub async fn entries(&self, user: &UserId, newest: LedgerRange) -> Result<Vec<LedgerEntry>> {
        let (pk, after) = (user_partition(user), newest.before.map(sort_key));
        self.query(PartitionRange {
            after: after.as_deref(),
            limit: newest.limit,
            backward: true,
            consistent: newest.consistent,
            ..PartitionRange::of(&pk, ENTRY)
        })
        .await
    }

    /// Reads a ledger entry, strongly consistent. Returns `None` when it does not exist. Entries never
    /// change.
    pub async fn entry(&self, id: &PaymentId) -> Result<Option<LedgerEntry>> {
        let Ok(number) = id.name().parse() else { return Ok(None) };
        self.get(&entry_key(id.owner(), &sort_key(number))).await
    }

    /// Reads a ledger entry that exists, eventually consistent where that finds it, since entries never change, and
    /// strongly consistent elsewhere.
    pub(crate) async fn entry_cheaply(&self, id: &PaymentId) -> Result<Option<LedgerEntry>> {
        let Ok(number) = id.name().parse() else { return Ok(None) };
        match self.get_eventual(&entry_key(id.owner(), &sort_key(number))).await? {
            Some(entry) => Ok(Some(entry)),
            None => self.entry(id).await,
        }
    }

    /// Appends the next entry to a user's money ledger. Returns `Saved::Conflict` with the entry that has
    /// this number already.
    pub async fn append_entry(&self, entry: &LedgerEntry) -> Result<Saved<LedgerEntry>> {
        self.create(entry).await
    }

    /// Writes a payment as one transaction: the next ledger `entries` (at least one), the paid purchase, and
    /// the end of the user's position `position` in the waiting room if it has not ended. The position never
    /// prevents a payment: when it has ended already, or when concurrent writes to its admission block make
    /// the transaction fail, the rest is written without it. A repeat with the same entries returns
    /// `PaymentWritten::Done` and writes nothing.
    pub async fn pay(
        &self,
        entries: &[LedgerEntry],
        sale: PurchaseWrite<'_>,
        position: Option<&PositionKey>,
    ) -> Result<PaymentWritten> {
        let Some(position) = position else { return self.pay_without_position(entries, sale).await };
        match self.try_pay(entries, sale, Some(position)).await {
            Ok(Some(paid)) => Ok(paid),
            Ok(None) => self.pay_without_position(entries, sale).await,
            Err(error) if error.code == Code::Busy => {
                // The outcome of the first try may be unknown. If it succeeded, the second try recognizes the
                // first entry as already stored.
                let paid = self.pay_without_position(entries, sale).await?;
                if paid == PaymentWritten::Done
                    && let Err(error) = self.end_as_done(position).await
                {
                    tracing::warn!(%error, "a position in a waiting room stays open until its admission expires");
                }
                Ok(paid)
            }
            Err(error) => Err(error),
        }
    }

    async fn pay_without_position(
        &self,
        entries: &[LedgerEntry],
        sale: PurchaseWrite<'_>,
    ) -> Result<PaymentWritten> {
        let paid = self.try_pay(entries, sale, None).await?;
        paid.ok_or_else(|| Error::internal("a payment without a position was refused for its position"))
    }

    /// Writes a payment in one transaction, with the end of `position` if it is given. Returns `None`, with
    /// nothing written, when only the condition on `position` failed.
    async fn try_pay(
        &self,
        entries: &[LedgerEntry],
        sale: PurchaseWrite<'_>,
        position: Option<&PositionKey>,
    ) -> Result<Option<PaymentWritten>> {
        let mut transaction = self.transaction();
        for entry in entries {
            transaction = transaction.create(entry)?;
        }
        let (mut transaction, blocks) = match sale {
            PurchaseWrite::Seats(paid) => (transaction.sell(paid)?, paid.blocks().len()),
            PurchaseWrite::Units(paid) => {
                paid.check()?;
                (transaction.save(paid)?, 0)
            }
        };
        if let Some(position) = position {
            transaction = transaction.end_as_done(position)?;
        }
        match transaction.commit().await? {
            Committed::Done => Ok(Some(PaymentWritten::Done)),
            Committed::Refused(verdicts) => Ok(refusal(&verdicts, entries.len() + 1, blocks)),
        }
    }
}

/// Derives the outcome of a refused payment from its `verdicts`: the first `decided_on` are about the entries
/// and the purchase, the next `blocks` about seat blocks, and the last may be about the position in the
/// waiting room. Returns `None` when only the condition on the position failed. A first entry that is stored
/// already proves that an earlier try succeeded; the stored purchase does not, since another payment may have
/// written it.
fn refusal(verdicts: &[WriteVerdict], decided_on: usize, blocks: usize) -> Option<PaymentWritten> {
    let passed =
        |verdicts: &[WriteVerdict]| verdicts.iter().all(|verdict| matches!(verdict, WriteVerdict::Passed));
    let (decided_on, rest) = verdicts.split_at(decided_on.min(verdicts.len()));
    if matches!(decided_on, [WriteVerdict::AlreadyApplied, ..]) {
        Some(PaymentWritten::Done)
    } else if !passed(decided_on) {
        Some(PaymentWritten::Moved)
    } else if !passed(&rest[..blocks.min(rest.len())]) {
        Some(PaymentWritten::SeatsLost)
    } else {
        None
    }
}
