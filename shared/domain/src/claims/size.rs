//! Size limit of claims. All rewards that one user may request in a campaign must fit into one claim, since a
//! claim is one DynamoDB item of at most 400 KB.

use std::collections::BTreeSet;

use super::LINES_MAX;
use crate::conditions::Condition;
use crate::error::FieldError;
use crate::rewards::Offer;
use crate::{Error, Result};

/// Maximum size of a claim's line items, their audit and their conditions, in bytes. The rest of the 400 KB
/// of an item is for the other fields of the claim.
pub const CLAIM_BYTES_MAX: usize = 390_000;
/// Upper bound for the size of a line item without its condition, in bytes: longest ids, code, keys and
/// reference, and an audit change of each kind with the longest texts.
pub const LINE_BYTES: usize = 5_000;

/// Size of the largest claim that a campaign's limits per user allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimSize {
    /// Number of line items that all limits per user allow together.
    pub lines: usize,
    /// Upper bound for the size of the line items, and of each distinct condition once, in bytes.
    pub bytes: usize,
}

impl ClaimSize {
    /// Computes the size for all `offers` of a campaign with the condition `campaign`. The caller includes
    /// removed offers, since claims may contain line items of them.
    pub fn of<'a>(campaign: &Condition, offers: impl IntoIterator<Item = &'a Offer>) -> Self {
        let mut distinct = BTreeSet::new();
        offers.into_iter().fold(Self { lines: 0, bytes: 0 }, |sum, offer| {
            let (condition, lines) = (offer.condition_under(campaign), offer.per_user_limit as usize);
            let is_new = distinct.insert(condition.fingerprint());
            let once = if is_new { condition.evaluated_bytes_max() } else { 0 };
            let each = LINE_BYTES + condition.values_bytes_max();
            Self { lines: sum.lines + lines, bytes: sum.bytes + once + lines * each }
        })
    }

    /// Checks that the size is within [`LINES_MAX`] and [`CLAIM_BYTES_MAX`], or not larger than `before`, the
    /// size before the change. `condition` is the name of the request field that contains the condition.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for `per_user_limit` or the field `condition`, with the size in the message.
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
                "is too large: the {} claims that all rewards of this event allow one user, with each distinct \
                 condition of the event and its rewards once, would take {} bytes together, and one request \
                 holds at most {CLAIM_BYTES_MAX}; a smaller condition, one that rewards share, or a smaller \
                 per_user_limit takes less",
                self.lines, self.bytes
            );
            fields.push(FieldError::new(condition, message));
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }
}
