//! Worker that grants the line items of a claim. The id of a grant follows from its line item, so a repeat
//! creates no second grant.
//!
//! The fulfilment service is called for several line items concurrently. Each outcome is written as it
//! arrives, so a worker that times out or crashes loses no answer that it has received.

use std::time::Duration;

use domain::claims::{self, Claim, GrantOutcome, LineItem, LineStatus};
use domain::messages::GrantClaim;
use domain::points::Grant;
use domain::rewards::{Fulfilment, RewardPayload};
use domain::{BusyReason, Code, Error, Result};
use futures::StreamExt;
use futures::stream;
use integrations::{FulfilmentOutcome, FulfilmentRequest};
use runtime::{App, Message, Source, Work, Worker, add_entity, check_recipient};
use store::schema::GRANTS;
use store::{Saved, TryResult, retry};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use crate::services::points::{LedgerAddition, append_point_entry};

/// Worker `rewards-grant-rewards` behind the queue of grants.
pub static WORKER: Worker = Worker { name: "rewards-grant-rewards", source: Source::Queue(&GRANTS, run) };

/// Maximum number of concurrent calls of the fulfilment service. The largest claim of 50 line items takes two
/// batches.
const AT_ONCE: usize = 25;
/// Timeout of all calls of the fulfilment service together. The function's timeout is ten seconds; the rest
/// is for writing the outcomes.
const TIME_TO_ASK: Duration = Duration::from_secs(7);

/// Attempt to grant a line item, and its outcome.
type Answered = (claims::GrantAttempt, GrantOutcome);

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let deadline = Instant::now() + TIME_TO_ASK;
        let body: GrantClaim = message.parse()?;
        add_entity(&Claim::id_of(&body.user_id, &body.campaign_id));
        let is_last = message.receives >= GRANTS.receives_max;
        let claim = begin(&app, &body).await?;
        let lines = claim.lines_to_grant(&body.lines);
        let (answers, answered) = unbounded_channel();
        let asking = ask(&app, &claim, lines, is_last, deadline, answers);
        let ((), claim) = futures::join!(asking, write_outcomes(&app, claim.clone(), answered));
        let claim = claim?;
        // SQS delivers the message again, or moves it to the dead-letter queue after the last attempt.
        match claim.lines_to_grant(&body.lines).first().map(|index| claim.grant_id_of(&claim.lines[*index])) {
            Some(grant) => {
                Err(Error::busy(BusyReason::Grant).with_cause(format!("{grant} is not granted yet")))
            }
            None => Ok(()),
        }
    })
}

/// Records in the claim that the fulfilment service may be called for these line items, and returns the
/// claim. Line items of an inactive, banned or closed account fail instead, and can be requested again,
/// unless the grant exists already: another worker made it and died before it recorded it.
async fn begin(app: &App, body: &GrantClaim) -> Result<Claim> {
    // A claim that is stale by a second suffices, because every write is conditional. It must contain the
    // line items of this message, since no other message names them.
    let peeked = app.store().get_claim_eventual(&body.user_id, &body.campaign_id).await?;
    let knows =
        |claim: &Claim| claim.version >= body.version && !claim.lines_to_grant(&body.lines).is_empty();
    let claim = match peeked.filter(knows) {
        Some(claim) => claim,
        None => app.store().get_claim(&body.user_id, &body.campaign_id).await?,
    };
    let barred = match check_recipient(app, &claim.user_id, claim.created_at).await {
        Ok(()) => None,
        Err(error) if error.code == Code::Forbidden => Some(error.message),
        Err(error) => return Err(error),
    };
    let worker = app.nonce();
    let barred = barred.as_deref();
    let attempt = async |claim: Claim| {
        let mut next = claim.clone();
        let mut ended = 0;
        if let Some(why) = barred {
            for index in next.lines_to_grant(&body.lines) {
                let mut without = next.clone();
                if without.fail_barred(index, why, app.now()) && withhold(app, &claim, index).await? {
                    next = without;
                    ended += 1;
                }
            }
        }
        let lines = next.lines_to_grant(&body.lines);
        let begun = lines.into_iter().filter(|index| next.begin(*index, worker)).count();
        if begun + ended == 0 { Ok(TryResult::Done(claim)) } else { save(app, next).await }
    };
    retry(BusyReason::Claim, claim, attempt).await
}

