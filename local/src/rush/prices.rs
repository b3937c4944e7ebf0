//! AWS prices in US dollars per million, in us-east-1: first tier, on demand, without the free tier.

/// Price of DynamoDB's write request units, since November 2024.
pub const WRITE_UNITS: f64 = 0.625;
/// Price of DynamoDB's read request units, since November 2024.
pub const READ_UNITS: f64 = 0.125;
/// Price of calls to an HTTP API of API Gateway.
pub const GATEWAY_CALLS: f64 = 1.00;
/// Price of Lambda invocations, without their duration.
pub const LAMBDA_CALLS: f64 = 0.20;
