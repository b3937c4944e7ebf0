//! Worker that records the activities that dibs observes itself: sign-ins and invitations.

use domain::Result;
use domain::activities::Activity;
use runtime::{App, Message, Source, Work, Worker};
use store::schema::ACTIVITIES;

/// Worker `rewards-count-activities` behind the queue of activities.
pub static WORKER: Worker =
    Worker { name: "rewards-count-activities", source: Source::Queue(&ACTIVITIES, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let activity: Activity = message.parse()?;
        // The outcomes new, known and over the limit all complete the message.
        let recorded: Result<_> = app.store().record_activity(&activity).await;
        recorded.map(drop)
    })
}
