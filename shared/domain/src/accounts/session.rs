//! Sessions: chains of refresh tokens, of which only the newest is valid.
//!
//! Each token is derived from its predecessor and a server key. A client that presents the previous token
//! shortly after the rotation (several tabs, lost response) therefore receives the newest token again. A
//! new token is not replaced within that time, so that the grace period of its predecessor cannot be cut
//! short. A token that is older than that must have been copied. The server cannot tell thief and owner
//! apart, so it ends the session.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Account, SessionClient};
use crate::Timestamp;
use crate::ids::SessionId;
use crate::ids::UserId;
use crate::time::millis;

/// Lifetime of a refresh token, in seconds: 14 days. Each refresh starts it again.
pub const SESSION_SECONDS: i64 = 14 * 24 * 60 * 60;
/// Maximum lifetime of a session from the sign-in, in seconds: 90 days.
pub const SESSION_SECONDS_MAX: i64 = 90 * 24 * 60 * 60;
/// Maximum lifetime of a staff session, in seconds: 12 hours. Staff is an account with any role beside `USER`
/// at the time of the refresh.
pub const STAFF_SESSION_SECONDS_MAX: i64 = 12 * 60 * 60;
/// Grace period after a rotation, in seconds, in which the previous token is still accepted and answered
/// with the newest one.
pub const GRACE_SECONDS: i64 = 10;
/// Minimum age at which the newest token is replaced, in seconds. A younger one is kept. The difference to
/// [`GRACE_SECONDS`] allows for the clock skew between two instances.
pub const ROTATION_SECONDS_MIN: i64 = GRACE_SECONDS + 5;
/// Age up to which the newest token is set as a cookie again, in seconds. Later, another instance may
/// replace the token, and a response that sets it again could overtake the replacement.
pub const SET_AGAIN_SECONDS_MAX: i64 = GRACE_SECONDS - 5;

const SECRET_LENGTH: usize = 43;

/// Refresh token, the value of the refresh cookie: `<session id>.<secret>` with a secret of 256 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Session that the token belongs to.
    pub session_id: SessionId,
    secret: String,
}

impl RefreshToken {
    /// Creates a token of the session from 256 random bits.
    pub fn new(session_id: SessionId, entropy: [u128; 2]) -> Self {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&entropy[0].to_be_bytes());
        bytes[16..].copy_from_slice(&entropy[1].to_be_bytes());
        Self { session_id, secret: URL_SAFE_NO_PAD.encode(bytes) }
    }

    /// Derives a token of the session from `seed`, which must be secret.
    pub fn derived(session_id: SessionId, seed: &[u8]) -> Self {
        Self { session_id, secret: URL_SAFE_NO_PAD.encode(Sha256::digest(seed)) }
    }

    /// Parses the cookie value. Returns `None` if it does not have the form of a token.
    pub fn parse(text: &str) -> Option<Self> {
        let (session, secret) = text.rsplit_once('.')?;
        let fits = secret.len() == SECRET_LENGTH
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        Some(Self { session_id: SessionId::parse(session).filter(|_| fits)?, secret: secret.to_owned() })
    }

    /// Returns the token as text for the cookie. Never log or store it.
    pub fn expose(&self) -> String {
        format!("{}.{}", self.session_id, self.secret)
    }

    /// Returns the hash that is stored. A plain SHA-256 is sufficient, since 256 random bits cannot be
    /// guessed.
    fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.secret.as_bytes()))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({})", self.session_id)
    }
}

/// Session of one sign-in, extended by refreshes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Id of the session.
    pub id: SessionId,
    /// Owner of the session.
    pub user_id: UserId,
    /// Epoch of the account at sign-in. The session is over once the account has a higher one.
    pub epoch: u32,
    /// SHA-256 hash of the newest token's secret.
    pub secret_hash: String,
    /// SHA-256 hash of the previous token's secret. `None` before the first refresh.
    #[serde(default)]
    pub previous_hash: Option<String>,
    /// Time of the last refresh. `None` before the first one.
    #[serde(with = "millis::option", default)]
    pub refreshed_at: Option<Timestamp>,
    /// Time of the sign-in, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Time at which the session ends unless it is refreshed, in UTC. Code must check it, since DynamoDB
    /// deletes expired items late.
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
    /// Client that began the session. `None` in a session that an earlier version of dibs began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<SessionClient>,
    /// Whether the session was ended before its expiry: by a sign-out, by its owner from another session, or because
    /// an old token was used.
    #[serde(default)]
    pub revoked: bool,
    /// Version for optimistic locking; rises by one with every refresh and with the revocation.
    pub version: u64,
}

/// Result of comparing a presented token with its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenMatch {
    /// Token is the newest one, and old enough to be replaced.
    Current,
    /// Token is the newest one, at most [`SET_AGAIN_SECONDS_MAX`] old. It is not replaced, and is set as
    /// cookie again.
    Young,
    /// Token is the newest one, at most [`ROTATION_SECONDS_MIN`] old. It is not replaced, and no cookie is
    /// set.
    Kept,
    /// Token is the previous one, within [`GRACE_SECONDS`] of the rotation. Its successor is the newest
    /// token.
    Previous,
    /// Token is neither the newest nor the previous one, or the grace period is over: the session must be
    /// ended.
    Reused,
    /// Session has expired or was revoked.
    Ended,
}

