//! The common stage of the scenarios: one switch, a carrier, two agents with different skills, prompts
//! and music that are time-coded, and a capture of it all. A scenario changes the text it is made from.

use crate::baresip::{Account, Baresip};
use crate::capture::Capture;
use crate::g711::Law;
use crate::place::Place;
use crate::sipp::{Dial, Sipp};
use crate::sound::Sound;
use crate::switch::Switch;
use crate::voice::Voice;
use crate::wire::Trace;
use anyhow::{Result, ensure};
use std::time::Duration;

/// Greeting, menu, queue `support` with key 1.
pub const MAIN: &str = "+442079460001";
/// Straight into the queue `anyone`.
pub const DIRECT: &str = "+442079460002";
/// How long a scenario waits for a step.
pub const PATIENCE: Duration = Duration::from_secs(12);

/// A conversation with Alice.
pub struct Talk {
    /// Her phone.
    pub alice: Baresip,
    /// What the caller hears.
    pub voice: Voice,
    /// His call.
    pub call: Sipp,
}

/// What sounds there are.
pub struct Sounds {
    /// Played first.
    pub greeting: Sound,
    /// The menu's text.
    pub choose: Sound,
    /// Heard while waiting.
    pub music: Sound,
    /// What the caller says.
    pub caller: Sound,
    /// What Alice says.
    pub alice: Sound,
    /// What Bob says.
    pub bob: Sound,
}

impl Sounds {
    fn new() -> Sounds {
        Sounds {
            greeting: Sound::new("greeting", 1.5),
            choose: Sound::new("choose", 6.0),
            music: Sound::new("music", 12.0),
            caller: Sound::new("caller", 25.0),
            alice: Sound::new("alice", 20.0),
            bob: Sound::new("bob", 20.0),
        }
    }

    /// All of them.
    pub fn all(&self) -> [&Sound; 6] {
        [&self.greeting, &self.choose, &self.music, &self.caller, &self.alice, &self.bob]
    }
}

/// A stage.
pub struct Stage {
    /// The sounds.
    pub sounds: Sounds,
    /// The switch.
    pub switch: Switch,
    /// The capture, where there can be one.
    pub capture: Option<Capture>,
    /// Last, so that the folder outlives who writes into it.
    pub place: Place,
}

impl Stage {
    /// Sets the stage with the common configuration.
    pub fn set() -> Result<Stage> {
        Stage::set_with(|config, _| config)
    }

    /// Sets the stage with a configuration made from the common one.
    pub fn set_with(change: impl FnOnce(String, &Place) -> String) -> Result<Stage> {
        let place = Place::take()?;
        let sounds = write_sounds(&place)?;
        let capture = Capture::start(&place)?;
        let switch = Switch::start(&place, &change(configuration(&place), &place))?;
        Ok(Stage { sounds, switch, capture, place })
    }

    /// Alice: English, over UDP.
    pub fn alice(&self) -> Result<Baresip> {
        let phone = Baresip::start(&self.place, 0, &Account::new("alice", "wonderland"), &self.sounds.alice)?;
        phone.registered()?;
        Ok(phone)
    }

    /// Bob: German, over TCP.
    pub fn bob(&self) -> Result<Baresip> {
        let account = Account { tcp: true, ..Account::new("bob", "builder") };
        let phone = Baresip::start(&self.place, 1, &account, &self.sounds.bob)?;
        phone.registered()?;
        Ok(phone)
    }

    /// Opens a caller's media.
    pub fn voice(&self) -> Result<Voice> {
        Voice::open(self.place.carrier(), &self.sounds.caller, Law::A)
    }

    /// Alice takes a caller out of her queue, and he hears her.
    pub fn alice_talks(&self) -> Result<Talk> {
        let (alice, voice) = (self.alice()?, self.voice()?);
        let call = self.dial(0, DIRECT, &voice)?;
        alice.event("CALL_INCOMING", 1)?;
        alice.command("accept", "")?;
        voice.wait_to_hear(&self.sounds.alice, PATIENCE)?;
        Ok(Talk { alice, voice, call })
    }

    /// The carrier calls a number.
    pub fn dial(&self, count: u32, number: &str, voice: &Voice) -> Result<Sipp> {
        Sipp::dial(&self.place, count, self.switch.address(), &Dial::new(&self.place, number, voice))
    }

    /// Ends the capture; what the switch did wrong on the wire fails the test. `None`: not captured.
    pub fn wire(&mut self) -> Result<Option<Trace>> {
        let Some(capture) = self.capture.take() else { return Ok(None) };
        let trace = capture.stop()?;
        let faults: Vec<String> = trace.faults(self.place.switch()).iter().map(ToString::to_string).collect();
        ensure!(faults.is_empty(), "on the wire:\n{}\n\n{}", faults.join("\n"), trace.ladder());
        Ok(Some(trace))
    }
}

/// Writes the prompts and the music.
pub fn write_sounds(place: &Place) -> Result<Sounds> {
    let sounds = Sounds::new();
    for (file, sound) in [("welcome", &sounds.greeting), ("choose", &sounds.choose), ("music", &sounds.music)] {
        sound.write_wav(&place.path(&format!("sounds/{file}.wav"))?)?;
    }
    Ok(sounds)
}

/// The common configuration, with more workers than one whatever the machine has. Debian's baresip fails at any challenge that names SHA-256.
pub fn configuration(place: &Place) -> String {
    let (switch, carrier, folder) = (place.switch(), place.carrier(), place.folder().display());
    format!(
        r#"[listen]
udp = "{switch}:5060"
tcp = "{switch}:5060"
rtp = "16384-17383"

[media]
workers = 3

[storage]
database = "sqlite:{folder}/strowger.db"
recordings = "{folder}/recordings"
sounds = "{folder}/sounds"
control = "{folder}/strowger.sock"

[[trunk]]
name = "carrier"
peers = ["{carrier}"]
codecs = ["PCMA", "PCMU"]

[[phone]]
user = "alice"
password = "wonderland"
digest = "MD5"
extension = "101"

[[phone]]
user = "bob"
password = "builder"
digest = "MD5"
extension = "102"

[[agent]]
name = "alice"
skills = {{ english = 9 }}
ready = "at start"

[[agent]]
name = "bob"
skills = {{ german = 9 }}
ready = "at start"

[[queue]]
name = "support"
agents = ["alice", "bob"]
require = "english >= 5"
ring = "8s"
wrap_up = "1s"
music = "music.wav"
record = true

[[queue]]
name = "anyone"
agents = ["alice", "bob"]
strategy = "linear"
ring = "8s"
wrap_up = "1s"
music = "music.wav"

[[route]]
from = "trunk:carrier"
to = "+442079460001"
go = "flow:main"

[[route]]
from = "trunk:carrier"
to = "+442079460002"
go = "queue:anyone"

[flow.main]
greet = {{ play = "welcome.wav", then = "choose" }}
choose = {{ menu = "choose.wav", keys = {{ 1 = "queue:support", 2 = "queue:anyone" }}, no_input = "hangup", no_match = "hangup" }}
"#
    )
}
