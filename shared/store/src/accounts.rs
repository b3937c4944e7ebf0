//! Storage of accounts, and of the items that keep e-mail addresses and invite codes unique.

mod changes;
mod closure;
mod records;

use domain::accounts::{Account, AccountAudit, Email, InviteCode, KnownEmail, operator_shell};
use domain::activities::login_slot;
use domain::ids::UserId;
use domain::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::author::SealedEntity;
use crate::item::{Updated, entity};
use crate::keys::Key;
use crate::keys::ListKey;
use crate::keys::n;
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{ACCOUNTS, Table};
use crate::transaction::{Committed, WriteVerdict};
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store};

pub use changes::{ChangedAccount, ChangedBy};
pub use closure::AccountClosure;
pub(crate) use records::AUDIT;

impl Entity for Account {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        account_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(accounts().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

/// Item that reserves an e-mail address or an invite code for one account, so that no other account can use
/// it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct UniqueClaim {
    pk: String,
    sk: String,
    user_id: UserId,
}

impl Entity for UniqueClaim {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        Key::new(&*self.pk, &*self.sk)
    }
}

impl UniqueClaim {
    fn by(user: &UserId, Key { pk, sk }: Key) -> Self {
        Self { pk, sk, user_id: user.clone() }
    }
}

pub(crate) fn account_key(id: &UserId) -> Key {
    Key::new(format!("ACCOUNT#{id}"), "ACCOUNT")
}

fn email_key(email: &Email) -> Key {
    Key::new(format!("EMAIL#{}", email.key()), "EMAIL")
}

fn invite_key(code: &InviteCode) -> Key {
    Key::new(format!("INVITE#{}", code.as_str()), "INVITE")
}

/// Returns the list of accounts. It is sharded, since any number of users may register at once.
fn accounts() -> List {
    List::sharded("ACCOUNTS")
}

/// Outcome of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Registered {
    /// The account exists, written by this call or by an earlier try of the same registration.
    Done,
    /// An account with this id exists already: the same `Idempotency-Key` was used before.
    Exists(Box<Account>),
    /// Another account uses the e-mail address.
    EmailTaken,
    /// Another account uses the invite code. A repeat with another code can succeed.
    InviteCodeTaken,
    /// The record of the e-mail address or the set of administrators changed after it was read. The caller
    /// must read again.
    Moved,
}

impl Store {
    /// Registers `account` in one transaction with its first audit entry, its e-mail address and its invite
    /// code, which must be unused. If `known` is given, the stored record of the e-mail address must still
    /// have its version.
    pub async fn register_account(
        &self,
        account: &Account,
        known: Option<&KnownEmail>,
    ) -> Result<Registered> {
        self.register(account, known, &account.id, None).await
    }

    /// Registers the administrator `account` as [`Self::register_account`] does, from an operator's shell, with
    /// `reason` in its audit entry.
    pub async fn create_administrator(&self, account: &Account, reason: &str) -> Result<Registered> {
        self.register(account, None, &operator_shell(), Some(reason)).await
    }

    async fn register(
        &self,
        account: &Account,
        known: Option<&KnownEmail>,
        actor: &UserId,
        reason: Option<&str>,
    ) -> Result<Registered> {
        let person = account.person()?;
        let (email, code) = (email_key(&person.email), invite_key(&person.invite_code));
        let audit = AccountAudit::between(None, account, actor, account.created_at);
        let audit = audit.ok_or_else(|| Error::internal("a new account has no audit entry"))?;
        let audit = AccountAudit { reason: reason.map(str::to_owned), ..audit };
        let mut transaction = self
            .transaction()
            .create(&audit.noted_in(account))?
            .create(&UniqueClaim::by(&account.id, email))?
            .create(&UniqueClaim::by(&account.id, code))?
            .create(&audit)?;
        if let Some(known) = known {
            transaction = transaction.check_email(known)?;
        }
        if account.is_active_administrator() {
            transaction =
                transaction.save_or_create(&self.administrators().await?.with(&account.id, true))?;
        }
        let Committed::Refused(verdicts) = transaction.commit().await? else { return Ok(Registered::Done) };
        let mut verdicts = verdicts.into_iter();
        match [verdicts.next(), verdicts.next(), verdicts.next()] {
            [Some(WriteVerdict::AlreadyApplied), ..] => Ok(Registered::Done),
            [Some(WriteVerdict::Failed(Some(found))), ..] => Ok(Registered::Exists(Box::new(entity(found)?))),
            [_, Some(WriteVerdict::Failed(_)), _] => Ok(Registered::EmailTaken),
            [_, _, Some(WriteVerdict::Failed(_))] => Ok(Registered::InviteCodeTaken),
            _ => Ok(Registered::Moved),
        }
    }

