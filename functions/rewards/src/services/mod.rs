//! Flows that handlers and workers share: domain rules and the store meet here.

pub mod campaigns;
pub mod claim_case;
pub mod claim_lists;
pub mod claims;
pub mod decisions;
pub mod external_checks;
pub mod points;
