//! Grants the lines of a claim. A grant's id follows from its line, so whatever comes twice is the same
//! grant.
//!
//! The fulfilment service is asked for several lines side by side, and what it says of each is written as it
//! comes: a worker that runs out of time, or dies, loses nothing that it has heard.

use std::time::Duration;

use domain::claims::{Claim, GrantOutcome, Line, Try};
use domain::messages::GrantClaim;
use domain::points::Grant;
use domain::rewards::{Fulfilment, Gift};
use domain::{Code, Error, Result};
use edge::{App, Message, Source, Work, Worker, about, check_recipient};
use futures::StreamExt;
use futures::stream;
use parties::{FulfilmentOutcome, FulfilmentRequest};
use store::Saved;
use store::schema::GRANTS;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use crate::points::append_points;

/// The worker.
pub static WORKER: Worker = Worker { name: "workers-grant-rewards", source: Source::Queue(&GRANTS, run) };

/// How often an outcome is entered again because the claim was written in between.
const ROUNDS_MAX: usize = 8;
/// How many lines of a claim the fulfilment service is asked for at once: the largest claim takes two rounds.
const AT_ONCE: usize = 25;
/// How long the fulfilment service may take with all lines together. The function has ten seconds: the rest is
/// for writing what came of it.
const TIME_TO_ASK: Duration = Duration::from_secs(7);

/// What is known of a line after its try.
type Answered = (Try, GrantOutcome);

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let deadline = Instant::now() + TIME_TO_ASK;
        let body: GrantClaim = crate::body(&message)?;
        about(&Claim::id_of(&body.user_id, &body.campaign_id));
        let is_last = message.receives >= GRANTS.receives_max;
        let claim = begin(&app, &body).await?;
        let lines = claim.lines_to_grant(&body.lines);
        let (answers, answered) = unbounded_channel();
        let asking = ask(&app, &claim, lines, is_last, deadline, answers);
        let ((), claim) = futures::join!(asking, write(&app, claim.clone(), answered));
        let claim = claim?;
        // By this queue again or, after the last try, from the dead letters.
        match claim.lines_to_grant(&body.lines).first().map(|index| claim.grant_id_of(&claim.lines[*index])) {
            Some(grant) => Err(Error::busy(format!("{grant} is not granted yet"))),
            None => Ok(()),
        }
    })
}

/// The claim, which says of each line to grant that the fulfilment service may have been asked for it. Nothing is
/// granted to an account that is banned, inactive or closed: its lines fail, and can be asked for again.
async fn begin(app: &App, body: &GrantClaim) -> Result<Claim> {
    // A claim that is a second old will do, since whatever is decided from it is written under a
    // condition; but it must know of the lines that this message is about, for no other message is.
    let peeked = app.store().peek_claim(&body.user_id, &body.campaign_id).await?;
    let knows =
        |claim: &Claim| claim.version >= body.version && !claim.lines_to_grant(&body.lines).is_empty();
    let mut claim = match peeked.filter(knows) {
        Some(claim) => claim,
        None => app.store().claim(&body.user_id, &body.campaign_id).await?,
    };
    let barred = match check_recipient(app, &claim.user_id, claim.created_at).await {
        Ok(()) => None,
        Err(error) if error.code == Code::Forbidden => Some(error.message),
        Err(error) => return Err(error),
    };
    for _ in 0..ROUNDS_MAX {
        let mut next = claim.clone();
        let mut ended = 0;
        if let Some(why) = &barred {
            let lines = next.lines_to_grant(&body.lines);
            ended = lines.into_iter().filter(|index| next.bar(*index, why, app.now())).count();
        }
        let lines = next.lines_to_grant(&body.lines);
        let begun = lines.into_iter().filter(|index| next.begin(*index)).count();
        if begun + ended == 0 {
            return Ok(claim);
        }
        claim = match save(app, next).await? {
            (claim, true) => return Ok(claim),
            (there, false) => there,
        };
    }
    Err(Error::busy("a claim was written by too many at once"))
}

/// Asks for `lines` until `deadline`, several at once, and passes on what is said of each.
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
                let call = app.parties().fulfil(app.now(), &request);
                timeout_at(deadline, call)
                    .await
                    .map_or_else(|_| GrantOutcome::Unknown("timeout".to_owned()), understood)
            }
        };
        // The other end is there for as long as this one.
        drop(answers.send((tried, outcome)));
    });
    asked.await;
}

