//! One page's connection, from its first offer until it is closed: what the library does for us, and nothing else of it.
//!
//! A page that is loaded anew makes a new connection, and so a new leg: whoever owns the legs puts it in the old one's
//! place. The same page on another network offers again with new ICE credentials (RFC 8839 4.4.1.1.1), and its leg stays.

use crate::identity::Identity;
use crate::line::Line;
use crate::offer::{self, Refused};
use std::net::SocketAddr;
use std::time::Instant;
use str0m::change::SdpOffer;
use str0m::format::{Codec as Format, FormatParams};
use str0m::media::{Frequency, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{Extension, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, IceConnectionState, Input, Rtc};
use terms::Mono;
use terms::limits::PAGE_PACKETS_WAITING;

/// The payload type of keys in our answer where the page does not name its own.
const KEYS: u8 = 126;
/// The fixed header of RTP.
const HEADER: usize = 12;

/// A codec that both sides have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 mu-law.
    Pcmu,
}

/// What was agreed with the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// The codecs with their payload types, the one first that the page wants to hear.
    pub codecs: Vec<(Codec, u8)>,
    /// The payload type of telephone-event, the same both ways.
    pub keys: Option<u8>,
    /// The page sends.
    pub speaks: bool,
    /// It listens.
    pub hears: bool,
}

/// What a leg asks of its owner.
#[derive(Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Send this.
    Send {
        /// To the page.
        to: SocketAddr,
        /// A datagram.
        datagram: Vec<u8>,
    },
    /// A packet of plain RTP that the page sent.
    Sound(&'a mut [u8]),
    /// The page's keys are agreed on: from now on there can be sound.
    Up,
    /// The page answers again after it was lost.
    Found,
    /// The page's consent is stale (RFC 7675): it may come back from another address, or with another offer.
    Lost,
    /// It is over.
    Ended,
}

/// Why a datagram or a packet had no effect. It is counted, and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// Neither STUN, DTLS, RTP nor RTCP.
    Unreadable,
    /// Not from this page, or not proved to be.
    Stranger,
    /// The library could not use it.
    Unusable,
    /// There is no connection, or it has ended.
    Unconnected,
    /// Not what was agreed on.
    NotAgreed,
    /// The leg was not polled for as long as there is room for.
    Full,
    /// It would have been sent twice.
    Repeated,
}

/// A page's leg.
#[derive(Debug)]
pub struct Leg {
    identity: Identity,
    rtc: Rtc,
    /// Where pages reach us: what they are told, and what the library takes for the destination of what they send.
    local: SocketAddr,
    mid: Option<Mid>,
    /// Of the page's certificate.
    fingerprint: String,
    agreed: Agreed,
    line: Line,
    connected: bool,
    /// Its consent is stale: nothing is sent but answers to its checks (RFC 7675 5.1).
    lost: bool,
    ended: bool,
    /// Where its handshake and its sound go.
    remote: Option<SocketAddr>,
    /// Packets that the library has and we have not sent.
    waiting: usize,
    timeout: Option<Mono>,
    /// The packet that was told last.
    sound: Vec<u8>,
}

impl Leg {
    /// Takes a page's offer. `local` is the address that the page reaches. The answer is a session description.
    pub fn answer(identity: &Identity, now: Mono, local: SocketAddr, offer: &str) -> Result<(Leg, String), Refused> {
        let mut leg = Leg {
            rtc: connection(identity, identity.instant(now)),
            identity: identity.clone(),
            local,
            mid: None,
            fingerprint: offer::fingerprint(offer).unwrap_or_default().to_owned(),
            agreed: Agreed::default(),
            line: Line::default(),
            connected: false,
            lost: false,
            ended: false,
            remote: None,
            waiting: 0,
            timeout: Some(now),
            sound: Vec::new(),
        };
        let candidate = Candidate::host(local, Protocol::Udp).map_err(unreadable)?;
        leg.rtc.add_local_candidate(candidate);
        let answer = leg.negotiate(offer)?;
        Ok((leg, answer))
    }

    /// Takes another offer of the same page: it has moved to another network, or holds its microphone back.
    pub fn again(&mut self, now: Mono, offer: &str) -> Result<String, Refused> {
        if !self.rtc.is_alive() {
            return Err(Refused::Ended);
        }
        // The handshake is over, and its keys are that page's: whoever has another certificate begins anew.
        let same_line = offer::mid(offer).map(Mid::from) == self.mid;
        if !same_line || offer::fingerprint(offer) != Some(self.fingerprint.as_str()) {
            return Err(Refused::Another);
        }
        self.timeout = Some(now);
        self.negotiate(offer)
    }

