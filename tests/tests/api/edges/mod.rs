//! Tests of input and output rules that all routes share: text, JSON, the size of refusals, and headers.

mod bodies;
mod headers;
mod text;
mod time;
