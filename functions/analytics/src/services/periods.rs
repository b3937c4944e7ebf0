//! Period of a request: its parameters, and the figures of a topic in it.

use domain::analytics::{BucketLength, Period, PeriodBucket, Series, Topic};
use domain::{Code, Error, Result, Timestamp};
use runtime::{App, slot_length};
use schemars::JsonSchema;
use serde::Deserialize;

/// Form in which figures are returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TimelineFormat {
    /// JSON in the usual envelope.
    #[default]
    Json,
    /// CSV table with a row for each hour or day of the timeline.
    Csv,
}

/// Parameters of a period, which every endpoint of analytics has.
#[derive(Clone, Debug)]
pub struct PeriodRequest {
    /// Start of the period, inclusive.
    pub from: Option<Timestamp>,
    /// End of the period, exclusive.
    pub to: Option<Timestamp>,
    /// Length of the parts of the timeline.
    pub bucket: BucketLength,
    /// Time zone of the request.
    pub time_zone: Option<String>,
}

/// Defines the query of an endpoint: the parameters that all have, and its own.
macro_rules! analytics_query {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $type:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Start of the period, inclusive. It is moved to the start of its hour or day. By default 30 days, or
            /// with `bucket=hour` 24 hours, before `to`.
            from: Option<domain::Timestamp>,
            /// End of the period, exclusive, at most 93 days, or with `bucket=hour` 31 days, after `from`. It is
            /// moved to the end of its hour or day. By default now.
            to: Option<domain::Timestamp>,
            /// Length of the parts of the timeline.
            #[serde(default)]
            bucket: domain::analytics::BucketLength,
            /// IANA time zone whose hours and days are shown, for example `Asia/Seoul`. By default that of the
            /// event or concert, if one is named, and otherwise the one of this deployment.
            #[schemars(length(min = 1, max = 64))]
            time_zone: Option<String>,
            /// Form of the response.
            #[serde(default)]
            format: $crate::services::periods::TimelineFormat,
            $($(#[doc = $field_doc])+ $field: $type,)*
        }

        impl $name {
            fn period(&self) -> $crate::services::periods::PeriodRequest {
                $crate::services::periods::PeriodRequest {
                    from: self.from,
                    to: self.to,
                    bucket: self.bucket,
                    time_zone: self.time_zone.clone(),
                }
            }
        }
    };
}
pub(crate) use analytics_query;

impl PeriodRequest {
    /// Returns the period in the requested time zone, or by default in `own_zone` or the one of the
    /// deployment.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for the fields `from`, `to` and `time_zone`, as [`Period::of`].
    pub fn resolve(&self, app: &App, own_zone: Option<&str>) -> Result<Period> {
        let zone = self.time_zone.as_deref().or(own_zone).unwrap_or(&app.settings().time_zone);
        Period::of((self.from, self.to), self.bucket, zone, slot_length(app), app.now())
    }
}

/// Returns what the parameter `field` names.
///
/// # Errors
/// `VALIDATION_ERROR` for `field` if that does not exist, otherwise the error in `found`.
pub fn named<T>(field: &'static str, found: Result<T>) -> Result<T> {
    found.map_err(|error| match error.code {
        Code::NotFound => Error::invalid_field(field, "does not exist"),
        _ => error,
    })
}

/// Period of a request with the figures of one topic in it.
pub struct TopicFigures {
    /// Parts of the timeline.
    pub period: Period,
    /// Figures by time slot.
    pub series: Series,
}

impl TopicFigures {
    /// Reads the figures of `topic` in `period`, about a second old.
    pub async fn read(app: &App, topic: &Topic, period: &Period) -> Result<Self> {
        let series = app.store().get_figures_eventual(topic, &period.whole()).await?;
        Ok(Self { period: period.clone(), series })
    }

    /// Returns the view of the whole period by `view`, and of each of its parts.
    pub fn map<T>(&self, view: impl Fn(&Series, &PeriodBucket) -> T) -> (T, Vec<(PeriodBucket, T)>) {
        let parts = self.period.buckets.iter();
        let parts = parts.map(|bucket| (bucket.clone(), view(&self.series, bucket))).collect();
        (view(&self.series, &self.period.whole()), parts)
    }
}
