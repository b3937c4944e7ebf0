//! Metrics of the dashboard in CloudWatch's embedded metric format: a JSON line in the log, from which
//! CloudWatch extracts the values. No request waits for them.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::{Map, Value, json};

/// CloudWatch namespace of all metrics.
pub const NAMESPACE: &str = "dibs";
/// The only CloudWatch dimension. Each further dimension would multiply the number of billed metrics.
pub const DIMENSION: &str = "environment";
/// Maximum number of values of one metric in a line, by the embedded metric format.
const VALUES_MAX: usize = 100;

macro_rules! metrics {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal in $unit:literal,)+) => {
        /// A business or load metric.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $($(#[doc = $doc])+ $variant,)+ }

        impl Metric {
            /// Every metric that dibs writes.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the name of the metric in CloudWatch.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the unit of the metric in CloudWatch.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)+ }
            }
        }
    };
}

metrics! {
    /// Line items of claims that were accepted, whether they are granted at once or reviewed first.
    Claims = "claims" in "Count",
    /// Line items that were granted.
    Grants = "grants" in "Count",
    /// Time in milliseconds from the moment a line item could be granted until it was.
    GrantLag = "grant_lag_ms" in "Milliseconds",
    /// Reward requests that were refused with `ALREADY_REQUESTED`, since the user's limit is reached.
    Duplicates = "duplicates" in "Count",
    /// Reward requests refused with `OUT_OF_STOCK`, and orders refused with `INSUFFICIENT_STOCK`.
    SoldOut = "sold_out" in "Count",
    /// Positions that waiting rooms admitted.
    Admissions = "admissions" in "Count",
    /// Time in milliseconds from joining a waiting room to the admission, for users who polled with a
    /// queue token.
    AdmissionWait = "admission_wait_ms" in "Milliseconds",
    /// Reservations that were created, each of which holds seats.
    Holds = "holds" in "Count",
    /// Seats of reservations that were paid.
    SeatsSold = "seats_sold" in "Count",
    /// Reservations that expired unpaid.
    HoldsExpired = "holds_expired" in "Count",
    /// Orders that were created, each of which holds units.
    Orders = "orders" in "Count",
    /// Units that created orders hold.
    UnitsOrdered = "units_ordered" in "Count",
    /// Units of orders that were paid.
    UnitsSold = "units_sold" in "Count",
    /// Orders that expired unpaid.
    OrdersExpired = "orders_expired" in "Count",
    /// Payments for seats and units.
    Payments = "payments" in "Count",
    /// Sum of payments, in whole units of the currency.
    AmountPaid = "amount_paid" in "None",
    /// Events that endpoints of webhooks accepted.
    WebhookDeliveries = "webhook_deliveries" in "Count",
    /// Attempts to deliver an event to a webhook that failed.
    WebhookFailures = "webhook_failures" in "Count",
    /// Webhooks that dibs switched off.
    WebhooksDisabled = "webhooks_disabled" in "Count",
    /// Errors about stored data that breaks an invariant, and unit counts of deals that a recount
    /// corrected.
    Broken = "broken_invariants" in "Count",
    /// Reports of the payment provider that could not be booked. Each delivery of a report counts.
    ReportsKept = "payment_reports_kept" in "Count",
    /// Mails that the mail service has taken.
    MailsSent = "mails_sent" in "Count",
    /// Mails that are given up: the mail service refuses them permanently, or no sender is configured.
    MailsRefused = "mails_refused" in "Count",
    /// Writes and transactions whose condition failed, or that met a concurrent transaction.
    Conflicts = "conflicts" in "Count",
    /// Calls that a table or queue throttled.
    Throttles = "throttles" in "Count",
}

/// Metrics collected during one call.
#[derive(Debug, Default)]
pub(crate) struct Metrics(BTreeMap<Metric, Vec<u64>>);

impl Metrics {
    /// Adds `by` to the count of `metric`.
    pub(crate) fn count(&mut self, metric: Metric, by: u64) {
        if by > 0
            && let Some(sum) = self.0.entry(metric).or_insert_with(|| vec![0]).first_mut()
        {
            *sum = sum.saturating_add(by);
        }
    }

