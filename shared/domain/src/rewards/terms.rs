//! Terms of an offer: set when a reward is attached to a campaign, and changeable afterwards.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Offer, Reward, RewardPayload, expired, is_expired};
use crate::campaigns::Review;
use crate::conditions::Condition;
use crate::error::FieldError;
use crate::ids::{CampaignId, RewardId};
use crate::patch::apply;
use crate::{Code, Error, KeyedFingerprint, Patch, Quantity, Result, Timestamp};

/// Maximum item quantity per grant: quantity of the item times quantity of the offer.
pub const QUANTITY_MAX: u64 = 1_000_000_000;
/// Maximum number of earlier attaching requests that an offer remembers.
const FINGERPRINTS_MAX: usize = 100;
/// Maximum number of stock batches of an offer, so the limit can be raised 99 times.
pub const BATCHES_MAX: usize = 100;

/// Reward to attach to an event, with its terms.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EventRewardCreate")]
pub struct NewOffer {
    /// Id of the reward to attach.
    pub reward_id: RewardId,
    /// Multiplier of each grant, 1 to 1,000,000, by default 1: a grant gives so many times the points or
    /// items of the reward.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[serde(default = "one_unit")]
    pub quantity: Quantity,
    /// Maximum number of grants to all users together, 1 to 100,000; unlimited without it. It is refused for
    /// a coupon with a pool, as the number of codes is the limit.
    #[schemars(range(min = 1, max = 100_000))]
    pub total_limit: Option<Quantity>,
    /// Maximum number of grants to one user, 1 to 100, by default 1.
    #[schemars(range(min = 1, max = 100))]
    #[serde(default = "one")]
    pub per_user_limit: u32,
    /// Condition that a user must meet in addition to the event's; null or absent for none.
    pub condition: Option<Condition>,
    /// Whether an operator reviews requests for this reward: not with `auto`, each of them with `manual`.
    /// Null or absent applies the event's setting.
    pub review: Option<Review>,
    /// Time from which the reward can be requested, in UTC, in addition to the event's period; null or absent
    /// for no such limit.
    pub valid_from: Option<Timestamp>,
    /// Time before which the reward can be requested, in UTC, in addition to the event's period; null or
    /// absent for no such limit.
    pub valid_until: Option<Timestamp>,
}

const fn one() -> u32 {
    1
}

const fn one_unit() -> Quantity {
    Quantity::ONE
}

/// Terms of the event reward to change. An omitted field keeps its value; null removes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "EventRewardUpdate")]
pub struct OfferChanges {
    /// Multiplier of each grant from now on, 1 to 1,000,000: a grant gives so many times the points or items
    /// of the reward.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub quantity: Patch<Quantity>,
    /// Maximum number of grants to all users together, 1 to 100,000. It can only be raised.
    #[schemars(range(min = 1, max = 100_000))]
    pub total_limit: Patch<Quantity>,
    /// Maximum number of grants to one user, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    pub per_user_limit: Patch<u32>,
    /// Condition that a user must meet in addition to the event's; null removes it.
    pub condition: Patch<Option<Condition>>,
    /// Whether an operator reviews requests for this reward: none with `auto`, and every request with
    /// `manual`. Null applies the event's setting.
    pub review: Patch<Option<Review>>,
    /// Time from which the reward can be requested, in UTC, in addition to the event's period; null removes
    /// the limit.
    pub valid_from: Patch<Option<Timestamp>>,
    /// Time before which the reward can be requested, in UTC, in addition to the event's period; null removes
    /// the limit.
    pub valid_until: Patch<Option<Timestamp>>,
}

impl Offer {
    /// Creates the offer of `reward`, the reward that `new` names, in `campaign`. `before` is the offer that was attached earlier and
    /// removed, if any; the new one has its own stock.
    ///
    /// # Errors
    /// `REWARD_EXPIRED` if the reward is expired, `VALIDATION_ERROR` with all terms that do not fit the
    /// reward.
    pub fn attach(
        campaign: CampaignId,
        reward: Reward,
        new: NewOffer,
        request_fingerprint: Option<KeyedFingerprint>,
        before: Option<&Self>,
        now: Timestamp,
    ) -> Result<Self> {
        if is_expired(reward.expires_at, now) {
            return Err(expired());
        }
        let offer = Self {
            trail: before.map(|before| before.trail.clone()).unwrap_or_default(),
            campaign_id: campaign,
            reward_id: reward.id,
            name: reward.name,
            payload: reward.payload,
            fulfilment: reward.fulfilment,
            expires_at: reward.expires_at,
            quantity: new.quantity,
            batches: new.total_limit.into_iter().collect(),
            code_buckets: reward.code_buckets,
            per_user_limit: new.per_user_limit,
            condition: new.condition,
            review: new.review,
            valid_from: new.valid_from,
            valid_until: new.valid_until,
            generation: before.map_or(0, |before| before.generation + 1),
            removed: false,
            created_at: now,
            request_fingerprint,
            earlier_fingerprints: before.map(fingerprints_of).unwrap_or_default(),
            version: before.map_or(0, |before| before.version) + 1,
        };
        let over = offer.valid_until.is_some_and(|until| until <= now);
        let over = over.then(|| FieldError::new("valid_until", "must be in the future"));
        offer.check(over)?;
        Ok(offer)
    }

