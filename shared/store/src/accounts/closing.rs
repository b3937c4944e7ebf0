//! Closing an account: the person goes, and all that depends on it, in one transaction.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Result;
use domain::accounts::{Account, EmailHash, Revocation};
use domain::wallet::Entry;

use super::changing::ChangedBy;
use super::{email_key, invite_key};
use crate::Store;
use crate::schema::{ACCOUNTS, WALLET};
use crate::transaction::Change;
use crate::wallet::numbered_entry_key;

/// What becomes of the balance of a closed account.
#[derive(Clone, Copy, Debug)]
pub enum Settled<'a> {
    /// There is none; the ledger's next entry would have this number.
    Empty(u64),
    /// It is forfeited by this next entry of the ledger.
    Forfeited(&'a Entry),
}

/// How an account is closed.
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// The owner, now.
    pub by: ChangedBy<'a>,
    /// Days for which the hash of the e-mail is kept.
    pub email_hash_days: u32,
    /// The balance.
    pub settled: Settled<'a>,
}

impl Store {
    /// Closes the account that was read as `before`: erases the person, frees the e-mail and the invite code, settles
    /// the balance, remembers a keyed hash of the e-mail, and revokes its tokens. Returns the revocation, or nothing when
    /// account or ledger changed meanwhile, and nothing is written then.
    ///
    /// # Errors
    /// `FORBIDDEN` when the account is banned, inactive or closed; `LAST_ADMINISTRATOR`.
    pub async fn close_account(&self, before: &Account, closing: &Closing<'_>) -> Result<Option<Revocation>> {
        let (person, after) = (before.person()?, before.closed()?);
        let by = &closing.by;
        let hash = EmailHash::new(by.email_hash_key, &person.email)?;
        let known = self.known_email(&hash).await?.with_closed(before, closing.email_hash_days, by.at);
        let owner = || AttributeValue::S(before.id.to_string());
        let step = self
            .step(before, &after, by)
            .await?
            .and(|writes| writes.remove(&ACCOUNTS, &email_key(&person.email), "user_id", owner()))?
            .and(|writes| writes.remove(&ACCOUNTS, &invite_key(&person.invite_code), "user_id", owner()))?
            .and(|writes| writes.save_or_create(&known))?
            .and(|writes| match closing.settled {
                Settled::Forfeited(entry) => writes.create(entry),
                Settled::Empty(next) => {
                    let free = Change::new("", "attribute_not_exists(pk)");
                    writes.check(&WALLET, &numbered_entry_key(&before.id, next), free)
                }
            })?;
        let revocation = step.revocation.clone();
        Ok(if step.commit().await? { revocation } else { None })
    }
}
