//! What dibs promises of a rush, held against what the crowd was told and what is there afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::crowd::{Outcome, Told};

/// A promise, and whether it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Whether it was.
    pub kept: bool,
    /// What was found, for people.
    pub says: String,
}

impl Promise {
    /// One that is kept if `kept`.
    pub fn new(kept: bool, says: impl Into<String>) -> Self {
        Self { kept, says: says.into() }
    }
}

/// How many of the crowd were told what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Got it.
    pub got: usize,
    /// Were refused, by code.
    pub refused: BTreeMap<String, usize>,
    /// Were told nothing that says what became of it.
    pub failed: BTreeMap<String, usize>,
}

impl Tally {
    /// The count of `told`.
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

    /// How many heard nothing. Each of them may have got it or not.
    pub fn unknown(&self) -> usize {
        self.failed.values().sum()
    }

    /// Whether `there` are as many as were told that they got it, give or take those who heard nothing.
    pub fn fits(&self, there: usize) -> bool {
        (self.got..=self.got + self.unknown()).contains(&there)
    }
}

/// What was told to those who got it, each with their number.
pub fn won(told: &[Told]) -> impl Iterator<Item = (usize, &Value)> {
    told.iter().enumerate().filter_map(|(number, told)| match &told.outcome {
        Outcome::Got(data) => Some((number, data)),
        _ => None,
    })
}

/// What holds of every rush of so many `buyers` for `stock` units, of which everybody wants one: all are
/// answered, who is refused is told `sold_out` and nothing else, and as many got one as there are.
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
    // Who heard nothing, or was refused for a reason that says nothing of the stock, left no unit lost.
    let excused: usize = tally.refused.iter().filter(|(code, _)| is_odd(code)).map(|(_, count)| count).sum();
    let wanted = stock.min(buyers);
    let exactly = got <= wanted && got + unknown + excused >= wanted;
    let exactly = Promise::new(exactly, format!("{got} of {wanted} got one, no more and no fewer"));
    vec![answered, Promise::new(odd.is_empty(), refused), exactly]
}

/// That `names` of what was given are all different, and as many as got something.
pub fn all_different(names: impl IntoIterator<Item = String>, what: &str, got: usize) -> Promise {
    let different = names.into_iter().collect::<BTreeSet<_>>().len();
    Promise::new(different == got, format!("{different} different {what} for {got} who got one"))
}

/// That the positions of the crowd are 1, 2, 3 … without a gap; `None` stands for somebody who was told none.
/// Those who heard nothing when they joined may stand anywhere between.
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
        // One too many, one too few.
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
        // Somebody who heard nothing may be in between, and at most one.
        assert!(of(&[3, 1, 4], 1));
        assert!(!of(&[3, 1, 5], 1));
        assert!(!consecutive(&[Some(1), None], &tally(2, &[], 0)).kept);
    }
}
