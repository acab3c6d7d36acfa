//! Rows as the daybook holds them: lists, whatever they are kept in. A row that cannot be read (another version wrote it)
//! is logged and left out; the rows beside it are not lost with it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// A row that is written as the list of its fields, in their order: names would be more than half of the text, and of its
/// cost. It is read from such a list, also a shorter one of an earlier version, and from an object, as the versions before
/// these lists wrote it. So a field that comes later stands at the end, and has a default.
macro_rules! line {
    ($(#[$told:meta])* pub(crate) struct $name:ident { $($(#[$of:meta])* $field:ident: $kind:ty,)+ }) => {
        $(#[$told])*
        #[derive(Clone, Debug, serde::Deserialize)]
        pub(crate) struct $name {
            $($(#[$of])* $field: $kind,)+
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                use serde::ser::SerializeTuple as _;
                let mut list = to.serialize_tuple([$(stringify!($field)),+].len())?;
                $(list.serialize_element(&self.$field)?;)+
                list.end()
            }
        }
    };
}
pub(crate) use line;

/// A row that knows its key.
pub(crate) trait Keyed {
    /// What it is kept by.
    type Key: Ord;
    /// Its key.
    fn key(&self) -> Self::Key;
}

impl<V: Keyed> Keyed for Box<V> {
    type Key = V::Key;

    fn key(&self) -> V::Key {
        (**self).key()
    }
}

pub(crate) fn serialize<K, V: Serialize, S: Serializer>(map: &BTreeMap<K, V>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(map.values())
}

pub(crate) fn deserialize<'de, V, D>(from: D) -> Result<BTreeMap<V::Key, V>, D::Error>
where
    V: Keyed + DeserializeOwned,
    D: Deserializer<'de>,
{
    Ok(list::<V, D>(from)?.into_iter().map(|value| (value.key(), value)).collect())
}

/// The rows of a list that can be read.
pub(crate) fn list<'de, V: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Vec<V>, D::Error> {
    let values = Vec::<serde_json::Value>::deserialize(from)?;
    let read = values.into_iter().filter_map(|value| {
        let row = std::any::type_name::<V>();
        let told = |error: &serde_json::Error| tracing::error!(%error, row, "a row of the daybook cannot be read");
        serde_json::from_value(value).inspect_err(told).ok()
    });
    Ok(read.collect())
}
