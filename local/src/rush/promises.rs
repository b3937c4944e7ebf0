//! Invariants of a load test, checked by comparing the responses to the clients with the state of the stack
//! afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::crowd::{Outcome, Told};

/// Result of checking one invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// `true` if the invariant holds.
    pub kept: bool,
    /// Result in words, as a sentence for the report.
    pub says: String,
}

impl Promise {
    /// Creates the result of checking one invariant.
    pub fn new(kept: bool, says: impl Into<String>) -> Self {
        Self { kept, says: says.into() }
    }
}

/// Number of clients by the outcome of their request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of clients whose request succeeded.
    pub got: usize,
    /// Number of clients whose request was refused, by error code.
    pub refused: BTreeMap<String, usize>,
    /// Number of clients whose outcome is unknown, by the reason.
    pub failed: BTreeMap<String, usize>,
}

impl Tally {
    /// Counts the outcomes in `told`.
    pub fn of(told: &[Told]) -> Self {
        let mut tally = Self::default();
        for one in told {
            match &one.outcome {
                Outcome::Got(_) => tally.got += 1,
                Outcome::Refused(code) => *tally.refused.entry(code.clone()).or_default() += 1,
                Outcome::Failed(why) => *tally.failed.entry(why.clone()).or_default() += 1,
            }
        }
        tally
    }

    /// Returns the number of clients whose outcome is unknown. Each of them may have succeeded or not.
    pub fn unknown(&self) -> usize {
        self.failed.values().sum()
    }

    /// Returns `true` if the stack may show `there` successes: at least one for each client who was told so,
    /// and at most one more for each client whose outcome is unknown.
    pub fn fits(&self, there: usize) -> bool {
        (self.got..=self.got + self.unknown()).contains(&there)
    }
}

/// Returns the `data` of each successful response, with the index of the client.
pub fn won(told: &[Told]) -> impl Iterator<Item = (usize, &Value)> {
    told.iter().enumerate().filter_map(|(number, told)| match &told.outcome {
        Outcome::Got(data) => Some((number, data)),
        _ => None,
    })
}

/// Checks the invariants that every scenario has, in which `buyers` clients request one of `stock` units
/// each: every call has a response, every refusal has the code `sold_out`, and as many clients succeed as
/// there are units for them.
pub fn of_any(tally: &Tally, buyers: usize, stock: usize, sold_out: Option<&str>) -> Vec<Promise> {
    let (got, unknown) = (tally.got, tally.unknown());
    let answered = match unknown {
        0 => Promise::new(true, "every call was answered"),
        _ => Promise::new(false, format!("{unknown} calls failed or had no answer")),
    };
    let is_odd = |code: &&String| Some(code.as_str()) != sold_out;
    let odd: Vec<_> = tally.refused.keys().filter(is_odd).map(String::as_str).collect();
    let refused = match (sold_out, odd.is_empty()) {
        (_, false) => format!("somebody was refused by {}", odd.join(", ")),
        (Some(code), true) => format!("who was refused was told {code}"),
        (None, true) => "nobody was refused".to_owned(),
    };
    // A unit may be left if a client's outcome is unknown, or if a client was refused for another reason than
    // the stock.
    let excused: usize = tally.refused.iter().filter(|(code, _)| is_odd(code)).map(|(_, count)| count).sum();
    let wanted = stock.min(buyers);
    let exactly = got <= wanted && got + unknown + excused >= wanted;
    let exactly = Promise::new(exactly, format!("{got} of {wanted} got one, no more and no fewer"));
    vec![answered, Promise::new(odd.is_empty(), refused), exactly]
}

/// Checks that `names` contains `got` different names, one for each successful client. `what` says what they
/// name.
pub fn all_different(names: impl IntoIterator<Item = String>, what: &str, got: usize) -> Promise {
    let different = names.into_iter().collect::<BTreeSet<_>>().len();
    Promise::new(different == got, format!("{different} different {what} for {got} who got one"))
}

