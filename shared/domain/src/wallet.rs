//! Money: a prepaid balance, kept as a chain of ledger entries.
//!
//! Entry `number` is written under the condition that there is none with this number, by somebody who has
//! read the entries before it, and it carries the balance after it. So a charge or a payment is in the ledger
//! once, money is neither made nor lost between two entries, and the balance is never below zero. A payment
//! has no item of its own: it *is* its entry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, json};

use crate::ids::{OrderId, PaymentId, ReservationId, UserId, fingerprint};
use crate::points::CLOCKS_APART_SECONDS_MAX;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// The most that one charge adds.
pub const CHARGE_MAX: u64 = 10_000_000;

/// For how long at least a ledger recognises an `Idempotency-Key`: a day. It is found among the entries, and
/// those of a day are few.
pub const KEYS_KNOWN_SECONDS: i64 = 24 * 60 * 60;

/// What is paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Purchase {
    /// The seats of a reservation.
    #[serde(rename = "reservation_id")]
    Reservation(ReservationId),
    /// The units of an order.
    #[serde(rename = "order_id")]
    Order(OrderId),
}

/// A request that came with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Stands for its route and its key.
    pub key: String,
    /// Stands for its body.
    pub body: String,
}

/// Which way an entry moves the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Kind {
    /// Money comes in.
    Charge,
    /// Money is spent.
    Payment,
    /// Money is given up, since the account was closed.
    Forfeit,
}

/// One change of a user's balance. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose balance.
    pub user_id: UserId,
    /// 1 for the first, without gaps.
    pub number: u64,
    /// By how much.
    pub amount: u64,
    /// The balance after it.
    pub balance: u64,
    /// When.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Tells it apart from one that another request would make of the same amount in the same millisecond.
    pub chance: u64,
    /// The request that made it, when that had an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What it pays for; nothing when it is a charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase: Option<Purchase>,
    /// How the outside provider calls the payment by which the money came in, when it came that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Whether it gives up the balance, since the account was closed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub forfeit: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The newest entries of a ledger, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    user_id: UserId,
    newest: Vec<Entry>,
    whole: bool,
}

/// What the newest entries say about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// It has made this entry.
    Made(Box<Entry>),
    /// It has made none.
    New,
    /// They reach not far enough back to tell.
    ReadOn,
}

/// What is asked to be charged, when that is a whole number from 1 to [`CHARGE_MAX`].
///
/// # Errors
/// `INVALID_AMOUNT`.
pub fn charge_amount(asked: &Number) -> Result<u64> {
    asked.as_u64().filter(|amount| (1..=CHARGE_MAX).contains(amount)).ok_or_else(|| {
        Error::refused(Code::InvalidAmount, "A charge is a whole number from 1 to 10,000,000.")
            .with_details(json!({"amount": asked, "min": 1, "max": CHARGE_MAX}))
    })
}

impl Purchase {
    /// The reservation or order that is paid for, as text.
    pub fn id(&self) -> String {
        match self {
            Self::Reservation(id) => id.to_string(),
            Self::Order(id) => id.to_string(),
        }
    }

    /// Whose it is.
    pub const fn owner(&self) -> &UserId {
        match self {
            Self::Reservation(id) => id.owner(),
            Self::Order(id) => id.owner(),
        }
    }
}

impl Request {
    /// The request of `route` with this key, for whose body `body` stands.
    pub fn new(route: &str, key: &str, body: &str) -> Self {
        Self { key: fingerprint(&[route, key]), body: body.to_owned() }
    }
}

impl Entry {
    /// What names it among everybody's.
    pub fn id(&self) -> PaymentId {
        PaymentId::new(self.user_id.clone(), self.number)
    }

    /// Whether its balance follows from the one `before` it.
    fn follows(&self, before: u64) -> bool {
        let after = match self.kind() {
            Kind::Charge => before.checked_add(self.amount),
            Kind::Payment | Kind::Forfeit => before.checked_sub(self.amount),
        };
        after == Some(self.balance)
    }

    /// Which way it moves the balance.
    pub const fn kind(&self) -> Kind {
        match (self.forfeit, self.purchase.is_some()) {
            (true, _) => Kind::Forfeit,
            (false, true) => Kind::Payment,
            (false, false) => Kind::Charge,
        }
    }

    /// Whether `request` has made it.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED` when a request with the same key and another body has.
    pub fn is_of(&self, request: &Request) -> Result<bool> {
        match &self.request {
            Some(made_by) if made_by.key != request.key => Ok(false),
            Some(made_by) if made_by.body != request.body => Err(Error::refused(
                Code::IdempotencyKeyReused,
                "This Idempotency-Key was used for another request; take a new one.",
            )),
            made_by => Ok(made_by.is_some()),
        }
    }
}

