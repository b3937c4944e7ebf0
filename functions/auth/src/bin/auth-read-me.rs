fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::read_me::ROUTE)
}
