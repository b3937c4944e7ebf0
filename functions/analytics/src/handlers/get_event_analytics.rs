//! `GET /analytics/events`: requests for rewards of events, for staff.

use dibs_http::axum::extract::State;
use dibs_http::{Cursor, Limit, Query, Reader, Route, route};
use domain::Result;
use domain::analytics::{Period, Topic};
use domain::campaigns::Campaign;
use domain::ids::CampaignId;
use futures::future::try_join_all;
use runtime::App;
use store::list::{ListPosition, ListRange};

use crate::services::periods::{TopicFigures, analytics_query, named};
use crate::views::requests::{EventAnalytics, EventEntry, EventsByStatus, RequestFigures};
use crate::views::timeline::{AnalyticsReply, Timeline};

pub static ROUTE: Route = route!(
    /// Returns the requests for rewards of all events, or of one, in a period: in total, by hour or day, and by
    /// event; and the number of events with each status. With `format=csv` it returns the timeline alone.
    GET ["/analytics/events"] "analytics-get-event-analytics" get_event_analytics,
    "Get the figures of events: by status, rewards by event, timeline",
    []
);

/// Maximum number of events whose status is counted.
const EVENTS_MAX: usize = 1_000;

analytics_query! {
    /// Query of the figures of events.
    EventAnalyticsQuery {
        /// Event to which the figures are limited. Without it they are those of all events.
        event_id: Option<CampaignId>,
        /// Maximum number of events to return in `events`, 1 to 100, by default 20.
        limit: Option<Limit>,
        /// Value of `next_cursor` in the page of events before; absent for the first page.
        cursor: Option<Cursor>,
    }
}

async fn get_event_analytics(
    State(app): State<App>,
    _: Reader,
    Query(query): Query<EventAnalyticsQuery>,
) -> Result<AnalyticsReply<EventAnalytics>> {
    let store = app.store();
    let one = match &query.event_id {
        Some(id) => Some(named("event_id", store.get_campaign(id).await)?),
        None => None,
    };
    let period = query.period().resolve(&app, one.as_ref().map(|one| &*one.time_zone))?;
    let topic = one.as_ref().map_or(Topic::Campaigns, |one| Topic::Campaign(one.id.clone()));
    let found = TopicFigures::read(&app, &topic, &period).await?;
    let timeline = Timeline::of(&found, |series, part| RequestFigures::of(&series.sum(part)));
    let (now, mut events_by_status) = (app.now(), EventsByStatus::default());
    let (page, next) = match one {
        Some(one) => {
            events_by_status.add(one.status_at(now));
            (vec![one], None)
        }
        None => {
            let all = store.list_campaigns(&ListRange::default(), EVENTS_MAX).await?;
            all.iter().for_each(|(_, event)| events_by_status.add(event.status_at(now)));
            let after = query.cursor.as_ref().map(Cursor::position).transpose()?;
            page_of_events(&app, after, query.limit.unwrap_or_default().0).await?
        }
    };
    let events = entries(&app, &page, &period).await?;
    let next_cursor = next.as_ref().and_then(Cursor::of);
    let body = EventAnalytics { timeline, events_by_status, events, next_cursor };
    AnalyticsReply::of(query.format, "events", body, |body| &body.timeline)
}

/// Returns up to `limit` events behind `after`, newest first, with the position of the last one if others
/// follow.
async fn page_of_events(
    app: &App,
    after: Option<ListPosition>,
    limit: usize,
) -> Result<(Vec<Campaign>, Option<ListPosition>)> {
    let range = ListRange { after, ..ListRange::default() };
    let mut found = app.store().list_campaigns(&range, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(position, _)| position.clone());
    Ok((found.into_iter().map(|(_, event)| event).collect(), next))
}

/// Returns each of `events` with its requests in `period`.
async fn entries(app: &App, events: &[Campaign], period: &Period) -> Result<Vec<EventEntry>> {
    let entries = events.iter().map(|event| async move {
        let found = TopicFigures::read(app, &Topic::Campaign(event.id.clone()), period).await?;
        Ok(EventEntry::of(event, event.status_at(app.now()), &found.series.sum(&period.whole())))
    });
    try_join_all(entries).await
}
