//! Prepaid balance of a user, stored as a chain of ledger entries.
//!
//! Each entry contains its number and the balance after it. It is written on condition that no entry has this
//! number, by a writer that has read the entries before it. A charge or payment is therefore entered once, no
//! money appears or disappears between two entries, and the balance is never negative. A payment has no item
//! of its own; it is its ledger entry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, json};

use crate::ids::{Nonce, OrderId, PaymentId, ReservationId, UserId};
use crate::points::CLOCKS_APART_SECONDS_MAX;
use crate::time::millis;
use crate::trail::Trail;
use crate::{BusyReason, Code, Error, KeyedFingerprint, Money, Result, Timestamp};

/// Maximum amount of one charge, in whole units of the currency.
pub const CHARGE_MAX: u64 = 10_000_000;

/// Minimum period for which a ledger recognizes a repeated `Idempotency-Key`, in seconds: one day. A key is
/// found by reading the entries of that period, of which a user has few.
pub const KEYS_KNOWN_SECONDS: i64 = 24 * 60 * 60;

/// Purchase that a payment pays for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Purchase {
    /// Seats of a reservation.
    #[serde(rename = "reservation_id")]
    Reservation(ReservationId),
    /// Units of an order.
    #[serde(rename = "order_id")]
    Order(OrderId),
}

/// Kind of a ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EntryKind {
    /// Money that is added to the balance.
    Charge,
    /// Money that is spent on a purchase.
    Payment,
    /// Last entry of a closed account. It forfeits the balance, which may be 0.
    Forfeit,
}

/// Entry of a user's balance ledger. Never modified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Owner of the ledger.
    pub user_id: UserId,
    /// Number of the entry in its ledger, from 1 without gaps.
    pub number: u64,
    /// Amount of the entry in whole units of the currency. A charge adds it to the balance; a payment or
    /// forfeit subtracts it.
    pub amount: Money,
    /// Balance after the entry, in whole units of the currency.
    pub balance: Money,
    /// Time of the entry, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Random number that distinguishes the entry from one of the same amount that another request creates in
    /// the same millisecond.
    #[serde(rename = "chance")]
    pub nonce: Nonce,
    /// Fingerprint of the creating request; its scope is the route. `None` without an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<KeyedFingerprint>,
    /// Purchase that is paid. `None` for a charge or forfeit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase: Option<Purchase>,
    /// Reference of the payment at the provider, for a charge with money that the provider took; `None` for
    /// all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Whether the entry forfeits the balance of a closed account. No entry follows it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub forfeit: bool,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Newest entries of a user's ledger, newest first, as far as they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewestEntries {
    user_id: UserId,
    newest: Vec<LedgerEntry>,
    whole: bool,
}

/// Result of searching the newest entries of a ledger for the one that a request created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestSearch {
    /// The request created this entry.
    Made(Box<LedgerEntry>),
    /// The request created no entry.
    New,
    /// The entries that were read do not reach back far enough to tell. The caller must read older ones.
    ReadOn,
}

/// Parses the amount of a charge: a whole number from 1 to [`CHARGE_MAX`].
///
/// # Errors
/// `INVALID_AMOUNT` for any other number.
pub fn charge_amount(asked: &Number) -> Result<Money> {
    asked.as_u64().filter(|amount| (1..=CHARGE_MAX).contains(amount)).map(Money).ok_or_else(|| {
        Error::refused(Code::InvalidAmount, "A charge is a whole number from 1 to 10,000,000.")
            .with_details(json!({"amount": asked, "min": 1, "max": CHARGE_MAX}))
    })
}

impl Purchase {
    /// Returns the id of the reservation or order as text.
    pub fn id(&self) -> String {
        match self {
            Self::Reservation(id) => id.to_string(),
            Self::Order(id) => id.to_string(),
        }
    }

    /// Returns the owner of the reservation or order.
    pub const fn owner(&self) -> &UserId {
        match self {
            Self::Reservation(id) => id.owner(),
            Self::Order(id) => id.owner(),
        }
    }
}

impl LedgerEntry {
    /// Returns the id of the entry, which is unique over all users.
    pub fn id(&self) -> PaymentId {
        PaymentId::new(self.user_id.clone(), self.number)
    }

    /// Returns `true` if the balance is `before`, the balance of the previous entry, plus or minus the
    /// amount.
    fn follows(&self, before: Money) -> bool {
        let after = match self.kind() {
            EntryKind::Charge => before.checked_add(self.amount),
            EntryKind::Payment | EntryKind::Forfeit => before.checked_sub(self.amount),
        };
        after == Some(self.balance)
    }

    /// Returns the kind of the entry.
    pub const fn kind(&self) -> EntryKind {
        match (self.forfeit, self.purchase.is_some()) {
            (true, _) => EntryKind::Forfeit,
            (false, true) => EntryKind::Payment,
            (false, false) => EntryKind::Charge,
        }
    }

    /// Returns `true` if `request` created the entry.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED` if a request with the same `Idempotency-Key` but another body created it.
    pub fn is_of(&self, request: &KeyedFingerprint) -> Result<bool> {
        self.request.as_ref().map_or(Ok(false), |made_by| made_by.is_same(request))
    }
}

