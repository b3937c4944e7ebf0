//! Relay of the accounts' stream, its only consumer. Sign-ins, refreshes and invitations become activities.
//! Changes of accounts become domain events without personal data. Tokens that an account issues become mails.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::accounts::{Account, AccountStatus, EmailTokenKind};
use domain::activities::{Activity, OutsideId};
use domain::events::DomainEvent;
use domain::ids::UserId;
use domain::messages::{CloseOrders, MailContent, MailToken, ReleaseHolds, SendMail, TokenMail};
use domain::{Result, Timestamp};
use runtime::{App, AuditBatch, FigureCounts, Source, Work, Worker};
use store::changes::AccountsChange;
use store::schema::{ACCOUNTS, ACTIVITIES, HOLDS, MAILS, ORDERS};

use runtime::outbox::{add_entities, publish};

use crate::services::email_tokens;

/// Worker `accounts-relay-changes` behind the stream of accounts.
pub static WORKER: Worker = Worker { name: "accounts-relay-changes", source: Source::Stream(&ACCOUNTS, run) };

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut audit = AuditBatch::default();
        let required = app.settings().require_confirmed_email;
        let (mut noticed, mut events, mut closed, mut mails) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut figures = FigureCounts::of(&app, &ACCOUNTS);
        for record in records {
            figures.add(&record)?;
            let images = record.change;
            audit.add(&app, &images).await?;
            match AccountsChange::of(&images.keys, images.old_image, images.new_image)? {
                AccountsChange::Account { before, after } => {
                    mails.extend(mails_of(&app, before.as_deref(), &after)?);
                    noticed.extend(activities(before.as_deref(), &after, required));
                    let is_new = before.is_none_or(|before| before.status != AccountStatus::Closed);
                    closed.extend((is_new && after.status == AccountStatus::Closed).then_some(after.id));
                }
                AccountsChange::Audit(audit) => events.push(DomainEvent::of_account(&audit)),
                AccountsChange::Other => {}
            }
        }
        audit.record(&app).await?;
        add_entities(&events);
        app.store().send(&ACTIVITIES, &noticed, 0).await?;
        app.store().send(&MAILS, &mails, 0).await?;
        release(&app, closed).await?;
        publish(&app, &events).await?;
        figures.write(&app).await
    })
}

/// Returns the mails with the tokens that the account issued with this change. A repeat makes the same ones, and the
/// mailer sends each once.
///
/// # Errors
/// `INTERNAL_ERROR` in a function without the key of tokens.
fn mails_of(app: &App, before: Option<&Account>, after: &Account) -> Result<Vec<SendMail>> {
    let number = |account: Option<&Account>, kind| {
        account.and_then(|account| account.email_token(kind)).map(|issued| issued.number)
    };
    let mut mails = Vec::new();
    for kind in EmailTokenKind::ALL {
        let (issued, earlier) = (after.email_token(kind), number(before, kind));
        let Some(issued) = issued.filter(|issued| Some(issued.number) != earlier) else { continue };
        let Some(token) = email_tokens::token_to_send(app, after, kind)? else { continue };
        let valid_minutes = u32::try_from(kind.seconds() / 60).unwrap_or_default();
        let mail = TokenMail { token: MailToken::new(token.expose()), valid_minutes };
        let (name, content) = match kind {
            EmailTokenKind::Confirmation => ("confirm", MailContent::ConfirmEmail(mail)),
            EmailTokenKind::PasswordReset => ("reset", MailContent::ResetPassword(mail)),
        };
        mails.push(SendMail {
            id: format!("{name}-{}-{}", after.id, issued.number),
            to: after.id.clone(),
            locale: None,
            useless_from: issued.issued_at.plus_seconds(kind.seconds()),
            content,
        });
    }
    Ok(mails)
}

/// Sends messages that release the seats and units held by closed accounts.
async fn release(app: &App, closed: Vec<UserId>) -> Result<()> {
    let holds: Vec<ReleaseHolds> =
        closed.iter().cloned().map(|closed_account| ReleaseHolds { closed_account }).collect();
    let orders: Vec<CloseOrders> =
        closed.into_iter().map(|user_id| CloseOrders::OfAccount { user_id }).collect();
    app.store().send(&HOLDS, &holds, 0).await?;
    app.store().send(&ORDERS, &orders, 0).await
}

/// Returns whether an invitation counts with this change: the registration, or, where an address must be `required` to
/// be confirmed, its confirmation. The confirmation counts elsewhere, too, where it makes the same activity as the
/// registration: the setting may have changed in between.
fn counts_now(before: Option<&Account>, after: &Account, required: bool) -> bool {
    match before {
        None => !required || after.is_email_confirmed(),
        Some(before) => !before.is_email_confirmed() && after.is_email_confirmed(),
    }
}

fn activities(before: Option<&Account>, after: &Account, required: bool) -> Vec<Activity> {
    let mut noticed = Vec::new();
    if let Some(inviter) = after.counted_inviter().filter(|_| counts_now(before, after, required)) {
        let hash = after.person.as_ref().and_then(|person| person.email_hash.as_ref());
        let invitee = hash.map_or_else(|| OutsideId::of_user(&after.id), |hash| hash.invitee_of(inviter));
        noticed.push(Activity::invite(inviter.clone(), invitee, after.created_at));
    }
    // A refresh counts as presence like a sign-in. Both within one quarter of an hour are one activity.
    let times: [fn(&Account) -> Option<Timestamp>; 2] =
        [|account| account.last_login_at, |account| account.last_seen_at];
    for time in times {
        if let Some(at) = time(after).filter(|at| before.and_then(time) != Some(*at)) {
            noticed.push(Activity::login(after.id.clone(), at));
        }
    }
    noticed
}
