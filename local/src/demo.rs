//! Demo data: five accounts, one campaign per kind of condition and of reward, two concerts, and a shop with
//! five time deals. All ids are fixed, because the README names them.

mod concerts;
mod shop;

use std::collections::BTreeSet;

use domain::accounts::{Account, Email, InviteCode, Name, Person, Role};
use domain::activities::Activity;
use domain::campaigns::{Campaign, CampaignStatus, Review};
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId, UserId};
use domain::rewards::{Fulfilment, Offer, Reward, RewardPayload, code_pool};
use domain::stock::code_buckets_for;
use domain::{Error, Points, Quantity, Result, Timestamp};
use runtime::App;
use serde_json::json;
use store::Registered;
use store::list::ListRange;

/// Password of every demo account.
pub const PASSWORD: &str = "password123";

/// Demo accounts: id, email, name and role.
pub const ACCOUNTS: [(&str, &str, &str, Role); 5] = [
    ("usr_admin", "admin@test.com", "Ada Admin", Role::Admin),
    ("usr_operator", "operator@test.com", "Otto Operator", Role::Operator),
    ("usr_auditor", "auditor@test.com", "Ayla Auditor", Role::Auditor),
    ("usr_user1", "user1@test.com", "Uma User", Role::User),
    ("usr_user2", "user2@test.com", "Ulf User", Role::User),
];

/// Number of codes in the pool of the demo's coupon.
const CODES: u32 = 50;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Returns `true` if the store has no campaign. Only then is the demo data to be written.
///
/// # Errors
/// Fails if the store cannot be read.
pub async fn is_wanted(app: &App) -> Result<bool> {
    Ok(app.store().list_campaigns(&ListRange::default(), 1).await?.is_empty())
}

/// Writes the demo data: accounts, campaigns, activities, concerts and the shop.
///
/// # Errors
/// Fails if the store cannot be written, or holds other accounts under the demo's emails.
pub async fn seed(app: &App) -> Result<()> {
    // Sequential, because hashing a password takes 19 MiB of memory.
    for (id, email, name, role) in ACCOUNTS {
        account(app, id, email, name, role).await?;
    }
    seed_rewards(app).await?;
    seed_activities(app).await?;
    concerts::seed(app).await?;
    shop::seed(app).await
}

async fn account(app: &App, id: &str, email: &str, name: &str, role: Role) -> Result<()> {
    let person = Person {
        email: parsed(Email::parse(email))?,
        name: parsed(Name::parse(name))?,
        phone: None,
        password_hash: accounts::services::passwords::hash(PASSWORD, app.entropy()).await?,
        registered_hash: None,
        has_staff_password: Some(false),
        invite_code: InviteCode::new(app.entropy()),
        email_hash: None,
        confirmation: None,
        password_reset: None,
        authenticator: None,
        request_fingerprint: None,
    };
    let id = parsed(UserId::parse(id))?;
    let account = Account::register(id, person, BTreeSet::from([role]), None, app.now());
    match app.store().register_account(&account, None).await? {
        Registered::Done | Registered::Exists(_) => Ok(()),
        Registered::EmailTaken | Registered::InviteCodeTaken | Registered::Moved => {
            Err(Error::internal("the store holds other accounts under the demo's e-mails"))
        }
    }
}

