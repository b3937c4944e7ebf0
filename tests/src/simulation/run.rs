//! Run of one seed: setup, faults, settling, and the checks of the invariants.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::task::JoinHandle;

use super::actors::administrators;
use super::checks;
use super::workload::Workload;
use super::world::core::Core;
use super::world::environment::Environment;
use super::world::event_sources::EventSources;
use super::world::faults::Fault;
use super::world::sabotage::{Domain, Sabotage};
use super::world::{Sizes, Theme, World};

/// Maximum time for settling, in simulated hours. It covers ten receives of a message with a visibility
/// timeout of a minute, and delays of two minutes.
const SETTLE_HOURS_MAX: u64 = 1;

/// Result of the run of one seed.
#[derive(Debug)]
pub struct Report {
    /// Seed of the run.
    pub seed: u64,
    /// Domains that took part in the run.
    pub theme: Theme,
    /// Sizes of the run.
    pub sizes: Sizes,
    /// Hash of the trace, equal for every run of the seed.
    pub hash: u64,
    /// Number of injected faults, by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// Number of responses to claims, by status and code.
    pub answers: BTreeMap<String, u64>,
    /// Violations of invariants, as sentences.
    pub violations: Vec<String>,
}

/// Runs a seed. `verbose` prints each event of the run.
pub fn run(seed: u64, verbose: bool) -> Report {
    run_with(seed, verbose, None)
}

/// Runs a seed like [`run`], with `sabotage` injected into the product.
pub fn run_with(seed: u64, verbose: bool, sabotage: Option<&'static Sabotage>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime starts").block_on(simulate(seed, verbose, sabotage))
}

/// Returns the report of the first run of `seeds` that detects the sabotage. Runs without its domain are left
/// out.
pub fn first_detection(
    domain: &Domain,
    sabotage: &'static Sabotage,
    seeds: impl IntoIterator<Item = u64>,
) -> Option<Report> {
    let seeds = seeds.into_iter().filter(|seed| (domain.takes_part)(&Theme::of(*seed)));
    let mut reports = seeds.map(|seed| run_with(seed, false, Some(sabotage)));
    reports.find(|report| sabotage.detected_by(&report.violations).is_some())
}

/// Calls `work` with each of `jobs`, in `threads` threads.
pub fn in_parallel<J: Sync>(jobs: &[J], threads: usize, work: impl Fn(&J) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(job);
                }
            });
        }
    });
}

async fn simulate(seed: u64, verbose: bool, sabotage: Option<&'static Sabotage>) -> Report {
    let env = Environment::new(seed, verbose);
    let core = Core::new(env.clone(), sabotage);
    let world = Arc::new(World::new(core.clone()));
    let workload = Workload::set_up(world.clone()).await;
    if core.env.theme.accounts {
        administrators::set_up(&workload).await;
    }
    let event_sources = EventSources::start(world.clone(), local::routes::workers());
    let provider = tokio::spawn(workload.clone().provider());
    let subscribers = if core.env.theme.deals { core.env.sizes.subscribers } else { 0 };
    let subscribers: Vec<JoinHandle<()>> =
        (0..subscribers).map(|number| tokio::spawn(workload.clone().subscriber(number))).collect();
    core.env.faults.switch(true);
    for actor in actors(&workload) {
        actor.await.expect("nobody panics");
    }
    // Much of the work is still in progress now, and goes on under faults for a while.
    tokio::time::sleep(core.env.prng.millis(1_000, 400_000)).await;
    core.env.faults.switch(false);
    let violations = aftermath(&workload, &event_sources).await;
    let mut answers = BTreeMap::new();
    for claimed in workload.history.claims() {
        let name = format!("{} {}", claimed.answer.status(), claimed.answer.code());
        *answers.entry(name.trim().to_owned()).or_default() += 1;
    }
    for record in workload.requests.all() {
        let name = format!("{} {} {}", record.want.name(), record.answer.status(), record.answer.code());
        *answers.entry(name.trim().to_owned()).or_default() += 1;
    }
    for record in workload.account_requests.all() {
        let name = format!("{} {} {}", record.action.name(), record.answer.status(), record.answer.code());
        *answers.entry(name.trim().to_owned()).or_default() += 1;
    }
    provider.abort();
    subscribers.iter().for_each(JoinHandle::abort);
    event_sources.stop().await;
    let (theme, sizes, trace) = (core.env.theme, core.env.sizes, &core.env.trace);
    Report { seed, theme, sizes, hash: trace.hash(), faults: trace.faults(), answers, violations }
}