fn understood(outcome: FulfilmentOutcome) -> GrantOutcome {
    match outcome {
        FulfilmentOutcome::Fulfilled { reference } => GrantOutcome::Granted(reference),
        FulfilmentOutcome::Refused { reason } => GrantOutcome::Refused(reason),
        FulfilmentOutcome::Denied { reason } => GrantOutcome::Denied(reason),
        FulfilmentOutcome::Retry { reason } => GrantOutcome::Unknown(reason),
        FulfilmentOutcome::NotAsked { reason } => GrantOutcome::NotAsked(reason),
    }
}

/// Makes the grants of what was answered with yes, and writes every outcome into `claim`, beside whatever else
/// happens to it meanwhile. Gives the claim as it is then.
///
/// # Errors
/// The first of the store's, when everything that came could be dealt with but for that.
async fn write(app: &App, mut claim: Claim, mut answered: UnboundedReceiver<Answered>) -> Result<Claim> {
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
            // The line may have been denied to another worker, and asked for anew, while this one waited.
            claim = app.store().claim(&claim.user_id, &claim.campaign_id).await?;
        }
        let mut settled = Vec::with_capacity(outcomes.len());
        for (tried, outcome) in outcomes {
            match hand_over(app, &claim, &tried, &outcome).await {
                Ok(()) => settled.push((tried, outcome)),
                // The grant may be written, or not. What is tried for the last time has to end all the same.
                Err(error) => {
                    if tried.is_last {
                        settled.push((tried, GrantOutcome::Unknown(error.to_string())));
                    }
                    first_error.get_or_insert(error);
                }
            }
        }
        claim = enter(app, claim, &settled).await?;
    }
    first_error.map_or(Ok(claim), Err)
}

/// Makes the grant of a line that was answered with yes, unless it is there.
async fn hand_over(app: &App, claim: &Claim, tried: &Try, outcome: &GrantOutcome) -> Result<()> {
    if !matches!(outcome, GrantOutcome::Granted(_)) {
        return Ok(());
    }
    let place = claim.lines.iter().position(|line| tried.line.is_of(line));
    let index = place.ok_or_else(|| Error::internal("a claim has no such line"))?;
    let line = &claim.lines[index];
    if line.attempt.is_some() && tried.attempt.is_some() && !claim.is_under_way(tried) {
        return Ok(());
    }
    match &line.gift {
        Gift::Points(points) => {
            append_points(app, claim, index, u64::from(*points) * u64::from(line.quantity)).await
        }
        gift => {
            // A grant that is there already is this very grant.
            let _: Saved<Grant> = app.store().create_grant(&inventory_entry(app, claim, line, gift)).await?;
            Ok(())
        }
    }
}

fn inventory_entry(app: &App, claim: &Claim, line: &Line, gift: &Gift) -> Grant {
    Grant {
        id: claim.grant_id_of(line),
        user_id: claim.user_id.clone(),
        campaign_id: claim.campaign_id.clone(),
        reward_id: line.reward_id.clone(),
        gift: gift.clone(),
        quantity: line.quantity,
        code: line.code().map(str::to_owned),
        expires_at: line.expires_at,
        at: app.now(),
    }
}

/// What the service is asked for: the same each time, since the line does not change before it is known what
/// came of the first time.
fn request(claim: &Claim, line: &Line) -> FulfilmentRequest {
    let mut reward = serde_json::json!({
        "reward_id": line.reward_id, "type": line.gift.kind(), "gift": line.gift, "quantity": line.quantity,
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

/// Writes `outcomes` into the claim. Gives the claim as it is then.
async fn enter(app: &App, mut claim: Claim, outcomes: &[Answered]) -> Result<Claim> {
    for _ in 0..ROUNDS_MAX {
        let mut next = claim.clone();
        let news = outcomes.iter().filter(|(tried, outcome)| next.settle(tried, outcome, app.now())).count();
        if news == 0 {
            return Ok(claim);
        }
        claim = match save(app, next).await? {
            (claim, true) => return Ok(claim),
            (there, false) => there,
        };
    }
    Err(Error::busy("a claim was written by too many at once"))
}

/// The claim as it is stored after an attempt to write `next`, and whether that is what was written.
async fn save(app: &App, next: Claim) -> Result<(Claim, bool)> {
    let next = next.next();
    match app.store().save_claim(&next).await? {
        Saved::Done => Ok((next, true)),
        Saved::Other(Some(there)) => Ok((*there, false)),
        Saved::Other(None) => Err(Error::internal("a claim is gone")),
    }
}
