fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::RELAY_DEALS)
}
