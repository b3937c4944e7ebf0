//! Optimistic retries: loops that repeat a conditional write after a concurrent write changed the item first.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{BusyReason, Error, Result};

use crate::{Saved, Store};

/// Maximum number of tries of [`retry`]. A try fails only because a concurrent write succeeded, so some
/// request always makes progress.
const TRIES_MAX: usize = 8;
/// Longest pause before the second to sixth try of a call, in milliseconds. DynamoDB refuses a call at once,
/// instead of waiting, while a transaction writes the same item.
const PAUSES_MS: [u64; 5] = [5, 20, 40, 80, 160];

/// Result of one try of an optimistic write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryResult<T, S> {
    /// The operation is complete, with this result.
    Done(T),
    /// A concurrent write changed the item first, so nothing was written. Holds the input of the next try,
    /// mostly the stored item.
    Conflict(S),
}

/// Calls `attempt` until it returns `TryResult::Done`, up to eight times. The first call receives `seen`,
/// each further one the content of the previous `TryResult::Conflict`. Does not wait between tries, since the
/// concurrent write that caused `TryResult::Conflict` is already stored.
///
/// # Errors
/// Any error of `attempt`; `BUSY` with `reason` when each try returned `TryResult::Conflict`.
pub async fn retry<T, S, Fut>(reason: BusyReason, seen: S, attempt: impl Fn(S) -> Fut) -> Result<T>
where
    Fut: Future<Output = Result<TryResult<T, S>>>,
{
    retry_up_to(TRIES_MAX, reason, seen, attempt).await
}

/// Calls `attempt` like [`retry`], but up to `tries_max` times.
///
/// # Errors
/// Any error of `attempt`; `BUSY` with `reason` when each try returned `TryResult::Conflict`.
pub async fn retry_up_to<T, S, Fut>(
    tries_max: usize,
    reason: BusyReason,
    seen: S,
    attempt: impl Fn(S) -> Fut,
) -> Result<T>
where
    Fut: Future<Output = Result<TryResult<T, S>>>,
{
    let mut seen = seen;
    for _ in 0..tries_max {
        match attempt(seen).await? {
            TryResult::Done(result) => return Ok(result),
            TryResult::Conflict(there) => seen = there,
        }
    }
    Err(Error::busy(reason))
}

/// Applies `decide` to `found`, writes the result by `save`, and returns it. Writes nothing when the result
/// equals `found`. When a concurrent write changed the entity first, repeats both with the stored version, up
/// to eight times in all.
///
/// # Errors
/// Any error of `decide` and `save`; `NOT_FOUND` when the entity was deleted; `BUSY` with `reason` when a
/// concurrent write came first in each try.
pub async fn update_with_retry<T, Fut>(
    reason: BusyReason,
    found: T,
    decide: impl Fn(&T) -> Result<T>,
    save: impl Fn(T) -> Fut,
) -> Result<T>
where
    T: Clone + PartialEq,
    Fut: Future<Output = Result<Saved<T>>>,
{
    let (decide, save) = (&decide, &save);
    let attempt = async |found: T| {
        let next = decide(&found)?;
        if next == found {
            return Ok(TryResult::Done(next));
        }
        match save(next.clone()).await? {
            Saved::Done => Ok(TryResult::Done(next)),
            Saved::Conflict(Some(there)) => Ok(TryResult::Conflict(*there)),
            Saved::Conflict(None) => Err(Error::not_found("resource")),
        }
    };
    retry(reason, found, attempt).await
}

/// Source of random numbers for the pauses between tries.
#[derive(Debug)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    /// Creates a source with a random seed, so that two instances that collide do not pause equally long and
    /// collide again.
    pub fn random() -> Self {
        Self(AtomicU64::new(RandomState::new().hash_one(())))
    }

    /// Creates a source with the same numbers in each run, for tests and simulations.
    pub const fn fixed() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Returns a random pause of 50 to 100 percent of `longest_ms` milliseconds.
    fn pause(&self, longest_ms: u64) -> Duration {
        // SplitMix64 by Steele, Lea and Flood: each step adds the same number, and the bits are mixed.
        let mut bits = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let longest_us = longest_ms * 1000;
        Duration::from_micros(longest_us / 2 + bits % (longest_us / 2 + 1))
    }
}

impl Store {
    /// Calls `attempt` until it returns a result. `attempt` sends one call to DynamoDB and returns `None`
    /// when DynamoDB refused it because a transaction writes the same item. Waits before each further try.
    ///
    /// # Errors
    /// Any error of `attempt`; `BUSY` with `reason` when all of six tries returned `None`.
    pub(crate) async fn retry_with_pauses<T, Fut>(
        &self,
        reason: BusyReason,
        attempt: impl Fn() -> Fut,
    ) -> Result<T>
    where
        Fut: Future<Output = Result<Option<T>>>,
    {
        for pause_ms in PAUSES_MS {
            if let Some(result) = attempt().await? {
                return Ok(result);
            }
            tokio::time::sleep(self.jitter.pause(pause_ms)).await;
        }
        attempt().await?.ok_or_else(|| Error::busy(reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;
    use domain::Code;
    use std::cell::Cell;

    #[tokio::test]
    async fn update_decides_again_on_the_stored_version() {
        let stored = Cell::new(5);
        let save = |next: i32| {
            let raced = stored.get() < 7;
            stored.set(if raced { 7 } else { next });
            async move { Ok(if raced { Saved::Conflict(Some(Box::new(7))) } else { Saved::Done }) }
        };
        let updated = update_with_retry(BusyReason::Order, 5, |found| Ok(found * 2), save).await;
        assert_each_eq!((updated.unwrap(), 14), (stored.get(), 14));
    }

    #[tokio::test]
    async fn update_without_a_change_is_not_written() {
        let never = |_: i32| async { panic!("written") };
        assert_eq!(update_with_retry(BusyReason::Order, 5, |found| Ok(*found), never).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn tries_are_bounded_and_name_their_reason() {
        let tries = Cell::new(0);
        let count = |seen: usize| {
            tries.set(tries.get() + 1);
            async move { Ok(TryResult::<(), _>::Conflict(seen + 1)) }
        };
        let error = retry(BusyReason::Claim, 0, count).await.unwrap_err();
        assert_each_eq!((error.code, Code::Busy), (error.busy_reason, Some(BusyReason::Claim)));
        assert_eq!(tries.get(), TRIES_MAX);
    }

    #[test]
    fn pauses_are_from_half_to_all_of_the_longest() {
        let jitter = Jitter::fixed();
        let pauses: Vec<u128> = (0..1000).map(|_| jitter.pause(40).as_micros()).collect();
        let (shortest, longest) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
        assert!((20_000..21_000).contains(shortest) && (39_000..=40_000).contains(longest), "{pauses:?}");
    }
}
