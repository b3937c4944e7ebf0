//! Persistence of every domain: DynamoDB tables and SQS queues. No other crate names the SDKs of AWS
//! services.
//!
//! Every write is conditional and recognizes its own earlier success. A lost response, a retry inside the SDK
//! and a second delivery of a message therefore end in the same state. Each domain noun has a file of the
//! same name as in `domain`; `item.rs` holds the calls that all of them share.

#![warn(missing_docs)]

mod accounts;
mod activities;
mod analytics;
mod audit;
mod author;
mod aws;
mod aws_refusals;
mod batch;
mod cache;
mod campaigns;
pub mod changes;
mod claims;
mod concerts;
mod dead_letters;
mod deals;
mod failure;
mod idempotency_records;
mod item;
mod keys;
mod known_users;
pub mod list;
mod live;
mod names;
mod notifications;
mod orders;
mod points;
mod products;
mod quota;
mod reports;
mod retry;
mod reviews;
mod revocations;
mod rewards;
pub mod schema;
mod send;
mod sessions;
mod sockets;
mod stock;
mod throttles;
mod transaction;
mod update;
mod waiting_room;
mod wallet;
mod webhooks;

pub use accounts::{AccountClosure, ChangedAccount, ChangedBy, Registered};
pub use analytics::{DayFigures, RecountStep, ScanPosition, ShardFigures};
pub use audit::{AuditPack, AuditShard, RootRecord};
pub use author::{set_author, with_author};
pub use aws::Aws;
pub use aws_refusals::{AwsRefusals, with_refusal_counts};
pub use campaigns::CampaignWithOffers;
pub use claims::ReplacedDecision;
pub use concerts::HoldOutcome;
pub use deals::{DealCounts, DealNow, ListedDeal};
pub use idempotency_records::IdempotencyRecord;
pub use item::{Entity, Saved};
pub use keys::Key;
pub use live::ListedChannel;
pub use names::Names;
pub use notifications::REMINDER_SHARDS;
pub use orders::OrderListPosition;
pub use points::LedgerRange;
pub use products::DealSaved;
pub use retry::{TryResult, retry, retry_up_to, update_with_retry};
pub use reviews::ReviewRange;
pub use sockets::SocketDelivery;
pub use stock::{CodeUpload, HeldUnits, Holder, UnitHold};
pub use waiting_room::{DueIndexEntry, JoinOutcome, LeaveOutcome, UseOutcome};
pub use wallet::{PaymentWritten, PurchaseWrite};
pub use webhooks::{DueWork, DueWorkKind};

use std::sync::Arc;

use aws_refusals::RefusalCounter;
use cache::ReadCache;
use retry::Jitter;

/// Access to the deployed tables and queues through the SDK clients, with this instance's read cache. Cloning
/// is cheap.
///
/// Every method may fail with `BUSY`, when a repeat can succeed (throttling, conflicts, unknown outcomes),
/// and `INTERNAL_ERROR` for other failures of AWS. The `# Errors` sections name only further errors.
#[derive(Clone)]
pub struct Store {
    dynamo: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    sockets: Option<aws_sdk_apigatewaymanagement::Client>,
    names: Arc<Names>,
    cache: Arc<ReadCache>,
    jitter: Arc<Jitter>,
}

impl Store {
    /// Creates a store on the given clients and deployed names, for tests and local stacks: its pauses
    /// between tries are the same in each run. Both clients count conflicts and throttles in the
    /// [`AwsRefusals`] of the request.
    pub fn new(dynamo: aws_sdk_dynamodb::Client, sqs: aws_sdk_sqs::Client, names: Names) -> Self {
        Self::of(dynamo.config().to_builder(), sqs.config().to_builder(), names, Jitter::fixed())
    }

    fn of(
        dynamo: aws_sdk_dynamodb::config::Builder,
        sqs: aws_sdk_sqs::config::Builder,
        names: Names,
        jitter: Jitter,
    ) -> Self {
        Self {
            dynamo: aws_sdk_dynamodb::Client::from_conf(dynamo.interceptor(RefusalCounter).build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.interceptor(RefusalCounter).build()),
            sockets: None,
            names: Arc::new(names),
            cache: Arc::default(),
            jitter: Arc::new(jitter),
        }
    }

    /// Creates a store on Lambda: clients with the configuration of `aws`, names from `TABLE_…` and
    /// `QUEUE_…_URL`, and the address of the WebSocket API from `DIBS_SOCKETS_URL`.
    pub fn from_env(aws: &Aws) -> Self {
        let store = Self::of(aws.config().into(), aws.config().into(), Names::from_env(), Jitter::random());
        Self { sockets: sockets::client_from_env(aws), ..store }
    }
}
