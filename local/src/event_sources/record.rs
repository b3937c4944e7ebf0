//! Conversion of stream records into Lambda's form.

use std::time::SystemTime;

use aws_lambda_events::event::dynamodb::{EventRecord, StreamRecord, StreamViewType, UserIdentity};
use aws_sdk_dynamodbstreams::types::{self, Record};

/// Converts a record of DynamoDB Streams into Lambda's form. `stream` is the ARN of the stream.
pub(super) fn lambda(record: Record, stream: &str) -> EventRecord {
    let mut event = EventRecord::default();
    event.aws_region = record.aws_region.unwrap_or_default();
    event.event_id = record.event_id.unwrap_or_default();
    event.event_name = record.event_name.map(|name| name.as_str().to_owned()).unwrap_or_default();
    event.event_source = record.event_source;
    event.event_version = record.event_version;
    event.event_source_arn = Some(stream.to_owned());
    event.user_identity = record.user_identity.map(|from| {
        let mut identity = UserIdentity::default();
        identity.type_ = from.r#type.unwrap_or_default();
        identity.principal_id = from.principal_id.unwrap_or_default();
        identity
    });
    event.change = record.dynamodb.map(change).unwrap_or_default();
    event
}

fn change(from: types::StreamRecord) -> StreamRecord {
    let mut change = StreamRecord::default();
    if let Some(created) =
        from.approximate_creation_date_time.and_then(|time| SystemTime::try_from(time).ok())
    {
        change.approximate_creation_date_time = created.into();
    }
    change.keys = from.keys.unwrap_or_default().into();
    change.new_image = from.new_image.unwrap_or_default().into();
    change.old_image = from.old_image.unwrap_or_default().into();
    change.sequence_number = from.sequence_number;
    change.size_bytes = from.size_bytes.unwrap_or_default();
    change.stream_view_type = match from.stream_view_type {
        Some(types::StreamViewType::NewAndOldImages) => Some(StreamViewType::NewAndOldImages),
        Some(types::StreamViewType::NewImage) => Some(StreamViewType::NewImage),
        Some(types::StreamViewType::OldImage) => Some(StreamViewType::OldImage),
        Some(types::StreamViewType::KeysOnly) => Some(StreamViewType::KeysOnly),
        _ => None,
    };
    change
}
