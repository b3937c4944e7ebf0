//! Reads of the heads of chains from the subjects' own items.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::audit::{AuditSubject, SubjectKind};
use domain::claims::Claim;
use domain::concerts::Date;
use domain::ids::{
    CampaignId, ConcertId, DealId, OrderId, ProductId, QueueId, ReservationId, RewardId, UserId,
};
use domain::trail::TrailHead;
use domain::{Error, Result};
use serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value;

use crate::failure::failed;
use crate::keys::Key;
use crate::schema::{ACCOUNTS, CONCERTS, DEALS, QUEUE, REWARDS, Table};
use crate::{LedgerRange, Store};

impl Store {
    /// Reads the head of the chain of `subject`, strongly consistent. Returns `None` when the subject does not
    /// exist, or has not changed since a version of dibs with audit chains was deployed.
    pub async fn get_audit_head(&self, subject: &AuditSubject) -> Result<Option<TrailHead>> {
        if subject.kind == SubjectKind::Payment {
            let Some(user) = UserId::parse(&subject.id) else { return Ok(None) };
            let newest =
                self.entries(&user, LedgerRange { before: None, limit: 1, consistent: true }).await?;
            return Ok(newest.first().and_then(|entry| entry.trail.head().cloned()));
        }
        let Some((table, key)) = item_of(subject) else { return Ok(None) };
        let call = self.dynamo.get_item().table_name(self.names.table(table)?);
        let call = call.set_key(Some(key.attributes())).consistent_read(true).projection_expression("trail");
        let item = call.send().await.map_err(failed)?.item.unwrap_or_default();
        let head: Option<&AttributeValue> = item.get("trail");
        head.cloned().map(|head| from_attribute_value(head).map_err(Error::internal)).transpose()
    }
}

/// Returns the item of a subject, or `None` when the id is not one of its kind.
fn item_of(subject: &AuditSubject) -> Option<(&'static Table, Key)> {
    let id = &*subject.id;
    Some(match subject.kind {
        SubjectKind::Request => {
            let (user, campaign) = Claim::parse_id(id)?;
            (&REWARDS, crate::claims::claim_key(&user, &campaign))
        }
        SubjectKind::Order => (&DEALS, crate::orders::key(&OrderId::parse(id)?)),
        SubjectKind::Reservation => (&CONCERTS, crate::concerts::reservation_key(&ReservationId::parse(id)?)),
        SubjectKind::Payment => return None,
        SubjectKind::Account => (&ACCOUNTS, crate::accounts::account_key(&UserId::parse(id)?)),
        SubjectKind::Event => (&REWARDS, crate::campaigns::campaign_key(&CampaignId::parse(id)?)),
        SubjectKind::Reward => (&REWARDS, crate::rewards::key(&RewardId::parse(id)?)),
        SubjectKind::EventReward => {
            let (campaign, reward) = id.split_once(':')?;
            let (campaign, reward) = (CampaignId::parse(campaign)?, RewardId::parse(reward)?);
            (&REWARDS, crate::campaigns::offer_key(&campaign, &reward))
        }
        SubjectKind::Product => (&DEALS, crate::products::key(&ProductId::parse(id)?)),
        SubjectKind::TimeDeal => (&DEALS, crate::deals::deal_key(&DealId::parse(id)?)),
        SubjectKind::Concert => (&CONCERTS, crate::concerts::concert_key(&ConcertId::parse(id)?)),
        SubjectKind::ConcertDate => {
            let (concert, date) = id.split_once(':')?;
            (&CONCERTS, crate::concerts::date_key(&ConcertId::parse(concert)?, Date::parse(date)?))
        }
        SubjectKind::Queue => (&QUEUE, crate::waiting_room::waiting_room_key(&QueueId::parse(id)?)),
    })
}
