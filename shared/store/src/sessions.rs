//! Storage of sign-in sessions with the hashes of their newest refresh tokens.

use domain::accounts::Session;
use domain::ids::SessionId;
use domain::{BusyReason, Result};

use crate::keys::Key;
use crate::schema::{ACCOUNTS, Table};
use crate::{Entity, Saved, Store, TryResult, retry};

impl Entity for Session {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        session_key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.expires_at.as_seconds() + 1)
    }
}

fn session_key(id: &SessionId) -> Key {
    Key::new(format!("SESSION#{id}"), "SESSION")
}

impl Store {
    /// Reads a session, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_session_if_exists(&self, id: &SessionId) -> Result<Option<Session>> {
        self.get(&session_key(id)).await
    }

    /// Writes a session: a new one as version 1, or the next version. Returns `Saved::Conflict` with the
    /// stored one when another write came first.
    pub async fn save_session(&self, session: &Session) -> Result<Saved<Session>> {
        self.save(session).await
    }

    /// Revokes a session. Does nothing when it is already revoked or no longer exists.
    ///
    /// # Errors
    /// `BUSY` when a concurrent refresh changed the session in each of eight tries; the session is then not
    /// revoked.
    pub async fn revoke_session(&self, session: Session) -> Result<()> {
        let attempt = async |session: Session| {
            if session.revoked {
                return Ok(TryResult::Done(()));
            }
            Ok(match self.save(&session.revoked()).await? {
                Saved::Done | Saved::Conflict(None) => TryResult::Done(()),
                Saved::Conflict(Some(found)) => TryResult::Conflict(*found),
            })
        };
        retry(BusyReason::Session, session, attempt).await
    }
}
