//! Events and rewards: campaigns, what they offer, what users did, what they claim and have been granted.

#![warn(missing_docs)]

