//! AWS prices in us-east-1: on demand, in the first tier, without the free tier.

/// Price of a million write request units of DynamoDB, in US dollars, since November 2024.
pub const WRITE_UNITS: f64 = 0.625;
/// Price of a million read request units of DynamoDB, in US dollars, since November 2024.
pub const READ_UNITS: f64 = 0.125;
/// Price of a million calls to an HTTP API of API Gateway, in US dollars.
pub const GATEWAY_CALLS: f64 = 1.00;
/// Price of a million invocations of Lambda functions, in US dollars, without their duration.
pub const LAMBDA_CALLS: f64 = 0.20;