/// Checks that the positions are all different and leave no gap from 1 on. A gap is allowed for each client
/// whose outcome of the join is unknown; `None` stands for a client who joined and got no position.
pub fn consecutive(positions: &[Option<u64>], tally: &Tally) -> Promise {
    let told: BTreeSet<u64> = positions.iter().flatten().copied().collect();
    let (first, last) = (told.first().copied().unwrap_or(1), told.last().copied().unwrap_or(0));
    let is_each_told = told.len() == positions.len();
    let is_dense = usize::try_from(last).is_ok_and(|last| tally.fits(last));
    Promise::new(
        is_each_told && first >= 1 && is_dense,
        format!("{} different positions for {}, from {first} to {last}", told.len(), positions.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SOLD_OUT: Option<&str> = Some("OUT_OF_STOCK");

    fn tally(got: usize, refused: &[(&str, usize)], failed: usize) -> Tally {
        let outcome = |outcome: Outcome, count| std::iter::repeat_n(outcome, count);
        let told = outcome(Outcome::Got(Value::Null), got)
            .chain(refused.iter().flat_map(|(code, n)| outcome(Outcome::Refused((*code).to_owned()), *n)))
            .chain(outcome(Outcome::Failed("503 BUSY".to_owned()), failed));
        let told: Vec<_> = told.map(|outcome| Told { outcome, took: Duration::ZERO }).collect();
        Tally::of(&told)
    }

    fn kept(promises: &[Promise]) -> Vec<bool> {
        promises.iter().map(|promise| promise.kept).collect()
    }

    #[test]
    fn exactly_the_stock_goes() {
        let of = |tally: &Tally, buyers| kept(&of_any(tally, buyers, 100, SOLD_OUT));
        assert_eq!(of(&tally(100, &[("OUT_OF_STOCK", 900)], 0), 1000), [true; 3]);
        assert_eq!(of(&tally(50, &[], 0), 50), [true; 3]);
        // One client too many succeeds, and one too few.
        assert_eq!(of(&tally(101, &[("OUT_OF_STOCK", 899)], 0), 1000), [true, true, false]);
        assert_eq!(of(&tally(99, &[("OUT_OF_STOCK", 901)], 0), 1000), [true, true, false]);
    }

    #[test]
    fn who_heard_nothing_may_have_the_missing_unit() {
        let of = |tally: &Tally| kept(&of_any(tally, 1000, 100, SOLD_OUT));
        assert_eq!(of(&tally(99, &[("OUT_OF_STOCK", 900)], 1)), [false, true, true]);
        assert_eq!(of(&tally(98, &[("OUT_OF_STOCK", 901)], 1)), [false, true, false]);
        assert_eq!(of(&tally(100, &[("OUT_OF_STOCK", 899)], 1)), [false, true, true]);
        assert!(tally(99, &[], 1).fits(100) && !tally(99, &[], 1).fits(101) && !tally(99, &[], 1).fits(98));
    }

    #[test]
    fn a_refusal_for_another_reason_is_seen() {
        let odd = tally(99, &[("OUT_OF_STOCK", 900), ("TOO_MANY_REQUESTS", 1)], 0);
        assert_eq!(kept(&of_any(&odd, 1000, 100, SOLD_OUT)), [true, false, true]);
        assert_eq!(kept(&of_any(&tally(9, &[("QUEUE_CLOSED", 1)], 0), 10, 10, None)), [true, false, true]);
    }

    #[test]
    fn what_is_given_twice_is_seen() {
        let seats = |names: &[&str]| all_different(names.iter().map(|name| (*name).to_owned()), "seats", 3);
        assert!(seats(&["1", "2", "3"]).kept);
        assert!(!seats(&["1", "2", "2"]).kept);
        assert!(!seats(&["1", "2"]).kept);
    }

    #[test]
    fn positions_have_no_gap_and_no_twin() {
        let of = |positions: &[u64], failed| {
            let positions: Vec<_> = positions.iter().map(|at| Some(*at)).collect();
            consecutive(&positions, &tally(positions.len(), &[], failed)).kept
        };
        assert!(of(&[3, 1, 2], 0));
        assert!(!of(&[3, 1, 4], 0));
        assert!(!of(&[1, 2, 2], 0));
        assert!(!of(&[0, 1, 2], 0));
        // A client whose outcome is unknown may have the missing position, but not two of them.
        assert!(of(&[3, 1, 4], 1));
        assert!(!of(&[3, 1, 5], 1));
        assert!(!consecutive(&[Some(1), None], &tally(2, &[], 0)).kept);
    }
}
