//! `GET /event-schemas/{type}/{version}`: serves the JSON schema of an event's data.

use dibs_http::axum::http::header;
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_http::{Describe, Operation, Path, Route, route};
use domain::{Error, Result};

// Schema of each version of each type of event: type, version, and the committed file.
include!(concat!(env!("OUT_DIR"), "/event_schemas.rs"));

pub static ROUTE: Route = route!(
    /// Returns the JSON schema of the data of one type of domain event, in one version. `dataschema` of an event is
    /// the address of its schema. A version changes by additions only. It may be cached for a day.
    GET ["/event-schemas/{type}/{version}"] "platform-get-event-schema" get_event_schema,
    "Get the JSON schema of a type of event",
    []
);

struct EventSchema(&'static str);

async fn get_event_schema(Path((kind, version)): Path<(String, String)>) -> Result<EventSchema> {
    let found = EVENT_SCHEMAS.iter().find(|(of, number, _)| (*of, *number) == (&*kind, &*version));
    found.map(|(.., schema)| EventSchema(schema)).ok_or_else(|| Error::not_found("event schema"))
}

impl IntoResponse for EventSchema {
    fn into_response(self) -> Response {
        let headers =
            [(header::CONTENT_TYPE, "application/schema+json"), (header::CACHE_CONTROL, "max-age=86400")];
        (headers, self.0).into_response()
    }
}

impl Describe for EventSchema {
    fn describe(operation: &mut Operation) {
        operation.plain(&["application/schema+json"]);
    }
}
