//! Optimistic update of versioned entities, and the deserializer of optional fields that may be null.

use domain::{Error, Result};
use serde::{Deserialize, Deserializer};
use store::Saved;

/// Maximum number of tries of an update. Each lost try means that another write succeeded.
const ROUNDS_MAX: usize = 8;

/// Applies `decide` to `found`, writes the result by `save`, and returns it. Writes nothing when the result
/// equals `found`. When another write came first, decides again on the stored version, up to eight times.
///
/// # Errors
/// Any error of `decide` and `save`; `NOT_FOUND` when the entity was deleted; `BUSY` when concurrent writes
/// won each try.
pub async fn update_with_retry<T, Fut>(
    found: T,
    decide: impl Fn(&T) -> Result<T>,
    save: impl Fn(T) -> Fut,
) -> Result<T>
where
    T: Clone + PartialEq,
    Fut: Future<Output = Result<Saved<T>>>,
{
    let mut found = found;
    for _ in 0..ROUNDS_MAX {
        let next = decide(&found)?;
        if next == found {
            return Ok(next);
        }
        match save(next.clone()).await? {
            Saved::Done => return Ok(next),
            Saved::Conflict(Some(there)) => found = *there,
            Saved::Conflict(None) => return Err(Error::not_found("thing")),
        }
    }
    Err(Error::busy("it was written by too many at once"))
}

/// Deserializes a field that is present, even as null, into `Some`. An absent field stays `None` by its
/// default.
pub fn double_option<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn it_decides_again_on_what_is_there() {
        let stored = Cell::new(5);
        let save = |next: i32| {
            let raced = stored.get() < 7;
            stored.set(if raced { 7 } else { next });
            async move { Ok(if raced { Saved::Conflict(Some(Box::new(7))) } else { Saved::Done }) }
        };
        assert_eq!(update_with_retry(5, |found| Ok(found * 2), save).await.unwrap(), 14);
        assert_eq!(stored.get(), 14);
    }

    #[tokio::test]
    async fn it_does_not_write_what_is_there_and_does_not_try_for_ever() {
        let never = |_: i32| async { panic!("written") };
        assert_eq!(update_with_retry(5, |found| Ok(*found), never).await.unwrap(), 5);
        let always_raced = |next: i32| async move { Ok(Saved::Conflict(Some(Box::new(next)))) };
        assert_eq!(
            update_with_retry(5, |found| Ok(found + 1), always_raced).await.unwrap_err().code,
            domain::Code::Busy
        );
    }
}