    /// Returns the next version with these changes, or the same version if nothing changes.
    ///
    /// # Errors
    /// `NOT_FOUND` if the offer is removed, `CONFLICT` if the limit would shrink, would be set on an
    /// unlimited offer or was raised too often, `VALIDATION_ERROR` if the result is invalid.
    pub fn change(&self, terms: &OfferChanges) -> Result<Self> {
        if self.removed {
            return Err(Error::not_found("reward of this event"));
        }
        let mut next = self.clone();
        apply!(terms => next; quantity per_user_limit condition review valid_from valid_until);
        next.batches.extend(self.batch_up_to(terms.total_limit.0)?);
        if next == *self {
            return Ok(next);
        }
        next.check(None)?;
        next.version += 1;
        Ok(next)
    }

    /// Returns the next version, removed from its campaign.
    ///
    /// # Errors
    /// `NOT_FOUND` if the offer is already removed.
    pub fn remove(&self) -> Result<Self> {
        if self.removed {
            return Err(Error::not_found("reward of this event"));
        }
        Ok(Self { removed: true, version: self.version + 1, ..self.clone() })
    }

    /// Returns the number of units that raises the stock to `limit`, or `None` if the stock has that limit
    /// already. The limit cannot be lowered, since units may be promised, and an unlimited stock cannot
    /// get one, since its grants were not counted.
    fn batch_up_to(&self, limit: Option<Quantity>) -> Result<Option<Quantity>> {
        let Some(limit) = limit else { return Ok(None) };
        if self.payload == RewardPayload::PooledCoupon {
            return Err(Error::invalid_field("total_limit", POOL_HAS_ITS_OWN));
        }
        let conflict = |message| Err(Error::refused(Code::Conflict, message));
        match self.total_limit() {
            None => conflict(
                "This reward is attached without a limit and cannot get one; remove it from the event and attach it again.",
            ),
            Some(present) if limit < present => {
                conflict("The limit of an attached reward can only be raised; give a higher one.")
            }
            Some(present) if limit == present => Ok(None),
            Some(_) if self.batches.len() >= BATCHES_MAX => {
                conflict("The limit of this reward was raised as often as possible; attach another reward.")
            }
            Some(present) => Ok(limit.checked_sub(present)),
        }
    }

    fn check(&self, known: Option<FieldError>) -> Result<()> {
        let mut fields: Vec<FieldError> = known.into_iter().collect();
        let mut refuse = |field: &str, message: &str| fields.push(FieldError::new(field, message));
        if self.payload == RewardPayload::PooledCoupon && !self.batches.is_empty() {
            refuse("total_limit", POOL_HAS_ITS_OWN);
        }
        if self.payload == RewardPayload::PooledCoupon && self.quantity != Quantity::ONE {
            refuse("quantity", "must be 1 for a pool of codes: each grant gives one");
        }
        if let RewardPayload::Item(_, each) = &self.payload
            && each.times(self.quantity) > QUANTITY_MAX
        {
            refuse("quantity", "is too large: times that of the item it must not be above 1000000000");
        }
        if let (Some(from), Some(until)) = (self.valid_from, self.valid_until)
            && until <= from
        {
            refuse("valid_until", "must be after valid_from");
        }
        if let Some(Err(errors)) = self.condition.as_ref().map(|condition| condition.check("condition")) {
            fields.extend(errors);
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }
}

/// Returns the fingerprints of the newest [`FINGERPRINTS_MAX`] requests that attached `before`, for the offer
/// that replaces it.
fn fingerprints_of(before: &Offer) -> Vec<KeyedFingerprint> {
    let fingerprints: Vec<KeyedFingerprint> = before.fingerprints().cloned().collect();
    fingerprints[fingerprints.len().saturating_sub(FINGERPRINTS_MAX)..].to_vec()
}

const POOL_HAS_ITS_OWN: &str = "is not for a pool of codes: its codes are the limit";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Points;
    use crate::ids::UserId;
    use crate::rewards::Fulfilment;
    use assertions::assert_each_eq;

