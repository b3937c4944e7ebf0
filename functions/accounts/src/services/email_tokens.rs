//! Mails with a token: who may ask for one, and the token that it contains.
//!
//! A handler writes only the hash of a token. The relay derives the token again from the account that it sees in the
//! stream and sends the mail, so no mail is lost when a handler dies after its write, and no token is stored.

use dibs_http::Origin;
use domain::accounts::{Account, Email, EmailToken, EmailTokenKind, Network, Quota, ThrottleSubject};
use domain::ids::UserId;
use domain::{BusyReason, Error, Result};
use futures::future::OptionFuture;
use runtime::{App, Purpose, add_entity};
use store::{Saved, TryResult, retry};

use crate::services::credentials::counting_key;

/// Returns the `number`th token of this kind and account, under the present server key.
///
/// # Errors
/// `INTERNAL_ERROR` in a function without the key.
pub fn token(app: &App, id: &UserId, kind: EmailTokenKind, number: u32) -> Result<EmailToken> {
    let secrets = secrets(app, id, kind, number)?;
    let secret = secrets.first().ok_or_else(|| Error::internal("no secret was derived"))?;
    Ok(EmailToken::new(id.clone(), number, secret))
}

/// Returns the newest token of this kind that `account` has issued and not used, for a mail. `None` when there is
/// none, and for one that dibs did not derive: an operator's shell has shown that of a first administrator.
///
/// # Errors
/// `INTERNAL_ERROR` in a function without the key.
pub fn token_to_send(app: &App, account: &Account, kind: EmailTokenKind) -> Result<Option<EmailToken>> {
    let Some(issued) = account.email_token(kind).filter(|issued| issued.used_at.is_none()) else {
        return Ok(None);
    };
    // A key that was rotated between the write and its relay may have made the token.
    let secrets = secrets(app, &account.id, kind, issued.number)?;
    let tokens = secrets.iter().map(|secret| EmailToken::new(account.id.clone(), issued.number, secret));
    Ok(tokens.into_iter().find(|token| issued.is_of(token)))
}

fn secrets(app: &App, id: &UserId, kind: EmailTokenKind, number: u32) -> Result<Vec<[u8; 32]>> {
    let purpose = match kind {
        EmailTokenKind::Confirmation => Purpose::EmailConfirmation,
        EmailTokenKind::PasswordReset => Purpose::PasswordReset,
    };
    app.sealing().derive(purpose, &[id.as_str(), &number.to_string()])
}

/// Issues a token of this kind for the account with the address `email`, which the relay mails. An address that no
/// account has, or whose account may not have such a mail, takes as many calls of the store and gets the same answer.
///
/// # Errors
/// `TOO_MANY_REQUESTS` when the address, or the network of the caller, has used up its mails.
pub async fn request_mail(app: &App, origin: &Origin, email: &Email, kind: EmailTokenKind) -> Result<()> {
    let (store, now, key) = (app.store(), app.now(), counting_key(app));
    let network = origin.address.as_deref().map(Network::of);
    let subject = ThrottleSubject::mails(key, kind, email, network.as_ref());
    add_entity(&format!("account#{}", subject.name));
    let quota = network.as_ref().map(|network| Quota::mailed_addresses(key, network, email));
    let used = OptionFuture::from(quota.as_ref().map(|quota| store.get_used(quota)));
    let (throttle, used, account) =
        futures::join!(store.get_throttle(&subject), used, store.get_account_by_email(email));
    let (throttle, used, account) = (throttle?, used.transpose()?.unwrap_or_default(), account?);
    throttle.check(&subject, now)?;
    if let Some(quota) = &quota {
        store.use_quota(quota, used, now).await?;
    }
    store.record_failure(&subject, throttle, now, &origin.request_id).await?;
    let attempt = async |account: Option<Account>| {
        let Some(account) = account.filter(|account| account.may_issue_email_token(kind)) else {
            return store.write_decoy(&subject, now).await.map(TryResult::Done);
        };
        let token = token(app, &account.id, kind, account.next_email_token_number(kind))?;
        Ok(match store.save_account(&account.with_email_token(kind, &token, now)?).await? {
            Saved::Done => TryResult::Done(()),
            Saved::Conflict(found) => TryResult::Conflict(found.map(|found| *found)),
        })
    };
    retry(BusyReason::Account, account, attempt).await
}
