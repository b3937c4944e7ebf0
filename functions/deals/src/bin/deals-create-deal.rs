fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::create_deal::ROUTE)
}
