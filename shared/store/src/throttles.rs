//! Failed sign-ins of an account or an address.

use domain::accounts::{Subject, Throttle};
use domain::{Error, Result, Timestamp};

use crate::keys::Key;
use crate::schema::{ACCOUNTS, Table};
use crate::{Entity, Saved, Store};

/// Tries of recording a failure that met others: each try that is lost is a failure that somebody else
/// recorded, so about as many as are allowed at all suffice.
const TRIES_MAX: u32 = 64;

impl Entity for Throttle {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        throttle_key(&self.subject)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.expires_s())
    }
}

fn throttle_key(subject: &str) -> Key {
    Key::new(format!("THROTTLE#{subject}"), "THROTTLE")
}

impl Store {
    /// Whether `subject` may try again at `now`, by what is known so far.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS` when it may not.
    pub async fn check_throttle(&self, subject: &Subject, now: Timestamp) -> Result<()> {
        let found: Option<Throttle> = self.get(&throttle_key(&subject.name)).await?;
        found.map_or(Ok(()), |throttle| throttle.check(subject, now))
    }

    /// Records that `subject` failed at `now` with this request.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS`, and nothing is recorded, when others failed at the same time and used up what was
    /// allowed: then this failure must not be told from a success.
    pub async fn record_failure(&self, subject: &Subject, now: Timestamp, request_id: &str) -> Result<()> {
        let read: Option<Throttle> = self.get(&throttle_key(&subject.name)).await?;
        let mut throttle = read.unwrap_or_else(|| Throttle::none(subject));
        for _ in 0..TRIES_MAX {
            throttle.check(subject, now)?;
            match self.save(&throttle.failed(now, request_id)).await? {
                Saved::Done => return Ok(()),
                Saved::Other(found) => {
                    throttle = found.map_or_else(|| Throttle::none(subject), |found| *found)
                }
            }
        }
        Err(Error::busy("the failures of an address came too fast to count them"))
    }
}
