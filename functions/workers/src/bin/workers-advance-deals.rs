fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::ADVANCE_DEALS)
}
