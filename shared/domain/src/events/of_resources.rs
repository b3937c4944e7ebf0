//! Domain events of what staff set up (campaigns, offers, products, concerts, waiting rooms), and of admission.
//! Each version of an item causes at most one event, that of a waiting room one more for its admissions. A version in
//! which no field of the API changed causes none.

use super::{
    CampaignChanged, ConcertCreated, DateCreated, DomainEvent, DomainEventData, EventType, OfferChanged,
    ProductChanged, QueueChanged, QueueLetIn, QueueNoShow,
};
use crate::Timestamp;
use crate::campaigns::{Campaign, CampaignStatus};
use crate::concerts::{Concert, ConcertDate};
use crate::ids::QueueId;
use crate::products::{Product, ProductStatus};
use crate::rewards::Offer;
use crate::waiting_room::{QueuePosition, WaitingRoom, WaitingRoomStatus};

impl DomainEvent {
    /// Creates the event of a campaign's version `now`, written at `at`, or returns `None` if only the progress
    /// of its deletion changed.
    pub fn of_campaign(before: Option<&Campaign>, now: &Campaign, at: Timestamp) -> Option<Self> {
        let kind = match (before, now.status) {
            (None, _) => EventType::CampaignCreated,
            (Some(before), _) if now.deleted => (!before.deleted).then_some(EventType::CampaignDeleted)?,
            (Some(before), _) if before.closed_at != now.closed_at => return None,
            (Some(before), same) if before.status == same => EventType::CampaignChanged,
            (_, CampaignStatus::Draft) => EventType::CampaignDrafted,
            (_, CampaignStatus::Active) => EventType::CampaignActivated,
            (_, CampaignStatus::Inactive) => EventType::CampaignPaused,
            (_, CampaignStatus::Ended) => EventType::CampaignEnded,
        };
        let data = DomainEventData::Campaign(CampaignChanged {
            campaign_id: now.id.clone(),
            name: now.name.clone(),
            status: now.status,
            starts_at: now.starts_at,
            ends_at: now.ends_at,
            review: now.review,
            queue_id: now.queue_id.clone(),
        });
        Some(of_version(kind, now.id.to_string(), now.version, at, data))
    }

    /// Creates the event of an offer's version `now`, written at `at`, or returns `None` for a version of a
    /// detached offer.
    pub fn of_offer(before: Option<&Offer>, now: &Offer, at: Timestamp) -> Option<Self> {
        let kind = match (before.is_some_and(|before| !before.removed), now.removed) {
            (true, true) => EventType::OfferDetached,
            (true, false) => EventType::OfferChanged,
            (false, false) => EventType::OfferAttached,
            (false, true) => return None,
        };
        let data = DomainEventData::Offer(OfferChanged {
            campaign_id: now.campaign_id.clone(),
            reward_id: now.reward_id.clone(),
            name: now.name.clone(),
            kind: now.payload.kind(),
            quantity: now.quantity,
            total_limit: now.total_limit(),
            per_user_limit: now.per_user_limit,
            review: now.review,
            valid_from: now.valid_from,
            valid_until: now.valid_until,
        });
        let subject = format!("{}:{}", now.campaign_id, now.reward_id);
        Some(of_version(kind, subject, now.version, at, data))
    }

    /// Creates the event of a product's version `now`, written at `at`, or returns `None` if only its register
    /// of deals changed.
    pub fn of_product(before: Option<&Product>, now: &Product, at: Timestamp) -> Option<Self> {
        let as_now =
            |before: &Product| Product { deals: now.deals.clone(), version: now.version, ..before.clone() };
        let kind = match before {
            None => EventType::ProductCreated,
            Some(before) if as_now(before) == *now => return None,
            Some(_) if now.status == ProductStatus::Deleted => EventType::ProductDeleted,
            Some(_) => EventType::ProductChanged,
        };
        let data = DomainEventData::Product(ProductChanged {
            product_id: now.id.clone(),
            name: now.name.clone(),
            price: now.price,
            category: now.category,
            status: now.status,
        });
        Some(of_version(kind, now.id.to_string(), now.version, at, data))
    }