impl Ledger {
    /// The ledger of `user_id` by its `newest` entries, newest first. `whole` says that there are no older
    /// ones.
    ///
    /// # Errors
    /// `BUSY` when an entry is missing: the view is not one of a moment. `INTERNAL_ERROR` when a balance does not
    /// follow from the one before.
    pub fn of(user_id: UserId, newest: Vec<Entry>, whole: bool) -> Result<Self> {
        let gap = newest.windows(2).any(|pair| pair[0].number != pair[1].number + 1);
        let no_first = whole && newest.last().is_some_and(|oldest| oldest.number != 1);
        if gap || no_first {
            return Err(Error::busy("the ledger was read while it was written"));
        }
        let first = newest.last().filter(|oldest| oldest.number == 1);
        let follows = newest.windows(2).all(|pair| pair[0].follows(pair[1].balance));
        if !follows || first.is_some_and(|first| !first.follows(0)) {
            return Err(Error::broken(format!("the balances of {user_id} do not follow from each other")));
        }
        Ok(Self { user_id, newest, whole })
    }

    /// What is there to spend.
    pub fn balance(&self) -> u64 {
        self.newest.first().map_or(0, |entry| entry.balance)
    }

    /// What `request` has made, if it came within the last day.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED`.
    pub fn search(&self, request: &Request, now: Timestamp) -> Result<Search> {
        for entry in &self.newest {
            if entry.is_of(request)? {
                return Ok(Search::Made(Box::new(entry.clone())));
            }
        }
        let known_since = now.plus_seconds(-KEYS_KNOWN_SECONDS - CLOCKS_APART_SECONDS_MAX);
        let reaches_back = self.whole
            || self.newest.last().is_some_and(|oldest| oldest.number == 1 || oldest.at < known_since);
        Ok(if reaches_back { Search::New } else { Search::ReadOn })
    }

    /// What names the entry that comes next.
    pub fn next_id(&self) -> PaymentId {
        PaymentId::new(self.user_id.clone(), self.next_number())
    }

    /// The next entry, a charge.
    ///
    /// # Errors
    /// An internal one when the balance leaves every bound.
    pub fn charge(
        &self,
        amount: u64,
        request: Option<Request>,
        chance: u64,
        now: Timestamp,
    ) -> Result<Entry> {
        let balance = self.balance().checked_add(amount);
        let balance = balance.ok_or_else(|| Error::internal("a balance is out of bounds"))?;
        Ok(Entry { purchase: None, ..self.next(amount, balance, request, chance, now) })
    }

    /// The next entry, a charge: money that the outside provider has taken as `reference`.
    ///
    /// # Errors
    /// An internal one when the balance leaves every bound.
    pub fn receive(&self, amount: u64, reference: &str, chance: u64, now: Timestamp) -> Result<Entry> {
        let reference = Some(reference.to_owned());
        Ok(Entry { reference, ..self.charge(amount, None, chance, now)? })
    }

    /// The same ledger with `entry` as its next.
    #[must_use]
    pub fn followed_by(&self, entry: Entry) -> Self {
        let newest = [&[entry], &self.newest[..]].concat();
        Self { newest, ..self.clone() }
    }

    /// The next entry, a payment.
    ///
    /// # Errors
    /// `INSUFFICIENT_BALANCE`.
    pub fn pay(
        &self,
        amount: u64,
        purchase: Purchase,
        request: Option<Request>,
        chance: u64,
        now: Timestamp,
    ) -> Result<Entry> {
        let balance = self.balance().checked_sub(amount).ok_or_else(|| {
            Error::refused(Code::InsufficientBalance, "Your balance does not cover this.")
                .with_details(json!({"balance": self.balance(), "required": amount}))
        })?;
        Ok(Entry { purchase: Some(purchase), ..self.next(amount, balance, request, chance, now) })
    }

    /// Returns the next entry, which gives up the balance of a closed account; none when there is no balance.
    pub fn forfeit(&self, chance: u64, now: Timestamp) -> Option<Entry> {
        let next = self.next(self.balance(), 0, None, chance, now);
        (self.balance() > 0).then_some(Entry { forfeit: true, ..next })
    }

    /// Returns the number of the next entry.
    pub fn next_number(&self) -> u64 {
        self.newest.first().map_or(0, |entry| entry.number) + 1
    }

    fn next(&self, amount: u64, balance: u64, request: Option<Request>, chance: u64, at: Timestamp) -> Entry {
        let (user_id, number) = (self.user_id.clone(), self.next_number());
        Entry {
            user_id,
            number,
            amount,
            balance,
            at,
            chance,
            request,
            purchase: None,
            reference: None,
            forfeit: false,
        }
    }
}

#[cfg(test)]
mod tests;
