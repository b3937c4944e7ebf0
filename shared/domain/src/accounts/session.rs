//! Sessions: a chain of refresh tokens, of which only the newest is good. Who shows an older one has copied
//! it, or was copied from; nobody can tell which, so the chain ends.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Account;
use crate::Timestamp;
use crate::ids::SessionId;
use crate::ids::UserId;
use crate::time::millis;

/// How long a refresh token is good for; each new one begins anew. 14 days.
pub const SESSION_SECONDS: i64 = 14 * 24 * 60 * 60;

const SECRET_LENGTH: usize = 43;

/// What the refresh cookie holds: `<session id>.<secret>`, the secret 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Of which session.
    pub session_id: SessionId,
    secret: String,
}

impl RefreshToken {
    /// A token of `session` whose secret is `chance`.
    pub fn new(session_id: SessionId, chance: [u128; 2]) -> Self {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&chance[0].to_be_bytes());
        bytes[16..].copy_from_slice(&chance[1].to_be_bytes());
        Self { session_id, secret: URL_SAFE_NO_PAD.encode(bytes) }
    }

    /// The token that `text` is, or `None` when no token looks like that.
    pub fn parse(text: &str) -> Option<Self> {
        let (session, secret) = text.rsplit_once('.')?;
        let fits = secret.len() == SECRET_LENGTH
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        Some(Self { session_id: SessionId::parse(session).filter(|_| fits)?, secret: secret.to_owned() })
    }

    /// The token as text: for the cookie, and for nothing that is shown or stored.
    pub fn expose(&self) -> String {
        format!("{}.{}", self.session_id, self.secret)
    }

    /// What is stored of it. A plain hash is enough: no list of likely secrets covers 256 random bits.
    fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.secret.as_bytes()))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({})", self.session_id)
    }
}

/// One sign-in, from the password to the last refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The account's epoch when it began; it is over when the account has another.
    pub epoch: u32,
    /// The hash of the newest secret.
    pub secret_hash: String,
    /// When it began.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// When it ends unless it is refreshed. Checked here, since DynamoDB deletes late.
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
    /// Whether it was ended early.
    #[serde(default)]
    pub revoked: bool,
    /// One more with every refresh, and with its end.
    pub version: u64,
}

/// What a token that somebody shows is to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// The newest: good.
    Current,
    /// Not the newest: the session must end.
    Reused,
    /// The session is over.
    Ended,
}

impl Session {
    /// A session of `account` that begins with `token`.
    pub fn begin(account: &Account, token: &RefreshToken, now: Timestamp) -> Self {
        Self {
            id: token.session_id.clone(),
            user_id: account.id.clone(),
            epoch: account.epoch,
            secret_hash: token.hash(),
            created_at: now,
            expires_at: now.plus_seconds(SESSION_SECONDS),
            revoked: false,
            version: 1,
        }
    }

    /// What `token` is to this session at `now`.
    pub fn judge(&self, token: &RefreshToken, now: Timestamp) -> Presented {
        if self.revoked || self.expires_at <= now {
            return Presented::Ended;
        }
        // Hashes are compared, so how long the comparison takes tells nothing of the secret.
        if self.secret_hash == token.hash() { Presented::Current } else { Presented::Reused }
    }

    /// The session after a refresh: `token` is its newest.
    #[must_use]
    pub fn refreshed(&self, token: &RefreshToken, now: Timestamp) -> Self {
        Self {
            secret_hash: token.hash(),
            expires_at: now.plus_seconds(SESSION_SECONDS),
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// The session, ended.
    #[must_use]
    pub fn revoked(&self) -> Self {
        Self { revoked: true, version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{Role, Roles, Status};

    fn token(chance: u128) -> RefreshToken {
        RefreshToken::new(SessionId::new("a.b"), [chance, !chance])
    }

    fn session(now: Timestamp) -> Session {
        let account = Account {
            id: UserId::new("a"),
            person: None,
            roles: Roles::from([Role::User]),
            status: Status::Active,
            invited_by: None,
            created_at: now,
            last_login_at: None,
            epoch: 3,
            version: 9,
        };
        Session::begin(&account, &token(1), now)
    }

    #[test]
    fn a_token_reads_back_and_is_not_printed() {
        let text = token(5).expose();
        assert_eq!(RefreshToken::parse(&text), Some(token(5)));
        let secret = text.rsplit_once('.').unwrap().1;
        assert!(!format!("{:?}", token(5)).contains(secret));
        assert!(!serde_json::to_string(&session(Timestamp::from_millis(0))).unwrap().contains(secret));
        for bad in ["", ".", "ses_a", "ses_a.", "ses_a.short", &format!("#.{secret}"), &format!("{text}x")] {
            assert_eq!(RefreshToken::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_newest_token_is_good() {
        let now = Timestamp::from_millis(0);
        let first = session(now);
        assert_eq!(first.judge(&token(1), now), Presented::Current);
        assert_eq!(first.judge(&token(2), now), Presented::Reused);
        let second = first.refreshed(&token(2), now.plus_seconds(10));
        assert_eq!(second.judge(&token(1), now), Presented::Reused);
        assert_eq!(second.judge(&token(2), now), Presented::Current);
        assert_eq!((second.epoch, second.version), (3, 2));
        assert_eq!(second.revoked().judge(&token(2), now), Presented::Ended);
    }

    #[test]
    fn a_session_ends_by_itself_unless_it_is_refreshed() {
        let now = Timestamp::from_millis(0);
        let (last, end) = (now.plus_seconds(SESSION_SECONDS - 1), now.plus_seconds(SESSION_SECONDS));
        let first = session(now);
        assert_eq!(first.judge(&token(1), last), Presented::Current);
        assert_eq!(first.judge(&token(1), end), Presented::Ended);
        assert_eq!(first.refreshed(&token(2), last).judge(&token(2), end), Presented::Current);
    }
}
