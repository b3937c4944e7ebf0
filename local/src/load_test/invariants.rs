//! Invariants of a load test, checked by comparing the responses to the clients with the state of the stack
//! afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::clients::{ClientResponse, Outcome};

/// Result of checking one invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// `true` if the invariant holds.
    pub holds: bool,
    /// Result in words, as a sentence for the report.
    pub finding: String,
}

impl Invariant {
    /// Creates the result of checking one invariant.
    pub fn new(holds: bool, finding: impl Into<String>) -> Self {
        Self { holds, finding: finding.into() }
    }
}

/// Number of clients by the outcome of their request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseCounts {
    /// Number of clients whose request succeeded.
    pub got: usize,
    /// Number of clients whose request was refused, by error code.
    pub refused: BTreeMap<String, usize>,
    /// Number of clients whose outcome is unknown, by the reason.
    pub failed: BTreeMap<String, usize>,
}

impl ResponseCounts {
    /// Counts the outcomes of `responses`.
    pub fn of(responses: &[ClientResponse]) -> Self {
        let mut counts = Self::default();
        for one in responses {
            match &one.outcome {
                Outcome::Got(_) => counts.got += 1,
                Outcome::Refused(code) => *counts.refused.entry(code.clone()).or_default() += 1,
                Outcome::Failed(why) => *counts.failed.entry(why.clone()).or_default() += 1,
            }
        }
        counts
    }

    /// Returns the number of clients whose outcome is unknown. Each of them may have succeeded or not.
    pub fn unknown(&self) -> usize {
        self.failed.values().sum()
    }

    /// Returns `true` if the stack may show `there` successes: at least one for each successful client,
    /// and at most one more for each client whose outcome is unknown.
    pub fn fits(&self, there: usize) -> bool {
        (self.got..=self.got + self.unknown()).contains(&there)
    }
}

/// Returns the `data` of each successful response, with the index of the client.
pub fn successful(responses: &[ClientResponse]) -> impl Iterator<Item = (usize, &Value)> {
    responses.iter().enumerate().filter_map(|(number, responses)| match &responses.outcome {
        Outcome::Got(data) => Some((number, data)),
        _ => None,
    })
}

/// Checks the invariants that every scenario has, in which `buyers` clients request one of `stock` units
/// each: every call has a response, every refusal has the code `sold_out`, and as many clients succeed as
/// there are units for them.
pub fn check_common(
    counts: &ResponseCounts,
    buyers: usize,
    stock: usize,
    sold_out: Option<&str>,
) -> Vec<Invariant> {
    let (got, unknown) = (counts.got, counts.unknown());
    let answered = match unknown {
        0 => Invariant::new(true, "every request got a response"),
        _ => Invariant::new(false, format!("{unknown} requests failed or got no response")),
    };
    let is_odd = |code: &&String| Some(code.as_str()) != sold_out;
    let odd: Vec<_> = counts.refused.keys().filter(is_odd).map(String::as_str).collect();
    let refused = match (sold_out, odd.is_empty()) {
        (_, false) => format!("a client was refused with {}", odd.join(", ")),
        (Some(code), true) => format!("every refused client got {code}"),
        (None, true) => "no client was refused".to_owned(),
    };
    // A unit may be left if a client's outcome is unknown, or if a client was refused for another reason than
    // the stock.
    let excused: usize = counts.refused.iter().filter(|(code, _)| is_odd(code)).map(|(_, count)| count).sum();
    let wanted = stock.min(buyers);
    let exactly = got <= wanted && got + unknown + excused >= wanted;
    let exactly = Invariant::new(exactly, format!("{got} requests succeeded, {wanted} expected"));
    vec![answered, Invariant::new(odd.is_empty(), refused), exactly]
}

/// Checks that `names` contains `got` different names, one for each successful client. `what` says what they
/// name.
pub fn all_different(names: impl IntoIterator<Item = String>, what: &str, got: usize) -> Invariant {
    let different = names.into_iter().collect::<BTreeSet<_>>().len();
    Invariant::new(different == got, format!("{different} different {what} for {got} successful requests"))
}

