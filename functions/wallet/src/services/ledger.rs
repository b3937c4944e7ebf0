//! Service over a user's money ledger: search for an earlier request, and appending of entries.

use domain::ids::UserId;
use domain::wallet::{LedgerEntry, NewestEntries, RequestSearch};
use domain::{BusyReason, Code, Error, KeyedFingerprint, Money, Result};
use runtime::App;
use store::{LedgerRange, Saved, TryResult, retry_up_to};

/// Maximum number of entries that each successive read returns in the search for the entry of an earlier
/// request. The first read takes less than four kilobytes, half a read unit. The others are needed only for a
/// request with an `Idempotency-Key`, of a user with many entries within a day.
const LOOKS: [usize; 4] = [11, 88, 704, 5_632];
/// Maximum number of tries to append. A try fails only when another append succeeded, so that N concurrent
/// charges of one user need at most N tries each.
const TRIES_MAX: usize = 60;

/// Result of a search in a ledger.
pub enum LedgerSearch {
    /// The request created this entry before.
    Made(Box<LedgerEntry>),
    /// The request is new. Holds the state of the ledger to append to.
    New(NewestEntries),
}

/// Reads the newest entries of the ledger of `user`, as far back as necessary to know that `request` is new.
/// Without `consistent`, the first read may be stale by about a second. That is enough to append to, because
/// the next number is free only if no later entry exists.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when a different request used the `Idempotency-Key`; `BUSY` when the user has too
/// many recent entries to search.
pub async fn search_ledger(
    app: &App,
    user: &UserId,
    request: Option<&KeyedFingerprint>,
    consistent: bool,
) -> Result<LedgerSearch> {
    let mut consistent = consistent;
    for limit in LOOKS {
        let newest = app.store().entries(user, LedgerRange { before: None, limit, consistent }).await?;
        let whole = newest.len() < limit;
        consistent = true;
        let ledger = match NewestEntries::of(user.clone(), newest, whole) {
            Ok(ledger) => ledger,
            Err(error) if error.code == Code::Busy => continue,
            Err(error) => return Err(error),
        };
        match request.map_or(Ok(RequestSearch::New), |request| ledger.search(request, app.now()))? {
            RequestSearch::Made(entry) => return Ok(LedgerSearch::Made(entry)),
            RequestSearch::New => return Ok(LedgerSearch::New(ledger)),
            RequestSearch::ReadOn => {}
        }
    }
    Err(Error::busy(BusyReason::LedgerLength))
}

/// Adds `amount` to the balance of `user` and returns the entry. Returns the earlier entry when `request` is
/// a repeat.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when a different request used the `Idempotency-Key`; `BUSY` when concurrent
/// appends won each try.
pub async fn charge(
    app: &App,
    user: &UserId,
    amount: Money,
    request: Option<KeyedFingerprint>,
) -> Result<LedgerEntry> {
    let (nonce, request) = (app.nonce(), request.as_ref());
    let attempt = async |consistent| {
        let ledger = match search_ledger(app, user, request, consistent).await? {
            LedgerSearch::Made(entry) => return Ok(TryResult::Done(*entry)),
            LedgerSearch::New(ledger) => ledger,
        };
        let entry = ledger.charge(amount, request.cloned(), nonce, app.now())?;
        Ok(match app.store().append_entry(&entry).await? {
            Saved::Done => TryResult::Done(entry),
            Saved::Conflict(_) => TryResult::Conflict(true),
        })
    };
    retry_ledger(attempt).await
}

/// Runs `attempt` until it returns `TryResult::Done`, at most [`TRIES_MAX`] times. Its argument says whether
/// to read the ledger strongly consistent: `false` in the first try, `true` after another write came first.
///
/// # Errors
/// Any error of `attempt`; `BUSY` when other requests wrote the ledger first on every try.
pub async fn retry_ledger<T, Fut>(attempt: impl Fn(bool) -> Fut) -> Result<T>
where
    Fut: Future<Output = Result<TryResult<T, bool>>>,
{
    retry_up_to(TRIES_MAX, BusyReason::Ledger, false, attempt).await
}
