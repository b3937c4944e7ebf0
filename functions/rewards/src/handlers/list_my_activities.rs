//! `GET /activities/mine`: returns the caller's recent activities and progress in active events.

use std::collections::BTreeSet;

use axum::extract::State;
use dibs_http::{Done, Route, User, axum, route};
use domain::Result;
use domain::campaigns::Campaign;
use domain::ids::UserId;
use runtime::App;

use crate::services::campaigns::visible;
use crate::services::claim_case::facts;
use crate::views::activity::{CampaignProgress, MyActivities};

pub static ROUTE: Route = route!(
    /// Returns up to 100 activities and the progress in up to 100 active events.
    GET ["/activities/mine"] "rewards-list-my-activities" list_my_activities,
    "List your latest activities and your progress in each active event",
    []
);

/// Maximum number of activities in the response.
const ACTIVITIES_MAX: usize = 100;
/// Maximum number of events with progress in the response.
const CAMPAIGNS_MAX: usize = 100;

async fn list_my_activities(State(app): State<App>, user: User) -> Result<Done<MyActivities>> {
    let activities = app.store().list_recent_activities_eventual(&user.id, ACTIVITIES_MAX).await?;
    let (campaigns, _) = visible(&app, None, CAMPAIGNS_MAX).await?;
    let campaigns = campaigns.into_iter().map(|(_, campaign)| campaign).collect();
    let progress = progress(&app, &user.id, campaigns).await?;
    Ok(Done(MyActivities { activities: activities.into_iter().map(Into::into).collect(), progress }))
}

/// Evaluates the conditions of all `campaigns`. Each activity month is read once for all of them.
async fn progress(app: &App, user: &UserId, campaigns: Vec<Campaign>) -> Result<Vec<CampaignProgress>> {
    let now = app.now();
    let needed = campaigns.iter().flat_map(|campaign| {
        campaign.condition.needs(campaign.starts_at, Some(campaign.ends_at), now).activities
    });
    let needed: Vec<_> = needed.collect::<BTreeSet<_>>().into_iter().collect();
    let months = app.store().get_months_eventual(user, &needed).await?;
    let progress = campaigns.into_iter().map(|campaign| {
        let facts = facts(&campaign, months.clone(), now)?;
        Ok(CampaignProgress {
            condition: campaign.condition.progress(&facts),
            event_id: campaign.id,
            event_name: campaign.name,
        })
    });
    progress.collect()
}
