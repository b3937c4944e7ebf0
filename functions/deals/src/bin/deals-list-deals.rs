fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::list_deals::ROUTE)
}
