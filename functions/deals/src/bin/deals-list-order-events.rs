fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::list_order_events::ROUTE)
}
