//! Topics of figures: the resources, or kinds of resources, of which figures are counted.

use std::fmt;

use crate::concerts::Date;
use crate::ids::{CampaignId, ConcertId, DealId, QueueId};

/// Resource, or all resources of a kind, of which figures are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Requests for rewards of all campaigns.
    Campaigns,
    /// Requests for rewards of one campaign.
    Campaign(CampaignId),
    /// Registered and active users.
    Users,
    /// Orders of all deals.
    Deals,
    /// Orders of one deal.
    Deal(DealId),
    /// Reservations of all concerts.
    Concerts,
    /// Reservations of one date of a concert.
    Date(ConcertId, Date),
    /// Entries of all waiting rooms.
    Queues,
    /// Entries of one waiting room.
    Queue(QueueId),
}

impl Topic {
    /// Parses the text that `Display` writes. Returns `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('#');
        let topic = match (parts.next()?, parts.next(), parts.next()) {
            ("campaigns", None, None) => Self::Campaigns,
            ("campaign", Some(id), None) => Self::Campaign(CampaignId::parse(id)?),
            ("users", None, None) => Self::Users,
            ("deals", None, None) => Self::Deals,
            ("deal", Some(id), None) => Self::Deal(DealId::parse(id)?),
            ("concerts", None, None) => Self::Concerts,
            ("date", Some(id), Some(date)) => Self::Date(ConcertId::parse(id)?, Date::parse(date)?),
            ("queues", None, None) => Self::Queues,
            ("queue", Some(id), None) => Self::Queue(QueueId::parse(id)?),
            _ => return None,
        };
        parts.next().is_none().then_some(topic)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Campaigns => f.write_str("campaigns"),
            Self::Campaign(id) => write!(f, "campaign#{id}"),
            Self::Users => f.write_str("users"),
            Self::Deals => f.write_str("deals"),
            Self::Deal(id) => write!(f, "deal#{id}"),
            Self::Concerts => f.write_str("concerts"),
            Self::Date(id, date) => write!(f, "date#{id}#{date}"),
            Self::Queues => f.write_str("queues"),
            Self::Queue(id) => write!(f, "queue#{id}"),
        }
    }
}
