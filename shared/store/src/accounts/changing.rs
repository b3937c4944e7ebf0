//! Changes of accounts: what changes is one transaction with its audit entry, with what it revokes, and with what keeps
//! an administrator and a ban.

use domain::accounts::{
    Account, AccountAudit, Administrators, EmailHash, Revocation, Status, last_administrator,
};
use domain::ids::UserId;
use domain::{Error, Result, Timestamp};

use crate::transaction::{Committed, Transaction, Verdict};
use crate::{Saved, Store};

/// Tries of a change that met another change of the same account, or of the administrators.
const TRIES_MAX: u32 = 8;

/// Who changes an account, and when.
#[derive(Clone, Copy, Debug)]
pub struct ChangedBy<'a> {
    /// Account that makes the change: an administrator's, or its own.
    pub actor: &'a UserId,
    /// Epoch that the actor's account must still be in, and active; it is checked in the same transaction. None for a
    /// change of one's own account, which the change itself checks.
    pub epoch: Option<u32>,
    /// Key of the hash of e-mail addresses.
    pub email_hash_key: &'a str,
    /// Time of the change.
    pub at: Timestamp,
}

/// What a change has made of an account.
#[derive(Clone, Debug)]
pub struct ChangedAccount {
    /// As it is now.
    pub account: Account,
    /// What the change revoked.
    pub revocation: Option<Revocation>,
}

/// The writes of one change.
pub(super) struct Step<'a> {
    pub transaction: Transaction<'a>,
    pub revocation: Option<Revocation>,
    /// Where the condition on the actor stands.
    actor: Option<usize>,
    /// How many writes there are.
    pub length: usize,
}

impl<'a> Step<'a> {
    /// Adds a write.
    pub fn and(self, write: impl FnOnce(Transaction<'a>) -> Result<Transaction<'a>>) -> Result<Self> {
        Ok(Self { transaction: write(self.transaction)?, length: self.length + 1, ..self })
    }

    /// Commits everything. `false` when something else was written meanwhile.
    ///
    /// # Errors
    /// `UNAUTHORIZED` when the actor's account is in another epoch, or not active any more.
    pub async fn commit(self) -> Result<bool> {
        let Committed::Refused(verdicts) = self.transaction.commit().await? else { return Ok(true) };
        if matches!(verdicts.first(), Some(Verdict::Mine)) {
            return Ok(true);
        }
        let actor = self.actor.and_then(|index| verdicts.get(index));
        if matches!(actor, Some(Verdict::Failed(_))) {
            return Err(Error::unauthorized());
        }
        Ok(false)
    }
}

impl Store {
    /// Writes what `change` makes of the account as it is; writes nothing when that is no new version. `change` is
    /// called again when the account changed meanwhile.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such account; what `change` refuses with; `LAST_ADMINISTRATOR`; `UNAUTHORIZED`
    /// when the actor's own access ended meanwhile; `BUSY` when others changed it each time.
    pub async fn change_account(
        &self,
        id: &UserId,
        by: &ChangedBy<'_>,
        change: impl Fn(&Account) -> Result<Account> + Send + Sync,
    ) -> Result<ChangedAccount> {
        for _ in 0..TRIES_MAX {
            let before = self.account(id).await?;
            let after = change(&before)?;
            let done = if after.version == before.version {
                (by.epoch.is_none() || self.know_administrator(&before).await?).then_some((before, None))
            } else if AccountAudit::between(Some(&before), &after, by.actor, by.at).is_none() {
                (self.save(&after).await? == Saved::Done).then_some((after, None))
            } else {
                let step = self.step(&before, &after, by).await?;
                let revocation = step.revocation.clone();
                step.commit().await?.then_some((after, revocation))
            };
            if let Some((account, revocation)) = done {
                return Ok(ChangedAccount { account, revocation });
            }
        }
        Err(Error::busy("the account was changed by others each time"))
    }

    /// Returns the writes of the change from `before` to `after`; the account's own is the first.
    ///
    /// # Errors
    /// `LAST_ADMINISTRATOR`.
    pub(super) async fn step<'a>(
        &'a self,
        before: &Account,
        after: &Account,
        by: &ChangedBy<'_>,
    ) -> Result<Step<'a>> {
        let revocation = Revocation::between(before, after, by.at);
        let transaction = self.transaction().save(after)?;
        let mut step = Step { transaction, revocation: revocation.clone(), actor: None, length: 1 };
        if let Some(audit) = AccountAudit::between(Some(before), after, by.actor, by.at) {
            step = step.and(|writes| writes.create(&audit))?;
        }
        if let Some(revocation) = &revocation {
            step = step.and(|writes| writes.create(revocation))?;
        }
        if before.is_active_administrator() != after.is_active_administrator() {
            let next = self.next_administrators(after, by).await?;
            step = step.and(|writes| writes.save_or_create(&next))?;
        }
        if let Some(person) = &after.person
            && (before.status == Status::Banned) != (after.status == Status::Banned)
        {
            let known = self.known_email(&EmailHash::new(by.email_hash_key, &person.email)?).await?;
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

    /// Returns the administrators after a change that made `account` one or none. Every such change writes the item that
    /// was read first here, so that whoever is found to remain does remain; the actor remains by the condition on their
    /// own account.
    async fn next_administrators(&self, account: &Account, by: &ChangedBy<'_>) -> Result<Administrators> {
        let mut next = self.administrators().await?.with(&account.id, account.is_active_administrator());
        if by.epoch.is_some() && *by.actor != account.id {
            next.ids.insert(by.actor.clone());
            return Ok(next);
        }
        if account.is_active_administrator() {
            return Ok(next);
        }
        for id in &next.ids {
            if self.find_account(id).await?.is_some_and(|found| found.is_active_administrator()) {
                return Ok(next);
            }
        }
        Err(last_administrator())
    }

    /// Enters `account` among the administrators when it is one that is not known: made by the version before, or beside
    /// the API. `false` when the account changed meanwhile.
    async fn know_administrator(&self, account: &Account) -> Result<bool> {
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
            Committed::Refused(verdicts) => Ok(matches!(verdicts.first(), Some(Verdict::Mine))),
        }
    }
}
