//! Granting of points: appends one ledger entry for each grant.

use domain::claims::Claim;
use domain::points::{Place, PointEntry, place};
use domain::{Code, Error, Result};
use edge::App;
use store::{Newest, Saved};

/// Number of entries in the first read: less than four kilobytes, half a read unit.
const FIRST_LOOK: usize = 12;
/// Maximum number of entries that a search reads.
const ENTRIES_MAX: usize = 5_000;
/// Maximum number of tries while others append to the ledger.
const ROUNDS_MAX: usize = 20;

/// Appends `points` for line item `index` of `claim` to its user's ledger. A repeat changes nothing.
///
/// # Errors
/// `BUSY` when concurrent appends won each try. The message is then delivered again.
pub async fn append_points(app: &App, claim: &Claim, index: usize, points: u64) -> Result<()> {
    let line = claim.lines.get(index).ok_or_else(|| Error::internal("a claim has no such line"))?;
    let grant_id = claim.grant_id_of(line);
    let mut consistent = false;
    for _ in 0..ROUNDS_MAX {
        let Some((number, balance)) = next_place(app, claim, index, consistent).await? else { return Ok(()) };
        // Whoever was faster is in the next view.
        consistent = true;
        let entry = PointEntry {
            user_id: claim.user_id.clone(),
            number,
            grant_id: grant_id.clone(),
            campaign_id: claim.campaign_id.clone(),
            reward_id: line.reward_id.clone(),
            points,
            balance: balance + points,
            at: app.now(),
        };
        match app.store().append_points(&entry).await? {
            Saved::Done => return Ok(()),
            Saved::Other(Some(there)) if there.grant_id == grant_id => return Ok(()),
            Saved::Other(_) => {}
        }
    }
    Err(Error::busy("too many append to a ledger at once"))
}

/// Returns the number of the next entry in the ledger of the user of `claim`, and the balance before it; `None` when the
/// points of line `index` are in the ledger.
///
/// # Errors
/// Those of the store, and `BUSY` when the ledger is written each time that it is read.
pub async fn next_place(
    app: &App,
    claim: &Claim,
    index: usize,
    consistent: bool,
) -> Result<Option<(u64, u64)>> {
    let line = claim.lines.get(index).ok_or_else(|| Error::internal("a claim has no such line"))?;
    let (grant_id, asked_at) = (claim.grant_id_of(line), claim.first_asked_at(index));
    let (mut limit, mut consistent) = (FIRST_LOOK, consistent);
    for _ in 0..ROUNDS_MAX {
        let newest =
            app.store().point_entries(&claim.user_id, Newest { before: None, limit, consistent }).await?;
        // A view with a gap is one of no moment; the next look is at what is.
        consistent = true;
        match place(&newest, newest.len() < limit, &grant_id, asked_at) {
            Ok(Place::There) => return Ok(None),
            Ok(Place::ReadOn) if limit < ENTRIES_MAX => limit *= 8,
            Ok(Place::ReadOn) => return Err(Error::internal("a ledger is too long to search")),
            Ok(Place::Next { number, balance }) => return Ok(Some((number, balance))),
            Err(error) if error.code == Code::Busy => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::busy("a ledger was written each time that it was read"))
}
