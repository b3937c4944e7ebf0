//! `GET /analytics/sales`: orders of deals and reservations of concerts, for staff.

use dibs_http::axum::extract::State;
use dibs_http::{Query, Reader, Route, route};
use domain::analytics::{Period, PeriodBucket, SaleCounter, Series, Topic};
use domain::concerts::{ConcertDate, Date};
use domain::ids::{ConcertId, DealId};
use domain::{Error, Result};
use runtime::App;

use crate::services::periods::{TopicFigures, analytics_query, named};
use crate::views::sales::{SaleFigures, SalesAnalytics, SalesFigures, SoldOut};
use crate::views::timeline::{AnalyticsReply, Timeline};

pub static ROUTE: Route = route!(
    /// Returns the orders of time deals and the reservations of concerts in a period, with what became of them and
    /// the revenue: in total, and by hour or day; and, for one deal or date, when it sold out. Refused orders write
    /// nothing, so the metrics of CloudWatch count them. With `format=csv` it returns the timeline alone.
    GET ["/analytics/sales"] "analytics-get-sales-analytics" get_sales_analytics,
    "Get the figures of sales: held, paid, lapsed, canceled, revenue, time to sell out",
    []
);

analytics_query! {
    /// Query of the figures of sales.
    SalesAnalyticsQuery {
        /// Time deal to which the figures are limited. It cannot be combined with `concert_id`.
        deal_id: Option<DealId>,
        /// Concert to one date of which the figures are limited. It needs `date`.
        concert_id: Option<ConcertId>,
        /// Date of the concert, as a day in its time zone. It needs `concert_id`.
        date: Option<Date>,
    }
}

/// Sale to which the figures are limited.
enum Sale {
    All,
    Deal(DealId),
    Date(Box<ConcertDate>),
}

async fn get_sales_analytics(
    State(app): State<App>,
    _: Reader,
    Query(query): Query<SalesAnalyticsQuery>,
) -> Result<AnalyticsReply<SalesAnalytics>> {
    let mut zone = None;
    let (sale, sold_out) = match (&query.deal_id, &query.concert_id, query.date) {
        (None, None, None) => (Sale::All, None),
        (Some(id), None, None) => {
            let deal = named("deal_id", app.store().get_deal(id).await)?;
            let sold_out = deal.sold_out_at.map(|at| SoldOut::of(deal.starts_at, at));
            (Sale::Deal(deal.id), sold_out)
        }
        (None, Some(id), Some(date)) => {
            let concert = named("concert_id", app.store().get_concert_cached(id, app.now()).await)?;
            let date = named("date", app.store().get_date_cached(id, date, app.now()).await)?;
            zone = Some(concert.time_zone.clone());
            let sold_out = sold_out_of_date(&app, &date).await?;
            (Sale::Date(Box::new(ConcertDate::clone(&date))), sold_out)
        }
        (Some(_), ..) => return Err(Error::invalid_field("deal_id", "cannot be combined with a concert")),
        (_, Some(_), None) => return Err(Error::invalid_field("date", "must be given with concert_id")),
        (_, None, Some(_)) => return Err(Error::invalid_field("concert_id", "must be given with date")),
    };
    let period = query.period().resolve(&app, zone.as_deref())?;
    let timeline = timeline(&app, &sale, &period).await?;
    let body = SalesAnalytics { timeline, sold_out };
    AnalyticsReply::of(query.format, "sales", body, |body| &body.timeline)
}

/// Returns the figures of `sale` in `period`.
async fn timeline(app: &App, sale: &Sale, period: &Period) -> Result<Timeline<SalesFigures>> {
    let (deals, concerts) = match sale {
        Sale::All => (Some(Topic::Deals), Some(Topic::Concerts)),
        Sale::Deal(id) => (Some(Topic::Deal(id.clone())), None),
        Sale::Date(date) => (None, Some(Topic::Date(date.concert_id.clone(), date.date))),
    };
    let read = async |topic: Option<Topic>| match topic {
        Some(topic) => TopicFigures::read(app, &topic, period).await.map(Some),
        None => Ok(None),
    };
    let (deals, concerts) = (read(deals).await?, read(concerts).await?);
    let view = |part: &PeriodBucket| {
        let of = |found: &Option<TopicFigures>| {
            found.as_ref().map(|found| SaleFigures::of(&found.series.sum(part)))
        };
        SalesFigures { deals: of(&deals), concerts: of(&concerts) }
    };
    let parts = period.buckets.iter().map(|part| (part.clone(), view(part))).collect();
    Ok(Timeline::new(period, view(&period.whole()), parts))
}

/// Returns the hour in which the last seat of `date` was paid, from the figures since its creation.
async fn sold_out_of_date(app: &App, date: &ConcertDate) -> Result<Option<SoldOut>> {
    let topic = Topic::Date(date.concert_id.clone(), date.date);
    let since_created = date.created_at..app.now().max(date.created_at.plus_seconds(1));
    let series: Series = app.store().get_figures_eventual(&topic, &since_created).await?;
    let mut paid = 0;
    let last = series.iter().find(|(_, counters)| {
        paid += counters.get(SaleCounter::PaidUnits.name());
        paid >= i64::from(date.layout.seats_len())
    });
    Ok(last.map(|(slot, _)| SoldOut::of(date.created_at, slot.start())))
}
