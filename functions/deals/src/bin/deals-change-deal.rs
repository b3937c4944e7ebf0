fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::change_deal::ROUTE)
}