impl NewestEntries {
    /// Creates the ledger of `user_id` from its `newest` entries, newest first. `whole` is `true` if no older
    /// ones exist.
    ///
    /// # Errors
    /// `BUSY` if the numbers of the entries have a gap, which an eventually consistent read can cause.
    /// `INTERNAL_ERROR` if a balance does not follow from the previous one.
    pub fn of(user_id: UserId, newest: Vec<LedgerEntry>, whole: bool) -> Result<Self> {
        let gap = newest.windows(2).any(|pair| pair[0].number != pair[1].number + 1);
        let no_first = whole && newest.last().is_some_and(|oldest| oldest.number != 1);
        if gap || no_first {
            return Err(Error::busy(BusyReason::Ledger));
        }
        let first = newest.last().filter(|oldest| oldest.number == 1);
        let follows = newest.windows(2).all(|pair| pair[0].follows(pair[1].balance));
        if !follows || first.is_some_and(|first| !first.follows(Money::ZERO)) {
            return Err(Error::broken(format!("the balances of {user_id} do not follow from each other")));
        }
        Ok(Self { user_id, newest, whole })
    }

    /// Returns the balance after the newest entry, in whole units of the currency; 0 without entries.
    pub fn balance(&self) -> Money {
        self.newest.first().map_or(Money::ZERO, |entry| entry.balance)
    }

    /// Searches the entries for the one that `request` created. Finds it at least if it was created within
    /// the last day ([`KEYS_KNOWN_SECONDS`]).
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED` if the `Idempotency-Key` was used with another body.
    pub fn search(&self, request: &KeyedFingerprint, now: Timestamp) -> Result<RequestSearch> {
        for entry in &self.newest {
            if entry.is_of(request)? {
                return Ok(RequestSearch::Made(Box::new(entry.clone())));
            }
        }
        let known_since = now.plus_seconds(-KEYS_KNOWN_SECONDS - CLOCKS_APART_SECONDS_MAX);
        let reaches_back = self.whole
            || self.newest.last().is_some_and(|oldest| oldest.number == 1 || oldest.at < known_since);
        Ok(if reaches_back { RequestSearch::New } else { RequestSearch::ReadOn })
    }

    /// Returns the id of the next entry.
    pub fn next_id(&self) -> PaymentId {
        PaymentId::new(self.user_id.clone(), self.next_number())
    }

    /// Builds the next entry of the ledger, a charge of `amount`.
    ///
    /// # Errors
    /// `ACCOUNT_CLOSED` if the ledger is closed, `INTERNAL_ERROR` if the balance overflows.
    pub fn charge(
        &self,
        amount: Money,
        request: Option<KeyedFingerprint>,
        nonce: Nonce,
        now: Timestamp,
    ) -> Result<LedgerEntry> {
        self.check_open()?;
        let balance = self.balance().checked_add(amount);
        let balance = balance.ok_or_else(|| Error::internal("a balance is out of bounds"))?;
        Ok(LedgerEntry { purchase: None, ..self.next(amount, balance, request, nonce, now) })
    }

    /// Builds the next entry of the ledger, a charge of `amount`, with money that the provider took under
    /// `reference`.
    ///
    /// # Errors
    /// `ACCOUNT_CLOSED` if the ledger is closed, `INTERNAL_ERROR` if the balance overflows.
    pub fn receive(
        &self,
        amount: Money,
        reference: &str,
        nonce: Nonce,
        now: Timestamp,
    ) -> Result<LedgerEntry> {
        let reference = Some(reference.to_owned());
        Ok(LedgerEntry { reference, ..self.charge(amount, None, nonce, now)? })
    }

    /// Returns the ledger with `entry` appended as its newest entry.
    #[must_use]
    pub fn followed_by(&self, entry: LedgerEntry) -> Self {
        let newest = [&[entry], &self.newest[..]].concat();
        Self { newest, ..self.clone() }
    }

    /// Builds the next entry of the ledger, a payment of `amount` for `purchase`.
    ///
    /// # Errors
    /// `ACCOUNT_CLOSED` if the ledger is closed, `INSUFFICIENT_BALANCE` if the balance is lower than
    /// `amount`.
    pub fn pay(
        &self,
        amount: Money,
        purchase: Purchase,
        request: Option<KeyedFingerprint>,
        nonce: Nonce,
        now: Timestamp,
    ) -> Result<LedgerEntry> {
        self.check_open()?;
        let balance = self.balance().checked_sub(amount).ok_or_else(|| {
            Error::refused(
                Code::InsufficientBalance,
                "Your balance, details.balance, is below the price, details.required; charge it first.",
            )
            .with_details(json!({"balance": self.balance(), "required": amount}))
        })?;
        Ok(LedgerEntry { purchase: Some(purchase), ..self.next(amount, balance, request, nonce, now) })
    }

    /// Builds the last entry of the ledger, which forfeits the balance and closes the ledger. It is written
    /// even if the balance is 0, so that a later charge is refused.
    pub fn close(&self, nonce: Nonce, now: Timestamp) -> LedgerEntry {
        LedgerEntry { forfeit: true, ..self.next(self.balance(), Money::ZERO, None, nonce, now) }
    }

    fn check_open(&self) -> Result<()> {
        if self.newest.first().is_some_and(|entry| entry.forfeit) {
            let message = "This account is closed, and nothing can be booked to it any more.";
            return Err(Error::refused(Code::AccountClosed, message));
        }
        Ok(())
    }

    fn next_number(&self) -> u64 {
        self.newest.first().map_or(0, |entry| entry.number) + 1
    }

    fn next(
        &self,
        amount: Money,
        balance: Money,
        request: Option<KeyedFingerprint>,
        nonce: Nonce,
        at: Timestamp,
    ) -> LedgerEntry {
        let (user_id, number) = (self.user_id.clone(), self.next_number());
        // The entries of a ledger are one chain, so the head of the newest entry goes on in the next one.
        let trail = self.newest.first().map(|newest| newest.trail.clone()).unwrap_or_default();
        LedgerEntry {
            trail,
            user_id,
            number,
            amount,
            balance,
            at,
            nonce,
            request,
            purchase: None,
            reference: None,
            forfeit: false,
        }
    }
}

#[cfg(test)]
mod tests;
