fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::cancel_order::ROUTE)
}
