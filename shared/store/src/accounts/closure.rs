//! Closing of an account: one transaction erases the personal data, frees the e-mail address and the invite
//! code, and closes the ledger.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Result;
use domain::accounts::{Account, EmailHash, Revocation};
use domain::wallet::LedgerEntry;

use super::changes::ChangedBy;
use super::{email_key, invite_key};
use crate::Store;
use crate::schema::ACCOUNTS;

/// Parameters of closing an account.
#[derive(Clone, Copy, Debug)]
pub struct AccountClosure<'a> {
    /// Actor, who is the owner of the account, and time of the closing.
    pub by: ChangedBy<'a>,
    /// Retention of the hash of the e-mail address, in days.
    pub email_hash_days: u32,
    /// Last entry of the ledger, which closes it and forfeits the balance.
    pub last_entry: &'a LedgerEntry,
}

impl Store {
    /// Closes the account that was read as `before`: erases the personal data, frees the e-mail address and
    /// the invite code, closes the ledger, stores a keyed hash of the address, and revokes the tokens.
    /// Returns the revocation of the account's access tokens, or `None`, with nothing written, when the
    /// account or its ledger changed after it was read.
    ///
    /// # Errors
    /// `FORBIDDEN` when the account is banned, inactive or closed; `LAST_ADMINISTRATOR` when no active
    /// administrator would remain.
    pub async fn close_account(
        &self,
        before: &Account,
        closing: &AccountClosure<'_>,
    ) -> Result<Option<Revocation>> {
        let (person, after) = (before.person()?, before.closed()?);
        let by = &closing.by;
        let hash = EmailHash::new(by.email_hash_key, &person.email)?;
        let known = self.get_known_email(&hash).await?.with_closed(before, closing.email_hash_days, by.at);
        let owner = || AttributeValue::S(before.id.to_string());
        let step = self
            .step(before, &after, by)
            .await?
            .and(|writes| writes.remove(&ACCOUNTS, &email_key(&person.email), "user_id", owner()))?
            .and(|writes| writes.remove(&ACCOUNTS, &invite_key(&person.invite_code), "user_id", owner()))?
            .and(|writes| writes.save_or_create(&known))?
            .and(|writes| writes.create(closing.last_entry))?;
        let revocation = step.revocation.clone();
        Ok(if step.commit().await? { revocation } else { None })
    }
}