    fn negotiate(&mut self, offer: &str) -> Result<String, Refused> {
        let text = offer::prepare(offer)?;
        let offer = SdpOffer::from_sdp_string(&text).map_err(unreadable)?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(unreadable)?;
        let mid = offer::mid(&text).map(Mid::from);
        self.agreed = self.read_agreed(mid).ok_or(Refused::NoCodec)?;
        self.mid = mid;
        Ok(answer.to_sdp_string())
    }

    fn read_agreed(&self, mid: Option<Mid>) -> Option<Agreed> {
        let media = self.rtc.media(mid?).filter(|media| media.kind() == MediaKind::Audio)?;
        let mut agreed = Agreed {
            speaks: media.direction().is_receiving(),
            hears: media.direction().is_sending(),
            ..Agreed::default()
        };
        for payload_type in media.remote_pts() {
            let known = self.rtc.codec_config().find(|known| known.pt() == *payload_type);
            match known.map(|known| known.spec().codec) {
                Some(Format::PCMA) => agreed.codecs.push((Codec::Pcma, **payload_type)),
                Some(Format::PCMU) => agreed.codecs.push((Codec::Pcmu, **payload_type)),
                Some(Format::Tele) => agreed.keys = agreed.keys.or(Some(**payload_type)),
                _ => {}
            }
        }
        (!agreed.codecs.is_empty()).then_some(agreed)
    }

    /// What was agreed on last.
    pub fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    /// The name under which the page asks for this leg (ICE's username fragment). It changes with each restart.
    pub fn name(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Whether there can be sound.
    pub fn is_up(&self) -> bool {
        self.connected && self.rtc.is_alive()
    }

    /// Where the page is: the address that it has chosen of those from which it proved to send, once anything but an answer to
    /// a check was sent there.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// A datagram that came from somewhere, perhaps from the page. Poll afterwards.
    pub fn receive(&mut self, now: Mono, from: SocketAddr, datagram: &[u8]) -> Result<(), Ignored> {
        if !self.rtc.is_alive() {
            return Err(Ignored::Unconnected);
        }
        let receive = Receive::new(Protocol::Udp, from, self.local, datagram).map_err(|_| Ignored::Unreadable)?;
        let input = Input::Receive(self.identity.instant(now), receive);
        if !self.rtc.accepts(&input) {
            return Err(Ignored::Stranger);
        }
        self.timeout = Some(now);
        self.rtc.handle_input(input).map_err(|_| Ignored::Unusable)
    }

    /// Sends a packet of plain RTP to the page, of whatever stream: it sees one. Poll afterwards.
    pub fn send(&mut self, now: Mono, packet: &[u8]) -> Result<(), Ignored> {
        if !self.is_up() || self.lost {
            return Err(Ignored::Unconnected);
        }
        let [first, second, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3] = *header(packet).ok_or(Ignored::Unreadable)?;
        // What the media core sends has neither extension, padding nor contributing sources.
        if first != 0x80 {
            return Err(Ignored::Unreadable);
        }
        let payload_type = second & 0x7f;
        let ours = self.agreed.codecs.iter().any(|(_, known)| *known == payload_type)
            || self.agreed.keys == Some(payload_type);
        if !ours || !self.agreed.hears {
            return Err(Ignored::NotAgreed);
        }
        if self.waiting >= PAGE_PACKETS_WAITING {
            return Err(Ignored::Full);
        }
        let (source, time) = (u32::from_be_bytes([r0, r1, r2, r3]), u32::from_be_bytes([t0, t1, t2, t3]));
        let place = self.line.place(now, source, u16::from_be_bytes([s0, s1]), time).ok_or(Ignored::Repeated)?;
        let at = self.identity.instant(now);
        let payload = packet.get(HEADER..).unwrap_or_default();
        let write = RtpWrite::new(payload_type.into(), place.number.into(), place.time, at, payload);
        let mid = self.mid.ok_or(Ignored::Unconnected)?;
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).ok_or(Ignored::Unconnected)?;
        stream.write_rtp(write.marker(second & 0x80 != 0));
        self.waiting += 1;
        self.rtc.handle_input(Input::Timeout(at)).map_err(|_| Ignored::Unusable)?;
        self.timeout = Some(now);
        Ok(())
    }

