//! Conference rooms: who may come in, and what is heard there.

use super::{Place, Plan};
use terms::{PhoneId, PromptId, RoomId};

/// A conference room. Its PINs are in [`crate::Secrets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// The short number that leads there.
    pub extension: Option<String>,
    /// Whether guests are asked for a PIN.
    pub pin: bool,
    /// Whether there is a PIN that makes a host.
    pub host_pin: bool,
    /// Phones whose callers are hosts, without a PIN.
    pub hosts: Vec<PhoneId>,
    /// Whether guests wait until a host is there.
    pub waits: bool,
    /// How many may be in it.
    pub most: u32,
    /// What is heard by one who is alone, or waits for a host; what is heard on hold without it.
    pub music: Option<PromptId>,
    /// What asks for the PIN; a tone without it.
    pub ask: Option<PromptId>,
    /// What is heard when somebody comes in.
    pub enter: Chime,
    /// What is heard when somebody goes.
    pub leave: Chime,
    /// Whether guests are muted when they come in.
    pub muted: bool,
    /// Record what is said in it.
    pub record: bool,
    /// Where it was written.
    pub place: Place,
}

/// What those in a room hear of somebody who comes or goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chime {
    /// A short tone.
    #[default]
    Beep,
    /// Nothing.
    Nothing,
    /// A sound.
    Sound(PromptId),
}

impl Room {
    /// Whether a key is to be pressed before one gets in who is no host by his phone.
    pub fn asks(&self) -> bool {
        self.pin || self.host_pin
    }
}

impl Plan {
    /// The room of an id.
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    /// The room whose extension was dialled.
    pub fn room_dialled(&self, called: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.extension.as_deref() == Some(called))
    }
}
