//! Requests that create nothing of their own, and so nothing whose id could follow from the
//! `Idempotency-Key`: they add to what is there. Here alone a key costs writes: one before, and one for the
//! answer.

use crate::idempotency::reused;
use crate::{App, IdempotencyKey};
use domain::{Error, Result, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{FirstTry, Saved};

/// The longest answer that is kept, in bytes; a repeat of a request with a longer one is decided anew.
const ANSWER_BYTES_MAX: usize = 200_000;

/// What `run` gives, or gave to the first request with this key. It is handed the time of that first request.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when the key came with another body, and those of `run`, which are decided anew
/// each time.
pub async fn once<T, Fut>(
    app: &App,
    key: &IdempotencyKey,
    scope: &[&str],
    fingerprint: &str,
    run: impl FnOnce(Timestamp) -> Fut,
) -> Result<T>
where
    T: Serialize + DeserializeOwned,
    Fut: Future<Output = Result<T>>,
{
    let Some(mark) = key.mark(fingerprint) else { return run(app.now()).await };
    let mut first = FirstTry { id: key.id(app, scope), mark, at: app.now(), answer: None, version: 1 };
    if let Saved::Other(there) = app.store().save_try(&first).await? {
        first = there.map(|there| *there).filter(|there| there.mark == first.mark).ok_or_else(reused)?;
    }
    if let Some(answer) = &first.answer {
        return serde_json::from_str(answer).map_err(Error::internal);
    }
    let result = run(first.at).await?;
    let answer = serde_json::to_string(&result).map_err(Error::internal)?;
    if answer.len() > ANSWER_BYTES_MAX {
        return Ok(result);
    }
    match app.store().save_try(&FirstTry { answer: Some(answer), version: 2, ..first }).await? {
        // A parallel try was faster: what it answered is the answer.
        Saved::Other(Some(there)) => match there.answer {
            Some(answer) => serde_json::from_str(&answer).map_err(Error::internal),
            None => Ok(result),
        },
        Saved::Done | Saved::Other(None) => Ok(result),
    }
}
