//! The voices of pages, as the signalling thread has them: which page has the one of a phone, whether its connection can talk
//! and whether anybody reads what it is told. Only where both are so is the page there for the node. The connections
//! themselves are the pages' thread's ([`super::pages`]).

use super::pages::{Ask, Inlet, Sound, Told};
use browser::Refused;
use console::switch::{Answer, Attached, NoVoice, VoiceNews, VoiceWish};
use node::{Input, Node, PageInput, PageNews};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use terms::{Now, PhoneId};
use tokio::sync::mpsc::Sender;

/// Sockets of a page's sound: one for sound, one for reports.
const DESCRIPTORS: usize = 2;

/// Numbers that pages may have; a higher one is none that a switch has given.
const EPOCHS: u64 = 1 << 48;

/// All of them. They grow with the phones of the plans, and no further.
#[derive(Default)]
pub struct Voices {
    /// The thread, and the address where workers receive sound.
    thread: Option<(Inlet, IpAddr)>,
    known: BTreeMap<PhoneId, Voice>,
}

/// One phone's.
struct Voice {
    /// Where its sound is plain RTP.
    sound: SocketAddr,
    /// The newest page.
    epoch: u64,
    /// Where that page is told what happens.
    page: Option<Sender<VoiceNews>>,
    /// Its connection can talk.
    up: bool,
    /// The number of the page that the node was told of last.
    there: u64,
}

impl Voice {
    fn is_read(&self) -> bool {
        self.page.as_ref().is_some_and(|page| !page.is_closed())
    }

    /// A page that does not read is gone, or about to be: what it misses, it is told when it comes back.
    fn tell(&self, news: VoiceNews) {
        if let Some(page) = &self.page {
            let _reads_no_more = page.try_send(news);
        }
    }
}

impl Voices {
    /// None: nothing says where the sound of pages comes in.
    pub fn deaf() -> Voices {
        Voices::default()
    }

    /// Those of this thread.
    pub fn new(thread: Inlet, sound: IpAddr) -> Voices {
        Voices { thread: Some((thread, sound)), known: BTreeMap::new() }
    }

    /// How many descriptors they have taken.
    pub fn descriptors(&self) -> usize {
        DESCRIPTORS * self.known.len()
    }

    /// A page wants something.
    pub fn ask(&mut self, now: Now, phone: PhoneId, wish: VoiceWish, node: &mut Node) {
        match wish {
            VoiceWish::Attach { epoch, take, offer, page, answer } => match self.begin(phone, epoch, take, page) {
                Ok(epoch) => {
                    // Until the new connection can talk, nobody is there: its phone still rings if it takes no longer
                    // than loading anew.
                    self.detach(now, phone, node);
                    self.offer(phone, epoch, (false, offer), answer);
                }
                Err(why) => drop(answer.send(Err(why))),
            },
            VoiceWish::Restart { epoch, offer, answer } => match self.newest(phone, epoch) {
                Ok(_) => self.offer(phone, epoch, (true, offer), answer),
                Err(why) => drop(answer.send(Err(why))),
            },
            VoiceWish::Resume { epoch, page, answer } => {
                let resumed = self.newest(phone, epoch).map(|voice| voice.page = Some(page));
                let _nobody_waits = answer.send(resumed);
                self.attach(now, phone, node);
            }
            VoiceWish::Answer { epoch, leg } => self.press(now, phone, epoch, PageInput::Answer { leg }, node),
            VoiceWish::End { epoch, leg } => self.press(now, phone, epoch, PageInput::End { leg }, node),
            VoiceWish::Leave { epoch } => {
                if let Ok(voice) = self.newest(phone, epoch) {
                    (voice.page, voice.up) = (None, false);
                    self.detach(now, phone, node);
                }
            }
            VoiceWish::Left => {
                // Its socket may have closed after the page had another one.
                if self.known.get(&phone).is_some_and(|voice| !voice.is_read()) {
                    self.detach(now, phone, node);
                }
            }
        }
    }

    /// The thread says how a page is.
    pub fn hear(&mut self, now: Now, told: Told, node: &mut Node) {
        let (Told::Up(phone, epoch) | Told::Found(phone, epoch) | Told::Lost(phone, epoch)) = told;
        let Ok(voice) = self.newest(phone, epoch) else { return };
        voice.up = !matches!(told, Told::Lost(..));
        match voice.up {
            true => self.attach(now, phone, node),
            false => self.detach(now, phone, node),
        }
    }

