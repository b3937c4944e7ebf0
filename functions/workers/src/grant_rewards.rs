//! Grants the lines of a claim. A grant's id follows from its line, so whatever comes twice is the same
//! grant.

use domain::claims::{Claim, GrantOutcome, Line};
use domain::ids::RewardId;
use domain::messages::GrantClaim;
use domain::points::Grant;
use domain::rewards::{Fulfilment, Gift};
use domain::{Error, Result};
use edge::{App, Message, Source, Work, Worker, about};
use parties::{FulfilmentOutcome, FulfilmentRequest};
use store::Saved;
use store::schema::GRANTS;

use crate::points::append_points;

/// The worker.
pub static WORKER: Worker = Worker { name: "workers-grant-rewards", source: Source::Queue(&GRANTS, run) };

/// How often an outcome is entered again because the claim was written in between.
const ROUNDS_MAX: usize = 8;

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let GrantClaim { user_id, campaign_id, version } = crate::body(&message)?;
        about(&Claim::id_of(&user_id, &campaign_id));
        // A claim that is a second old will do, since whatever is decided from it is written under a
        // condition; but it must know of the lines that this message is about, for no other message is.
        let peeked = app.store().peek_claim(&user_id, &campaign_id).await?;
        let claim = match peeked.filter(|claim| claim.version >= version && claim.has_work()) {
            Some(claim) => claim,
            None => app.store().claim(&user_id, &campaign_id).await?,
        };
        let last_try = message.receives >= GRANTS.receives_max;
        let mut outcomes = Vec::new();
        for (index, line) in claim.lines.iter().enumerate() {
            if claim.is_to_grant(index) {
                let outcome = grant(&app, &claim, index, line, last_try).await?;
                outcomes.push((line.reward_id.clone(), line.number, outcome));
            }
        }
        enter(&app, claim, &outcomes).await?;
        unfinished(&outcomes)
    })
}

async fn grant(app: &App, claim: &Claim, index: usize, line: &Line, last_try: bool) -> Result<GrantOutcome> {
    let reference = match line.fulfilment {
        Fulfilment::Internal => None,
        Fulfilment::External => match app.parties().fulfil(app.now(), &request(claim, line)?).await {
            FulfilmentOutcome::Fulfilled { reference } => reference,
            FulfilmentOutcome::Refused { reason } => return Ok(GrantOutcome::Refused(reason)),
            FulfilmentOutcome::Retry { reason } if last_try => return Ok(GrantOutcome::GaveUp(reason)),
            FulfilmentOutcome::Retry { reason } => return Ok(GrantOutcome::Unfinished(reason)),
        },
    };
    match &line.gift {
        Gift::Points(points) => {
            append_points(app, claim, index, u64::from(*points) * u64::from(line.quantity)).await?
        }
        gift => {
            // A grant that is there already is this very grant.
            let _: Saved<Grant> = app.store().create_grant(&inventory_entry(app, claim, line, gift)).await?;
        }
    }
    Ok(GrantOutcome::Granted(reference))
}

fn inventory_entry(app: &App, claim: &Claim, line: &Line, gift: &Gift) -> Grant {
    let code = match gift {
        Gift::Coupon(code) => Some(code.clone()),
        Gift::PooledCoupon => line.held.as_ref().and_then(|held| held.code.clone()),
        _ => None,
    };
    Grant {
        id: claim.grant_id_of(line),
        user_id: claim.user_id.clone(),
        campaign_id: claim.campaign_id.clone(),
        reward_id: line.reward_id.clone(),
        gift: gift.clone(),
        quantity: line.quantity,
        code,
        expires_at: line.expires_at,
        at: app.now(),
    }
}

fn request(claim: &Claim, line: &Line) -> Result<FulfilmentRequest> {
    Ok(FulfilmentRequest {
        grant_id: claim.grant_id_of(line),
        claim_id: claim.id(),
        user_id: claim.user_id.clone(),
        campaign_id: claim.campaign_id.clone(),
        reward: serde_json::json!({
            "reward_id": line.reward_id, "type": line.gift.kind(), "gift": line.gift, "quantity": line.quantity,
        }),
    })
}

/// Writes the outcomes into the claim, beside whatever else happened to it meanwhile.
async fn enter(app: &App, mut claim: Claim, outcomes: &[(RewardId, u32, GrantOutcome)]) -> Result<()> {
    for _ in 0..ROUNDS_MAX {
        let mut next = claim;
        let mut changed = false;
        for (reward, number, outcome) in outcomes {
            changed |= next.settle(reward, *number, outcome, app.now());
        }
        if !changed {
            return Ok(());
        }
        match app.store().save_claim(&next.next()).await? {
            Saved::Done => return Ok(()),
            Saved::Other(Some(there)) => claim = *there,
            Saved::Other(None) => return Err(Error::internal("a claim is gone")),
        }
    }
    Err(Error::busy("a claim was written by too many at once"))
}

/// An error when something has to be tried again, by this queue or, after the last try, from the dead
/// letters.
fn unfinished(outcomes: &[(RewardId, u32, GrantOutcome)]) -> Result<()> {
    let open = outcomes.iter().find_map(|(_, _, outcome)| match outcome {
        GrantOutcome::Unfinished(why) | GrantOutcome::GaveUp(why) => Some(why.clone()),
        GrantOutcome::Granted(_) | GrantOutcome::Refused(_) => None,
    });
    open.map_or(Ok(()), |why| Err(Error::busy(format!("the fulfilment service has not said yes: {why}"))))
}
