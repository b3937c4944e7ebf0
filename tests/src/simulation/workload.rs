//! Workload of a run: what was set up, and what the actors record.

use std::sync::Arc;

use super::records::accounts::Members;
use super::records::claims::History;
use super::records::visits::Visits;
use super::setup::concerts::ConcertSetup;
use super::setup::deals::DealSetup;
use super::setup::rewards::{CODES, RewardSetup};
use super::world::{Theme, World};

/// Number of concertgoers and of buyers, in a run with one of both.
const MANY_PEOPLE: usize = 12;
/// Number of each in a run with both.
const FEW_PEOPLE: usize = 8;
/// Setup and records that all actors of a run share.
#[derive(Clone)]
pub struct Workload {
    /// Function instances of the run.
    pub world: Arc<World>,
    /// Domains that the run covers.
    pub theme: Theme,
    /// Campaigns and rewards of the run.
    pub rewards: Arc<RewardSetup>,
    /// Concerts of the run.
    pub concerts: Arc<ConcertSetup>,
    /// Deals of the run.
    pub deals: Arc<DealSetup>,
    /// Record of the claims and their responses.
    pub history: Arc<History>,
    /// Record of the requests about concerts and deals.
    pub visits: Arc<Visits>,
    /// Record of the requests about accounts.
    pub members: Arc<Members>,
}

impl Workload {
    /// Creates the setup of a run.
    pub async fn set_up(world: Arc<World>, theme: Theme) -> Self {
        let rewards = if theme.rewards { RewardSetup::set_up(&world).await } else { RewardSetup::default() };
        // In a run with both, the same actors need more time.
        let people = if theme.concerts && theme.deals { FEW_PEOPLE } else { MANY_PEOPLE };
        let concerts =
            if theme.concerts { ConcertSetup::set_up(&world, people).await } else { ConcertSetup::default() };
        let deals = match theme.deals {
            true => DealSetup::set_up(&world, people, concerts.queue.clone()).await,
            false => DealSetup::default(),
        };
        let workload = Self {
            world,
            theme,
            rewards: Arc::new(rewards),
            concerts: Arc::new(concerts),
            deals: Arc::new(deals),
            history: Arc::default(),
            visits: Arc::default(),
            members: Arc::default(),
        };
        if theme.rewards {
            workload.history.codes_added(CODES);
        }
        workload
    }
}