    /// The node says what a page must know, and who hears it.
    pub fn tell(&mut self, phone: PhoneId, news: &PageNews) {
        let (Some((thread, _)), Some(voice)) = (&self.thread, self.known.get(&phone)) else { return };
        match *news {
            PageNews::Rings { leg, .. } => voice.tell(VoiceNews::Rings(leg)),
            PageNews::Talks { leg, to } => {
                thread.tell(Ask::Hear(phone, to));
                voice.tell(VoiceNews::Talks(leg, to.is_some()));
            }
            PageNews::Quiet { leg } => {
                thread.tell(Ask::Hear(phone, None));
                voice.tell(VoiceNews::Quiet(leg));
            }
        }
    }

    /// A page begins; its number. The one before is told that it has the voice no more.
    fn begin(
        &mut self,
        phone: PhoneId,
        before: Option<u64>,
        take: bool,
        page: Sender<VoiceNews>,
    ) -> Result<u64, NoVoice> {
        if !self.known.contains_key(&phone) {
            self.open(phone)?;
        }
        let voice = self.known.get_mut(&phone).ok_or(NoVoice::Unheard)?;
        let before = before.filter(|epoch| *epoch < EPOCHS);
        let same = before == Some(voice.epoch) || before > Some(voice.epoch);
        let another = voice.is_read() && !voice.page.as_ref().is_some_and(|former| former.same_channel(&page));
        match before {
            Some(_) if !same && !take => return Err(NoVoice::Superseded),
            None if another && !take => return Err(NoVoice::Taken),
            _ => {}
        }
        if another {
            voice.tell(VoiceNews::Superseded);
        }
        // A page may know a number of the start before this one.
        voice.epoch = voice.epoch.max(before.unwrap_or_default()) + 1;
        (voice.page, voice.up) = (Some(page), false);
        Ok(voice.epoch)
    }

    fn open(&mut self, phone: PhoneId) -> Result<(), NoVoice> {
        let (thread, address) = self.thread.as_ref().ok_or(NoVoice::Unheard)?;
        let sound = Sound::bind(*address).map_err(|error| {
            tracing::warn!(%error, "there is no socket for the sound of a page");
            NoVoice::Unheard
        })?;
        let voice = Voice { sound: sound.at(), epoch: 0, page: None, up: false, there: 0 };
        thread.tell(Ask::Sound(phone, sound));
        self.known.insert(phone, voice);
        Ok(())
    }

    fn newest(&mut self, phone: PhoneId, epoch: u64) -> Result<&mut Voice, NoVoice> {
        match self.known.get_mut(&phone) {
            Some(voice) if voice.epoch == epoch => Ok(voice),
            Some(voice) if voice.epoch > epoch => Err(NoVoice::Superseded),
            _ => Err(NoVoice::Unknown),
        }
    }

    fn offer(
        &self,
        phone: PhoneId,
        epoch: u64,
        (again, offer): (bool, String),
        answer: Answer<Result<Attached, NoVoice>>,
    ) {
        let Some((thread, _)) = &self.thread else { return };
        let answer = Box::new(move |agreed: Result<String, Refused>| {
            let agreed = agreed.map(|answer| Attached { epoch, answer });
            let _nobody_waits = answer.send(agreed.map_err(|why| match why {
                Refused::Ended | Refused::Another => NoVoice::Unknown,
                _ => NoVoice::Unusable,
            }));
        });
        thread.tell(Ask::Offer { phone, epoch, again, offer, answer });
    }

    fn press(&mut self, now: Now, phone: PhoneId, epoch: u64, what: PageInput, node: &mut Node) {
        if self.newest(phone, epoch).is_ok() {
            node.handle_input(now, Input::Page(phone, what));
        }
    }

    /// The page is there, where it both reads and can talk.
    fn attach(&mut self, now: Now, phone: PhoneId, node: &mut Node) {
        let Some(voice) = self.known.get_mut(&phone).filter(|voice| voice.up && voice.is_read()) else { return };
        voice.there = voice.epoch;
        // A phone that the plan in force has no more is nobody's.
        let _is_no_page = node.attach(now, phone, voice.epoch, voice.sound);
    }

    fn detach(&mut self, now: Now, phone: PhoneId, node: &mut Node) {
        let Some(epoch) = self.known.get(&phone).map(|voice| voice.there) else { return };
        node.handle_input(now, Input::Page(phone, PageInput::Detached { epoch }));
    }
}

#[cfg(test)]
#[path = "voices_tests.rs"]
mod tests;
