//! Presence of an account's owner. Both a sign-in and a refresh of the session prove it.

use super::Account;
use crate::Timestamp;
use crate::activities::login_slot;

impl Account {
    /// Returns `true` if `now` is in a later quarter of an hour than the last recorded sign-in or refresh.
    pub fn is_newly_seen(&self, now: Timestamp) -> bool {
        self.last_login_at.max(self.last_seen_at).is_none_or(|last| last < login_slot(now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::session::tests::account;
    use super::*;
    use crate::accounts::Role;

    #[test]
    fn account_is_newly_seen_once_in_a_quarter_of_an_hour() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let seen = |login: Option<i64>, seen: Option<i64>, now: i64| {
            let account = account(&[Role::User]);
            Account { last_login_at: login.map(at), last_seen_at: seen.map(at), ..account }
                .is_newly_seen(at(now))
        };
        assert!(seen(None, None, 1));
        assert!(!seen(Some(900), None, 1799));
        assert!(seen(Some(899), None, 900));
        assert!(!seen(Some(10), Some(900), 1000));
        assert!(!seen(Some(900), Some(10), 1000));
        assert!(seen(Some(10), Some(900), 1800));
    }
}