impl Session {
    /// Starts a session of `account` on `client` with `token` as its newest token.
    pub fn begin(account: &Account, token: &RefreshToken, client: SessionClient, now: Timestamp) -> Self {
        Self {
            id: token.session_id.clone(),
            user_id: account.id.clone(),
            epoch: account.epoch,
            secret_hash: token.hash(),
            previous_hash: None,
            refreshed_at: None,
            created_at: now,
            expires_at: end(account, now, now),
            client: Some(client),
            revoked: false,
            version: 1,
        }
    }

    /// Returns the time of the last refresh, or of the sign-in before the first one.
    pub fn last_used_at(&self) -> Timestamp {
        self.refreshed_at.unwrap_or(self.created_at)
    }

    /// Returns whether the session still gives access tokens of the epoch `epoch` at `now`.
    pub fn is_open(&self, epoch: u32, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at && self.epoch == epoch
    }

    /// Compares `token` with the session at `now`. The caller must end the session for
    /// [`TokenMatch::Reused`].
    pub fn match_token(&self, token: &RefreshToken, now: Timestamp) -> TokenMatch {
        if self.revoked || self.expires_at <= now {
            return TokenMatch::Ended;
        }
        // Comparing hashes makes the timing independent of the secret.
        let shown = token.hash();
        let is_within = |seconds| self.refreshed_at.is_some_and(|at| now <= at.plus_seconds(seconds));
        if self.secret_hash == shown {
            return if is_within(SET_AGAIN_SECONDS_MAX) {
                TokenMatch::Young
            } else if is_within(ROTATION_SECONDS_MIN) {
                TokenMatch::Kept
            } else {
                TokenMatch::Current
            };
        }
        if is_within(GRACE_SECONDS) && self.previous_hash == Some(shown) {
            TokenMatch::Previous
        } else {
            TokenMatch::Reused
        }
    }

    /// Returns `true` if `token` is the newest token of the session.
    pub fn is_newest(&self, token: &RefreshToken) -> bool {
        self.secret_hash == token.hash()
    }

    /// Returns the expiry of the session if it is refreshed at `now` with the current roles of `account`.
    /// The expiry may be before `now`, for a user who has become staff since the sign-in.
    pub fn ends_at(&self, account: &Account, now: Timestamp) -> Timestamp {
        end(account, self.created_at, now)
    }

