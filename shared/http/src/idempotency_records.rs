//! Idempotency of requests that do not create an entity, so that no entity id can be derived from the
//! `Idempotency-Key`. Only here a key costs writes: the record of the first try and its response.

use crate::IdempotencyKey;
use domain::{Error, Result, Timestamp};
use runtime::App;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{IdempotencyRecord, Saved};

/// Maximum length of a stored response, in bytes. A request with a longer response is executed again on a
/// repeat.
const ANSWER_BYTES_MAX: usize = 200_000;

/// Runs `run`, or returns the response of the first request with this `Idempotency-Key`. `run` gets the time
/// of the first request. Without one, `run` is always executed.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when the `Idempotency-Key` was used with a different body, and any error of
/// `run`. Errors are not stored, so a repeat runs again.
pub async fn with_idempotency_record<T, Fut>(
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
    let Some(request_fingerprint) = key.request_fingerprint(fingerprint) else { return run(app.now()).await };
    let mut first = IdempotencyRecord {
        id: key.id(app, scope),
        request_fingerprint,
        at: app.now(),
        answer: None,
        version: 1,
    };
    if let Saved::Conflict(there) = app.store().save_idempotency_record(&first).await? {
        first = there
            .map(|there| *there)
            .filter(|there| there.request_fingerprint == first.request_fingerprint)
            .ok_or_else(Error::key_reused)?;
    }
    if let Some(answer) = &first.answer {
        return serde_json::from_str(answer).map_err(Error::internal);
    }
    let result = run(first.at).await?;
    let answer = serde_json::to_string(&result).map_err(Error::internal)?;
    if answer.len() > ANSWER_BYTES_MAX {
        return Ok(result);
    }
    match app
        .store()
        .save_idempotency_record(&IdempotencyRecord { answer: Some(answer), version: 2, ..first })
        .await?
    {
        // A parallel try stored its response first, and that one is returned.
        Saved::Conflict(Some(there)) => match there.answer {
            Some(answer) => serde_json::from_str(&answer).map_err(Error::internal),
            None => Ok(result),
        },
        Saved::Done | Saved::Conflict(None) => Ok(result),
    }
}