/// Checks that the positions are all different and leave no gap from 1 on. A gap is allowed for each client
/// whose outcome of the join is unknown; `None` stands for a client who joined and got no position.
pub fn consecutive(positions: &[Option<u64>], counts: &ResponseCounts) -> Invariant {
    let responses: BTreeSet<u64> = positions.iter().flatten().copied().collect();
    let (first, last) = (responses.first().copied().unwrap_or(1), responses.last().copied().unwrap_or(0));
    let is_each_told = responses.len() == positions.len();
    let is_dense = usize::try_from(last).is_ok_and(|last| counts.fits(last));
    Invariant::new(
        is_each_told && first >= 1 && is_dense,
        format!(
            "{} different positions for {} clients, from {first} to {last}",
            responses.len(),
            positions.len()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SOLD_OUT: Option<&str> = Some("OUT_OF_STOCK");

    fn counts(got: usize, refused: &[(&str, usize)], failed: usize) -> ResponseCounts {
        let outcome = |outcome: Outcome, count| std::iter::repeat_n(outcome, count);
        let responses = outcome(Outcome::Got(Value::Null), got)
            .chain(refused.iter().flat_map(|(code, n)| outcome(Outcome::Refused((*code).to_owned()), *n)))
            .chain(outcome(Outcome::Failed("503 BUSY".to_owned()), failed));
        let responses: Vec<_> =
            responses.map(|outcome| ClientResponse { outcome, took: Duration::ZERO }).collect();
        ResponseCounts::of(&responses)
    }

    fn kept(invariants: &[Invariant]) -> Vec<bool> {
        invariants.iter().map(|invariant| invariant.holds).collect()
    }

    #[test]
    fn exactly_the_stock_goes() {
        let of = |counts: &ResponseCounts, buyers| kept(&check_common(counts, buyers, 100, SOLD_OUT));
        assert_eq!(of(&counts(100, &[("OUT_OF_STOCK", 900)], 0), 1000), [true; 3]);
        assert_eq!(of(&counts(50, &[], 0), 50), [true; 3]);
        // One client too many succeeds, and one too few.
        assert_eq!(of(&counts(101, &[("OUT_OF_STOCK", 899)], 0), 1000), [true, true, false]);
        assert_eq!(of(&counts(99, &[("OUT_OF_STOCK", 901)], 0), 1000), [true, true, false]);
    }

    #[test]
    fn who_heard_nothing_may_have_the_missing_unit() {
        let of = |counts: &ResponseCounts| kept(&check_common(counts, 1000, 100, SOLD_OUT));
        assert_eq!(of(&counts(99, &[("OUT_OF_STOCK", 900)], 1)), [false, true, true]);
        assert_eq!(of(&counts(98, &[("OUT_OF_STOCK", 901)], 1)), [false, true, false]);
        assert_eq!(of(&counts(100, &[("OUT_OF_STOCK", 899)], 1)), [false, true, true]);
        assert!(
            counts(99, &[], 1).fits(100) && !counts(99, &[], 1).fits(101) && !counts(99, &[], 1).fits(98)
        );
    }

    #[test]
    fn a_refusal_for_another_reason_is_seen() {
        let odd = counts(99, &[("OUT_OF_STOCK", 900), ("TOO_MANY_REQUESTS", 1)], 0);
        assert_eq!(kept(&check_common(&odd, 1000, 100, SOLD_OUT)), [true, false, true]);
        assert_eq!(
            kept(&check_common(&counts(9, &[("QUEUE_CLOSED", 1)], 0), 10, 10, None)),
            [true, false, true]
        );
    }

    #[test]
    fn what_is_given_twice_is_seen() {
        let seats = |names: &[&str]| all_different(names.iter().map(|name| (*name).to_owned()), "seats", 3);
        assert!(seats(&["1", "2", "3"]).holds);
        assert!(!seats(&["1", "2", "2"]).holds);
        assert!(!seats(&["1", "2"]).holds);
    }

    #[test]
    fn positions_have_no_gap_and_no_twin() {
        let of = |positions: &[u64], failed| {
            let positions: Vec<_> = positions.iter().map(|at| Some(*at)).collect();
            consecutive(&positions, &counts(positions.len(), &[], failed)).holds
        };
        assert!(of(&[3, 1, 2], 0));
        assert!(!of(&[3, 1, 4], 0));
        assert!(!of(&[1, 2, 2], 0));
        assert!(!of(&[0, 1, 2], 0));
        // A client whose outcome is unknown may have the missing position, but not two of them.
        assert!(of(&[3, 1, 4], 1));
        assert!(!of(&[3, 1, 5], 1));
        assert!(!consecutive(&[Some(1), None], &counts(2, &[], 0)).holds);
    }
}
