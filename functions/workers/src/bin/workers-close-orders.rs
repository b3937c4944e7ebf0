fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::CLOSE_ORDERS)
}
