//! Report of a load test, printed as a table.

use std::fmt;
use std::time::Duration;

use domain::Result;

use super::clients::ClientResponse;
use super::invariants::{Invariant, ResponseCounts};
use super::{ScenarioKind, failure, prices};
use crate::engine::Units;

/// Latency of the clients' calls, whatever their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Median of all latencies.
    pub p50: Duration,
    /// 99th percentile of all latencies.
    pub p99: Duration,
    /// Highest of all latencies.
    pub max: Duration,
}

impl Latency {
    /// Computes median, percentile and maximum of the latencies of `responses`, by the nearest-rank method.
    pub fn of(responses: &[ClientResponse]) -> Self {
        let mut took: Vec<Duration> = responses.iter().map(|response| response.took).collect();
        took.sort_unstable();
        let at = |percent: usize| {
            let rank = (took.len() * percent).div_ceil(100).max(1);
            took.get(rank - 1).copied().unwrap_or_default()
        };
        Self { p50: at(50), p99: at(99), max: at(100) }
    }
}

/// Consumption of a load test: request units of DynamoDB and calls of the API.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// Write and read units that functions and workers consumed, refused writes included. `None` if the load
    /// test ran against a stack that it did not start.
    pub units: Option<Units>,
    /// Number of calls to the API.
    pub calls: usize,
}

/// Results of a load test.
#[derive(Clone, Debug)]
pub struct Report {
    /// Scenario of the load test.
    pub kind: ScenarioKind,
    /// Number of clients that sent a request.
    pub buyers: usize,
    /// Number of units that the clients compete for. Equals the number of clients if the scenario has no
    /// limit.
    pub stock: usize,
    /// Maximum number of concurrent requests.
    pub connections: usize,
    /// Path at which the API shows the resource, after the base path.
    pub path: String,
    /// Number of clients by the outcome of their request.
    pub counts: ResponseCounts,
    /// Time from the first request to the last response.
    pub took: Duration,
    /// Latency of the clients' requests.
    pub latency: Latency,
    /// Consumption of the load test.
    pub bill: Bill,
    /// Results of checking the invariants.
    pub invariants: Vec<Invariant>,
}

impl Report {
    /// Checks that all invariants hold.
    ///
    /// # Errors
    /// Fails with the findings about those that are violated.
    pub fn verdict(&self) -> Result<()> {
        let broken: Vec<_> = self.invariants.iter().filter(|invariant| !invariant.holds).collect();
        if broken.is_empty() {
            return Ok(());
        }
        let findings: Vec<_> = broken.iter().map(|invariant| invariant.finding.as_str()).collect();
        Err(failure(format!("An invariant is violated: {}", findings.join("; "))))
    }

    /// Returns `sum` divided by the number of successful clients, or by 1 if there are none.
    fn per_order(&self, sum: f64) -> f64 {
        sum / self.counts.got.max(1) as f64
    }

    fn write_bill(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = self.kind.order();
        let Some(units) = self.bill.units else {
            writeln!(
                f,
                "  {:<12}{:>10}  the load test did not start this stack",
                "write units", "not measured"
            )?;
            writeln!(f, "  {:<12}{:>10}", "read units", "not measured")?;
            return writeln!(f, "  {:<12}{:>10}", "dollars", "not measured");
        };
        let [write, read] = [units.write, units.read].map(|units| self.per_order(units));
        let calls = self.per_order(self.bill.calls as f64);
        let dollars = [
            write * prices::WRITE_UNITS,
            read * prices::READ_UNITS,
            calls * (prices::GATEWAY_CALLS + prices::LAMBDA_CALLS),
        ];
        let [writes, reads, gateway] = dollars;
        let sum: f64 = dollars.iter().sum();
        writeln!(f, "  {:<12}{:>10.1}  {write:.2} for each {order}", "write units", units.write)?;
        writeln!(f, "  {:<12}{:>10.1}  {read:.2} for each {order}", "read units", units.read)?;
        writeln!(f, "  {:<12}{sum:>10.2}  for a million {order}s in such load tests:", "dollars")?;
        writeln!(f, "  {:<24}{writes:.2} write units + {reads:.2} read units", "")?;
        writeln!(f, "  {:<24}+ {gateway:.2} for {calls:.1} calls of API Gateway and Lambda each", "")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, buyers, stock, connections, path, .. } = self;
        let millis = |took: Duration| took.as_secs_f64() * 1000.0;
        let what = match kind {
            ScenarioKind::Queue => "positions in a queue".to_owned(),
            kind => format!("{stock} {}", kind.units()),
        };
        writeln!(f, "{buyers} clients, {what}, {connections} connections: {path}\n")?;
        writeln!(f, "  {:<12}{:>10}", "succeeded", self.counts.got)?;
        write_counts(f, "refused", &self.counts.refused)?;
        write_counts(f, "errors", &self.counts.failed)?;
        let seconds = self.took.as_secs_f64();
        let rate = *buyers as f64 / seconds.max(f64::EPSILON);
        writeln!(f, "  {:<12}{seconds:>10.2}  {rate:.0} responses a second", "seconds")?;
        let latency =
            [("p50 ms", self.latency.p50), ("p99 ms", self.latency.p99), ("max ms", self.latency.max)];
        for (name, took) in latency {
            writeln!(f, "  {name:<12}{:>10.1}", millis(took))?;
        }
        self.write_bill(f)?;
        writeln!(f)?;
        for invariant in &self.invariants {
            let word = if invariant.holds { "holds" } else { "VIOLATED" };
            writeln!(f, "  {word:<10}{}", invariant.finding)?;
        }
        Ok(())
    }
}

