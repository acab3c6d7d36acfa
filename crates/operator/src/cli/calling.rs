//! What may be said of a running call: `strowger call ...`.

use super::which::Switch;
use clap::{Subcommand, ValueEnum};
use terms::{CallRef, Slot};

/// What may be done with a running call.
#[derive(Debug, Subcommand)]
pub(super) enum CallVerb {
    /// Shows who is in it, and who hears whom.
    Show {
        /// Which call, as it is listed.
        call: CallRef,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Ends it for everybody.
    Hangup {
        /// Which call, as it is listed.
        call: CallRef,
        #[command(flatten)]
        switch: Switch,
    },
    /// Sends one of its parties to somebody else.
    Transfer {
        /// Which call, as it is listed.
        call: CallRef,
        /// Where to: phone:NAME, group:NAME, queue:NAME, agent:NAME, flow:NAME, trunk:NAME/NUMBER, or a number.
        target: String,
        /// Whom: a leg such as l5, or a device such as phone:alice, as `show` has it.
        #[arg(long, visible_alias = "leg")]
        party: Option<String>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Has one of its parties wait: he hears music instead of the others, and they do not hear him.
    Hold {
        /// Which call, as it is listed.
        call: CallRef,
        /// Whom: a leg such as l5, or a device such as phone:alice, as `show` has it.
        party: String,
        /// Take him back.
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Has one of its parties ask somebody else, whom the others do not hear: they wait with music.
    Consult {
        /// Which call, as it is listed.
        call: CallRef,
        /// Whom: phone:NAME, group:NAME, agent:NAME, trunk:NAME/NUMBER, or a number as he would dial it.
        target: String,
        /// Who asks: a leg such as l5, or a device such as phone:alice, as `show` has it. Else the only phone in it.
        #[arg(long, visible_alias = "leg")]
        party: Option<String>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Begins a call: rings an agent or a phone, and then dials the number with the rights and the number of that one.
    Dial {
        /// For whom: an agent, at all of his devices.
        #[arg(long, required_unless_present = "phone", conflicts_with = "phone")]
        agent: Option<String>,
        /// For whom: a phone.
        #[arg(long)]
        phone: Option<String>,
        /// The number, as his phone would dial it.
        #[arg(long)]
        to: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Has one of its parties wait alone, with music, until somebody dials the slot; whoever talks to it is free.
    Park {
        /// Which call, as it is listed.
        call: CallRef,
        /// In which slot. Else in the next free one.
        #[arg(long)]
        slot: Option<Slot>,
        /// Whom: a leg such as l5, or a device such as phone:alice, as `show` has it.
        #[arg(long, visible_alias = "leg")]
        party: Option<String>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Rings a phone beside the one at which a call rings, to take it there.
    Pickup {
        /// Where it rings: phone:NAME, agent:NAME or group:NAME.
        from: String,
        /// Where it is to ring, too: phone:NAME.
        #[arg(long)]
        at: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Rings somebody to fetch who is parked.
    Retrieve {
        /// In which slot.
        slot: Slot,
        /// Who is rung: phone:NAME, group:NAME, agent:NAME or trunk:NAME/NUMBER.
        #[arg(long)]
        at: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Has the one who asks go back to those who wait for him, or again to the one whom he asks.
    Swap {
        /// Which call, as it is listed.
        call: CallRef,
        #[command(flatten)]
        switch: Switch,
    },
    /// Has the one who asks, and whom he asks, come to those who wait for him: all hear each other.
    Join {
        /// Which call, as it is listed.
        call: CallRef,
        #[command(flatten)]
        switch: Switch,
    },
    /// Lets go of one of more than two who are in a call; the others go on.
    Leave {
        /// Which call, as it is listed.
        call: CallRef,
        /// Whom: a leg such as l5, or a device such as phone:alice, as `show` has it.
        party: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Has the one who asks leave: the other two are together.
    Complete {
        /// Which call, as it is listed.
        call: CallRef,
        #[command(flatten)]
        switch: Switch,
    },
    /// Lets go of the one who is asked, or rung for that: the conversation is as it was.
    Back {
        /// Which call, as it is listed.
        call: CallRef,
        #[command(flatten)]
        switch: Switch,
    },
    /// Rings somebody who is to hear a call without being part of it.
    #[command(after_help = "\
Examples:
  strowger call listen c100000000003 --at phone:carol
  strowger call listen c100000000003 --at agent:carol --mode whisper --party phone:alice
  strowger call listen agent:alice --at phone:carol

He hears what the one whom he watches hears and says, and goes with that one. His keys change the mode: 4 listen, 5 whisper,
6 barge; nobody else hears them.")]
    Listen {
        /// Which call, as it is listed; or whose, where he talks now: agent:NAME or phone:NAME.
        call: String,
        /// Who is rung: phone:NAME or agent:NAME.
        #[arg(long)]
        at: String,
        /// Who hears him.
        #[arg(long, value_enum, default_value = "listen")]
        mode: ModeWish,
        /// Whom he watches: a leg such as l5, or a device such as phone:alice, as `show` has it. Else the only phone in it.
        #[arg(long, visible_alias = "leg")]
        party: Option<String>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Plays a sound into a call: whoever hears it hears nobody else meanwhile, and the conversation goes on after it.
    Play {
        /// Which call, as it is listed.
        call: CallRef,
        /// Which: a file, as the configuration names it.
        sound: String,
        /// To whom: a leg such as l5, or a device such as phone:alice, as `show` has it; or all who talk.
        #[arg(long, default_value = "all")]
        to: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Has one who watches a call be heard by others than before, or take the place of the one whom he watches.
    Mode {
        /// Which call, as it is listed.
        call: CallRef,
        /// Who hears him: nobody, the one whom he watches, or all; or he has that one's place.
        #[arg(value_enum)]
        mode: ModeWish,
        /// Who watches: a leg such as l5, or a device such as phone:carol, as `show` has it. Else the only one who does.
        #[arg(long, visible_alias = "leg")]
        party: Option<String>,
        #[command(flatten)]
        switch: Switch,
    },
}

/// How somebody watches a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ModeWish {
    /// He hears all, and is heard by nobody.
    Listen,
    /// The one whom he watches hears him.
    Whisper,
    /// All hear him.
    Barge,
    /// He takes the place of the one whom he watches.
    Takeover,
}
