//! Topics of live updates, and the channels in which their subscribers are listed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::claims::Claim;
use crate::concerts::Date;
use crate::ids::{CampaignId, ConcertId, DealId, OrderId, QueueId, ReservationId, UserId};
use crate::stock::bucket_of;

/// Number of partitions over which the subscribers of a topic that many may have are spread.
pub const TOPIC_PARTITIONS: u32 = 16;
/// Number of channels over which topics with one owner are spread, by the owner.
const OWNER_CHANNELS: u32 = 64;

/// Subject of live updates. Its text is a path, such as `deals/tdl_01J…/stock`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiveTopic {
    /// Units and status of a time deal: `deals/{id}/stock`. Public.
    DealStock(DealId),
    /// Seats of a concert date that are held or sold: `concerts/{id}/dates/{date}/seats`. Public unless a
    /// queue guards the concert.
    SeatMap(ConcertId, Date),
    /// Position of the subscriber in a queue: `queues/{id}/position`.
    QueuePosition(QueueId),
    /// Reward request of its owner: `requests/{id}`.
    Claim(UserId, CampaignId),
    /// Order of its owner: `orders/{id}`.
    Order(OrderId),
    /// Reservation of its owner: `reservations/{id}`.
    Reservation(ReservationId),
}

/// Name under which a topic is in the list of topics with subscribers: its own text, or, for topics with one owner,
/// the name of a group of owners.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LiveChannel(pub String);

impl LiveTopic {
    /// Parses the text of a topic. Returns `None` if it names none.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            ["deals", id, "stock"] => Some(Self::DealStock(DealId::parse(id)?)),
            ["concerts", id, "dates", date, "seats"] => {
                Some(Self::SeatMap(ConcertId::parse(id)?, Date::parse(date)?))
            }
            ["queues", id, "position"] => Some(Self::QueuePosition(QueueId::parse(id)?)),
            ["requests", id] => Claim::parse_id(id).map(|(user, campaign)| Self::Claim(user, campaign)),
            ["orders", id] => Some(Self::Order(OrderId::parse(id)?)),
            ["reservations", id] => Some(Self::Reservation(ReservationId::parse(id)?)),
            _ => None,
        }
    }

    /// Returns the only user who may subscribe. `None` if several users may.
    pub const fn owner(&self) -> Option<&UserId> {
        match self {
            Self::DealStock(_) | Self::SeatMap(..) | Self::QueuePosition(_) => None,
            Self::Claim(user, _) => Some(user),
            Self::Order(id) => Some(id.owner()),
            Self::Reservation(id) => Some(id.owner()),
        }
    }

    /// Returns the channel of the topic.
    pub fn channel(&self) -> LiveChannel {
        LiveChannel(match self.owner() {
            Some(owner) => format!("own/{:02}", bucket_of(owner.as_str(), OWNER_CHANNELS)),
            None => self.to_string(),
        })
    }

    /// Returns the number of partitions over which the subscribers of the topic are spread.
    pub const fn partitions(&self) -> u32 {
        if self.owner().is_some() { 1 } else { TOPIC_PARTITIONS }
    }

    /// Returns the partition of the subscriber with this connection.
    pub fn partition_of(&self, connection_id: &str) -> u32 {
        bucket_of(connection_id, self.partitions())
    }
}

impl fmt::Display for LiveTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DealStock(id) => write!(f, "deals/{id}/stock"),
            Self::SeatMap(id, date) => write!(f, "concerts/{id}/dates/{date}/seats"),
            Self::QueuePosition(id) => write!(f, "queues/{id}/position"),
            Self::Claim(user, campaign) => write!(f, "requests/{}", Claim::id_of(user, campaign)),
            Self::Order(id) => write!(f, "orders/{id}"),
            Self::Reservation(id) => write!(f, "reservations/{id}"),
        }
    }
}

impl Serialize for LiveTopic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LiveTopic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("is not a topic"))
    }
}

#[cfg(test)]
mod tests {
    use assertions::assert_each_eq;

    use super::*;

    #[test]
    fn topic_is_read_from_its_own_text_and_nothing_else() {
        for text in [
            "deals/tdl_1/stock",
            "concerts/cnc_1/dates/2026-12-24/seats",
            "queues/que_1/position",
            "requests/usr_1:cmp_1",
            "orders/usr_1:01J",
            "reservations/usr_1:01J",
        ] {
            assert_eq!(LiveTopic::parse(text).map(|topic| topic.to_string()).as_deref(), Some(text));
        }
        for text in ["", "deals", "deals/tdl_1", "deals/a#b/stock", "orders/usr_1", "orders/usr_1:2/stock"] {
            assert_eq!(LiveTopic::parse(text), None, "{text}");
        }
    }

    #[test]
    fn topics_of_one_owner_share_a_channel_and_others_have_their_own() {
        let of = |text: &str| LiveTopic::parse(text).unwrap();
        let (order, reservation) = (of("orders/usr_1:a"), of("reservations/usr_1:b"));
        let stock = of("deals/tdl_1/stock");
        assert_each_eq!(
            (order.channel(), reservation.channel()),
            (stock.channel().0.as_str(), "deals/tdl_1/stock"),
            (order.partition_of("c"), 0)
        );
        let partitions: std::collections::BTreeSet<u32> =
            (0..500).map(|number| stock.partition_of(&format!("c{number}"))).collect();
        assert_eq!(partitions.len(), TOPIC_PARTITIONS as usize);
    }
}
