//! Granting of points: appends one ledger entry for each grant.

use domain::claims::Claim;
use domain::points::{Place, PointEntry, place};
use domain::{Code, Error, Result};
use runtime::App;
use store::{Newest, Saved};

/// Number of entries in the first read: less than four kilobytes, half a read unit.
const FIRST_LOOK: usize = 12;
/// Maximum number of entries that a search reads.
const ENTRIES_MAX: usize = 5_000;
/// Maximum number of tries while others append to the ledger.
const ROUNDS_MAX: usize = 20;

/// What is written of a line into the ledger.
#[derive(Clone, Copy, Debug)]
pub enum Added {
    /// Its points.
    Points(u64),
    /// That its points are withheld: no try that was begun with this version of the claim, or before, adds them
    /// afterwards.
    Withheld,
}

/// Adds what is `added` for line `index` of `claim` to its user's ledger, unless its points are in it. Returns
/// whether they are in it then.
///
/// # Errors
/// Those of the store, and `BUSY` when too many append at once; a repeat is safe.
pub async fn append_points(app: &App, claim: &Claim, index: usize, added: Added) -> Result<bool> {
    let line = claim.lines.get(index).ok_or_else(|| Error::internal("a claim has no such line"))?;
    let grant_id = claim.grant_id_of(line);
    let asked_at = claim.first_asked_at(index);
    let (points, withheld) = match added {
        Added::Points(points) => (points, None),
        Added::Withheld => (0, Some(claim.version)),
    };
    let (mut limit, mut consistent) = (FIRST_LOOK, false);
    for _ in 0..ROUNDS_MAX {
        let newest =
            app.store().point_entries(&claim.user_id, Newest { before: None, limit, consistent }).await?;
        // An eventually consistent read can have gaps, so the next one is consistent.
        consistent = true;
        let (number, balance) = match place(&newest, newest.len() < limit, &grant_id, asked_at) {
            Ok(Place::There) => return Ok(true),
            Ok(Place::ReadOn) if limit < ENTRIES_MAX => {
                limit *= 8;
                continue;
            }
            Ok(Place::ReadOn) => return Err(Error::internal("a ledger is too long to search")),
            Ok(Place::Next { withheld: Some(since), .. }) if since >= claim.version => return Ok(false),
            Ok(Place::Next { number, balance, .. }) => (number, balance),
            Err(error) if error.code == Code::Busy => continue,
            Err(error) => return Err(error),
        };
        let entry = PointEntry {
            user_id: claim.user_id.clone(),
            number,
            grant_id: grant_id.clone(),
            campaign_id: claim.campaign_id.clone(),
            reward_id: line.reward_id.clone(),
            points,
            balance: balance + points,
            at: app.now(),
            withheld,
        };
        match app.store().append_points(&entry).await? {
            Saved::Done => return Ok(withheld.is_none()),
            Saved::Conflict(Some(there)) if there.grant_id == grant_id && there.withheld == withheld => {
                return Ok(withheld.is_none());
            }
            Saved::Conflict(_) => {}
        }
    }
    Err(Error::busy("too many append to a ledger at once"))
}
