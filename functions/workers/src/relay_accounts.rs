//! The only reader of the accounts' stream: a sign-in, a refresh and an invitation become
//! activities.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::Timestamp;
use domain::accounts::Account;
use domain::activities::Activity;
use edge::{App, Source, Work, Worker};
use store::changes::AccountChange;
use store::schema::{ACCOUNTS, ACTIVITIES};

/// The worker.
pub static WORKER: Worker = Worker { name: "workers-relay-accounts", source: Source::Stream(&ACCOUNTS, run) };

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut noticed = Vec::new();
        for record in records {
            let images = record.change;
            if let Some(change) = AccountChange::of(&images.keys, images.old_image, images.new_image)? {
                noticed.extend(activities(&change));
            }
        }
        app.store().send(&ACTIVITIES, &noticed, 0).await
    })
}

fn activities(change: &AccountChange) -> Vec<Activity> {
    let AccountChange { before, after } = change;
    let mut noticed = Vec::new();
    if let (None, Some(inviter)) = (before, &after.invited_by) {
        noticed.push(Activity::invite(inviter.clone(), &after.id, after.created_at));
    }
    // A refresh shows as well as a sign-in that its owner is there. Both in one quarter of an hour are one activity.
    let times: [fn(&Account) -> Option<Timestamp>; 2] =
        [|account| account.last_login_at, |account| account.last_seen_at];
    for time in times {
        if let Some(at) = time(after).filter(|at| before.as_ref().and_then(time) != Some(*at)) {
            noticed.push(Activity::login(after.id.clone(), at));
        }
    }
    noticed
}
