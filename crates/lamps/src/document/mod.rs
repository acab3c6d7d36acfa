//! The documents: what is told, in the words of each package. A document says everything; its version is the watcher's.

mod conference;
mod dialog;
mod presence;
mod reg;
mod summary;
mod xml;

use crate::light::Scene;
use crate::resource::Resource;
use crate::rights;
use crate::roster::Roster;
use sip::{Body, Package};
use terms::PhoneId;

/// Who is told what.
pub(crate) struct Order<'a> {
    /// Whose phone it is.
    pub by: PhoneId,
    /// In which words.
    pub package: Package,
    /// What is watched.
    pub what: Resource,
    /// Who is in it, where it is a room; and who was when he was told last, where he is told what is new.
    pub room: (Option<&'a Roster>, Option<&'a Roster>),
    /// By which name he watches it.
    pub name: &'a str,
    /// What he calls the switch.
    pub host: &'a str,
}

/// A document without its version.
pub(crate) struct Document {
    package: Package,
    /// What stands before the version, and behind it.
    parts: (String, String),
}

impl Document {
    /// How things stand now.
    pub(crate) fn make(scene: &Scene<'_>, order: &Order<'_>) -> Document {
        let entity = xml::uri(order.name, order.host);
        let far = rights::sees_far_party(scene.plan, order.by, order.what);
        let parts = match order.package {
            Package::Conference => conference::write(order, &entity),
            Package::Dialog => dialog::write(scene, order, &entity, far),
            Package::Presence => (presence::write(&scene.there(order.what), &entity), String::new()),
            Package::Reg => reg::write(scene.sight, order.by, &entity),
            Package::MessageSummary => (summary::write(scene, order.by, &entity), String::new()),
        };
        Document { package: order.package, parts }
    }

    /// What makes it another one than the last, whatever its version.
    pub(crate) fn mark(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.parts.hash(&mut hasher);
        hasher.finish()
    }

    /// As it is sent.
    pub(crate) fn with_version(self, version: u32) -> Body {
        let (mut text, rest) = self.parts;
        if !rest.is_empty() {
            text.push_str(&version.to_string());
            text.push_str(&rest);
        }
        Body { content_type: self.package.content_type().into(), bytes: text.into() }
    }
}
