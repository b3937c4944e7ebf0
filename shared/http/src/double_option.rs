//! Deserializer of optional fields that may be null.

use serde::{Deserialize, Deserializer};

/// Deserializes a field that is present, even as null, into `Some`. An absent field stays `None` by its
/// default.
pub fn double_option<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
