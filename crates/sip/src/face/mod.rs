//! What goes into the signalling core and what comes out of it.
//!
//! The contract of a leg: `Invited` (or the command `Invite`) begins it; exactly one `Refused` or
//! `Ended` ends it, also after a `Release`; no event names it afterwards. Bodies are opaque here.

mod command;
mod config;
mod event;
mod extras;
mod input;
mod output;
mod transport;
mod watch;

pub use crate::kept::{DialogChange, Head, KeptArrival, KeptDialog, KeptInvite, KeptParty, Owed};
pub use crate::noted::{ContactSeen, Failure, Noted, PhoneSeen, Refusal};
pub use crate::notifier::{Package, SubId};
pub use crate::ours::{Credentials, Expires, Host, Registration, RegistrationFailure, TrunkPeer};
pub use crate::registrar::{BindingId, BindingLine};
pub use command::{Command, Reason, Target};
pub use config::{Config, PhoneAccount};
pub use event::{Arrival, Bindings, EndedBy, Event, LegEvent, Referral, Replaced};
pub use extras::{Diversion, Extras, ToldAs};
pub use input::Input;
pub use output::{BindingChange, Output};
pub use transport::{Framing, Transport};
pub use watch::{Handle, Line, LineState, Published, Subscriber, Text, TextId, Watch};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use terms::{PhoneId, TrunkId};

/// A message body with its type. `sip` never looks inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The Content-Type value, such as `application/sdp`.
    pub content_type: String,
    /// The octets.
    pub bytes: Bytes,
}

impl Body {
    /// An SDP body.
    pub fn sdp(bytes: impl Into<Bytes>) -> Body {
        Body { content_type: "application/sdp".into(), bytes: bytes.into() }
    }
}

/// Who a request came from, after authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// A carrier, known by its address.
    Trunk(TrunkId),
    /// A phone, known by its digest credentials.
    Phone(PhoneId),
}