    /// Adds a value to those of `metric`.
    pub(crate) fn measure(&mut self, metric: Metric, value: u64) {
        self.0.entry(metric).or_default().push(value);
    }

    /// Keeps only the metrics that count even though the call failed. All others are counted when the call
    /// is repeated and succeeds.
    pub(crate) fn without_success_metrics(mut self) -> Self {
        let stays = [
            Metric::Duplicates,
            Metric::SoldOut,
            Metric::Conflicts,
            Metric::Throttles,
            Metric::Broken,
            Metric::ReportsKept,
        ];
        self.0.retain(|metric, _| stays.contains(metric));
        self
    }

    /// Formats the metrics: one line, or more when a metric has over a hundred values.
    pub(crate) fn lines(&self, environment: &str, function: &str, at: Timestamp) -> Vec<String> {
        let parts = self.0.values().map(|values| values.len().div_ceil(VALUES_MAX)).max().unwrap_or(0);
        (0..parts).map(|part| self.line(part, environment, function, at)).collect()
    }

    fn line(&self, part: usize, environment: &str, function: &str, at: Timestamp) -> String {
        let (mut definitions, mut line) = (Vec::new(), Map::new());
        for (metric, values) in &self.0 {
            let Some(values) = values.chunks(VALUES_MAX).nth(part) else { continue };
            definitions.push(json!({"Name": metric.name(), "Unit": metric.unit()}));
            let value = if let [one] = values { json!(one) } else { json!(values) };
            line.insert(metric.name().to_owned(), value);
        }
        let directive = json!({"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": definitions});
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": at.as_millis(), "CloudWatchMetrics": [directive]}),
        );
        line.insert(DIMENSION.to_owned(), environment.into());
        line.insert("function".to_owned(), function.into());
        Value::Object(line).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn lines(metrics: &Metrics) -> Vec<Value> {
        let lines = metrics.lines("dev", "rewards-relay-changes", Timestamp::from_millis(1_700_000_000_000));
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn what_was_counted_is_one_line() {
        let mut metrics = Metrics::default();
        assert_eq!(lines(&metrics), Vec::<Value>::new());
        metrics.count(Metric::Claims, 2);
        metrics.count(Metric::Claims, 1);
        metrics.measure(Metric::GrantLag, 7);
        metrics.measure(Metric::GrantLag, 9);
        let said = json!({
            "_aws": {
                "Timestamp": 1_700_000_000_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "dibs",
                    "Dimensions": [["environment"]],
                    "Metrics": [
                        {"Name": "claims", "Unit": "Count"},
                        {"Name": "grant_lag_ms", "Unit": "Milliseconds"},
                    ],
                }],
            },
            "environment": "dev",
            "function": "rewards-relay-changes",
            "claims": 3,
            "grant_lag_ms": [7, 9],
        });
        assert_eq!(lines(&metrics), [said]);
    }

    #[test]
    fn what_does_not_fit_into_a_line_goes_into_the_next() {
        let mut metrics = Metrics::default();
        metrics.count(Metric::Grants, 201);
        (0..201).for_each(|value| metrics.measure(Metric::GrantLag, value));
        let lines = lines(&metrics);
        let values: Vec<_> = lines.iter().map(|line| line["grant_lag_ms"].clone()).collect();
        assert_eq!(values[0].as_array().map(Vec::len), Some(100));
        assert_each_eq!((values.len(), 3), (values[2], 200));
        let grants: Vec<_> = lines.iter().map(|line| line.get("grants")).collect();
        assert_eq!(grants, [Some(&json!(201)), None, None], "counted once");
    }

    /// Checks the rules of the format: at most 100 metrics a line; names of 1 to 1024 characters that are
    /// members of the line and differ from its other members; known units.
    #[test]
    fn the_format_takes_every_name_and_unit() {
        assert!(Metric::ALL.len() <= 100);
        let names: std::collections::BTreeSet<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), Metric::ALL.len(), "each its own");
        for metric in Metric::ALL {
            assert!(!["_aws", DIMENSION, "function", ""].contains(&metric.name()));
            assert!(["Count", "Milliseconds", "None"].contains(&metric.unit()));
        }
    }
}
