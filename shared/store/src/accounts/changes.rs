//! Changes of accounts. One transaction writes the account, its audit entry, its revocation, and the items
//! that guarantee an administrator and enforce a ban.

use domain::accounts::{
    Account, AccountAudit, AccountStatus, Administrators, EmailHash, Revocation, last_administrator,
};
use domain::ids::UserId;
use domain::{BusyReason, Error, Result, Timestamp};

use crate::transaction::{Committed, Transaction, WriteVerdict};
use crate::{Saved, Store, TryResult, retry};

/// Actor and time of a change of an account.
#[derive(Clone, Copy, Debug)]
pub struct ChangedBy<'a> {
    /// Account that makes the change: an administrator's, or its own.
    pub actor: &'a UserId,
    /// Epoch that the actor's access token names. The transaction checks that the actor's account is active
    /// and still has this epoch. `None` when an account changes itself: the write of that account then checks
    /// its version.
    pub epoch: Option<u32>,
    /// Secret key of the hash of e-mail addresses.
    pub email_hash_key: &'a str,
    /// Time of the change.
    pub at: Timestamp,
}

/// Result of a change of an account.
#[derive(Clone, Debug)]
pub struct ChangedAccount {
    /// Account after the change.
    pub account: Account,
    /// Revocation of the account's access; `None` when the change revokes nothing.
    pub revocation: Option<Revocation>,
}

/// Transaction of one change, with the position of the actor's condition.
pub(super) struct ChangeTransaction<'a> {
    pub transaction: Transaction<'a>,
    pub revocation: Option<Revocation>,
    /// Position of the condition on the actor's account; `None` when there is none.
    actor: Option<usize>,
    /// Number of writes in the transaction.
    pub length: usize,
}

impl<'a> ChangeTransaction<'a> {
    /// Adds one write to the transaction.
    pub fn and(self, write: impl FnOnce(Transaction<'a>) -> Result<Transaction<'a>>) -> Result<Self> {
        Ok(Self { transaction: write(self.transaction)?, length: self.length + 1, ..self })
    }

    /// Commits all writes. Returns `false`, with nothing written, when a concurrent write changed one of the
    /// items; the caller must read again.
    ///
    /// # Errors
    /// `UNAUTHORIZED` when the actor's account has another epoch or is not active.
    pub async fn commit(self) -> Result<bool> {
        let Committed::Refused(verdicts) = self.transaction.commit().await? else { return Ok(true) };
        if matches!(verdicts.first(), Some(WriteVerdict::AlreadyApplied)) {
            return Ok(true);
        }
        let actor = self.actor.and_then(|index| verdicts.get(index));
        if matches!(actor, Some(WriteVerdict::Failed(_))) {
            return Err(Error::unauthorized());
        }
        Ok(false)
    }
}

impl Store {
    /// Applies `change` to the stored account and writes the result in one transaction with its audit entry,
    /// its revocation, the set of administrators and the record of the e-mail address, as far as they change.
    /// Writes nothing when `change` returns the same version. Reads again and repeats `change` when a
    /// concurrent write came first.
    ///
    /// # Errors
    /// `NOT_FOUND` when the account does not exist; any error of `change`; `LAST_ADMINISTRATOR` when no
    /// active administrator would remain; `UNAUTHORIZED` when the actor's account has another epoch or is not
    /// active; `BUSY` when a concurrent change came first in each of eight tries.
    pub async fn change_account(
        &self,
        id: &UserId,
        by: &ChangedBy<'_>,
        change: impl Fn(&Account) -> Result<Account> + Send + Sync,
    ) -> Result<ChangedAccount> {
        let change = &change;
        let attempt = async |()| {
            let before = self.get_account(id).await?;
            let after = change(&before)?;
            let done = if after.version == before.version {
                (by.epoch.is_none() || self.add_missing_administrator(&before).await?)
                    .then_some((before, None))
            } else if AccountAudit::between(Some(&before), &after, by.actor, by.at).is_none() {
                (self.save(&after).await? == Saved::Done).then_some((after, None))
            } else {
                let step = self.step(&before, &after, by).await?;
                let revocation = step.revocation.clone();
                step.commit().await?.then_some((after, revocation))
            };
            let changed = done.map(|(account, revocation)| ChangedAccount { account, revocation });
            Ok(changed.map_or(TryResult::Conflict(()), TryResult::Done))
        };
        retry(BusyReason::Account, (), attempt).await
    }

