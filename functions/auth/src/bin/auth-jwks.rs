//! GET /.well-known/jwks.json
fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::jwks::ROUTE)
}