    /// Says goodbye. What is to be sent comes from `poll`, and `Ended` at last.
    pub fn close(&mut self, now: Mono) {
        if self.rtc.close().is_err() {
            self.rtc.disconnect();
        }
        self.timeout = Some(now);
    }

    /// When `handle_timeout` must be called.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.timeout
    }

    /// Does what is due. Poll afterwards.
    pub fn handle_timeout(&mut self, now: Mono) {
        if self.rtc.handle_input(Input::Timeout(self.identity.instant(now))).is_err() {
            self.rtc.disconnect();
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output<'_>> {
        loop {
            let output = match self.rtc.poll_output() {
                Ok(output) => output,
                // What the library cannot go on with is over: a certificate that is not the offer's, a failed handshake.
                Err(_) => {
                    self.rtc.disconnect();
                    continue;
                }
            };
            match output {
                str0m::Output::Timeout(at) => return self.rest(at),
                str0m::Output::Transmit(transmit) => {
                    self.waiting = 0;
                    let (to, datagram): (_, Vec<u8>) = (transmit.destination, transmit.contents.into());
                    // RFC 7983 7: STUN begins with 0 to 3.
                    if datagram.first().is_some_and(|first| *first > 3) {
                        if self.lost {
                            continue;
                        }
                        self.remote = Some(to);
                    }
                    return Some(Output::Send { to, datagram });
                }
                str0m::Output::Event(Event::Connected) => {
                    self.connected = true;
                    return Some(Output::Up);
                }
                str0m::Output::Event(Event::IceConnectionStateChange(state)) => match state {
                    IceConnectionState::Disconnected => {
                        self.lost = true;
                        return Some(Output::Lost);
                    }
                    IceConnectionState::Connected | IceConnectionState::Completed => {
                        let found = std::mem::replace(&mut self.lost, false) || self.connected;
                        if found {
                            return Some(Output::Found);
                        }
                    }
                    _ => {}
                },
                str0m::Output::Event(Event::RtpPacket(packet)) => {
                    if self.write(&packet) {
                        return Some(Output::Sound(&mut self.sound));
                    }
                }
                str0m::Output::Event(_) => {}
            }
        }
    }

    /// Nothing more for now, or for ever.
    fn rest(&mut self, at: Instant) -> Option<Output<'_>> {
        self.timeout = self.identity.mono(at).filter(|_| self.rtc.is_alive());
        self.waiting = 0;
        let told = std::mem::replace(&mut self.ended, !self.rtc.is_alive());
        (self.ended && !told).then_some(Output::Ended)
    }

    /// What the page sent as plain RTP: what was agreed on, without extensions.
    fn write(&mut self, packet: &RtpPacket) -> bool {
        let from = &packet.header;
        let payload_type = *from.payload_type;
        let sound = self.agreed.codecs.iter().any(|(_, known)| *known == payload_type);
        if !(self.agreed.speaks && (sound || self.agreed.keys == Some(payload_type))) {
            return false;
        }
        self.sound.clear();
        self.sound.extend([0x80, u8::from(from.marker) << 7 | payload_type & 0x7f]);
        self.sound.extend(from.sequence_number.to_be_bytes());
        self.sound.extend(from.timestamp.to_be_bytes());
        self.sound.extend(u32::to_be_bytes(*from.ssrc));
        self.sound.extend_from_slice(&packet.payload);
        true
    }
}

fn header(packet: &[u8]) -> Option<&[u8; HEADER]> {
    packet.first_chunk()
}

fn unreadable(error: impl std::fmt::Display) -> Refused {
    Refused::Unreadable(error.to_string())
}

/// A connection that answers: ICE-lite, packets as they are on the wire, G.711 and keys, and of the extensions only the one
/// that says which line a packet is of (RFC 9143 9).
fn connection(identity: &Identity, start: Instant) -> Rtc {
    let mut config = Rtc::builder()
        .set_crypto_provider(identity.provider())
        .set_dtls_cert(identity.certificate())
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .clear_codecs()
        .enable_pcma(true, false)
        .enable_pcmu(true, false)
        .clear_extension_map()
        .set_extension(1, Extension::RtpMid);
    let keys = FormatParams::parse_line("0-15");
    config.codec_config().add_config(KEYS.into(), None, Format::Tele, Frequency::EIGHT_KHZ, None, keys);
    config.build(start)
}
