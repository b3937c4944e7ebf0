fn main() -> Result<(), edge::StartError> {
    edge::start(&queue::update_queue::ROUTE)
}
