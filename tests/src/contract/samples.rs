//! Sample entities for the contract tests.

use std::collections::BTreeSet;

use domain::accounts::{Account, Email, InviteCode, Name, PasswordHash, Person, Role};
use domain::campaigns::{Campaign, CampaignStatus, Review};
use domain::claims::{Claim, Evidence, HeldUnit};
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId, UserId};
use domain::rewards::{Fulfilment, NewOffer, Offer, Reward, RewardPayload};

use super::at;

/// Returns a user id with the text `name`.
pub fn user(name: impl std::fmt::Display) -> UserId {
    UserId::new(name)
}

/// Returns a campaign that was created `second` seconds after [`at`]`(0)`.
pub fn campaign(name: &str, second: i64) -> Campaign {
    Campaign {
        trail: domain::trail::Trail::default(),
        id: CampaignId::new(name),
        name: name.to_owned(),
        description: String::new(),
        condition: Condition::always(),
        starts_at: at(0),
        ends_at: at(1_000_000),
        time_zone: "UTC".to_owned(),
        status: CampaignStatus::Active,
        review: Review::Auto,
        queue_id: None,
        deleted: false,
        closed_at: None,
        has_ended: false,
        created_at: at(second),
        created_by: user("operator"),
        request_fingerprint: None,
        version: 1,
    }
}

/// Returns a reward that was created `second` seconds after [`at`]`(0)`.
pub fn reward(name: &str, second: i64) -> Reward {
    Reward {
        code_uploads: 0,
        codes_offered: 0,
        trail: domain::trail::Trail::default(),
        id: RewardId::new(name),
        name: name.to_owned(),
        payload: RewardPayload::Points(domain::Points(5)),
        fulfilment: Fulfilment::Internal,
        expires_at: None,
        code_buckets: 0,
        created_at: at(second),
        created_by: user("operator"),
        request_fingerprint: None,
    }
}

/// Returns an offer of the reward `name` in `campaign`, limited to `total_limit` units. `None` sets no limit.
pub fn offer(campaign: &str, name: &str, total_limit: Option<u32>) -> Offer {
    let new = NewOffer {
        reward_id: RewardId::new(name),
        quantity: domain::Quantity::ONE,
        total_limit: total_limit.map(domain::Quantity),
        per_user_limit: 1,
        condition: None,
        review: None,
        valid_from: None,
        valid_until: None,
    };
    Offer::attach(CampaignId::new(campaign), reward(name, 0), new, None, None, at(0)).expect("an offer")
}

/// Returns the first version of a claim with one line item, created `second` seconds after [`at`]`(0)`.
pub fn claim(who: &str, campaign: &str, second: i64) -> Claim {
    let mut claim = Claim::new(user(who), CampaignId::new(campaign), at(second));
    let evidence = Evidence { held: None::<HeldUnit>, ..Evidence::default() };
    claim.accept(&offer(campaign, "points", None), 1, Review::Auto, evidence, at(second));
    claim.next()
}

/// Returns a new account with this name, email and invite code.
pub fn account(name: &str, email: &str, invite_code: u128) -> Account {
    let person = Person {
        email: Email::parse(email).expect("an e-mail"),
        name: Name::parse(name).expect("a name"),
        phone: None,
        password_hash: PasswordHash::new("hash"),
        registered_hash: None,
        has_staff_password: None,
        invite_code: InviteCode::new(invite_code),
        email_hash: None,
        confirmation: None,
        password_reset: None,
        authenticator: None,
        request_fingerprint: None,
    };
    Account::register(user(name), person, BTreeSet::from([Role::User]), None, at(0))
}