    /// Returns the session with `token` as its newest token. The former newest token becomes the previous
    /// one.
    #[must_use]
    pub fn refreshed(&self, account: &Account, token: &RefreshToken, now: Timestamp) -> Self {
        Self {
            secret_hash: token.hash(),
            previous_hash: Some(self.secret_hash.clone()),
            refreshed_at: Some(now),
            expires_at: self.ends_at(account, now),
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// Returns the next version of the session, which is ended before its expiry.
    #[must_use]
    pub fn revoked(&self) -> Self {
        Self { revoked: true, version: self.version + 1, ..self.clone() }
    }
}

/// Returns the expiry of a session that began at `created_at` and is refreshed at `now`.
fn end(account: &Account, created_at: Timestamp, now: Timestamp) -> Timestamp {
    let seconds_max = if account.is_staff() { STAFF_SESSION_SECONDS_MAX } else { SESSION_SECONDS_MAX };
    now.plus_seconds(SESSION_SECONDS).min(created_at.plus_seconds(seconds_max))
}

#[cfg(test)]
pub(super) mod tests {
    use assertions::assert_each_eq;

    use super::*;
    use crate::accounts::{Email, InviteCode, Name, PasswordHash, Person, Role, Roles};

    fn token(entropy: u128) -> RefreshToken {
        RefreshToken::new(SessionId::new("a.b"), [entropy, !entropy])
    }

    pub(crate) fn account(roles: &[Role]) -> Account {
        let person = Person {
            email: Email::parse("kim@example.com").unwrap(),
            name: Name::parse("Kim").unwrap(),
            phone: None,
            password_hash: PasswordHash::new("hash"),
            registered_hash: None,
            has_staff_password: None,
            invite_code: InviteCode::new(7),
            email_hash: None,
            confirmation: None,
            password_reset: None,
            authenticator: None,
            request_fingerprint: None,
        };
        let roles: Roles = roles.iter().copied().collect();
        Account { epoch: 3, ..Account::register(UserId::new("a"), person, roles, None, at(0)) }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn user() -> Account {
        account(&[Role::User])
    }

    fn session() -> Session {
        Session::begin(&user(), &token(1), SessionClient::default(), at(0))
    }

    #[test]
    fn a_token_reads_back_and_is_not_printed() {
        let text = token(5).expose();
        assert_eq!(RefreshToken::parse(&text), Some(token(5)));
        let secret = text.rsplit_once('.').unwrap().1;
        assert!(!format!("{:?}", token(5)).contains(secret));
        let refreshed = session().refreshed(&user(), &token(5), at(1));
        assert!(!serde_json::to_string(&refreshed).unwrap().contains(secret));
        for bad in ["", ".", "ses_a", "ses_a.", "ses_a.short", &format!("#.{secret}"), &format!("{text}x")] {
            assert_eq!(RefreshToken::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn token_before_the_newest_is_good_for_ten_seconds() {
        let first = session();
        assert_eq!(first.match_token(&token(1), at(0)), TokenMatch::Current);
        assert_eq!(first.match_token(&token(2), at(0)), TokenMatch::Reused);
        let second = first.refreshed(&user(), &token(2), at(100));
        assert_eq!(second.match_token(&token(2), at(100)), TokenMatch::Young);
        assert_eq!(second.match_token(&token(1), at(98)), TokenMatch::Previous, "the other clock is ahead");
        assert_eq!(second.match_token(&token(1), at(110)), TokenMatch::Previous);
        assert_eq!(second.match_token(&token(1), at(111)), TokenMatch::Reused);
        assert_eq!(second.match_token(&token(3), at(100)), TokenMatch::Reused, "no token of this session");
        let third = second.refreshed(&user(), &token(3), at(116));
        assert_eq!(third.match_token(&token(1), at(117)), TokenMatch::Reused, "two tokens ago");
        assert_eq!(third.match_token(&token(2), at(117)), TokenMatch::Previous);
        assert_each_eq!((third.epoch, 3), (third.version, 3));
        assert_eq!(third.revoked().match_token(&token(3), at(117)), TokenMatch::Ended);
        assert_eq!(third.revoked().match_token(&token(2), at(117)), TokenMatch::Ended);
    }

    #[test]
    fn new_token_is_not_replaced_while_the_one_before_may_still_come() {
        let second = session().refreshed(&user(), &token(2), at(100));
        for now in [98, 100, 105] {
            assert_eq!(second.match_token(&token(2), at(now)), TokenMatch::Young, "{now}");
        }
        for now in [106, 110, 115] {
            assert_eq!(second.match_token(&token(2), at(now)), TokenMatch::Kept, "{now}");
        }
        assert_eq!(second.match_token(&token(2), at(116)), TokenMatch::Current);
        assert_eq!(second.revoked().match_token(&token(2), at(101)), TokenMatch::Ended);
    }

    #[test]
    fn session_of_the_version_before_reads_and_goes_on() {
        let stored = serde_json::json!({
            "id": "ses_a.b", "user_id": "usr_a", "epoch": 3, "secret_hash": token(1).hash(),
            "created_at": 0, "expires_at": SESSION_SECONDS * 1000, "revoked": false, "version": 4,
        });
        let old: Session = serde_json::from_value(stored).unwrap();
        assert_eq!(old.match_token(&token(1), at(5)), TokenMatch::Current);
        assert_eq!(old.match_token(&token(0), at(5)), TokenMatch::Reused);
        let next = old.refreshed(&user(), &token(2), at(5));
        assert_each_eq!((next.match_token(&token(1), at(6)), TokenMatch::Previous), (next.version, 5));
    }

    #[test]
    fn session_ends_after_14_days_unless_it_is_refreshed_and_after_90_days_in_any_case() {
        let (last, end) = (at(SESSION_SECONDS - 1), at(SESSION_SECONDS));
        let mut session = session();
        assert_eq!(session.match_token(&token(1), last), TokenMatch::Current);
        assert_eq!(session.match_token(&token(1), end), TokenMatch::Ended);
        assert_eq!(
            session.refreshed(&user(), &token(2), last).match_token(&token(2), end),
            TokenMatch::Young
        );
        for day in (13..90).step_by(13) {
            session = session.refreshed(&user(), &token(1), at(day * 24 * 60 * 60));
        }
        assert_eq!(session.match_token(&token(1), at(SESSION_SECONDS_MAX - 1)), TokenMatch::Current);
        assert_eq!(session.match_token(&token(1), at(SESSION_SECONDS_MAX)), TokenMatch::Ended);
    }

    #[test]
    fn session_of_staff_ends_after_12_hours_however_often_it_is_refreshed() {
        let hour = 60 * 60;
        for role in [Role::Operator, Role::Auditor, Role::Admin] {
            let staff = account(&[Role::User, role]);
            let session = Session::begin(&staff, &token(1), SessionClient::default(), at(0));
            let later = session.refreshed(&staff, &token(2), at(11 * hour));
            assert_eq!(later.match_token(&token(2), at(12 * hour - 1)), TokenMatch::Current);
            assert_eq!(later.match_token(&token(2), at(12 * hour)), TokenMatch::Ended);
        }
        // A user who becomes staff must sign in again if the sign-in is older than the staff limit.
        let became = account(&[Role::User, Role::Operator]);
        assert!(session().ends_at(&became, at(13 * hour)) <= at(13 * hour));
        assert!(session().ends_at(&became, at(hour)) > at(hour));
    }
}
