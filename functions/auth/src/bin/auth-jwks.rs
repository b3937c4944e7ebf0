fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::jwks::ROUTE)
}
