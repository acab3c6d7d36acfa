//! Enums that spell themselves: one word for each variant, the same wherever it is written or shown.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// An enum whose variants are words. [`words!`](crate::words) says which.
pub trait Word: Copy + PartialEq + 'static {
    /// Every one, in order.
    const ALL: &'static [Self];

    /// How it is spelt.
    fn word(self) -> &'static str;

    /// Which one is spelt so.
    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

/// Spells the variants of an enum.
#[macro_export]
macro_rules! words {
    ($kind:ty { $($variant:ident $word:literal,)* }) => {
        impl $crate::Word for $kind {
            const ALL: &'static [Self] = &[$(Self::$variant),*];
            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

/// A word that was written: one that is known here, or one of another version, kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<T> {
    /// A known one.
    Known(T),
    /// What another version wrote.
    Other(String),
}

impl<T: Word> Told<T> {
    /// As it is spelt.
    pub fn word(&self) -> &str {
        match self {
            Told::Known(known) => known.word(),
            Told::Other(word) => word,
        }
    }

    /// The known one.
    pub fn known(&self) -> Option<T> {
        match self {
            Told::Known(known) => Some(*known),
            Told::Other(_) => None,
        }
    }
}

impl<T: Word> From<T> for Told<T> {
    fn from(known: T) -> Told<T> {
        Told::Known(known)
    }
}

impl<T: Word> From<&str> for Told<T> {
    fn from(word: &str) -> Told<T> {
        T::of_word(word).map_or_else(|| Told::Other(word.to_owned()), Told::Known)
    }
}

impl<T: Word> PartialEq<T> for Told<T> {
    fn eq(&self, other: &T) -> bool {
        self.known().is_some_and(|known| known == *other)
    }
}

impl<T: Word> fmt::Display for Told<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl<T: Word> Serialize for Told<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de, T: Word> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Told<T>, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<T: Word> Visitor<'_> for Reader<T> {
            type Value = Told<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word")
            }
            fn visit_str<E>(self, word: &str) -> Result<Told<T>, E> {
                Ok(word.into())
            }
        }
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Light {
        Red,
        Green,
    }

    words! { Light { Red "red", Green "green", } }

    #[test]
    fn a_word_of_another_version_is_kept_and_known_to_be_none_of_ours() {
        let (green, amber): (Told<Light>, Told<Light>) = ("green".into(), "amber".into());
        assert_eq!((&green, green.known(), green.word()), (&Light::Green.into(), Some(Light::Green), "green"));
        assert_eq!((amber.known(), amber.word(), amber == Light::Red), (None, "amber", false));
        assert_eq!(Light::ALL.iter().map(|light| light.word()).collect::<Vec<_>>(), ["red", "green"]);
    }
}
