//! Sending of one mail, at least once and nearly always once.
//!
//! A delivery first writes an attempt, which excludes other deliveries of the message for half a minute, and
//! writes the outcome afterwards. Amazon SES knows no idempotency key. If a function stops between the call and
//! the second write, or the call has no answer, nobody knows whether the mail left; it is then sent again, since
//! a second mail does less harm than none.

use domain::accounts::{Account, AccountStatus};
use domain::messages::{MailContent, SendMail};
use domain::notifications::{MailAttempt, MailRecord, MailStatus};
use domain::{BusyReason, Error, Result};
use integrations::{Mail, MailOutcome};
use runtime::{App, Metric, count};
use store::Saved;

use crate::services::{templates, unsubscription};

/// Outcome of an attempt.
enum Outcome {
    /// Final outcome, with the reason of a mail that was not sent.
    Final(MailStatus, Option<String>),
    /// No outcome yet, with the reason. The mail may have left nevertheless.
    Again(String),
}

/// Sends `mail` unless a delivery has sent, refused or dropped it.
///
/// # Errors
/// `BUSY` while another delivery sends the mail, or if the mail service has not taken it: the message must come
/// again.
pub async fn deliver(app: &App, mail: &SendMail) -> Result<()> {
    let found = app.store().get_mail_record(&mail.id).await?;
    let record = match MailRecord::begin(&mail.id, found.as_ref(), app.now(), app.nonce()) {
        MailAttempt::Finished => return Ok(()),
        MailAttempt::Wait => return Err(busy("another delivery is sending the mail")),
        MailAttempt::Begin(record) => record,
    };
    let Saved::Done = app.store().save_mail_record(&record).await? else {
        return Err(busy("another delivery began to send the mail"));
    };
    let (status, reason) = match attempt(app, mail, &record).await? {
        Outcome::Final(status, reason) => (status, reason),
        Outcome::Again(reason) => (MailStatus::Sending, Some(reason)),
    };
    let ended = record.end(status, reason, app.now(), app.nonce());
    // On a conflict a later delivery has taken over, since this one was slow, and records its own outcome.
    let _: Saved<MailRecord> = app.store().save_mail_record(&ended).await?;
    match status {
        MailStatus::Sending => Err(busy(ended.reason.unwrap_or_default())),
        MailStatus::Sent => {
            count(Metric::MailsSent, 1);
            Ok(())
        }
        MailStatus::Refused => {
            count(Metric::MailsRefused, 1);
            tracing::warn!(mail_id = mail.id, reason = ended.reason, "a mail was refused and is given up");
            Ok(())
        }
        MailStatus::Dropped => Ok(()),
    }
}

/// Sends the mail once, unless it has no recipient or comes too late.
async fn attempt(app: &App, mail: &SendMail, record: &MailRecord) -> Result<Outcome> {
    let dropped = |reason: &str| Ok(Outcome::Final(MailStatus::Dropped, Some(reason.to_owned())));
    if app.now() >= mail.useless_from {
        return dropped("too_late");
    }
    let account = app.store().get_account_if_exists(&mail.to).await?;
    let account = account.filter(|account| is_to_receive(app, account, &mail.content));
    let Some(address) = account.as_ref().and_then(address) else { return dropped("no_recipient") };
    let Some(links_url) = app.settings().links_url.as_deref() else { return Ok(refused("not_configured")) };
    let locale = match mail.locale {
        Some(locale) => locale,
        None => app.store().get_preferences(&mail.to).await?.settings.locale,
    };
    let token = match mail.content {
        MailContent::Notification(_) => Some(unsubscription::token(app, &mail.to)?),
        MailContent::ConfirmEmail(_) | MailContent::ResetPassword(_) => None,
    };
    let rendered = templates::render(&mail.content, locale, links_url, token.as_deref())?;
    let unsubscribe_url =
        token.map(|token| format!("{links_url}/api/v1/notifications/unsubscribe?token={token}"));
    let letter = Mail {
        to: address,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        unsubscribe_url,
        id: mail.id.clone(),
        template: mail.content.template().to_owned(),
    };
    if app.now() >= record.attempt_until {
        // This instance stood still, and another delivery may be sending by now.
        return Ok(Outcome::Again("the attempt took too long".to_owned()));
    }
    Ok(match app.integrations().send_mail(app.now(), &letter).await {
        MailOutcome::Sent => Outcome::Final(MailStatus::Sent, None),
        MailOutcome::Refused { reason } => refused(&reason),
        MailOutcome::NotSent { reason } | MailOutcome::Unknown { reason } => Outcome::Again(reason),
    })
}

fn refused(reason: &str) -> Outcome {
    Outcome::Final(MailStatus::Refused, Some(reason.to_owned()))
}

/// Returns whether the address of `account` may receive this mail. A notification goes to a confirmed address only,
/// where the deployment requires that addresses are confirmed.
fn is_to_receive(app: &App, account: &Account, content: &MailContent) -> bool {
    match content {
        MailContent::ConfirmEmail(_) | MailContent::ResetPassword(_) => true,
        MailContent::Notification(_) => {
            !app.settings().require_confirmed_email || account.is_email_confirmed()
        }
    }
}

/// Returns the address of an active account.
fn address(account: &Account) -> Option<String> {
    let person = account.person.as_ref().filter(|_| account.status == AccountStatus::Active)?;
    Some(person.email.as_str().to_owned())
}

fn busy(cause: impl Into<String>) -> Error {
    Error::busy(BusyReason::Mail).with_cause(cause.into())
}