    /// Creates the event of a new concert.
    pub fn of_concert(now: &Concert) -> Self {
        let data = DomainEventData::Concert(ConcertCreated {
            concert_id: now.id.clone(),
            name: now.name.clone(),
            time_zone: now.time_zone.clone(),
            queue_id: now.queue_id.clone(),
        });
        of_version(EventType::ConcertCreated, now.id.to_string(), now.version, now.created_at, data)
    }

    /// Creates the event of a new date of a concert.
    pub fn of_date(now: &ConcertDate) -> Self {
        let data = DomainEventData::Date(DateCreated {
            concert_id: now.concert_id.clone(),
            date: now.date,
            seats: now.layout.seats_len(),
        });
        let subject = format!("{}:{}", now.concert_id, now.date);
        of_version(EventType::ConcertDateCreated, subject, now.version, now.created_at, data)
    }

    /// Creates the events of a waiting room's version `now`, written at `at`: one if its operator changed it, and
    /// one if it admitted positions.
    pub fn of_waiting_room(before: Option<&WaitingRoom>, now: &WaitingRoom, at: Timestamp) -> Vec<Self> {
        let same_settings =
            |before: &WaitingRoom| (&before.name, &before.settings) == (&now.name, &now.settings);
        let kind = match (before, now.status) {
            (None, _) => Some(EventType::QueueCreated),
            (Some(before), same) if before.status == same => {
                (!same_settings(before)).then_some(EventType::QueueChanged)
            }
            (_, WaitingRoomStatus::Open) => Some(EventType::QueueOpened),
            (_, WaitingRoomStatus::Paused) => Some(EventType::QueuePaused),
            (_, WaitingRoomStatus::Closed) => Some(EventType::QueueClosed),
        };
        let data = DomainEventData::Queue(QueueChanged {
            queue_id: now.id.clone(),
            name: now.name.clone(),
            status: now.status,
            capacity: now.settings.capacity,
            rate_milli: now.settings.rate_milli,
        });
        let changed = kind.map(|kind| of_version(kind, now.id.to_string(), now.version, at, data));
        let admitted_before = before.map_or(QueuePosition::ZERO, |before| before.admitted);
        let let_in = (now.admitted > admitted_before).then(|| Self {
            id: format!("{}:{}:let_in", now.id, now.version),
            kind: EventType::QueueLetIn,
            occurred_at: now.admission_step.map_or(at, |step| step.at),
            correlation_id: now.id.to_string(),
            data: DomainEventData::LetIn(QueueLetIn {
                queue_id: now.id.clone(),
                first_position: admitted_before.next().0,
                last_position: now.admitted.0,
            }),
        });
        changed.into_iter().chain(let_in).collect()
    }

    /// Creates the event of positions of `queue_id` that ended at `at`, since their users did not come. Returns
    /// `None` if there are none. Each position ends once, so the first one identifies the event.
    pub fn of_no_shows(queue_id: &QueueId, mut positions: Vec<QueuePosition>, at: Timestamp) -> Option<Self> {
        positions.sort_unstable();
        let first = positions.first()?;
        Some(Self {
            id: format!("{queue_id}:no_show-{first}"),
            kind: EventType::QueueNoShow,
            occurred_at: at,
            correlation_id: queue_id.to_string(),
            data: DomainEventData::NoShow(QueueNoShow {
                queue_id: queue_id.clone(),
                positions: positions.into_iter().map(|position| position.0).collect(),
            }),
        })
    }
}

fn of_version(
    kind: EventType,
    subject: String,
    version: u64,
    occurred_at: Timestamp,
    data: DomainEventData,
) -> DomainEvent {
    DomainEvent { id: format!("{subject}:{version}"), kind, occurred_at, correlation_id: subject, data }
}
