//! The edges that all routes share: what text and JSON may be, how much a refusal says, and the headers of answers.

mod bodies;
mod headers;
mod text;
mod time;