/// Definition of a demo campaign and of the rewards that it gives.
struct Sample {
    id: &'static str,
    name: &'static str,
    condition: serde_json::Value,
    review: Review,
    offers: Vec<(&'static str, RewardPayload, Fulfilment, Option<Quantity>)>,
}

fn samples() -> Vec<Sample> {
    let sample = |id, name, condition, offers| Sample { id, name, condition, review: Review::Auto, offers };
    let own = Fulfilment::Internal;
    vec![
        sample(
            "cmp_welcome",
            "Welcome: sign in once",
            json!({"count": {"type": "login", "at_least": 1}}),
            vec![
                ("rwd_100-points", RewardPayload::Points(Points(100)), own, None),
                ("rwd_newcomer", RewardPayload::Badge("newcomer".into()), own, None),
            ],
        ),
        sample(
            "cmp_three-days",
            "Come back: sign in on 3 distinct days",
            json!({"distinct_days": {"type": "login", "at_least": 3}}),
            vec![("rwd_potion", RewardPayload::Item("potion".into(), Quantity(3)), own, None)],
        ),
        sample(
            "cmp_week",
            "A week: sign in 7 days in a row",
            json!({"streak": {"type": "login", "days": 7}}),
            vec![("rwd_faithful", RewardPayload::Badge("faithful".into()), own, None)],
        ),
        sample(
            "cmp_friends",
            "Bring friends: invite 3",
            json!({"count": {"type": "invite", "at_least": 3, "distinct_refs": true}}),
            vec![("rwd_thanks", RewardPayload::Coupon("THANKS-2026".into()), own, None)],
        ),
        sample(
            "cmp_dragon",
            "The dragon: clear its quest (the sword comes from the fulfilment service)",
            json!({"quest_cleared": {"quest_id": "dragon"}}),
            vec![(
                "rwd_sword",
                RewardPayload::Item("sword".into(), Quantity::ONE),
                Fulfilment::External,
                None,
            )],
        ),
        Sample {
            id: "cmp_vip",
            name: "VIPs: an outside service decides, an operator approves, 50 codes",
            condition: json!({"external": {"check": "vip"}}),
            review: Review::Manual,
            offers: vec![("rwd_vip-code", RewardPayload::PooledCoupon, own, None)],
        },
        sample(
            "cmp_rush",
            "First come, first served: 100 units for whoever signed in or cleared a quest",
            json!({"any": [
                {"count": {"type": "login", "at_least": 1}},
                {"all": [
                    {"count": {"type": "quest_clear", "at_least": 1}},
                    {"not": {"count": {"type": "ban", "at_least": 1}}},
                ]},
            ]}),
            vec![("rwd_gem", RewardPayload::Item("gem".into(), Quantity::ONE), own, Some(Quantity(100)))],
        ),
    ]
}

async fn seed_rewards(app: &App) -> Result<()> {
    let now = app.now();
    for sample in samples() {
        for (reward, payload, fulfilment, limit) in &sample.offers {
            let reward = reward_of(reward, payload, *fulfilment, now)?;
            let offer = offer_of(sample.id, &reward, *limit, now)?;
            let _ = app.store().create_reward(&reward).await?;
            let _ = app.store().save_offer(&offer).await?;
            if *payload == RewardPayload::PooledCoupon {
                let codes: Vec<String> = (1..=CODES).map(|number| format!("VIP-{number:04}")).collect();
                app.store().add_codes(&code_pool(&reward.id, reward.code_buckets), &codes).await?;
            }
        }
        let _ = app.store().create_campaign(&campaign_of(sample, now)?).await?;
    }
    Ok(())
}

fn reward_of(id: &str, payload: &RewardPayload, fulfilment: Fulfilment, now: Timestamp) -> Result<Reward> {
    Ok(Reward {
        code_uploads: 0,
        codes_offered: 0,
        trail: domain::trail::Trail::default(),
        id: parsed(RewardId::parse(id))?,
        name: id.trim_start_matches("rwd_").replace('-', " "),
        payload: payload.clone(),
        fulfilment,
        expires_at: None,
        code_buckets: if *payload == RewardPayload::PooledCoupon { code_buckets_for(CODES) } else { 0 },
        created_at: now,
        created_by: parsed(UserId::parse("usr_operator"))?,
        request_fingerprint: None,
    })
}

fn offer_of(campaign: &str, reward: &Reward, limit: Option<Quantity>, now: Timestamp) -> Result<Offer> {
    Ok(Offer {
        trail: domain::trail::Trail::default(),
        campaign_id: parsed(CampaignId::parse(campaign))?,
        reward_id: reward.id.clone(),
        name: reward.name.clone(),
        payload: reward.payload.clone(),
        fulfilment: reward.fulfilment,
        expires_at: None,
        quantity: Quantity::ONE,
        batches: limit.into_iter().collect(),
        code_buckets: reward.code_buckets,
        per_user_limit: 1,
        condition: None,
        review: None,
        valid_from: None,
        valid_until: None,
        generation: 0,
        removed: false,
        earlier_fingerprints: Vec::new(),
        created_at: now,
        request_fingerprint: None,
        version: 1,
    })
}

fn campaign_of(sample: Sample, now: Timestamp) -> Result<Campaign> {
    let condition: Condition = serde_json::from_value(sample.condition).map_err(Error::internal)?;
    Ok(Campaign {
        trail: domain::trail::Trail::default(),
        id: parsed(CampaignId::parse(sample.id))?,
        name: sample.name.to_owned(),
        description: String::new(),
        condition,
        starts_at: now.plus_seconds(-30 * DAY_SECONDS),
        ends_at: now.plus_seconds(365 * DAY_SECONDS),
        time_zone: "Asia/Seoul".to_owned(),
        status: CampaignStatus::Active,
        review: sample.review,
        queue_id: None,
        deleted: false,
        closed_at: None,
        has_ended: false,
        created_at: now,
        created_by: parsed(UserId::parse("usr_operator"))?,
        request_fingerprint: None,
        version: 1,
    })
}

/// Records activities of user1: a sign-in on each of the last seven days, and the quest `dragon` cleared.
async fn seed_activities(app: &App) -> Result<()> {
    let (user, now) = (parsed(UserId::parse("usr_user1"))?, app.now());
    for day in 1..=7 {
        let login = Activity::login(user.clone(), now.plus_seconds(-day * DAY_SECONDS));
        app.store().record_activity(&login).await?;
    }
    let quest = json!({
        "user_id": user, "type": "quest_clear", "occurred_at": now, "ref": "dragon", "activity_id": "demo-dragon",
    });
    let quest: Activity = serde_json::from_value(quest).map_err(Error::internal)?;
    app.store().record_activity(&quest).await.map(drop)
}

fn parsed<T>(id: Option<T>) -> Result<T> {
    id.ok_or_else(|| Error::internal("an id of the demo is not one"))
}
