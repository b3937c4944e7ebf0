//! Granting of points: appends one ledger entry for each grant.

use domain::claims::Claim;
use domain::points::{GrantSearch, PointEntry, search_grant};
use domain::{BusyReason, Code, Error, Points, Result};
use runtime::App;
use store::{LedgerRange, Saved, TryResult, retry_up_to};

/// Number of ledger entries that the first read of a search returns at most. They take less than four
/// kilobytes, so an eventually consistent read costs half a read unit.
const FIRST_LOOK: usize = 12;
/// Maximum number of entries that a search reads.
const ENTRIES_MAX: usize = 5_000;
/// Maximum number of tries to append, of which each fails when another entry was appended first.
const TRIES_MAX: usize = 20;

/// Entry to append to a points ledger for a line item.
#[derive(Clone, Copy, Debug)]
pub enum LedgerAddition {
    /// Points that the line item grants.
    Points(Points),
    /// No points: the entry withholds them. A worker that began with this version of the claim, or an
    /// earlier one, can then no longer add the points of the line item.
    Withheld,
}

/// Appends the entry `added` for line item `index` of `claim` to the points ledger of its user, unless the
/// ledger has the points of this line item already. Returns whether the ledger has the points afterwards.
///
/// # Errors
/// `INTERNAL_ERROR` when the claim has no such line item, or the ledger is too long to search; `BUSY` when
/// other entries were appended first on each try. A repeat is safe.
pub async fn append_point_entry(
    app: &App,
    claim: &Claim,
    index: usize,
    added: LedgerAddition,
) -> Result<bool> {
    let line = claim.lines.get(index).ok_or_else(|| Error::internal("a claim has no such line"))?;
    let grant_id = claim.grant_id_of(line);
    let asked_at = claim.first_asked_at(index);
    let (points, withheld) = match added {
        LedgerAddition::Points(points) => (points, None),
        LedgerAddition::Withheld => (Points::ZERO, Some(claim.version)),
    };
    let attempt = async |(limit, consistent)| {
        let newest = app
            .store()
            .list_point_entries(&claim.user_id, LedgerRange { before: None, limit, consistent })
            .await?;
        // An eventually consistent read can have gaps, so the next one is consistent.
        let again = Ok(TryResult::Conflict((limit, true)));
        let (number, balance) = match search_grant(&newest, newest.len() < limit, &grant_id, asked_at) {
            Ok(GrantSearch::There) => return Ok(TryResult::Done(true)),
            Ok(GrantSearch::ReadOn) if limit < ENTRIES_MAX => {
                return Ok(TryResult::Conflict((limit * 8, true)));
            }
            Ok(GrantSearch::ReadOn) => return Err(Error::internal("a ledger is too long to search")),
            Ok(GrantSearch::Next { withheld: Some(since), .. }) if since >= claim.version => {
                return Ok(TryResult::Done(false));
            }
            Ok(GrantSearch::Next { number, balance, .. }) => (number, balance),
            Err(error) if error.code == Code::Busy => return again,
            Err(error) => return Err(error),
        };
        let balance_after = balance.checked_add(points);
        let entry = PointEntry {
            user_id: claim.user_id.clone(),
            number,
            grant_id: grant_id.clone(),
            campaign_id: claim.campaign_id.clone(),
            reward_id: line.reward_id.clone(),
            points,
            balance: balance_after.ok_or_else(|| Error::internal("a balance of points is out of bounds"))?,
            at: app.now(),
            withheld,
        };
        match app.store().append_point_entry(&entry).await? {
            Saved::Done => Ok(TryResult::Done(withheld.is_none())),
            Saved::Conflict(Some(there)) if there.grant_id == grant_id && there.withheld == withheld => {
                Ok(TryResult::Done(withheld.is_none()))
            }
            Saved::Conflict(_) => again,
        }
    };
    retry_up_to(TRIES_MAX, BusyReason::Points, (FIRST_LOOK, false), attempt).await
}
