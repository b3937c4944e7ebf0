fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::refresh::ROUTE)
}