    /// Reads an account, closed or not, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_account_if_exists(&self, id: &UserId) -> Result<Option<Account>> {
        self.get(&account_key(id)).await
    }

    /// Reads an account, closed or not, eventually consistent. Returns `None` when it does not exist.
    pub async fn get_account_eventual(&self, id: &UserId) -> Result<Option<Account>> {
        self.get_eventual(&account_key(id)).await
    }

    /// Reads an account, closed or not, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_account(&self, id: &UserId) -> Result<Account> {
        self.get_account_if_exists(id).await?.ok_or_else(|| Error::not_found("user"))
    }

    /// Reads the account with this e-mail address, in any case of letters, strongly consistent. Returns
    /// `None` when no account has it, after as many reads, so that the response time does not reveal whether
    /// the address is in use.
    pub async fn get_account_by_email(&self, email: &Email) -> Result<Option<Account>> {
        let taken: Option<UniqueClaim> = self.get(&email_key(email)).await?;
        let id = match taken {
            Some(taken) => taken.user_id,
            None => UserId::new(domain::ids::derived(&["nobody", &email.key()])),
        };
        // The account may have been closed between the two reads.
        let has_it = |account: &Account| {
            account.person.as_ref().is_some_and(|person| person.email.key() == email.key())
        };
        Ok(self.get_account_if_exists(&id).await?.filter(has_it))
    }

    /// Returns the owner of the invite code `code`, strongly consistent, or `None` when no account has it.
    pub async fn inviter(&self, code: &InviteCode) -> Result<Option<UserId>> {
        let taken: Option<UniqueClaim> = self.get(&invite_key(code)).await?;
        Ok(taken.map(|taken| taken.user_id))
    }

    /// Records that the owner of `account` signed in at `now`. Returns `false` when the account's epoch has
    /// risen since it was read, so that a password checked against it no longer counts.
    ///
    /// This is a single write without a retry, so that any number of concurrent sign-ins succeed.
    pub async fn record_login(&self, account: &Account, now: Timestamp) -> Result<bool> {
        let change = ConditionalUpdate::new(
            "SET last_login_at = :now, version = version + :one",
            "epoch = :epoch AND (attribute_not_exists(last_login_at) OR last_login_at < :now)",
        )
        .value(":now", n(now.as_millis()))
        .value(":one", n(1))
        .value(":epoch", n(account.epoch));
        // With an equal epoch, only the time can have failed the condition: an earlier try of this write, or
        // a sign-in at the same time or later, is recorded already.
        self.note(account, change).await
    }

    /// Records that the owner of `account` was active at `now`, at most once in a quarter of an hour. Returns
    /// `false` when the account's epoch has risen since it was read.
    ///
    /// This is a single write, so that any number of concurrent refreshes succeed. A repeat changes nothing.
    pub async fn record_presence(&self, account: &Account, now: Timestamp) -> Result<bool> {
        let change = ConditionalUpdate::new(
            "SET last_seen_at = :now, version = version + :one",
            "epoch = :epoch AND (attribute_not_exists(last_seen_at) OR last_seen_at < :slot)",
        )
        .value(":now", n(now.as_millis()))
        .value(":one", n(1))
        .value(":epoch", n(account.epoch))
        .value(":slot", n(login_slot(now).as_millis()));
        // With an equal epoch, only the time can have failed the condition: this quarter of an hour is
        // recorded already.
        self.note(account, change).await
    }

    /// Applies `change` to the item of `account`. Returns `true` when the stored epoch equals that of
    /// `account`, even if the condition of `change` failed.
    async fn note(&self, account: &Account, change: ConditionalUpdate) -> Result<bool> {
        match self.update(&ACCOUNTS, &account.key(), change.without_item()).await? {
            Updated::Done(_) => Ok(true),
            Updated::ConditionFailed(found) => {
                let found: Option<Account> = found.map(entity).transpose()?;
                Ok(found.is_some_and(|found| found.epoch == account.epoch))
            }
        }
    }

    /// Writes the next version of an account without an audit entry, for changes that are in none. Returns
    /// `Saved::Conflict` with the stored one when another write came first.
    pub async fn save_account(&self, account: &Account) -> Result<Saved<Account>> {
        self.save(account).await
    }

    /// Lists accounts, closed ones included, newest first.
    pub async fn list_accounts(
        &self,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, Account)>> {
        self.list(&accounts(), part, limit).await
    }
}
