//! A user's ledger: what a request has made there, and the next entry.

use domain::ids::UserId;
use domain::wallet::{Entry, Ledger, Request, Search};
use domain::{Code, Error, Result};
use edge::{App, IdempotencyKey};
use store::{Newest, Saved};

/// How many entries each look takes: the first less than four kilobytes, half a read unit. Only who makes
/// more entries in a day, and sends a key, needs the later ones.
const LOOKS: [usize; 4] = [12, 96, 768, 6_144];
/// How often an entry is decided again. Whoever loses has lost to somebody who won, so that many charges of
/// one user at once all go through.
pub const ROUNDS_MAX: usize = 60;

/// What a look at a ledger finds.
pub enum Look {
    /// The request has made this entry before.
    Made(Box<Entry>),
    /// It has not; what there is to decide on.
    New(Ledger),
}

/// The request that came with `key` to `route`, with the body that `fingerprint` stands for.
pub fn request(key: &IdempotencyKey, route: &str, fingerprint: &str) -> Option<Request> {
    key.0.as_ref().map(|key| Request::new(route, key, fingerprint))
}

/// Looks at the newest entries of the ledger of `user`, as far back as it takes to know that `request` is
/// new. Unless the look is `consistent` they are as they were within the last second or so. That is enough to
/// append to, since the number after the last entry that was seen is free only if there was no later one.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED`; `BUSY` when the user makes too many entries to tell.
pub async fn look(app: &App, user: &UserId, request: Option<&Request>, consistent: bool) -> Result<Look> {
    let mut consistent = consistent;
    for limit in LOOKS {
        let newest = app.store().entries(user, Newest { before: None, limit, consistent }).await?;
        let whole = newest.len() < limit;
        consistent = true;
        let ledger = match Ledger::of(user.clone(), newest, whole) {
            Ok(ledger) => ledger,
            Err(error) if error.code == Code::Busy => continue,
            Err(error) => return Err(error),
        };
        match request.map_or(Ok(Search::New), |request| ledger.search(request, app.now()))? {
            Search::Made(entry) => return Ok(Look::Made(entry)),
            Search::New => return Ok(Look::New(ledger)),
            Search::ReadOn => {}
        }
    }
    Err(Error::busy("a ledger is too long to search"))
}

/// What tells a request from another one that is alike.
pub fn chance(app: &App) -> u64 {
    u64::try_from(app.chance() >> 64).unwrap_or_default()
}

/// Adds `amount` to the balance of `user`, unless `request` has done so before. The entry that it made.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED`, and `BUSY` when too many append at once.
pub async fn charge(app: &App, user: &UserId, amount: u64, request: Option<Request>) -> Result<Entry> {
    let chance = chance(app);
    for round in 0..ROUNDS_MAX {
        let ledger = match look(app, user, request.as_ref(), round > 0).await? {
            Look::Made(entry) => return Ok(*entry),
            Look::New(ledger) => ledger,
        };
        let entry = ledger.charge(amount, request.clone(), chance, app.now())?;
        if let Saved::Done = app.store().append_entry(&entry).await? {
            return Ok(entry);
        }
    }
    Err(Error::busy("too many append to a ledger at once"))
}
