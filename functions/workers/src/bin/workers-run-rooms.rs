fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::RUN_ROOMS)
}
