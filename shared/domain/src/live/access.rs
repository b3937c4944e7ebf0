//! Tickets, by which a connection is bound to a user, and the rights that follow.

use serde::{Deserialize, Serialize};

use crate::accounts::REVOCATION_SECONDS;
use crate::accounts::{Role, Roles};
use crate::ids::{SessionId, UserId, derived};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Time in seconds within which a ticket must be used.
pub const TICKET_SECONDS: i64 = 30;
/// Time in seconds after which the rights of a connection's user end, unless a new ticket renews them. A revocation is
/// listed for longer, so none is missed.
pub const LIVE_ACCESS_SECONDS: i64 = 15 * 60;
const _: () = assert!(LIVE_ACCESS_SECONDS < REVOCATION_SECONDS);

/// User of a connection, with the rights that the access token had when the ticket was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveUser {
    /// Account of the user.
    pub user_id: UserId,
    /// Roles of the account.
    pub roles: Roles,
    /// Account epoch, by which a revocation is recognized.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// Session of the access token, which ends the rights too when it is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// Creation time of the ticket, in UTC.
    #[serde(with = "millis")]
    pub since: Timestamp,
}

impl LiveUser {
    /// Returns the time until which the rights hold, exclusive.
    pub fn until(&self) -> Timestamp {
        self.since.plus_seconds(LIVE_ACCESS_SECONDS)
    }

    /// Returns whether the user has the role USER or ADMIN, which waiting, reserving and ordering require.
    pub fn is_customer(&self) -> bool {
        self.roles.contains(&Role::User) || self.roles.contains(&Role::Admin)
    }
}

/// Ticket that binds one connection to a user. It is stored under a hash of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveTicket {
    /// Hash of the text of the ticket.
    pub hash: String,
    /// User who created the ticket.
    pub user: LiveUser,
    /// Connection that used the ticket; `None` before its use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

impl LiveTicket {
    /// Creates the ticket with the secret text `secret` for `user`.
    pub fn new(secret: &str, user: LiveUser) -> Self {
        Self { hash: Self::hash_of(secret), user, used_by: None }
    }

    /// Returns the hash under which the ticket with the text `secret` is stored.
    pub fn hash_of(secret: &str) -> String {
        derived(&["live ticket", secret])
    }

    /// Returns the time before which the ticket must be used, in UTC.
    pub fn expires_at(&self) -> Timestamp {
        self.user.since.plus_seconds(TICKET_SECONDS)
    }

    /// Checks that `connection_id` may use the ticket at `now`. The connection that used it may repeat that.
    ///
    /// # Errors
    /// `UNAUTHORIZED` when the ticket has expired or another connection used it.
    pub fn check(&self, connection_id: &str, now: Timestamp) -> Result<()> {
        let is_used = self.used_by.as_deref().is_some_and(|by| by != connection_id);
        if is_used || now >= self.expires_at() { Err(Self::unusable()) } else { Ok(()) }
    }

    /// Creates the error `UNAUTHORIZED` for a ticket that cannot be used.
    pub fn unusable() -> Error {
        let message = "The ticket is unknown, has expired or was used by another connection: create another one with \
                       POST /live/tickets.";
        Error::refused(Code::Unauthorized, message)
    }
}

#[cfg(test)]
mod tests {
    use assertions::assert_each_eq;

    use super::*;

    #[test]
    fn ticket_is_for_one_connection_and_thirty_seconds() {
        let at = Timestamp::from_millis;
        let user = LiveUser {
            user_id: UserId::new("a"),
            roles: Roles::default(),
            epoch: Some(1),
            session_id: None,
            since: at(0),
        };
        let mut ticket = LiveTicket::new("secret", user);
        assert_each_eq!(
            (ticket.check("c", at(29_999)).is_ok(), true),
            (ticket.check("c", at(30_000)).is_ok(), false),
            (ticket.hash.contains("secret"), false)
        );
        ticket.used_by = Some("c".to_owned());
        assert_each_eq!((ticket.check("c", at(1)).is_ok(), true), (ticket.check("d", at(1)).is_ok(), false));
    }
}