/// Starts a task for each actor of the run.
fn actors(workload: &Workload) -> Vec<JoinHandle<()>> {
    let (theme, sizes) = (&workload.world.core.env.theme, &workload.world.core.env.sizes);
    let mut actors = Vec::new();
    let mut spawn = |actor: BoxFuture<'static, ()>| actors.push(tokio::spawn(actor));
    if theme.rewards {
        (0..workload.rewards.users.len()).for_each(|number| spawn(workload.clone().user(number).boxed()));
        (0..sizes.reviewers)
            .for_each(|number| spawn(workload.clone().reviewer(number, sizes.reviews).boxed()));
        spawn(workload.clone().stubborn().boxed());
        spawn(workload.clone().recorder().boxed());
        spawn(workload.clone().manager().boxed());
        spawn(workload.clone().editor().boxed());
        spawn(workload.clone().newcomers(sizes.newcomers).boxed());
        spawn(workload.clone().claim_attacker(6).boxed());
    }
    if theme.concerts {
        workload.concertgoers().into_iter().for_each(|concertgoer| spawn(concertgoer.live().boxed()));
        spawn(workload.clone().waiting_room_operator().boxed());
        spawn(workload.clone().reservation_attacker(6).boxed());
    }
    if theme.deals {
        workload.buyers().into_iter().for_each(|buyer| spawn(buyer.buy().boxed()));
        spawn(workload.clone().deal_operator().boxed());
        spawn(workload.clone().order_attacker(6).boxed());
    }
    (0..sizes.webhooks).for_each(|number| spawn(workload.clone().webhook_operator(number).boxed()));
    if theme.accounts {
        workload.members().into_iter().for_each(|member| spawn(member.live().boxed()));
        (0..sizes.owners).for_each(|number| spawn(workload.clone().account_owner(number).boxed()));
        spawn(workload.clone().administrator(0).boxed());
        spawn(workload.clone().administrator(1).boxed());
        spawn(workload.clone().rival(0).boxed());
        spawn(workload.clone().rival(1).boxed());
    }
    actors
}

async fn aftermath(workload: &Workload, event_sources: &EventSources) -> Vec<String> {
    let core = &workload.world.core;
    if let Err(left) = event_sources.settle(SETTLE_HOURS_MAX).await {
        return vec![left];
    }
    // A request by an operator may have been delayed until now, so the waiting room is opened and the
    // campaigns are activated once more.
    workload.open_doors().await;
    workload.activate_campaigns().await;
    workload.open_webhooks().await;
    core.env.event("run", format_args!("redriven {}", core.queues.redrive(&core.env)));
    if let Err(left) = event_sources.settle(SETTLE_HOURS_MAX).await {
        return vec![left];
    }
    workload.wait_for_webhooks().await;
    core.env.event("run", "settled");
    let mut violations = workload.history.violations();
    if core.queues.left().1 > 0 {
        violations.push(format!("dead letters that no redrive helps: {:?}", core.queues.bodies()));
    }
    violations.extend(checks::all(workload, &event_sources.outbox()));
    violations.extend(checks::subscribers_know_the_last_state(workload).await);
    violations.extend(checks::audits_keep_decisions(workload).await);
    if violations.is_empty() {
        violations.extend(checks::claim_remaining_rewards(workload).await);
        violations.extend(checks::hold_remaining_seats(workload).await);
        violations.extend(checks::order_remaining_units(workload).await);
        violations.extend(checks::bans_count(workload).await);
        if let Err(left) = event_sources.settle(SETTLE_HOURS_MAX).await {
            violations.push(left);
        }
        violations.extend(checks::subscribers_know_the_last_state(workload).await);
        violations.extend(checks::all(workload, &event_sources.outbox()));
    }
    let too_long = core.queues.too_long();
    violations.extend(
        too_long.iter().map(|message| format!("Lambda would stop the chain of messages before {message}")),
    );
    violations
}
