//! Which function is running: what is called by many, as the AWS clients are, can tell for whom it works.

tokio::task_local! {
    static FUNCTION: &'static str;
}

/// Does `work` as the function `name`.
pub(crate) async fn running<T>(name: &'static str, work: impl Future<Output = T>) -> T {
    FUNCTION.scope(name, work).await
}

/// The name of the route or worker that the present task runs.
pub fn running_function() -> Option<&'static str> {
    FUNCTION.try_with(|name| *name).ok()
}
