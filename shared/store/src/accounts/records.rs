//! Storage of the items that belong to accounts: audit entries, records of e-mail addresses, and the set of
//! administrators.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Result;
use domain::accounts::{Account, AccountAudit, Administrators, EmailHash, KnownEmail};
use domain::ids::UserId;

use crate::item::PartitionRange;
use crate::keys::Key;
use crate::keys::n;
use crate::schema::{ACCOUNTS, Table};
use crate::transaction::Transaction;
use crate::update::ConditionalUpdate;
use crate::{Entity, Store};

/// Prefix of the partition keys of audit entries.
pub(crate) const AUDIT: &str = "AUDIT#";
/// Prefix of the sort keys of audit entries.
const CHANGE: &str = "CHANGE#";

impl Entity for AccountAudit {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        Key::new(audit_partition(&self.user_id), audit_sort_key(self.version))
    }
}

fn audit_partition(user: &UserId) -> String {
    format!("{AUDIT}{user}")
}

fn audit_sort_key(version: u64) -> String {
    format!("{CHANGE}{version:012}")
}

impl Entity for KnownEmail {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        known_email_key(&self.hash)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        self.expires_s()
    }
}

fn known_email_key(hash: &EmailHash) -> Key {
    Key::new(format!("KNOWN#{}", hash.as_str()), "KNOWN")
}

impl Entity for Administrators {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        administrators_key()
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn administrators_key() -> Key {
    Key::new("ADMINISTRATORS", "ADMINISTRATORS")
}

impl Store {
    /// Reads the record of the e-mail address with this hash, strongly consistent. Returns an empty record
    /// when there is none.
    pub async fn get_known_email(&self, hash: &EmailHash) -> Result<KnownEmail> {
        let found = self.get(&known_email_key(hash)).await?;
        Ok(found.unwrap_or_else(|| KnownEmail::unknown(hash.clone())))
    }

    /// Lists up to `limit` audit entries of an account, newest first, strongly consistent. With `before`,
    /// only entries of versions below it.
    pub async fn list_account_audit(
        &self,
        user: &UserId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AccountAudit>> {
        let (pk, after) = (audit_partition(user), before.map(audit_sort_key));
        let range = PartitionRange {
            after: after.as_deref(),
            limit,
            backward: true,
            consistent: true,
            ..PartitionRange::of(&pk, CHANGE)
        };
        self.query(range).await
    }

    /// Reads the ids of the known administrators, strongly consistent.
    pub async fn get_administrators(&self) -> Result<Vec<UserId>> {
        Ok(self.administrators().await?.ids.into_iter().collect())
    }

    /// Reads the set of known administrators, strongly consistent. Returns an empty set when it was never
    /// written.
    pub(crate) async fn administrators(&self) -> Result<Administrators> {
        Ok(self.get(&administrators_key()).await?.unwrap_or_default())
    }
}

impl Transaction<'_> {
    /// Adds the write of `item`: as a new item if its version is 1, or else as the next version of the stored
    /// one.
    pub(super) fn save_or_create<T: Entity>(self, item: &T) -> Result<Self> {
        if item.version() == Some(1) { self.create(item) } else { self.save(item) }
    }

    /// Adds the condition that the stored record of the e-mail address still has the version of `known`.
    pub(super) fn check_email(self, known: &KnownEmail) -> Result<Self> {
        self.check(&ACCOUNTS, &known_email_key(&known.hash), is_version(known.version))
    }

    /// Adds the condition that an account still has the version of `account`.
    pub(super) fn check_account(self, account: &Account) -> Result<Self> {
        self.check(&ACCOUNTS, &account.key(), is_version(account.version))
    }

    /// Adds the condition that an account is active and has this epoch.
    pub(super) fn check_epoch(self, user: &UserId, epoch: u32) -> Result<Self> {
        let check = ConditionalUpdate::new("", "epoch = :epoch AND #status = :active")
            .name("#status", "status")
            .value(":epoch", n(epoch))
            .value(":active", AttributeValue::S("active".to_owned()));
        self.check(&ACCOUNTS, &super::account_key(user), check)
    }
}

fn is_version(version: u64) -> ConditionalUpdate {
    match version {
        0 => ConditionalUpdate::new("", "attribute_not_exists(pk)"),
        _ => ConditionalUpdate::new("", "version = :version").value(":version", n(version)),
    }
}
