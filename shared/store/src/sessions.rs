//! Storage of sign-in sessions with the hashes of their newest refresh tokens.

use domain::accounts::{Revocation, Session};
use domain::ids::{SessionId, UserId};
use domain::{BusyReason, Result, Timestamp};

use crate::keys::{Key, ListKey};
use crate::list::{List, ListRange};
use crate::schema::{ACCOUNTS, Table};
use crate::transaction::{Committed, WriteVerdict};
use crate::{Entity, Saved, Store, TryResult, retry};

impl Entity for Session {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        session_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(sessions_of(&self.user_id).key(self.created_at, self.id.as_str()))
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

/// Returns the list of a user's sessions. A session of the version before is in it from its next refresh on.
fn sessions_of(user: &UserId) -> List {
    List::single_shard(format!("SESSIONS#{user}"))
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

    /// Lists up to `limit` sessions of `user`, ended ones included, newest first, eventually consistent.
    pub async fn list_sessions(&self, user: &UserId, limit: usize) -> Result<Vec<Session>> {
        let found = self.list(&sessions_of(user), &ListRange::default(), limit).await?;
        Ok(found.into_iter().map(|(_, session)| session).collect())
    }

    /// Ends a session and revokes its access tokens at `now`, in one transaction. Returns the revocation, or `None`
    /// when the session was ended before.
    ///
    /// # Errors
    /// `BUSY` when a concurrent refresh changed the session in each of eight tries; the session is then not ended.
    pub async fn end_session(&self, session: Session, now: Timestamp) -> Result<Option<Revocation>> {
        let attempt = async |session: Session| {
            if session.revoked {
                return Ok(TryResult::Done(None));
            }
            let revocation = Revocation::of_session(&session, now);
            let writes = self.transaction().save(&session.revoked())?.create(&revocation)?;
            let Committed::Refused(verdicts) = writes.commit().await? else {
                return Ok(TryResult::Done(Some(revocation)));
            };
            if matches!(verdicts.first(), Some(WriteVerdict::AlreadyApplied)) {
                return Ok(TryResult::Done(Some(revocation)));
            }
            let current = self.get_session_if_exists(&session.id).await?;
            Ok(current.map_or(TryResult::Done(None), TryResult::Conflict))
        };
        retry(BusyReason::Session, session, attempt).await
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
