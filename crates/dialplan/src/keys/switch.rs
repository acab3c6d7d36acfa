//! The file itself, and the sections about the switch as a whole.

use super::calls::{CALL_BACK, FLOW, GO, HANG_UP, HOURS, MENU, PLAY, QUEUE_STEP, RING, ROUTE, VOICEMAIL};
use super::codes::CODES;
use super::console::{BOARD, CONSOLE, TLS};
use super::duty::DUTY;
use super::people::{AGENT, GROUP, PHONE, QUEUE, TRUNK};
use super::room::ROOM;
use super::user::USER;
use super::{Kind, keys};
use crate::compile::AUDIENCES;
use terms::limits;

keys! {
    /// The configuration is one file, `strowger.toml`, and whatever it includes. The smallest useful one is a phone.
    pub ROOT "strowger.toml" {
        /// Other files, relative to the file that names them. They are read as if their text stood at that place, so
        /// their routes come before those of the file that includes them.
        include: Kind::Texts("phones.toml"); Words("nothing"),
        /// Where the switch listens.
        listen: Kind::One(&LISTEN); Words("the defaults of its keys"),
        /// How calls are signalled.
        sip: Kind::One(&SIP); Words("the defaults of its keys"),
        /// Who may watch whom.
        lamps: Kind::One(&LAMPS); Words("the defaults of its keys"),
        /// What becomes of transferred callers.
        transfer: Kind::One(&TRANSFER); Words("the defaults of its keys"),
        /// What telephones have done by keys.
        codes: Kind::One(&CODES); Words("the defaults of its keys"),
        /// Agents at their telephones.
        duty: Kind::One(&DUTY); Words("the defaults of its keys"),
        /// Where calls are parked.
        park: Kind::One(&PARK); Words("nothing can be parked"),
        /// What holds while somebody listens to others.
        supervision: Kind::One(&SUPERVISION); Words("the defaults of its keys"),
        /// Where it keeps things.
        storage: Kind::One(&STORAGE); Words("the defaults of its keys"),
        /// Who moves sound, and what is heard where nobody speaks.
        media: Kind::One(&MEDIA); Words("the defaults of its keys"),
        /// What is measured, and for whom.
        metrics: Kind::One(&METRICS); Words("not served"),
        /// Pages in a browser, and the API behind them.
        console: Kind::One(&CONSOLE); Words("not served"),
        /// Their certificate.
        tls: Kind::One(&TLS); Words("they are served over http"),
        /// Which SIP messages are kept for `strowger trace`.
        trace: Kind::One(&TRACE); Words("the defaults of its keys"),
        /// What is known of who calls from outside.
        customers: Kind::One(&CUSTOMERS); Words("the defaults of its keys"),
        /// Where log lines go.
        log: Kind::One(&LOG); Words("standard error"),
        /// Where people work.
        office: Kind::One(&OFFICE); Words("the defaults of its keys"),
        /// Carriers.
        trunk: Kind::Many(&TRUNK); Words("none"),
        /// Devices.
        phone: Kind::Many(&PHONE); Words("none"),
        /// People who take calls from queues.
        agent: Kind::Many(&AGENT); Words("none"),
        /// People who work at the pages.
        user: Kind::Many(&USER); Words("nobody"),
        /// Where callers wait.
        queue: Kind::Many(&QUEUE); Words("none"),
        /// Several who ring for one call.
        group: Kind::Many(&GROUP); Words("none"),
        /// Where callers meet.
        room: Kind::Many(&ROOM); Words("none"),
        /// Wall boards.
        board: Kind::Many(&BOARD); Words("one, `main`, of all queues"),
        /// Opening hours, by name.
        hours: Kind::Named(&HOURS); Words("none"),
        /// Which call goes where; tried in the order in which they are written.
        route: Kind::Many(&ROUTE); Words("phones reach each other, nothing else goes anywhere"),
        /// What callers walk through, by name.
        flow: Kind::Flows(&FLOW, &[&PLAY, &MENU, &QUEUE_STEP, &CALL_BACK, &VOICEMAIL, &RING, &HANG_UP, &GO]); Words("none"),
    }

    /// Where SIP is heard and sound is received.
    LISTEN "[listen]" {
        /// Where SIP is heard over UDP: one address with its port or a list; port 0 is any free one.
        udp: Kind::Texts("192.0.2.10:5060"); Words("`0.0.0.0:5060`, as is `tcp`, when none of the five is said; otherwise none"),
        /// Where SIP is heard over TCP.
        tcp: Kind::Texts("192.0.2.10:5060"); Words("as for `udp`"),
        /// Where SIP is heard over TLS, under the certificate of `[tls]`; 5061 is the usual port.
        tls: Kind::Texts("192.0.2.10:5061"); Words("none"),
        /// Where SIP is heard over WebSockets (RFC 7118), unencrypted: for a proxy with a certificate that stands before it.
        ws: Kind::Texts("127.0.0.1:8088"); Words("none"),
        /// The same over TLS, under the certificate of `[tls]`.
        wss: Kind::Texts("192.0.2.10:8089"); Words("none"),
        /// The sites whose pages may open a WebSocket, as browsers name them. Who is no browser names none, and may.
        origins: Kind::Texts("https://phone.example.org"); Words("those of the host by which the page calls the switch"),
        /// The ports on which sound is received: two for each leg of a call.
        rtp: Kind::Text("16384-32767"); Value("\"16384-32767\""),
        /// The address on which sound is received.
        rtp_address: Kind::Text("192.168.1.10"); Words("that of the first listener"),
        /// Where the sound of pages comes in, over UDP: one address and port for all of them.
        pages: Kind::Text("192.0.2.10:16383"); Words("nobody talks from a page"),
        /// The address that phones and carriers are told, for a switch behind NAT. Without a port.
        advertise: Kind::Text("203.0.113.10"); Words("the local address that reaches them"),
        /// The realm of the phones' passwords, and their domain. Changing it makes phones register anew.
        domain: Kind::Text("pbx.example.org"); Value("\"strowger\""),
        /// Other names and addresses of the switch. A phone that calls somebody at a host which is neither among them, nor
        /// the domain, nor an address where the switch listens or that it advertises, gets 404. (Where it listens
        /// on `0.0.0.0`, every address counts as its own; a carrier may write what it likes.)
        aliases: Kind::Texts("pbx.office.lan"); Words("none"),
        /// The hashes with which phones are asked to prove their password, the best first. Some older phones (those
        /// on libre before 3.11, baresip 1.0 among them) fail at any challenge that names SHA-256 instead of ignoring
        /// it. Where MD5 may be offered, a phone that left three challenges unanswered is offered MD5 alone; `digest` of its
        /// `[[phone]]` spares it the detour. MD5 alone is also offered where an answer with both would be more than half
        /// as long again as the request: a forged sender's address gets no flood from here.
        digest: Kind::Words(&["SHA-256", "MD5"]); Value("[\"SHA-256\", \"MD5\"]"),
    }

    /// How calls are signalled.
    SIP "[sip]" {
        /// After this time without a sign of life a call is taken for dead and released, where the other side knows session
        /// timers (RFC 4028). The switch asks for it, and gives a sign of life itself each half of it where the other side
        /// leaves that to it. A shorter time releases dead calls sooner, and costs messages. `"0s"` asks for nothing and
        /// keeps what others ask for; otherwise from `session_min` to 1d. Calls that run keep what they agreed on.
        session_expires: Kind::Duration; Value("\"30m\""),
        /// Nobody may ask for less: he is told so (422) and asks again. From 90s to 1h.
        session_min: Kind::Duration; Value("\"90s\""),
        /// A file with the authorities, in PEM, who vouch for carriers over TLS, in place of those that the machine believes. A
        /// carrier's own certificate may stand there, too. It is read again with each reload.
        authorities: Kind::Text("carriers.pem"); Words("those that the machine believes"),
        /// How often a call may be forwarded on its whole way: by phones of this switch, and before it came here, as far as
        /// it tells (Diversion, History-Info). With `0` nothing is forwarded.
        forwards_max: Kind::Integer(0, 20); Value("5"),
    }

    /// What phones see of each other on their keys: SUBSCRIBE for `dialog` and `presence`. Each may watch itself, and it alone
    /// its messages and its registrations.
    LAMPS "[lamps]" {
        /// Who sees that a phone, a group, an agent or a queue is called, talks, or is there: every phone, whoever is in a
        /// group with it (of a queue: whose agent serves it), or nobody.
        watch: Kind::Word(AUDIENCES); Value("\"everybody\""),
        /// Who of these also sees with whom, and may take the call that rings there.
        far_party: Kind::Word(AUDIENCES); Value("\"nobody\""),
    }

    /// What becomes of a caller whom a phone has transferred. While nobody has taken him, whoever did that has him back if he
    /// is still there.
    TRANSFER "[transfer]" {
        /// How long whoever transferred the caller is rung to take him back, where nobody took him and the other has hung
        /// up already. From 1s to 5m.
        ring_back: Kind::Duration; Value("\"30s\""),
        /// Where the caller goes when he is not taken back either.
        otherwise: Kind::Destination; Words("the call ends, with the cause that whoever did not take it gave"),
        /// Whether a caller who is transferred to a queue waits there as if he had come as much earlier as he has waited
        /// in queues before.
        keep_wait: Kind::Boolean; Value("false"),
    }

    /// Where calls are parked: a phone transfers the other one to a slot (or to `park`, the next free one) and is free; any phone
    /// that dials the slot has him. A route may keep phones from that.
    PARK "[park]" {
        /// The slots, each by the number that fetches whoever is there: a range. A call that is parked where a reload took the
        /// slot away stays, and can be fetched by its number.
        slots: Kind::Text("701-720"); Needed,
        /// The music in a slot.
        music: Kind::Text("music/calm.wav"); Words("what `[media] hold` says"),
        /// After this time somebody is rung to take the call back; it can still be fetched meanwhile. From 10s to 1d.
        return_after: Kind::Duration; Value("\"2m\""),
        /// Who is rung then, or the queue or flow to which the call goes.
        return_to: Kind::Destination; Words("the phone that parked it"),
        /// How long that one is rung. From 1s to 5m.
        ring_back: Kind::Duration; Value("\"30s\""),
        /// Where the call goes when nobody takes it back.
        otherwise: Kind::Destination; Words("it stays in its slot, with its music, and rings again after `return_after`"),
    }

    /// What holds while somebody listens to a conversation, whispers to one who is in it, or speaks there beside him; and what
    /// may be played into one. Who may do that is said by `supervises` of a `[[phone]]`.
    SUPERVISION "[supervision]" {
        /// Whoever is listened to hears a short tone when that begins. The others do not.
        tone: Kind::Boolean; Value("false"),
        /// What whoever is listened to sees on his phone before the name of the one to whom he talks, as long as that lasts. The
        /// others do not.
        display: Kind::Text("observed"); Words("nothing is shown of it"),
        /// Whether what is whispered is recorded, too, on the side of who is whispered to. Else a recording has what all hear,
        /// and nothing besides.
        record_whisper: Kind::Boolean; Value("false"),
        /// Sounds that `strowger call play` may play into a conversation, beside those that are named elsewhere.
        announcements: Kind::Texts("notice.wav"); Words("only those that are named elsewhere"),
    }

    /// Where the switch keeps things. Paths are relative to the folder of the root file.
    STORAGE "[storage]" {
        /// Call records and journal: a file that is made when it is not there.
        database: Kind::Text("sqlite:strowger.db"); Value("\"sqlite:strowger.db\""),
        /// The number of this switch among all that ever write into one database, or whose accounts are put together: with
        /// different numbers no two records are taken for one. Leave it as it is for as long as the switch lives, unless
        /// `strowger status` says that its ids are used up: then the next free number gives it new ones. Changing it needs
        /// a restart.
        node: Kind::Integer(0, terms::Incarnation::NODE_MAX as u32); Value("0"),
        /// The folder of recordings.
        recordings: Kind::Text("recordings"); Value("\"recordings\""),
        /// The folder of prompts and music: WAV files, best with 8000 samples a second, mono, 16 bits. A sound that is
        /// named and not there is an error.
        sounds: Kind::Text("sounds"); Value("\"sounds\""),
        /// The language of the prompts of flows that do not name their own, such as `"bg"` or `"en-GB"`. A prompt
        /// `welcome.wav` is then taken from the folder of that language below `sounds`, `bg/welcome.wav`; one that is
        /// not there, or in the folder of another language, is warned about. Music has no language.
        language: Kind::Text("bg"); Words("none: prompts are taken as they are named"),
        /// How long call records are kept, with the events and decisions about them: what is older is deleted. From 1d
        /// to 36500d.
        keep: Kind::Duration; Words("for ever"),
        /// How long recordings are kept: what is older is removed, and the record says so. From 1d to 36500d.
        keep_recordings: Kind::Duration; Words("for ever"),
        /// The socket of `strowger status` and its like.
        control: Kind::Text("strowger.sock"); Value("\"strowger.sock\""),
    }

    /// Who moves sound, and what is heard where nobody speaks.
    MEDIA "[media]" {
        /// The threads that move sound. Each has an equal share of the ports of `[listen] rtp`, and the two sides of a call
        /// are on one of them. Changing it needs a restart.
        workers: Kind::Integer(1, limits::MEDIA_WORKERS); Words("the machine's cores but one, and one for each 64 pairs of ports at most"),
        /// What somebody hears who is put on hold in a call that came through no queue (from a queue it is the queue's
        /// `music`): a sound, over and over, or `"silence"`. Sound that the holder sends himself comes before it. Packets go
        /// out either way, so that a phone which ends calls without sound stays.
        hold: Kind::Text("music/calm.wav"); Words("the `music` of the first queue that has some, otherwise silence"),
    }

    /// Where people work.
    OFFICE "[office]" {
        /// The time zone in which days begin: those of `strowger status` and `strowger report`. Its rules come with the
        /// program.
        zone: Kind::Text("Europe/Sofia"); Words("this machine's (TZ)"),
    }

    /// What is measured, for Prometheus.
    METRICS "[metrics]" {
        /// Where `/metrics`, `/healthz` and `/readyz` are served, over HTTP without a password: keep it on loopback.
        listen: Kind::Text("127.0.0.1:9464"); Words("not served"),
    }

    /// Who calls from outside: the account has a customer for each number in its international form (give trunks whose carrier
    /// writes numbers otherwise a `country`), finds him when he calls again, and keeps what people write down of him.
    CUSTOMERS "[customers]" {
        /// What can be written down beside a name and notes. Names of columns, such as `"company"`.
        fields: Kind::Texts("company"); Words("none"),
        /// How long a customer is kept who does not call any more, with his notes. From 1d to 36500d.
        keep: Kind::Duration; Words("for ever"),
        /// How long notes are kept. From 1d to 36500d.
        keep_notes: Kind::Duration; Words("for ever"),
    }

    /// The SIP messages that are kept for `strowger trace`, in memory.
    TRACE "[trace]" {
        /// How many of them, in megabytes: the oldest go first, and what has one Call-ID has a quarter of a megabyte at most.
        /// A call takes some 10 kB; 0 keeps none. Changing it needs a restart.
        megabytes: Kind::Integer(0, limits::TRACE_MEGABYTES); Value("16"),
        /// A capture server such as Homer, which gets a copy of each message by HEP3 over UDP, with numbers, names and bodies:
        /// it must be reached by a network of your own. What proves a password and the keys of encrypted sound are left out. What
        /// it cannot take is lost, and counted by `strowger status`. Changing it needs a restart.
        homer: Kind::Text("192.0.2.9:9060"); Words("none"),
    }

    /// Where log lines go.
    LOG "[log]" {
        /// A file, opened again on SIGUSR1 so that logrotate may move it.
        file: Kind::Text("/var/log/strowger/strowger.log"); Words("standard error"),
    }
}
