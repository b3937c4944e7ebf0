fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::logout::ROUTE)
}
