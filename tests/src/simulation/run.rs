//! Run of one seed: setup, faults, settling, and the checks of the invariants.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::task::JoinHandle;

use super::checks;
use super::clients::Party;
use super::core::Core;
use super::faults::Fault;
use super::plan::Theme;
use super::pump::Pump;
use super::sabotage::Sabotage;
use super::world::World;

/// Maximum time for settling, in simulated hours: delays of two minutes, visibility timeouts of one minute,
/// up to ten receives.
const SETTLE_HOURS_MAX: u64 = 1;

/// Result of a run.
#[derive(Debug)]
pub struct Report {
    /// Seed of the run.
    pub seed: u64,
    /// Hash of the trace, equal for every run of the seed.
    pub hash: u64,
    /// Number of injected faults, by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// Number of responses to claims, by status and code.
    pub answers: BTreeMap<String, u64>,
    /// Violated invariants.
    pub broken: Vec<String>,
}

/// Runs a seed. A verbose run prints its events.
pub fn run(seed: u64, loud: bool) -> Report {
    run_with(seed, loud, None)
}

/// Runs a seed, with a bug injected into the product.
pub fn run_with(seed: u64, loud: bool, sabotage: Option<&'static Sabotage>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime starts").block_on(simulate(seed, loud, sabotage))
}

async fn simulate(seed: u64, loud: bool, sabotage: Option<&'static Sabotage>) -> Report {
    let core = Core::new(seed, loud, sabotage);
    let world = Arc::new(World::new(core.clone()));
    let party = Party::come_together(world.clone(), Theme::of(seed)).await;
    let pump = Pump::start(world.clone(), local::routes::workers());
    let provider = tokio::spawn(party.clone().provider());
    core.faults.switch(true);
    for person in people(&party) {
        person.await.expect("nobody panics");
    }
    // Much of the started work is still running, and continues under faults for a while.
    tokio::time::sleep(core.dice.millis(1_000, 400_000)).await;
    core.faults.switch(false);
    let broken = aftermath(&party, &pump).await;
    let mut answers = BTreeMap::new();
    for claimed in party.history.claims() {
        let name = format!("{} {}", claimed.answer.status(), claimed.answer.code());
        *answers.entry(name.trim().to_owned()).or_default() += 1;
    }
    for visit in party.visits.all() {
        let name = format!("{} {} {}", visit.want.name(), visit.answer.status(), visit.answer.code());
        *answers.entry(name.trim().to_owned()).or_default() += 1;
    }
    for deed in party.members.all() {
        let name = format!("{} {} {}", deed.act.name(), deed.answer.status(), deed.answer.code());
        *answers.entry(name.trim().to_owned()).or_default() += 1;
    }
    provider.abort();
    pump.stop().await;
    Report { seed, hash: core.trace.hash(), faults: core.trace.faults(), answers, broken }
}

/// Spawns all actors of the run.
fn people(party: &Party) -> Vec<JoinHandle<()>> {
    let mut people = Vec::new();
    let mut come = |person: BoxFuture<'static, ()>| people.push(tokio::spawn(person));
    if party.theme.rewards {
        (0..party.plan.users.len()).for_each(|number| come(party.clone().user(number).boxed()));
        come(party.clone().reviewer(0, 5).boxed());
        come(party.clone().reviewer(1, 4).boxed());
        come(party.clone().stubborn().boxed());
        come(party.clone().recorder().boxed());
        come(party.clone().manager().boxed());
        come(party.clone().editor().boxed());
        come(party.clone().newcomers(4).boxed());
        come(party.clone().snoop(6).boxed());
    }
    if party.theme.concerts {
        party.fans().into_iter().for_each(|fan| come(fan.live().boxed()));
        come(party.clone().usher().boxed());
        come(party.clone().intruder(6).boxed());
    }
    if party.theme.deals {
        party.buyers().into_iter().for_each(|buyer| come(buyer.buy().boxed()));
        come(party.clone().merchant().boxed());
        come(party.clone().thief(6).boxed());
    }
    if party.theme.accounts {
        party.members().into_iter().for_each(|member| come(member.live().boxed()));
        come(party.clone().administrator(0).boxed());
        come(party.clone().administrator(1).boxed());
        come(party.clone().rival(0).boxed());
        come(party.clone().rival(1).boxed());
    }
    people
}

async fn aftermath(party: &Party, pump: &Pump) -> Vec<String> {
    let core = &party.world.core;
    if let Err(left) = pump.settle(SETTLE_HOURS_MAX).await {
        return vec![left];
    }
    // An operator's earlier request may have been frozen until now, so the waiting room is opened again, and
    // campaigns are activated.
    party.open_doors().await;
    party.activate_campaigns().await;
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
    broken.extend(checks::audits_keep_decisions(party).await);
    if broken.is_empty() {
        broken.extend(checks::sell_out(party).await);
        broken.extend(checks::reopen(party).await);
        broken.extend(checks::restock(party).await);
        broken.extend(checks::bans_count(party).await);
        if let Err(left) = pump.settle(SETTLE_HOURS_MAX).await {
            broken.push(left);
        }
        broken.extend(checks::all(party, &pump.outbox()));
    }
    let too_long = core.queues.too_long();
    broken.extend(
        too_long.iter().map(|message| format!("Lambda would stop the chain of messages before {message}")),
    );
    broken
}
