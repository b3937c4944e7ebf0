//! Sessions: which refresh token is the newest of each sign-in.

use domain::accounts::Session;
use domain::ids::SessionId;
use domain::{Error, Result};

use crate::keys::Key;
use crate::schema::{ACCOUNTS, Table};
use crate::{Entity, Saved, Store};

/// Tries of ending a session that is being refreshed at the same time.
const TRIES_MAX: u32 = 5;

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
    /// A session as it is, if there is one.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_session(&self, id: &SessionId) -> Result<Option<Session>> {
        self.get(&session_key(id)).await
    }

    /// Writes a new session, or the next version of one. `Saved::Other` is what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_session(&self, session: &Session) -> Result<Saved<Session>> {
        self.save(session).await
    }

    /// Ends a session, also when it is refreshed at the same time.
    ///
    /// # Errors
    /// `BUSY` when it was refreshed each time; it is not ended then.
    pub async fn revoke_session(&self, session: Session) -> Result<()> {
        let mut session = session;
        for _ in 0..TRIES_MAX {
            if session.revoked {
                return Ok(());
            }
            match self.save(&session.revoked()).await? {
                Saved::Done | Saved::Other(None) => return Ok(()),
                Saved::Other(Some(found)) => session = *found,
            }
        }
        Err(Error::busy("the session was refreshed each time that it was to end"))
    }
}
