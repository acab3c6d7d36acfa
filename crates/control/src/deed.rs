//! Every verb and every view by its bare kind: what the table of rights has its rows of.

use crate::{Verb, View};
use std::fmt;
use terms::{Word as _, words};

/// What somebody may or may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Look at the switch as a whole.
    SeeStatus,
    /// Look at the phones.
    SeePhones,
    /// Look at who is banned.
    SeeBans,
    /// Look at the changes that are laid over the configuration.
    SeeOverlay,
    /// Look into a running call.
    SeeCall,
    /// Look into a conference room.
    SeeRooms,
    /// Follow what happens.
    SeeEvents,
    /// Look at SIP messages, without bodies, numbers and names.
    SeeTrace,
    /// Look at SIP messages as they are.
    SeeMessages,
    /// Look at calls that are over.
    SeeRecord,
    /// Hear what was recorded of a call.
    PlayRecording,
    /// Take away what was recorded of a call, as a file that nobody erases.
    SaveRecording,
    /// Look at a customer: his name, notes and calls.
    SeeCustomer,
    /// Write down something of a customer.
    SetCustomer,
    /// See a customer's telephone numbers whole.
    SeeNumber,
    /// Give an agent another status.
    SetStatus,
    /// Drain the switch.
    Drain,
    /// Lift a ban.
    Lift,
    /// Reload the configuration.
    Reload,
    /// Lay changes over the configuration.
    Change,
    /// Drop such changes.
    DropChange,
    /// Say which users may log in.
    Admit,
    /// Open a queue that was closed.
    OpenQueue,
    /// Have contacts without a call served, and serve them.
    Contact,
    /// End a call.
    HangUp,
    /// Put a party on hold, or take it back.
    Hold,
    /// Send a party to somebody else.
    Transfer,
    /// Have a party ask somebody else, and go to and fro.
    Consult,
    /// Listen to a call, speak in it, take it over.
    Watch,
    /// Park a party.
    Park,
    /// Fetch whoever is parked.
    Retrieve,
    /// Take a call that rings elsewhere.
    PickUp,
    /// Lock a conference room, mute one who is there, send him away, or have somebody rung into it.
    RunRoom,
    /// Begin a call for somebody.
    Dial,
    /// Say what becomes of calls to a phone.
    SetPhone,
    /// Play a sound into a call.
    Play,
    /// Take the next caller of a queue.
    Take,
    /// Have one who waits go before the others.
    Prefer,
    /// Look at who may log in, and who is there.
    SeeUsers,
    /// Look at who did what.
    SeeAudit,
}

words! { Deed {
    SeeStatus "look at the switch", SeePhones "look at the phones", SeeBans "look at the bans",
    SeeOverlay "look at the changes at run time", SeeCall "look into a call", SeeRooms "look into a room", SeeEvents "follow what happens",
    SeeTrace "look at messages", SeeMessages "see messages in clear",
    SeeRecord "look at a call that is over", PlayRecording "play a recording", SaveRecording "download a recording",
    SeeCustomer "look at a customer", SetCustomer "change a customer", SeeNumber "see a customer's numbers",
    SetStatus "set an agent's status", Drain "drain the switch", Lift "lift a ban",
    Reload "reload the configuration", Change "change queues and agents", DropChange "drop changes at run time",
    Admit "say who may log in", OpenQueue "open a queue", Contact "handle contacts without a call", HangUp "end a call", Hold "put a party on hold", Transfer "transfer a party",
    Consult "ask somebody beside a call", Watch "watch a call", Park "park a party", Retrieve "fetch who is parked",
    PickUp "take what rings elsewhere", RunRoom "run a room", Dial "dial for somebody",
    SetPhone "say where a phone's calls go", Play "play a sound into a call",
    Take "take the next caller of a queue", Prefer "have somebody served first",
    SeeUsers "look at the users", SeeAudit "look at who did what",
} }

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl From<&Verb> for Deed {
    fn from(verb: &Verb) -> Deed {
        match verb {
            Verb::Agent { .. } | Verb::LogIn { .. } | Verb::Dispose { .. } => Deed::SetStatus,
            Verb::Drain { .. } => Deed::Drain,
            Verb::Lift { .. } => Deed::Lift,
            Verb::Reload(()) => Deed::Reload,
            Verb::Change(change) if change.phone().is_some() => Deed::SetPhone,
            Verb::Changes(changes) if !changes.is_empty() && changes.iter().all(|change| change.phone().is_some()) => {
                Deed::SetPhone
            }
            Verb::Change(_) | Verb::Changes(_) | Verb::Assign { .. } => Deed::Change,
            Verb::OverlayDrop { .. } => Deed::DropChange,
            Verb::Invite { .. } | Verb::LockOut { .. } | Verb::Token { .. } | Verb::RevokeToken { .. } => Deed::Admit,
            Verb::QueueOpen { .. } => Deed::OpenQueue,
            Verb::ContactAdd { .. } | Verb::Contact { .. } => Deed::Contact,
            Verb::Hangup { .. } | Verb::Leave { .. } => Deed::HangUp,
            Verb::Hold { .. } | Verb::Resume { .. } => Deed::Hold,
            Verb::Transfer { .. } => Deed::Transfer,
            Verb::Dial { .. } => Deed::Dial,
            Verb::Take { .. } => Deed::Take,
            Verb::Prefer { .. } => Deed::Prefer,
            Verb::Consult { .. }
            | Verb::Swap { .. }
            | Verb::Join { .. }
            | Verb::Complete { .. }
            | Verb::Back { .. } => Deed::Consult,
            Verb::Park { .. } => Deed::Park,
            Verb::Retrieve { .. } => Deed::Retrieve,
            Verb::Lock { .. }
            | Verb::Unlock { .. }
            | Verb::Mute { .. }
            | Verb::Unmute { .. }
            | Verb::Kick { .. }
            | Verb::RoomInvite { .. } => Deed::RunRoom,
            Verb::Pickup { .. } => Deed::PickUp,
            Verb::Play { .. } => Deed::Play,
            Verb::Listen { .. } | Verb::Observe { .. } | Verb::Mode { .. } | Verb::TakeOver { .. } => Deed::Watch,
        }
    }
}

impl From<&View> for Deed {
    fn from(view: &View) -> Deed {
        match view {
            View::Status(()) | View::Contacts(()) => Deed::SeeStatus,
            View::Phones(()) => Deed::SeePhones,
            View::Bans(()) => Deed::SeeBans,
            View::Overlay(()) => Deed::SeeOverlay,
            View::Call { .. } | View::Why { .. } => Deed::SeeCall,
            View::Rooms { .. } => Deed::SeeRooms,
            View::Events(()) => Deed::SeeEvents,
            View::Trace(wish) if wish.is_clear() => Deed::SeeMessages,
            View::Trace(_) => Deed::SeeTrace,
        }
    }
}
