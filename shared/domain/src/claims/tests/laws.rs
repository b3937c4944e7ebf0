//! Properties that hold for every order of events.

use crate::Quantity;
use crate::ids::Nonce;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::claims::{GrantAttempt, LineItem};

const REWARDS: usize = 2;

/// Behaviour of one call to the fulfilment service.
#[derive(Clone, Copy, Debug)]
enum Call {
    /// Succeeds, and the response arrives.
    Answered,
    /// Succeeds, but the response is lost.
    Lost,
    /// Never reaches the service.
    NeverArrives,
    /// Refused by a gateway, regardless of earlier calls.
    RefusedOnTheWay,
    /// Answered by the service about this grant: it was made, or it was not made and never will be.
    Asked,
}

#[derive(Clone, Debug)]
enum Step {
    Ask(usize, Option<u8>, Review, bool),
    Edit(usize, u32),
    Decide(ReviewVerdict, Option<(usize, u32, bool)>),
    Begin(usize, u32, bool),
    Call(usize, Call),
    Settle(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let review = prop_oneof![Just(Review::Auto), Just(Review::Manual)];
    let call = prop_oneof![
        Just(Call::Answered),
        Just(Call::Lost),
        Just(Call::NeverArrives),
        Just(Call::RefusedOnTheWay),
        Just(Call::Asked),
    ];
    let verdict = prop_oneof![Just(ReviewVerdict::Approve), Just(ReviewVerdict::Reject)];
    prop_oneof![
        (0..REWARDS, proptest::option::of(0..3u8), review, any::<bool>())
            .prop_map(|(reward, key, review, met)| Step::Ask(reward, key, review, met)),
        (0..REWARDS, 1..9u32).prop_map(|(reward, quantity)| Step::Edit(reward, quantity)),
        (verdict, proptest::option::of((0..REWARDS, 1..3u32, any::<bool>())))
            .prop_map(|(verdict, about)| Step::Decide(verdict, about)),
        (0..REWARDS, 1..3u32, any::<bool>())
            .prop_map(|(reward, number, last)| Step::Begin(reward, number, last)),
        (0..6usize, call).prop_map(|(call, does)| Step::Call(call, does)),
        (0..6usize).prop_map(Step::Settle),
    ]
}

/// Promise that the service received: quantity and held unit.
type Told = (Quantity, Option<HeldUnit>);

fn told(line: &LineItem) -> Told {
    (line.quantity, line.held.clone())
}

/// Worker with an attempt in flight.
struct Worker {
    tried: GrantAttempt,
    told: Told,
    has_called: bool,
    outcome: Option<GrantOutcome>,
}

/// Claim, workers and fulfilment service of one test run.
struct World {
    claim: Claim,
    offers: Vec<Offer>,
    workers: Vec<Worker>,
    /// Line items that the service has handed over.
    handed_over: Vec<(LineName, Told)>,
    /// Line items that the service will never hand over.
    denied: Vec<LineName>,
    units: u32,
}

impl World {
    fn new() -> Self {
        let offers = vec![external("rwd_1", 1), external("rwd_2", 2)];
        let (workers, handed_over, denied) = (Vec::new(), Vec::new(), Vec::new());
        Self { claim: claim(), offers, workers, handed_over, denied, units: 0 }
    }

    fn take(&mut self, step: &Step, now: Timestamp) {
        let before = self.claim.clone();
        match step {
            Step::Ask(reward, key, review, met) => self.ask(*reward, *key, *review, *met, now),
            Step::Edit(reward, quantity) => self.offers[*reward].quantity = Quantity(*quantity),
            Step::Decide(verdict, about) => {
                let by = operator();
                let name = about.map(|(reward, number, _)| LineName {
                    reward_id: self.offers[reward].reward_id.clone(),
                    number,
                });
                let rewards: Vec<RewardId> = name.iter().map(|name| name.reward_id.clone()).collect();
                let by_line = about.is_some_and(|(_, _, by_line)| by_line);
                let (lines, rewards) =
                    if by_line { (name.into_iter().collect(), Vec::new()) } else { (Vec::new(), rewards) };
                let decision = ReviewDecision { lines: &lines, rewards: &rewards, ..decision(*verdict, &by) };
                // An error that nothing can be decided is acceptable here.
                drop(self.claim.decide(&decision, now));
            }
            Step::Begin(reward, number, is_last) => {
                let name = LineName { reward_id: self.offers[*reward].reward_id.clone(), number: *number };
                let Some(index) = self.claim.lines_to_grant(&[name]).first().copied() else { return };
                let changed = self.claim.begin(index, Nonce(self.workers.len() as u64 + 1));
                self.claim.version += u64::from(changed);
                let tried = self.claim.begun(index, *is_last).unwrap();
                self.workers.push(Worker {
                    tried,
                    told: told(&self.claim.lines[index]),
                    has_called: false,
                    outcome: None,
                });
                return;
            }
            Step::Call(worker, does) => self.call(*worker, *does),
            Step::Settle(worker) => {
                let done = |worker: &&mut Worker| worker.outcome.is_some();
                if let Some(worker) = self.workers.get_mut(*worker).filter(done) {
                    let outcome = worker.outcome.take().unwrap();
                    self.claim.settle(&worker.tried, &outcome, now);
                }
            }
        }
        self.claim.version += u64::from(self.claim != before);
    }

