//! One seed, one run: set up, let things go wrong, let them settle, and hold what is there against the
//! promises.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks;
use super::clients::Party;
use super::core::Core;
use super::faults::Fault;
use super::history::History;
use super::plan::Plan;
use super::pump::Pump;
use super::sabotage::Sabotage;
use super::world::World;

/// How long things may take to settle: delays of two minutes, visibility timeouts of one, up to ten receives.
const SETTLE_HOURS_MAX: u64 = 4;

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// The same for every run of the seed.
    pub hash: u64,
    /// How often each fault fired.
    pub faults: BTreeMap<Fault, u64>,
    /// How many requests for rewards were answered in which way.
    pub answers: BTreeMap<String, u64>,
    /// Every promise that was not kept.
    pub broken: Vec<String>,
}

/// Runs a seed; a loud run prints what happens.
pub fn run(seed: u64, loud: bool) -> Report {
    run_with(seed, loud, None)
}

/// Runs a seed with the product broken on purpose.
pub fn run_with(seed: u64, loud: bool, sabotage: Option<&'static Sabotage>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime starts").block_on(simulate(seed, loud, sabotage))
}

async fn simulate(seed: u64, loud: bool, sabotage: Option<&'static Sabotage>) -> Report {
    let core = Core::new(seed, loud, sabotage);
    let world = Arc::new(World::new(core.clone()));
    let plan = Arc::new(Plan::set_up(&world).await);
    let party = Party { world: world.clone(), plan: plan.clone(), history: Arc::new(History::default()) };
    party.history.codes_added(super::plan::CODES);
    let pump = Pump::start(world.clone(), workers::WORKERS);
    core.faults.switch(true);
    let mut people: Vec<_> =
        (0..plan.users.len()).map(|number| tokio::spawn(party.clone().user(number))).collect();
    people.push(tokio::spawn(party.clone().reviewer(0, 5)));
    people.push(tokio::spawn(party.clone().reviewer(1, 4)));
    people.push(tokio::spawn(party.clone().recorder()));
    people.push(tokio::spawn(party.clone().manager()));
    people.push(tokio::spawn(party.clone().newcomers(4)));
    people.push(tokio::spawn(party.clone().snoop(6)));
    for person in people {
        person.await.expect("nobody panics");
    }
    // Much of what was begun is still under way: it goes on under faults for a while.
    tokio::time::sleep(core.dice.millis(1_000, 400_000)).await;
    core.faults.switch(false);
    let broken = aftermath(&party, &pump).await;
    let mut answers = BTreeMap::new();
    for claimed in party.history.claims() {
        let name = format!("{} {}", claimed.answer.status(), claimed.answer.code());
        *answers.entry(name.trim().to_owned()).or_default() += 1;
    }
    pump.stop().await;
    Report { seed, hash: core.trace.hash(), faults: core.trace.faults(), answers, broken }
}

async fn aftermath(party: &Party, pump: &Pump) -> Vec<String> {
    let core = &party.world.core;
    if let Err(left) = pump.settle(SETTLE_HOURS_MAX).await {
        return vec![left];
    }
    core.event("run", format_args!("redriven {}", core.queues.redrive(core)));
    if let Err(left) = pump.settle(SETTLE_HOURS_MAX).await {
        return vec![left];
    }
    core.event("run", "settled");
    let mut broken = party.history.wrongs();
    if core.queues.left().1 > 0 {
        broken.push(format!("dead letters that no redrive helps: {:?}", core.queues.bodies()));
    }
    broken.extend(checks::all(party, &pump.outbox()));
    if broken.is_empty() {
        broken.extend(checks::sell_out(party).await);
        if let Err(left) = pump.settle(SETTLE_HOURS_MAX).await {
            broken.push(left);
        }
        broken.extend(checks::all(party, &pump.outbox()));
    }
    broken
}