/// Writes that the grant of line item `index` is withheld. A worker that began with this version of the
/// claim, or an earlier one, can then no longer make the grant. Returns `false` when the grant exists
/// already, so that the line item must be granted. For the fulfilment service nothing is written, since
/// the attempt on the line item says whether it may have acted.
async fn withhold(app: &App, claim: &Claim, index: usize) -> Result<bool> {
    let line = &claim.lines[index];
    match &line.payload {
        _ if line.fulfilment == Fulfilment::External => Ok(true),
        RewardPayload::Points(_) => {
            append_point_entry(app, claim, index, LedgerAddition::Withheld).await.map(|is_there| !is_there)
        }
        payload => {
            let entry = inventory_entry(app, claim, line, payload);
            let withheld = Grant { code: None, withheld: Some(claim.version), ..entry };
            put_grant(app, claim, &withheld).await.map(|there| there.withheld.is_some())
        }
    }
}

/// Writes `grant`, which may be an entry that only withholds the grant. Keeps what the inventory has if that
/// is the grant, or was withheld as of this version of the claim or a later one; replaces an entry withheld
/// as of an earlier version. Returns the entry that the inventory has afterwards.
async fn put_grant(app: &App, claim: &Claim, grant: &Grant) -> Result<Grant> {
    let attempt = async |saved: Saved<Grant>| {
        let there = match saved {
            Saved::Done => return Ok(TryResult::Done(grant.clone())),
            Saved::Conflict(there) => there.ok_or_else(|| Error::internal("a grant is gone"))?,
        };
        match there.withheld.filter(|since| *since < claim.version) {
            Some(since) => Ok(TryResult::Conflict(app.store().replace_withheld(grant, since).await?)),
            None => Ok(TryResult::Done(*there)),
        }
    };
    retry(BusyReason::Grant, app.store().create_grant(grant).await?, attempt).await
}

/// Grants `lines` until `deadline`, several concurrently, and sends each outcome to `answers`.
async fn ask(
    app: &App,
    claim: &Claim,
    lines: Vec<usize>,
    is_last: bool,
    deadline: Instant,
    answers: UnboundedSender<Answered>,
) {
    let answers = &answers;
    let asked = stream::iter(lines).for_each_concurrent(AT_ONCE, |index| async move {
        let Some(tried) = claim.begun(index, is_last) else { return };
        let line = &claim.lines[index];
        let outcome = match line.fulfilment {
            Fulfilment::Internal => GrantOutcome::Granted(None),
            Fulfilment::External if Instant::now() >= deadline => {
                GrantOutcome::NotAsked("there was no time left to ask the service".to_owned())
            }
            Fulfilment::External => {
                let request = request(claim, line);
                let call = app.integrations().fulfil(app.now(), &request);
                timeout_at(deadline, call)
                    .await
                    .map_or_else(|_| GrantOutcome::Unknown("timeout".to_owned()), outcome_of_reply)
            }
        };
        // The receiver lives as long as this sender.
        drop(answers.send((tried, outcome)));
    });
    asked.await;
}

fn outcome_of_reply(outcome: FulfilmentOutcome) -> GrantOutcome {
    match outcome {
        FulfilmentOutcome::Fulfilled { reference } => GrantOutcome::Granted(reference),
        FulfilmentOutcome::Refused { reason } => GrantOutcome::Refused(reason),
        FulfilmentOutcome::Denied { reason } => GrantOutcome::Denied(reason),
        FulfilmentOutcome::Retry { reason } => GrantOutcome::Unknown(reason),
        FulfilmentOutcome::NotAsked { reason } => GrantOutcome::NotAsked(reason),
    }
}

/// Creates the grants of fulfilled line items and writes all outcomes into `claim`, which other workers
/// and requests may write meanwhile. Returns the claim afterwards.
///
/// # Errors
/// The first error of the store, after all outcomes that could be written are written.
async fn write_outcomes(
    app: &App,
    mut claim: Claim,
    mut answered: UnboundedReceiver<Answered>,
) -> Result<Claim> {
    let mut first_error = None;
    while let Some(first) = answered.recv().await {
        let mut outcomes = vec![first];
        while let Ok(more) = answered.try_recv() {
            outcomes.push(more);
        }
        let is_outside = |(tried, outcome): &Answered| {
            tried.attempt.is_some() && matches!(outcome, GrantOutcome::Granted(_))
        };
        if outcomes.iter().any(is_outside) {
            // Another worker may have received a denial for the line item, and the user may have claimed it
            // anew, in the meantime.
            claim = app.store().get_claim(&claim.user_id, &claim.campaign_id).await?;
        }
        let mut settled = Vec::with_capacity(outcomes.len());
        for (tried, outcome) in outcomes {
            let mut made = create_grant(app, &claim, &tried, &outcome).await;
            if matches!(made, Ok(false)) {
                // Another worker withheld the grant while the account was inactive or banned, and may have
                // died before it recorded that in the claim. From the next version of the claim on the
                // grant can be made, unless that worker writes first.
                let (TryResult::Done(there) | TryResult::Conflict(there)) = save(app, claim).await?;
                claim = there;
                made = create_grant(app, &claim, &tried, &outcome).await;
            }
            match made {
                Ok(true) => settled.push((tried, outcome)),
                Ok(false) => {
                    first_error.get_or_insert(Error::busy(BusyReason::Grant));
                }
                // The grant may or may not be written. The last attempt must end the line item in any case.
                Err(error) => {
                    if tried.is_last {
                        settled.push((tried, GrantOutcome::Unknown(error.to_string())));
                    }
                    first_error.get_or_insert(error);
                }
            }
        }
        claim = save_outcomes(app, claim, &settled).await?;
    }
    first_error.map_or(Ok(claim), Err)
}

