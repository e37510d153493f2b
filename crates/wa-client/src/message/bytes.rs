//! Bytes inside stored JSON, as Base64: an array of numbers has four times their size.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize as _, Deserializer, Serializer, de};

pub(super) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, out: S) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => out.serialize_some(&STANDARD.encode(bytes)),
        None => out.serialize_none(),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text: Option<String> = Option::deserialize(input)?;
    text.map(|text| STANDARD.decode(text))
        .transpose()
        .map_err(de::Error::custom)
}

/// The same, where there always are some.
pub(super) mod required {
    use base64::Engine as _;
    use serde::Deserialize as _;

    use super::{Deserializer, STANDARD, Serializer, de};

    pub(in crate::message) fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&STANDARD.encode(bytes))
    }

    pub(in crate::message) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(input)?).map_err(de::Error::custom)
    }
}
