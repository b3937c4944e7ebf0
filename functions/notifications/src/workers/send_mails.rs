//! Worker that sends mails: those of notifications, and those that other domains ask for.

use domain::messages::SendMail;
use runtime::{App, Message, Source, Work, Worker, add_entity};
use store::schema::MAILS;

use crate::services::mailer;

/// Worker `notifications-send-mails` behind the queue of mails.
pub static WORKER: Worker = Worker { name: "notifications-send-mails", source: Source::Queue(&MAILS, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let mail: SendMail = message.parse()?;
        add_entity(&mail.to);
        mailer::deliver(&app, &mail).await
    })
}