fn write_counts(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    counts: &std::collections::BTreeMap<String, usize>,
) -> fmt::Result {
    if counts.is_empty() {
        return writeln!(f, "  {name:<12}{:>10}", 0);
    }
    counts.iter().try_for_each(|(what, count)| writeln!(f, "  {name:<12}{count:>10}  {what}"))
}

#[cfg(test)]
mod tests {
    use super::super::clients::Outcome;
    use super::*;

    fn responses(millis: impl IntoIterator<Item = u64>) -> Vec<ClientResponse> {
        let response = |ms| ClientResponse {
            outcome: Outcome::Got(serde_json::Value::Null),
            took: Duration::from_millis(ms),
        };
        millis.into_iter().map(response).collect()
    }

    fn report(bill: Bill, invariants: Vec<Invariant>) -> Report {
        Report {
            kind: ScenarioKind::Deal,
            buyers: 1000,
            stock: 100,
            connections: 200,
            path: "/timedeals/tdl_1".to_owned(),
            counts: ResponseCounts {
                got: 100,
                refused: [("INSUFFICIENT_STOCK".to_owned(), 900)].into(),
                failed: std::collections::BTreeMap::new(),
            },
            took: Duration::from_secs(2),
            latency: Latency::of(&responses(1..=200)),
            bill,
            invariants,
        }
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let of = |millis: &[u64]| {
            let latency = Latency::of(&responses(millis.iter().copied()));
            [latency.p50, latency.p99, latency.max].map(|took| took.as_millis())
        };
        assert_eq!(of(&[]), [0, 0, 0]);
        assert_eq!(of(&[7]), [7, 7, 7]);
        assert_eq!(of(&[2, 1]), [1, 2, 2]);
        assert_eq!(of(&(1..=200).collect::<Vec<_>>()), [100, 198, 200]);
    }

    #[test]
    fn a_million_orders_cost_what_their_units_and_calls_do() {
        let bill = Bill { units: Some(Units { write: 400.0, read: 800.0 }), calls: 1000 };
        let text = report(bill, Vec::new()).to_string();
        // Each order takes 4 write units, 8 read units and 10 calls. A million orders cost 4 × 0.625 + 8 ×
        // 0.125 + 10 × (1.00 + 0.20) = 15.50 US dollars.
        assert!(text.contains("4.00 for each order") && text.contains("8.00 for each order"), "{text}");
        assert!(text.contains("15.50  for a million orders"), "{text}");
        assert!(text.contains("2.50 write units + 1.00 read units"), "{text}");
        assert!(text.contains("12.00 for 10.0 calls"), "{text}");
        let foreign = report(Bill { units: None, calls: 1000 }, Vec::new()).to_string();
        assert_eq!(foreign.matches("not measured").count(), 3, "{foreign}");
    }

    #[test]
    fn report_with_a_violated_invariant_fails() {
        let holds = Invariant::new(true, "every request got a response");
        let violated = Invariant::new(false, "101 requests succeeded, 100 expected");
        let bill = Bill { units: None, calls: 0 };
        assert!(report(bill, vec![holds.clone()]).verdict().is_ok());
        let report = report(bill, vec![holds, violated]);
        let error = report.verdict().unwrap_err();
        assert_eq!(error.message, "An invariant is violated: 101 requests succeeded, 100 expected");
        assert!(report.to_string().contains("  VIOLATED  101 requests succeeded, 100 expected"));
    }
}