    /// Builds the transaction of the change from `before` to `after`. The write of the account comes first.
    ///
    /// # Errors
    /// `LAST_ADMINISTRATOR` when no active administrator would remain.
    pub(super) async fn step<'a>(
        &'a self,
        before: &Account,
        after: &Account,
        by: &ChangedBy<'_>,
    ) -> Result<ChangeTransaction<'a>> {
        let revocation = Revocation::between(before, after, by.at);
        let audit = AccountAudit::between(Some(before), after, by.actor, by.at);
        let noted = audit.as_ref().map_or_else(|| after.clone(), |audit| audit.noted_in(after));
        let transaction = self.transaction().save(&noted)?;
        let mut step =
            ChangeTransaction { transaction, revocation: revocation.clone(), actor: None, length: 1 };
        if let Some(audit) = audit {
            step = step.and(|writes| writes.create(&audit))?;
        }
        if let Some(revocation) = &revocation {
            step = step.and(|writes| writes.create(revocation))?;
        }
        if before.is_active_administrator() != after.is_active_administrator() {
            let next = self.administrators_after(after, by).await?;
            step = step.and(|writes| writes.save_or_create(&next))?;
        }
        if let Some(person) = &after.person
            && (before.status == AccountStatus::Banned) != (after.status == AccountStatus::Banned)
        {
            let known = self.get_known_email(&EmailHash::new(by.email_hash_key, &person.email)?).await?;
            if let Some(next) = known.with_status(after.status) {
                step = step.and(|writes| writes.save_or_create(&next))?;
            }
        }
        if let Some(epoch) = by.epoch.filter(|_| *by.actor != after.id) {
            step.actor = Some(step.length);
            step = step.and(|writes| writes.check_epoch(by.actor, epoch))?;
        }
        Ok(step)
    }

    /// Returns the next version of the set of administrators, for an `account` that becomes or ceases to be
    /// an active administrator. Every such change writes this set, so an administrator that is found active
    /// here still is when the transaction commits. An actor other than `account` is an administrator too: the
    /// transaction checks the actor's account.
    async fn administrators_after(&self, account: &Account, by: &ChangedBy<'_>) -> Result<Administrators> {
        let mut next = self.administrators().await?.with(&account.id, account.is_active_administrator());
        if by.epoch.is_some() && *by.actor != account.id {
            next.ids.insert(by.actor.clone());
            return Ok(next);
        }
        if account.is_active_administrator() {
            return Ok(next);
        }
        for id in &next.ids {
            if self.get_account_if_exists(id).await?.is_some_and(|found| found.is_active_administrator()) {
                return Ok(next);
            }
        }
        Err(last_administrator())
    }

    /// Adds `account` to the set of administrators if it is an active administrator and missing there,
    /// because an earlier version of dibs, or a write that bypassed the API, made it one. Returns `false`,
    /// with nothing written, when the account or the set changed after it was read.
    async fn add_missing_administrator(&self, account: &Account) -> Result<bool> {
        if !account.is_active_administrator() {
            return Ok(true);
        }
        let known = self.administrators().await?;
        if known.ids.contains(&account.id) {
            return Ok(true);
        }
        let writes = self.transaction().save_or_create(&known.with(&account.id, true))?;
        match writes.check_account(account)?.commit().await? {
            Committed::Done => Ok(true),
            Committed::Refused(verdicts) => {
                Ok(matches!(verdicts.first(), Some(WriteVerdict::AlreadyApplied)))
            }
        }
    }
}
