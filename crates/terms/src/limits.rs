//! Every bound on what a peer can make grow, with its name, its unit and what happens there.
//! A number that guards memory and is not in this file is a bug.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Longest datagram or stream message accepted, in bytes: beyond it, 513 or a closed stream.
pub const MESSAGE_BYTES: usize = 65_535;
/// Header fields in one message: beyond it, the message is malformed (400).
pub const HEADERS: usize = 256;
/// Via, Route or Record-Route values followed in one message.
pub const HOPS: usize = 64;
/// Body of one message, in bytes: beyond it, 413.
pub const BODY_BYTES: usize = 32_768;
/// Media lines in one session description: beyond it, 488.
pub const MEDIA_LINES: usize = 16;
/// Formats in one media line; the rest are ignored.
pub const FORMATS: usize = 32;
/// Bytes that a stream link may have queued towards a peer that does not read: beyond it, the link is closed.
pub const LINK_WRITE_BYTES: usize = 262_144;
/// Messages, and INVITEs, that may wait for one link that is being connected: beyond it, they are dropped or fail (503).
pub const LINK_WAITING: usize = 64;
/// Addresses of one carrier's name that are kept: beyond it, the rest of an answer is left out.
pub const LOOKUP_ADDRESSES: usize = 16;
/// Offers of ours that may wait in one leg for their turn: beyond it, the newest is refused (491).
pub const OFFERS_WAITING: usize = 4;
/// Stream links open at once: beyond it, the oldest idle one is closed, or the new one refused.
pub const LINKS: usize = 10_000;
/// Bytes of messages with one Call-ID that are kept for the trace: beyond it, the oldest of them go.
pub const TRACE_CALL_BYTES: usize = 262_144;
/// Megabytes of messages that may be kept for the trace.
pub const TRACE_MEGABYTES: u32 = 1_000;
/// Messages that may wait to be sent to a capture server: beyond it, they are lost, and counted.
pub const HOMER_WAITING: usize = 4_096;
/// How long a stream link may stay silent with no dialog or binding on it.
pub const LINK_IDLE: Duration = Duration::from_secs(600);
/// How long a peer may take to finish a message that it began on a stream.
pub const MESSAGE_TIME: Duration = Duration::from_secs(10);
/// Transactions alive at once: beyond it, new requests get 503 without state; those within a dialog have as many again.
/// A call leaves three behind for 32 s (RFC 6026) and one for 5 s, so this is 2,000 calls a second.
pub const TRANSACTIONS: usize = 200_000;
/// Legs alive at once: beyond it, new INVITEs get 503.
pub const LEGS: usize = 20_000;
/// Calls alive at once: beyond it, new INVITEs get 503.
pub const CALLS: usize = 10_000;
/// Ids of a kind (contacts, recordings, legs, events) that are kept for what runs: with fewer left of a start's 2^36, new
/// INVITEs get 503.
pub const IDS_KEPT: u64 = 1 << 20;
/// Changes of who is on which side of a recording that its account tells.
pub const TRACKS: usize = 1_024;
/// Descriptors that a call needs: RTP and RTCP of both legs. A recording takes one more while it runs.
pub const DESCRIPTORS_PER_CALL: usize = 4;
/// Descriptors that belong to no call and no link: listeners, doorbells, the account, logs, the control socket, and
/// what is being accepted while it is refused.
pub const DESCRIPTORS_SPARE: usize = 96;
/// Memory that a call with both legs may need, in bytes; `a_call_needs_less_memory_than_it_is_given` measures it.
pub const MEMORY_PER_CALL: usize = 256 * 1_024;
/// Share of the memory that the process may have: beyond it, new calls get 503 and new links are closed. The rest is for
/// what runs, and for what comes in between two looks.
pub const MEMORY_FULL_PERCENT: u64 = 80;
/// Calls of one phone that a person keeps apart: behind one that has more stands another switch.
pub const CALLS_OF_A_PERSON: u32 = 2;
/// Slots in which calls can be parked.
pub const PARKING_SLOTS: u32 = 1_000;
/// Contacts that nobody's leg holds, in all queues together.
pub const ABSENT_CONTACTS: usize = 10_000;
/// Stays in queues after which no rule moves such a contact to another queue any more.
pub const ABSENT_MOVES: u16 = 1_000;
/// Things that a queue announces to those who wait.
pub const ANNOUNCEMENTS: usize = 8;
/// Legs of one ringing at once, be it a step of a flow or an offer to an agent; and agents who are offered one contact at
/// once, each with a ringing of his own and all his devices. Of those beyond it, none is rung.
pub const RINGING_LEGS: usize = 32;
/// Early dialogs that one INVITE of ours may open: beyond it, further tags are ignored.
pub const EARLY_DIALOGS: usize = 8;
/// INFOs of ours that may wait in one leg for their turn: beyond it, the newest is dropped.
pub const INFOS_WAITING: usize = 32;
/// REFERs of one leg that are not over: beyond it, 603.
pub const REFERS: usize = 4;
/// How long a phone that hung up is told how its transfer goes on.
pub const REFER_LINGERS: Duration = Duration::from_secs(180);
/// Subscriptions of one account: beyond it, 403. An attendant's console with all its side cars has about 200 keys.
pub const SUBSCRIPTIONS_PER_PHONE: usize = 512;
/// Subscriptions alive at once: beyond it, 503.
pub const SUBSCRIPTIONS: usize = 20_000;
/// The longest pause that a phone may ask for before it is told anything again.
pub const NOTIFY_REST: Duration = Duration::from_secs(60);
/// Calls in one document about what somebody's phones do; the rest is left out.
pub const DIALOGS_SHOWN: usize = 8;
/// Parts of a presence document that are looked at: one with more says nothing.
pub const PUBLISHED_NODES: u32 = 256;
/// Letters kept of the note in it.
pub const NOTE_LETTERS: usize = 128;
/// Presence documents that one account may have published: beyond it, 403.
pub const PUBLICATIONS_PER_PHONE: usize = 8;
/// Bytes of a presence document: beyond it, 413.
pub const PUBLISHED_BYTES: usize = 8_192;
/// Texts that are on their way at once: beyond it, 503.
pub const TEXTS: usize = 1_000;
/// Texts that one account may send within [`TEXTS_SPAN`]: beyond it, 503.
pub const TEXTS_PER_SPAN: u32 = 20;
/// What [`TEXTS_PER_SPAN`] counts in.
pub const TEXTS_SPAN: Duration = Duration::from_secs(10);
/// Bytes of a text (RFC 3428 8: what a datagram carries whole): beyond it, 413.
pub const TEXT_BYTES: usize = 1_300;
/// Contacts bound to one phone: beyond it, the one refreshed longest ago is replaced.
pub const BINDINGS_PER_PHONE: usize = 8;
/// Longest contact URI kept, in bytes: beyond it, 400.
pub const CONTACT_BYTES: usize = 1_024;
/// Challenges outstanding at once (nonces remembered for their counts); the oldest is forgotten.
pub const NONCES: usize = 20_000;
/// How long a nonce is good for.
pub const NONCE_LIFE: Duration = Duration::from_secs(300);
/// Sources whose wrong passwords are counted at once: beyond it, the one that was quiet for the longest time is forgotten.
pub const GUESSING_SOURCES: usize = 2_048;
/// Accounts of one source that are braked each by itself: beyond it, the rest of that source's accounts share one brake.
pub const GUESSED_ACCOUNTS: usize = 32;
/// Bytes kept of a user name that somebody claimed; the rest is not looked at by the brake.
pub const CLAIMED_USER_BYTES: usize = 64;
/// Sources and accounts whose unanswered challenges are counted at once; the oldest are forgotten.
pub const UNANSWERED: usize = 8_192;
/// Sources and reasons whose refusals are told to the log one by one; the oldest are forgotten, and told once more.
pub const REFUSALS_TOLD: usize = 2_048;
/// Bytes kept of the User-Agent field of a phone.
pub const USER_AGENT_BYTES: usize = 96;
/// Contacts waiting in one queue, unless the queue says less.
pub const QUEUE_LENGTH: usize = 10_000;
/// Steps of one queue's requirement: beyond it, the plan is refused.
pub const REQUIREMENT_STEPS: usize = 32;
/// Skills asked for in one requirement: beyond it, the plan is refused.
pub const REQUIREMENT_SKILLS: usize = 64;
/// Requirements by which the contacts of one queue wait at once: beyond it, a contact that brings one of its own waits
/// by the queue's instead, counted.
pub const REQUIREMENT_CLASSES: usize = 256;
/// What may happen to a party that is on its way between two calls, to be told when it arrives: beyond it, the rest is
/// left out, but for its end.
pub const NOTES_IN_TRANSIT: usize = 64;
/// Digits waiting in one leg for a menu to take them; the oldest is dropped.
pub const DIGITS: usize = 32;
/// Seconds of sound in one prompt.
pub const PROMPT_SECONDS: u32 = 1_800;
/// Seconds of sound in one recording: beyond it, the recording ends there and says so. A day of stereo fits a WAV file.
pub const RECORDING_SECONDS: u64 = 86_400;
/// Frames of sound that one media worker may have waiting for the recorder, two seconds of 500 calls: beyond it, they are
/// lost to the recording, which counts them as its gap.
pub const RECORDER_FRAMES: usize = 2 * 50 * 2 * 500;
/// Parties of one call, whoever is asked beside the conversation among them: each has a voice of his own in a recording.
pub const CONFERENCE: usize = RECORDING_VOICES;
/// Parties of one room; the room may say less. One more is told that it is busy.
pub const ROOM: u32 = 200;
/// Bytes of the people in the document about a room: of whom it has no place for, it does not tell. It must fit a datagram.
pub const ROSTER_BYTES: usize = 48_000;
/// Digits of a PIN; the shortest that is taken is [`PIN_LEAST`].
pub const PIN_DIGITS: usize = 16;
/// See [`PIN_DIGITS`].
pub const PIN_LEAST: usize = 4;
/// Whose wrong PINs are counted at once, agents and phones at the front desk, rooms and callers in call control: beyond it,
/// the one that was quiet for the longest time is forgotten.
pub const PIN_GUESSERS: usize = 4_096;
/// Speakers (stream and SSRC) whose time lines one recording keeps; the one not heard for the longest time is forgotten.
pub const RECORDING_VOICES: usize = 8;
/// Steps that a caller may pass without a wait in between: beyond it, the flow is a loop and the call ends.
pub const FLOW_STEPS: usize = 100;
/// How long a BYE for a call that died with an earlier process waits for a phone whose stream died too.
pub const FAREWELL: Duration = Duration::from_secs(900);
/// How long a freed RTP port rests before it is used again, while there are others.
pub const PORT_REST: Duration = Duration::from_secs(30);
/// How long it rests when there are no others: a packet that is later than this has lost its call anyway.
pub const PORT_REST_LEAST: Duration = Duration::from_secs(1);
/// How long a pair rests whose sockets stay open: what still arrives there meanwhile is seen before it is used again.
pub const PORT_REST_KEPT: Duration = Duration::from_millis(250);
/// Threads that move sound.
pub const MEDIA_WORKERS: u32 = 64;
/// RTP port pairs whose sockets are open while no stream has them, at most.
pub const KEPT_PAIRS: usize = 1_000;
/// ... and at most one descriptor in so many goes to them.
pub const KEPT_SHARE: usize = 16;
/// Of these, how many a media worker opens in advance, so that no call waits for one; half of its share at most.
pub const SPARE_PAIRS: usize = 64;
/// Entries waiting for the database, in the daybook or before it: beyond it, admission closes.
pub const LEDGER_BACKLOG: usize = 100_000;
/// Events that wait while a switch that starts reads what its account says of today: beyond it, today begins with the start.
pub const FIGURES_MEANWHILE: usize = 100_000;
/// Records of what happens that wait for one who follows it: beyond it he misses the oldest, and reads them in the account.
pub const STREAM: usize = 65_536;
/// Answers to commands that are remembered, so that one that comes again is not done again; the oldest are forgotten.
pub const REPLIES: usize = 1_024;
/// Bytes that a file of the daybook may keep on the disk: one that an outage made longer is cut once it is posted.
pub const DAYBOOK_BYTES: u64 = 64 << 20;
/// Messages in a mailbox with which nobody is done: beyond it, callers leave no more there.
pub const MAILBOX: usize = 100;
/// Letters of a number to which a phone forwards its calls.
pub const DIALLED: usize = 64;

/// Figures of a wall board: what can be read from afar.
pub const BOARD_FIGURES: RangeInclusive<usize> = 3..=6;
/// Connections of browsers and programs to the console at once; more are hung up on.
pub const CONSOLE_CONNECTIONS: usize = 1_024;
/// Events that the console has in memory for those who follow; older ones are read in the account.
pub const CONSOLE_EVENTS: usize = 8_192;
/// Their bytes.
pub const CONSOLE_BYTES: usize = 8 << 20;
/// Bytes of events that one reader is sent at once.
pub const CONSOLE_PIECE: usize = 256 << 10;
/// Items of one page of a list of the API.
pub const CONSOLE_PAGE: usize = 1_000;
/// Bytes of a page's offer of sound: beyond it, the offer is refused.
pub const PAGE_OFFER_BYTES: usize = 16_384;
/// Lines of it.
pub const PAGE_OFFER_LINES: usize = 256;
/// Addresses from which a page is known to send at once: beyond it, the one that was learnt first is forgotten.
pub const PAGE_ADDRESSES: usize = 8;
/// Packets that wait in a page's leg for its connection: beyond it, sound is dropped.
pub const PAGE_PACKETS_WAITING: usize = 8;