    fn reward(payload: RewardPayload) -> Reward {
        Reward {
            code_uploads: 0,
            codes_offered: 0,
            trail: crate::trail::Trail::default(),
            id: RewardId::new("1"),
            name: "a reward".into(),
            payload,
            fulfilment: Fulfilment::Internal,
            expires_at: None,
            code_buckets: 0,
            created_at: Timestamp::from_millis(0),
            created_by: UserId::new("1"),
            request_fingerprint: None,
        }
    }

    fn terms(total_limit: Option<u32>) -> NewOffer {
        NewOffer {
            reward_id: RewardId::new("1"),
            quantity: Quantity::ONE,
            total_limit: total_limit.map(Quantity),
            per_user_limit: 1,
            condition: None,
            review: None,
            valid_from: None,
            valid_until: None,
        }
    }

    fn offer(payload: RewardPayload, terms: NewOffer, before: Option<&Offer>) -> Result<Offer> {
        Offer::attach(CampaignId::new("1"), reward(payload), terms, None, before, Timestamp::from_millis(0))
    }

    fn limit(total_limit: u32) -> OfferChanges {
        OfferChanges { total_limit: Patch(Some(Quantity(total_limit))), ..OfferChanges::default() }
    }

    #[test]
    fn a_limit_can_only_be_raised() {
        let offer = offer(RewardPayload::Points(Points(5)), terms(Some(20)), None).unwrap();
        let raised = offer.change(&limit(50)).unwrap();
        assert_each_eq!(
            (raised.batches.as_slice(), [Quantity(20), Quantity(30)].as_slice()),
            (raised.version, 2)
        );
        assert_eq!(raised.change(&limit(50)).unwrap(), raised, "a repeat changes nothing");
        assert_eq!(raised.change(&limit(49)).unwrap_err().code, Code::Conflict);
        let open = self::offer(RewardPayload::Points(Points(5)), terms(None), None).unwrap();
        assert_eq!(open.change(&limit(5)).unwrap_err().code, Code::Conflict);
    }

    #[test]
    fn a_pool_of_codes_is_limited_by_its_codes_alone() {
        let two = NewOffer { quantity: Quantity(2), ..terms(Some(5)) };
        let refused = offer(RewardPayload::PooledCoupon, two, None).unwrap_err();
        let details = refused.details.unwrap().to_string();
        assert!(details.contains("total_limit") && details.contains("quantity"), "{details}");
        let pool = offer(RewardPayload::PooledCoupon, terms(None), None).unwrap();
        assert_eq!(pool.change(&limit(5)).unwrap_err().code, Code::ValidationError);
    }

    #[test]
    fn what_is_attached_again_has_a_stock_of_its_own() {
        let first = offer(RewardPayload::Points(Points(5)), terms(Some(20)), None).unwrap();
        let out = first.remove().unwrap();
        assert_eq!(out.remove().unwrap_err().code, Code::NotFound);
        assert_eq!(out.change(&limit(50)).unwrap_err().code, Code::NotFound);
        let again = offer(RewardPayload::Points(Points(5)), terms(Some(7)), Some(&out)).unwrap();
        assert_each_eq!((again.version, 3), (again.removed, false));
        assert_ne!(again.stock().unwrap().id, first.stock().unwrap().id);
    }

    #[test]
    fn what_is_null_is_taken_away_and_what_is_absent_stays() {
        let at = Timestamp::from_millis;
        let given = NewOffer { review: Some(Review::Manual), valid_from: Some(at(5)), ..terms(None) };
        let offer = offer(RewardPayload::Badge("b".into()), given, None).unwrap();
        let next =
            offer.change(&OfferChanges { review: Patch(Some(None)), ..OfferChanges::default() }).unwrap();
        assert_each_eq!((next.review, None), (next.valid_from, Some(at(5))), (next.version, 2));
        let backwards = OfferChanges { valid_until: Patch(Some(Some(at(5)))), ..OfferChanges::default() };
        assert_eq!(offer.change(&backwards).unwrap_err().code, Code::ValidationError);
        let huge = NewOffer { quantity: Quantity(1_000_000), ..terms(None) };
        assert!(self::offer(RewardPayload::Item("i".into(), Quantity(1_001)), huge, None).is_err());
    }
}
