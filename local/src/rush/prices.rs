//! What AWS asks for, in US dollars for a million, in us-east-1: the first tier, on demand, nothing free.

/// Write request units of DynamoDB, since November 2024.
pub const WRITE_UNITS: f64 = 0.625;
/// Read request units of DynamoDB, since November 2024.
pub const READ_UNITS: f64 = 0.125;
/// Calls of an HTTP API of API Gateway.
pub const GATEWAY_CALLS: f64 = 1.00;
/// Calls of Lambda functions, without the time that they take.
pub const LAMBDA_CALLS: f64 = 0.20;
