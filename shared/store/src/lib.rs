//! What is kept, and how: the only crate that names the SDKs of AWS's services.
//!
//! Every write is conditional and recognises its own earlier success, so a lost response, a retry of the SDK
//! and a second delivery of a message all end in the same state. One file a noun, the same nouns as in
//! `domain`; `item.rs` holds the few calls that all of them share.

#![warn(missing_docs)]

mod accounts;
mod activities;
mod aws;
mod batch;
mod campaigns;
pub mod changes;
mod claims;
mod concerts;
mod deals;
mod failure;
mod item;
mod keys;
mod known_users;
pub mod list;
mod names;
mod orders;
mod points;
mod products;
mod queue;
mod quota;
mod recent;
mod reports;
mod reviews;
mod revocations;
mod rewards;
pub mod schema;
mod send;
mod sessions;
mod stock;
mod tally;
mod throttles;
mod transaction;
mod tries;
mod wallet;

pub use accounts::{ChangedAccount, ChangedBy, Closing, Registered, Settled};
pub use aws::Aws;
pub use campaigns::CampaignWithOffers;
pub use claims::ReplacedDecision;
pub use concerts::Hold;
pub use deals::{AllDeals, DealCounts, DealNow, PastDeal};
pub use item::{Entity, Saved};
pub use keys::Key;
pub use names::Names;
pub use points::Newest;
pub use products::DealSaved;
pub use queue::{Entered, Joined, LeftPage, Watch};
pub use reviews::ReviewPart;
pub use stock::{Holder, UnitHold, Units, Upload};
pub use tally::{Tally, tallied};
pub use tries::FirstTry;
pub use wallet::{Paid, Sale};

use std::sync::Arc;

use recent::Recent;
use tally::Counting;

/// Tables and queues, behind the SDKs' clients. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    dynamo: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    names: Arc<Names>,
    recent: Arc<Recent>,
}

impl Store {
    /// A store on these clients and these deployed names.
    pub fn new(dynamo: aws_sdk_dynamodb::Client, sqs: aws_sdk_sqs::Client, names: Names) -> Self {
        Self::of(dynamo.config().to_builder(), sqs.config().to_builder(), names)
    }

    fn of(
        dynamo: aws_sdk_dynamodb::config::Builder,
        sqs: aws_sdk_sqs::config::Builder,
        names: Names,
    ) -> Self {
        Self {
            dynamo: aws_sdk_dynamodb::Client::from_conf(dynamo.interceptor(Counting).build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.interceptor(Counting).build()),
            names: Arc::new(names),
            recent: Arc::default(),
        }
    }

    /// A store from the environment, as on Lambda: clients of `aws`, names from `TABLE_…` and `QUEUE_…_URL`.
    pub fn from_env(aws: &Aws) -> Self {
        Self::of(aws.config().into(), aws.config().into(), Names::from_env())
    }
}