    fn ask(&mut self, reward: usize, key: Option<u8>, review: Review, met: bool, now: Timestamp) {
        let (offer, key) = (self.offers[reward].clone(), key.map(|key| format!("key{key}")));
        let number = match self.claim.ask(&offer, key.as_deref()) {
            Ok(ClaimOutcome::Number(number)) => number,
            Ok(ClaimOutcome::Retry(index)) => return self.claim.retry(index, key, now),
            Ok(ClaimOutcome::Repeat(_)) | Err(_) => return,
        };
        let mut evidence = Evidence { key, ..Evidence::default() };
        if !met {
            return self.claim.refuse(&offer, number, Code::ConditionNotMet, evidence, now);
        }
        let name = LineName { reward_id: offer.reward_id.clone(), number };
        let kept = self.claim.lines.iter().find(|line| name.is_of(line)).and_then(|line| line.held.clone());
        self.units += 1;
        let unit = HeldUnit {
            stock: "stock".into(),
            bucket: self.units,
            code: None,
            version: self.claim.version + 1,
        };
        evidence.held = Some(kept.unwrap_or(unit));
        self.claim.accept(&offer, number, review, evidence, now);
    }

    fn call(&mut self, worker: usize, does: Call) {
        let Some(worker) = self.workers.get_mut(worker).filter(|worker| !worker.has_called) else {
            return;
        };
        worker.has_called = true;
        let name = worker.tried.line.clone();
        let handed_over = self.handed_over.iter().any(|(line, _)| *line == name);
        let denied = self.denied.contains(&name);
        let acts = matches!(does, Call::Answered | Call::Lost) && !handed_over && !denied;
        if acts {
            self.handed_over.push((name.clone(), worker.told.clone()));
        }
        let never = || GrantOutcome::Denied("never".into());
        worker.outcome = Some(match does {
            Call::Lost | Call::NeverArrives => GrantOutcome::Unknown("timeout".into()),
            Call::RefusedOnTheWay => GrantOutcome::Refused("http_404".into()),
            Call::Answered | Call::Asked if handed_over || acts => GrantOutcome::Granted(None),
            Call::Answered => never(),
            Call::Asked => {
                self.denied.push(name);
                never()
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_the_service_may_have_handed_over_is_nobody_elses(steps in vec(step(), 0..80)) {
        let mut world = World::new();
        for (second, step) in steps.iter().enumerate() {
            world.take(step, at(i64::try_from(second).unwrap()));
            for (name, told_then) in &world.handed_over {
                let line = world.claim.lines.iter().find(|line| name.is_of(line)).unwrap();
                prop_assert_eq!(&told(line), told_then, "{:?} changed after it was handed over", name);
                prop_assert_ne!(line.status, LineStatus::Rejected);
                let index = world.claim.lines.iter().position(|line| name.is_of(line)).unwrap();
                prop_assert!(line.status == LineStatus::Granted || world.claim.may_have_acted(index));
            }
        }
    }

    #[test]
    fn line_is_had_once_and_its_newest_change_is_where_it_stands(steps in vec(step(), 0..80)) {
        let mut world = World::new();
        let (mut told, mut apart) = (0, 0);
        for (second, step) in steps.iter().enumerate() {
            let before = world.claim.clone();
            world.take(step, at(i64::try_from(second).unwrap()));
            told += world.claim.changes_since(Some(&before)).len();
            apart += world.claim.replaced_decisions.drain(..).count();
            for (index, line) in before.lines.iter().enumerate() {
                if matches!(line.status, LineStatus::Granted | LineStatus::Rejected) {
                    prop_assert_eq!(world.claim.lines[index].status, line.status, "a final line changed");
                }
            }
        }
        let claim = &world.claim;
        let mut names: Vec<_> = claim.lines.iter().map(|line| (&line.reward_id, line.number)).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), claim.lines.len(), "a line is there twice");
        for offer in &world.offers {
            let lines = || claim.lines.iter().filter(|line| line.reward_id == offer.reward_id);
            prop_assert!(lines().count() <= offer.per_user_limit as usize);
            let mut keys: Vec<&String> =
                lines().flat_map(|line| line.key.iter().chain(&line.earlier_keys)).collect();
            keys.sort();
            prop_assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "a key stands twice: {:?}", keys);
        }
        for (index, line) in claim.lines.iter().enumerate() {
            prop_assert_eq!(claim.newest(index, |_| true).map(|change| change.to), Some(line.status));
        }
        let counted: u32 = claim.history.iter().map(|change| change.times).sum();
        prop_assert_eq!(counted as usize, told, "every change is counted, and told once");
        prop_assert_eq!(claim.decisions_apart() as usize, apart);
        prop_assert!(claim.history.len() <= 6 * claim.lines.len());
    }
}
