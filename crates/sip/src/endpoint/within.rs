//! Requests of ours within a dialog of a leg (RFC 3261 12.2.1): each begins here.

use super::Endpoint;
use crate::message::{Builder, Method};
use crate::transaction::store::Path;
use terms::LegId;

/// A request that has everything but what it is about.
pub(super) struct Begun {
    /// With the dialog's fields, and our credentials where the other side asked for them.
    pub builder: Builder,
    /// The branch in its Via.
    pub branch: String,
    /// The way that it takes.
    pub path: Path,
}

impl Endpoint {
    /// Begins a request; none: there is no way to the other side.
    pub(super) fn begin_within(&mut self, id: LegId, at: usize, method: &Method) -> Option<Begun> {
        let path = self.dialog_path(id, at)?;
        let branch = self.tokens.branch();
        let leg = self.legs.get_mut(&id)?;
        let dialog = leg.dialogs.get_mut(at)?;
        let seq = dialog.next_seq();
        let credentials = match &mut leg.answerer {
            Some(answerer) => answerer.authorize(method, dialog.request_uri()),
            None => Vec::new(),
        };
        let dialog = self.legs.get(&id)?.dialogs.get(at)?;
        let builder = self.dialog_request(dialog, method, seq, path, &branch);
        let builder = credentials.iter().fold(builder, |builder, (name, value)| builder.header(*name, value));
        Some(Begun { builder, branch, path })
    }
}