/// Creates the grant of a fulfilled line item, unless it exists. Returns `false` when the grant is
/// withheld, or the line item has failed meanwhile.
async fn create_grant(
    app: &App,
    claim: &Claim,
    tried: &claims::GrantAttempt,
    outcome: &GrantOutcome,
) -> Result<bool> {
    if !matches!(outcome, GrantOutcome::Granted(_)) {
        return Ok(true);
    }
    let place = claim.lines.iter().position(|line| tried.line.is_of(line));
    let index = place.ok_or_else(|| Error::internal("a claim has no such line"))?;
    let line = &claim.lines[index];
    if line.attempt.is_some() && tried.attempt.is_some() && !claim.is_under_way(tried) {
        return Ok(true);
    }
    if line.fulfilment == Fulfilment::Internal
        && line.status != LineStatus::Granted
        && !claim.is_to_grant(index)
    {
        // Another worker has failed the line item meanwhile, since the account is inactive, banned or
        // closed.
        return Ok(false);
    }
    match &line.payload {
        RewardPayload::Points(points) => {
            let added = LedgerAddition::Points(points.times(line.quantity));
            append_point_entry(app, claim, index, added).await
        }
        payload => {
            // An existing grant with this id is the same grant.
            let there = put_grant(app, claim, &inventory_entry(app, claim, line, payload)).await?;
            Ok(there.withheld.is_none())
        }
    }
}

fn inventory_entry(app: &App, claim: &Claim, line: &LineItem, payload: &RewardPayload) -> Grant {
    Grant {
        id: claim.grant_id_of(line),
        user_id: claim.user_id.clone(),
        campaign_id: claim.campaign_id.clone(),
        reward_id: line.reward_id.clone(),
        payload: payload.clone(),
        quantity: line.quantity,
        code: line.code().map(str::to_owned),
        expires_at: line.expires_at,
        at: app.now(),
        withheld: None,
    }
}

/// Builds the request to the fulfilment service. It is the same for each attempt, since the line item does
/// not change until the outcome of the first one is known.
fn request(claim: &Claim, line: &LineItem) -> FulfilmentRequest {
    let mut reward = serde_json::json!({
        "reward_id": line.reward_id, "type": line.payload.kind(), "gift": line.payload, "quantity": line.quantity,
    });
    if line.attempt.is_none_or(|attempt| !attempt.before) {
        if let Some(code) = line.code() {
            reward["code"] = code.into();
        }
        if let Some(expires_at) = line.expires_at {
            reward["expires_at"] = expires_at.to_string().into();
        }
    }
    FulfilmentRequest {
        grant_id: claim.grant_id_of(line),
        claim_id: claim.id(),
        user_id: claim.user_id.clone(),
        campaign_id: claim.campaign_id.clone(),
        reward,
    }
}

/// Writes `outcomes` into the claim and returns the claim afterwards.
async fn save_outcomes(app: &App, claim: Claim, outcomes: &[Answered]) -> Result<Claim> {
    let attempt = async |claim: Claim| {
        let mut next = claim.clone();
        let news = outcomes.iter().filter(|(tried, outcome)| next.settle(tried, outcome, app.now())).count();
        if news == 0 { Ok(TryResult::Done(claim)) } else { save(app, next).await }
    };
    retry(BusyReason::Claim, claim, attempt).await
}

/// Writes the next version of the claim, `next`. Returns the stored claim: the written one, or as
/// `TryResult::Conflict` the one that another write stored first.
async fn save(app: &App, next: Claim) -> Result<TryResult<Claim, Claim>> {
    let next = next.next();
    match app.store().save_claim(&next).await? {
        Saved::Done => Ok(TryResult::Done(next)),
        Saved::Conflict(Some(there)) => Ok(TryResult::Conflict(*there)),
        Saved::Conflict(None) => Err(Error::internal("a claim is gone")),
    }
}
