//! Workload of a run: its setup, and what its actors record.

use std::sync::Arc;

use super::records::account_owners::OwnerHistory;
use super::records::accounts::AccountHistory;
use super::records::claims::History;
use super::records::live::LiveHistory;
use super::records::requests::RequestHistory;
use super::records::webhooks::KnownWebhooks;
use super::setup::concerts::ConcertSetup;
use super::setup::deals::DealSetup;
use super::setup::rewards::RewardSetup;
use super::world::World;

/// Setup and records of a run, which all actors share. Cheap to clone.
#[derive(Clone)]
pub struct Workload {
    /// Function instances of the run, with the state that they share.
    pub world: Arc<World>,
    /// Campaigns, rewards and users of the run.
    pub rewards: Arc<RewardSetup>,
    /// Waiting room, concerts and concertgoers of the run.
    pub concerts: Arc<ConcertSetup>,
    /// Deals and buyers of the run.
    pub deals: Arc<DealSetup>,
    /// Record of the claims and their responses.
    pub history: Arc<History>,
    /// Record of the requests about concerts and deals.
    pub requests: Arc<RequestHistory>,
    /// Record of what subscribers of live updates were told.
    pub live: Arc<LiveHistory>,
    /// Record of the requests about accounts.
    pub account_requests: Arc<AccountHistory>,
    /// Tokens and codes that owners of accounts used, and sessions that they ended.
    pub owners: Arc<OwnerHistory>,
    /// Webhooks that operators created.
    pub webhooks: Arc<KnownWebhooks>,
}

impl Workload {
    /// Creates everything that exists before the run.
    pub async fn set_up(world: Arc<World>) -> Self {
        let theme = world.core.env.theme;
        let rewards = if theme.rewards { RewardSetup::set_up(&world).await } else { RewardSetup::default() };
        let concerts =
            if theme.concerts { ConcertSetup::set_up(&world).await } else { ConcertSetup::default() };
        let deals = match theme.deals {
            true => DealSetup::set_up(&world, concerts.queue.clone()).await,
            false => DealSetup::default(),
        };
        let workload = Self {
            world,
            rewards: Arc::new(rewards),
            concerts: Arc::new(concerts),
            deals: Arc::new(deals),
            history: Arc::default(),
            requests: Arc::default(),
            live: Arc::default(),
            account_requests: Arc::default(),
            owners: Arc::default(),
            webhooks: Arc::default(),
        };
        workload.history.codes_added(&workload.rewards.codes);
        workload
    }
}
