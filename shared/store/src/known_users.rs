//! Lookup of the users who have an account in this deployment.

use std::collections::{BTreeSet, HashSet};

use domain::ids::UserId;
use domain::{Result, Timestamp};

use crate::Store;
use crate::accounts::account_key;
use crate::keys::Key;
use crate::schema::ACCOUNTS;

/// Time in milliseconds for which an instance remembers that an account exists.
const REMEMBERED_FOR_MS: i64 = 10 * 60 * 1000;

impl Store {
    /// Returns those of `users` who have an account, closed accounts included. Reads are eventually
    /// consistent, so an account that was created within the last second may be missing.
    pub async fn get_known_users_eventual(
        &self,
        users: BTreeSet<UserId>,
        now: Timestamp,
    ) -> Result<BTreeSet<UserId>> {
        let is_remembered =
            |user: &UserId| self.cache.accounts.get(user, now, REMEMBERED_FOR_MS).flatten().is_some();
        let (mut known, unknown): (BTreeSet<_>, BTreeSet<_>) = users.into_iter().partition(is_remembered);
        if unknown.is_empty() {
            return Ok(known);
        }
        let keys: Vec<Key> = unknown.iter().map(account_key).collect();
        let found = self.get_all_eventual(&ACCOUNTS, &keys).await?;
        let found: HashSet<Key> = found.iter().filter_map(Key::of).collect();
        for user in unknown.into_iter().filter(|user| found.contains(&account_key(user))) {
            self.cache.accounts.put(user.clone(), now, Some(()));
            known.insert(user);
        }
        Ok(known)
    }
}
