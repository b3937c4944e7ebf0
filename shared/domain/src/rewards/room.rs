//! Room that the claims of one user in a campaign need: every limit that is accepted must fit into one claim,
//! since a claim is one item of at most 400 KB.

use super::Offer;
use crate::claims::LINES_MAX;
use crate::conditions::Condition;
use crate::error::FieldError;
use crate::{Error, Result};

/// Bytes that the lines of a claim and their evaluated conditions may take together. The rest of the 400 KB is
/// for the claim's history.
pub const CLAIM_BYTES_MAX: usize = 300_000;
/// Bytes of a line without its evaluated condition, with the longest ids, code and reference.
const LINE_BYTES: usize = 1_000;

/// What the claim of a user who has everything as often as allowed needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimRoom {
    /// Number of lines.
    pub lines: usize,
    /// Bytes of the lines and their evaluated conditions, at most.
    pub bytes: usize,
}

impl ClaimRoom {
    /// Returns what a claim of `offers` under the `campaign`'s condition needs. An offer that was taken out
    /// counts, since claims may hold lines of it.
    pub fn of<'a>(campaign: &Condition, offers: impl IntoIterator<Item = &'a Offer>) -> Self {
        let shared = campaign.evaluated_bytes_max();
        offers.into_iter().fold(Self { lines: 0, bytes: 0 }, |sum, offer| {
            let lines = offer.per_user_limit as usize;
            let own = offer.condition.as_ref().map_or(0, Condition::evaluated_bytes_max);
            Self { lines: sum.lines + lines, bytes: sum.bytes + lines * (LINE_BYTES + shared + own) }
        })
    }

    /// Checks that a change from `before` to this leaves room in a claim. What was too large before may stay or
    /// shrink. `condition` names the field of the request that holds the condition.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` that names the sum.
    pub fn check(&self, before: &Self, condition: &str) -> Result<()> {
        let mut fields = Vec::new();
        if self.lines > LINES_MAX && self.lines > before.lines {
            let message = format!(
                "is too large: all rewards of this event, those taken out included, would allow one user {} \
                 claims together, and one request holds at most {LINES_MAX}",
                self.lines
            );
            fields.push(FieldError::new("per_user_limit", message));
        }
        if self.bytes > CLAIM_BYTES_MAX && self.bytes > before.bytes {
            let message = format!(
                "is too large: the conditions of this event and of its rewards, evaluated for every claim that \
                 one user is allowed, would take {} bytes together, and one request holds at most \
                 {CLAIM_BYTES_MAX}",
                self.bytes
            );
            fields.push(FieldError::new(condition, message));
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }
}
