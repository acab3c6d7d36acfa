//! Carriers, devices, agents, and the queues in which callers wait for them.

use super::{Kind, keys};

/// Most calls, and most callers in a queue.
const TEN_THOUSAND: u32 = 10_000;

keys! {
    /// A carrier: it brings calls from its `peers`, and takes calls at its `target`.
    pub TRUNK "[[trunk]]" {
        /// Its name, as in `"trunk:acme"`.
        name: Kind::Text("acme"); Needed,
        /// Networks whose calls are believed without a password: `"192.0.2.0/28"`, or single addresses.
        peers: Kind::Texts("192.0.2.0/28"); Words("it brings no calls"),
        /// Networks that its sound may come from, where that is neither the address that it names for a call nor the one that
        /// it signals from. Sound to the carrier goes to the address that it names, wherever its own comes from.
        media: Kind::Texts("198.51.100.0/24"); Words("the address that it names, and the one that it signals from"),
        /// Where calls to it go, as an address; `tcp:` or `tls:` before it for TCP or TLS, port 5060 (TLS: 5061) where none is
        /// given.
        target: Kind::Text("192.0.2.1:5060"); Words("where `host` is; without one it takes no calls"),
        /// Its name, with `tcp:` or `tls:` before it and a port after it where needed. Over TLS its certificate must prove it;
        /// where there is no name, the address of `target`. Without a `target` the name is looked up (A and AAAA), again and again; a look-up that fails leaves everything as it is. It stands in the addresses
        /// of the numbers that are called.
        host: Kind::Text("sip.carrier.example"); Words("the address of `target`"),
        /// Register there with `user` and `password`, for so long at a time, from 1m to 1d; the carrier may grant less.
        /// Calls are then believed that come from the address of the registration.
        register: Kind::Duration; Words("it does not register"),
        /// The numbers that it may call, as patterns; a call to any other gets 404 before any route is tried.
        numbers: Kind::Texts("+442079460000..0099"); Words("any that a route names"),
        /// In order of preference.
        codecs: Kind::Words(&["PCMA", "PCMU"]); Value("[\"PCMA\", \"PCMU\"]"),
        /// The number that is shown for phones that have none of their own, in the form that `form` says.
        number: Kind::Text("+442079460000"); Words("the phone's user"),
        /// The name that is shown with it.
        caller_name: Kind::Text("Example Ltd"); Words("the name that the phone gives"),
        /// Withhold the caller's number and name on every call that goes out here.
        privacy: Kind::Boolean; Value("false"),
        /// Whether the carrier is told, for itself alone, who a caller is who withholds his number
        /// (P-Asserted-Identity). Say so only where a contract does.
        trusted: Kind::Boolean; Value("false"),
        /// How the carrier is told who has forwarded a call that goes out here: by Diversion, by History-Info, or not. The
        /// number is that of the phone which forwards, as this trunk would be shown it.
        diversion: Kind::Word(&["none", "diversion", "history-info"]); Value("\"none\""),
        /// How often a call that goes out here may be redirected by the carrier (3xx), to another number behind it. What
        /// is redirected is paid for all the same, whatever the number costs.
        redirects: Kind::Integer(0, 5); Value("0"),
        /// The code of the country in which its numbers are, without `+` or `00`. With it, numbers that the carrier sends
        /// in national or international form, or without `+`, are read as `+442079460001`: that is what routes and
        /// `numbers` see. What is shorter than a subscriber's number stays as it is.
        country: Kind::Text("44"); Words("numbers stay as they are"),
        /// What stands before a national number in that country; `""` where nothing does.
        national: Kind::Text("0"); Value("\"0\""),
        /// What stands before an international number in that country.
        international: Kind::Text("00"); Value("\"00\""),
        /// How the carrier wants numbers: `"e164"` is `+442079460001`, `"international"` is `00442079460001`,
        /// `"national"` is `02079460001`, `"digits"` is `442079460001`. It needs `country`.
        form: Kind::Word(&["e164", "international", "national", "digits"]); Value("\"e164\""),
        /// What is done to each number that the carrier calls, before anything else.
        incoming: Kind::One(&REWRITE); Words("nothing"),
        /// What is done to each number that is called over it, at the very end.
        outgoing: Kind::One(&REWRITE); Words("nothing"),
        /// Calls at once, both ways; more are refused.
        calls_max: Kind::Integer(1, TEN_THOUSAND); Value("10000"),
        /// The user that the carrier gave you, when it asks for a password.
        user: Kind::Text("office"); Words("none"),
        /// The password for it.
        password: Kind::Password(&PASSWORD); Words("none"),
        /// How often it is asked at its `target` or `host` whether it is there (OPTIONS), from 5s to 1h. While it does not answer,
        /// `status` says so and calls to it fail at once: a flow's `ring` goes on at `unreachable`.
        probe: Kind::Duration; Words("it is not asked"),
    }

    /// What is done to a number.
    pub(super) REWRITE "incoming and outgoing" {
        /// So many characters are taken from its front.
        strip: Kind::Integer(0, 32); Value("0"),
        /// This is put there instead: digits, `*`, `#` and `+`.
        prefix: Kind::Text("9"); Value("\"\""),
    }

    /// Where a password is found. A text in place of the table is the password itself, which works and is warned about.
    /// No password ever shows in a log or in a finding.
    pub(super) PASSWORD "password" {
        /// A file; its first line is the password. Let nobody but the switch read it.
        file: Kind::Text("secrets/alice"); Words("`env` is said"),
        /// An environment variable.
        env: Kind::Text("ALICE_PASSWORD"); Words("`file` is said"),
    }

    /// A device: it registers, or stands at a fixed address. Phones reach each other by extension or user without any
    /// route; whatever else they may dial, a route says. `user = "desk{01..20}"` makes twenty of one table.
    pub PHONE "[[phone]]" {
        /// What it registers as, and its name, as in `"phone:alice"`.
        user: Kind::Text("alice"); Needed,
        /// The password that it proves.
        password: Kind::Password(&PASSWORD); Words("it can neither register nor call"),
        /// What other phones dial. The user can be dialled too.
        extension: Kind::Text("101"); Words("only its user can be dialled"),
        /// Where it stands, for a device that does not register; `tcp:` before it for TCP.
        contact: Kind::Text("192.168.1.20:5060"); Words("it registers"),
        /// It is no device but the page at which an agent sits: he talks from the browser. Needs `pages` of `[listen]`, and
        /// has neither a password nor a contact.
        page: Kind::Boolean; Value("false"),
        /// The number that is shown when it calls out over a trunk.
        number: Kind::Text("+442079460001"); Words("that of the trunk"),
        /// The name that is shown when it calls out over a trunk.
        caller_name: Kind::Text("Alice at Example"); Words("that of the trunk, or the one that the phone gives"),
        /// Withhold its number and name on every call that goes out over a trunk. A phone may ask for it by itself, too
        /// (`Privacy: id`, or an anonymous From).
        privacy: Kind::Boolean; Value("false"),
        /// In order of preference.
        codecs: Kind::Words(&["PCMA", "PCMU"]); Value("[\"PCMA\", \"PCMU\"]"),
        /// Whether it has the codes of `[codes]`. Without them every key that it sends in a conversation goes on at once.
        codes: Kind::Boolean; Value("true"),
        /// The hashes with which this phone is asked to prove its password, the best first: `"MD5"` for an older one that
        /// fails at any challenge that names SHA-256.
        digest: Kind::Words(&["SHA-256", "MD5"]); Words("those of `[listen]`"),
        /// Where calls to it go instead. It holds for calls to the phone alone: whom a group or a queue rings is rung
        /// there or not at all.
        forward: Kind::One(&FORWARD); Words("calls stay here"),
        /// Do not disturb: it does not ring, whoever calls it, and callers hear that it is busy. A group rings the others;
        /// an agent who has no other device counts as unreachable.
        dnd: Kind::Boolean; Value("false"),
        /// Whether it rings while it is in a call. With `false` callers hear that it is busy.
        call_waiting: Kind::Boolean; Value("true"),
        /// Whether a call goes on that the phone itself redirects to a number of this switch (a forward that was set at the
        /// device: 302). It is dialled as the targets of `forward` are. With `false` it counts as a refusal.
        follow: Kind::Boolean; Value("true"),
        /// Whose supervisor has it: `"queue:support"` with the agents who serve it, `"team:north"`, `"agent:alice"`,
        /// `"phone:alice"`, `"group:sales"`, or `"all"`. Whoever is at this phone may listen to their calls (`listen` of `[codes]`), and what
        /// else a supervisor may.
        supervises: Kind::Texts("queue:support"); Words("nobody's"),
    }

    /// Where calls to a phone go instead. Each is a number as the phone would dial it: its routes say where that leads and
    /// what it costs, and what goes out over a trunk is charged to the phone.
    FORWARD "forward" {
        /// All calls, without a ring.
        always: Kind::Text("103"); Words("the phone rings"),
        /// Calls that find it busy, or are refused there.
        busy: Kind::Text("103"); Words("callers hear that it is busy"),
        /// Calls that nobody takes.
        no_answer: Kind::Text("+442079460009"); Words("it rings for as long as the caller waits"),
        /// Calls that come while it is not registered, or does not answer the switch.
        unreachable: Kind::Text("+447700900123"); Words("callers hear that it cannot be reached"),
        /// How long it rings before `no_answer`. From 1s to 5m.
        after: Kind::Duration; Value("\"20s\""),
    }

    /// A person who takes calls from queues.
    pub AGENT "[[agent]]" {
        /// The name. It stands for the same person after every reload: to rename an agent is to make a new one.
        name: Kind::Text("alice"); Needed,
        /// The team that the agent is in: supervisors lead it (`"team:north"`), and reports count by it.
        team: Kind::Text("north"); Words("none"),
        /// Where the agent is rung, everywhere at once: at phones, and at numbers outside, such as a mobile, as
        /// `"trunk:acme/+447700900123"`. The one that answers has the call. With a number outside the agent counts as
        /// reachable at all times, and a call to it takes a place on the trunk and is paid for.
        devices: Kind::Texts("phone:alice"); Words("the phone of the same name"),
        /// Whether the agent's phones answer by themselves when a queue gives him a caller.
        auto_answer: Kind::Boolean; Value("false"),
        /// Whether a call with the agent stands from log-in to log-out, over which the calls of his queues come without ringing
        /// (nailed up): the call by which he logs in stays, or else one of `devices` is rung, as soon as he is ready.
        nailed_up: Kind::Boolean; Value("false"),
        /// What becomes of a nailed-up agent whose standing call ends while he is at work: `"pause"`, with the reason
        /// `line lost`, or `"log out"`.
        line_lost: Kind::Word(&["pause", "log out"]); Value("\"pause\""),
        /// The number with which the agent logs in at any phone, by the code `log_in`; digits.
        number: Kind::Text("4711"); Words("the agent takes calls at `devices` alone"),
        /// The PIN for it: four to sixteen digits. Who tries wrong ones waits, longer from try to try, by agent and by phone.
        pin: Kind::Password(&PASSWORD); Words("`number` is not said either"),
        /// What the agent does at a number outside to take a call, so that no mailbox does.
        confirm: Kind::One(&CONFIRM); Words("the defaults of its keys"),
        /// Whether the agent has the codes of a conversation at a number outside, too: a key with which one begins is held
        /// back there for a moment. What the agent has dialled by one is dialled as the first phone of `devices` would dial
        /// it. At phones the phone's own `codes` says it.
        codes: Kind::Boolean; Value("false"),
        /// What the agent can do, with levels from 1 to 10; a skill that is not there counts as 0.
        skills: Kind::Levels; Words("none"),
        /// Time for notes after a call.
        wrap_up: Kind::Duration; Words("the queue's"),
        /// How many contacts the agent takes at once, by kind: those that are named, and no others. A call (`"voice"`), and
        /// work that has no call and comes by `strowger contact add`.
        capacity: Kind::Many(&CAPACITY); Words("one, of whatever kind"),
        /// Whether the agent takes calls as soon as the switch first sees him, instead of being logged out.
        ready: Kind::Ready; Value("false"),
    }

    /// What of one kind an agent takes at once.
    CAPACITY "capacity" {
        /// `"voice"`, `"video"`, `"callback"`, `"voicemail"`, `"chat"`, `"email"` or `"task"`.
        kind: Kind::Text("chat"); Needed,
        /// So many at once, from 1 to 100.
        at_once: Kind::Integer(1, 100); Value("1"),
        /// Kinds beside which the agent is offered it all the same: a call beside chats, for one.
        beside: Kind::Texts("chat"); Words("none"),
    }

    /// Several who ring for one call; whoever answers first has it, and the others stop ringing without a missed call.
    pub GROUP "[[group]]" {
        /// Its name, as in `"group:sales"`.
        name: Kind::Text("sales"); Needed,
        /// What phones dial to ring it.
        extension: Kind::Text("200"); Words("only routes and flows lead to it"),
        /// Whom it rings: `"phone:alice"`, `"agent:alice"`, `"trunk:acme/+442079460001"`. At most 32 devices ring at a
        /// time.
        members: Kind::Texts("phone:alice"); Needed,
        /// All `"at-once"`; `"staggered"`: the same, but each begins later than the one before; `"in-turn"`: one after
        /// the other; `"random"`: one after the other in another order for each call. Where nobody rings any more, the
        /// next one does not wait for his time.
        strategy: Kind::Word(&["at-once", "staggered", "in-turn", "random"]); Value("\"at-once\""),
        /// How long each rings, where one is rung after the other. From 1s to 5m.
        ring: Kind::Duration; Value("\"20s\""),
        /// How much later than the one before each begins to ring, where they are staggered. At most 5m.
        delay: Kind::Duration; Value("\"10s\""),
        /// Who is rung too, each at a time of his own; with `"at-once"` or `"staggered"`.
        later: Kind::Many(&LATER); Words("nobody"),
        /// Whether the agents of a phone that rings for it are offered no call from a queue meanwhile.
        engages: Kind::Boolean; Value("true"),
        /// What a member does at a number outside to take the call, so that no mailbox does. (What an agent of it does, the
        /// agent's own `confirm` says.)
        confirm: Kind::One(&CONFIRM); Words("the defaults of its keys"),
    }

    /// What is done at a number outside to take a call. Whoever answers there hears a sound, again and again, and has the
    /// call once he presses the key; until then the others ring on, and the caller hears that it rings. Who hangs up or
    /// lets the time pass, as a mailbox does, counts as somebody who did not answer.
    CONFIRM "confirm" {
        /// Whether a key is asked for. With `false` whoever answers has the call.
        ask: Kind::Boolean; Value("true"),
        /// What is heard. It should name the key.
        play: Kind::Text("press-1.wav"); Words("a voice in English that asks for key 1"),
        /// The key.
        key: Kind::Text("1"); Value("\"1\""),
        /// How long it is waited for. From 3s to 1m, and no longer than the call rings at all.
        within: Kind::Duration; Value("\"15s\""),
    }

    /// One who is rung later.
    LATER "later" {
        /// Whom, as in `members`.
        ring: Kind::Text("trunk:acme/+447700900123"); Needed,
        /// How long after the call came. At most 5m.
        after: Kind::Duration; Words("the `delay` of the group"),
    }

    /// Where callers wait for an agent who can help them.
    pub QUEUE "[[queue]]" {
        /// Its name, as in `"queue:support"`.
        name: Kind::Text("support"); Needed,
        /// Who serves it: names, a range of names such as `"new{05..12}"`, `"all"`, or whoever meets a requirement.
        agents: Kind::Texts("alice"); Words("`tiers` is said; one of the two is needed"),
        /// Instead of `agents`: a list of lists; the second is tried when nobody in the first is free.
        tiers: Kind::Tiers; Words("all agents are one tier"),
        /// What an agent must be able to do: `skill >= level` (also `>`, `<`, `<=`, `=`), `and`, `or`, `not`, brackets
        /// and `anyone`; a skill alone means at least 1. At most 64 skills.
        require: Kind::Text("english >= 5 and billing >= 3"); Value("\"anyone\""),
        /// The longer the wait, the less is required: at most 31 steps, each later than the one
        /// before.
        relax: Kind::Many(&RELAX); Words("`require` holds for ever"),
        /// Who among those who are free and able: idle for the longest time, in the order in which they are listed, or
        /// the next after the one who was offered the last call. Or several of them, the first who answers has the caller
        /// and the others have missed nothing: `"ring-all"` rings all of the tier at once, and whoever becomes free
        /// meanwhile; `"progressive"` rings the one who is idle for the longest time, and after each `delay` the next one
        /// too. For one caller 32 agents ring at most. Whoever has missed the caller comes after those who have not,
        /// whatever the strategy and the tier.
        strategy: Kind::Word(&["longest-idle", "linear", "round-robin", "ring-all", "progressive"]);
            Value("\"longest-idle\""),
        /// With `"progressive"`: how long after one agent the next is rung too; at once, when nobody rings any more. From 1s
        /// to 5m.
        delay: Kind::Duration; Value("\"10s\""),
        /// How long a device rings before the next agent is tried. From 1s to 5m.
        ring: Kind::Duration; Value("\"20s\""),
        /// Time for notes after a call. At most 1h.
        wrap_up: Kind::Duration; Value("\"15s\""),
        /// Rest for an agent after an offer that failed.
        back_off: Kind::One(&BACK_OFF); Words("the defaults of its keys"),
        /// What the waiting hear: a sound, played again and again.
        music: Kind::Text("music/calm.wav"); Words("ringback"),
        /// What is announced to the waiting. The music goes on where it was, and an agent who answers is heard at once.
        announce: Kind::Many(&ANNOUNCE); Words("nothing"),
        /// Whether callers are answered when they enter. With `false` they hear ringback, and pay nothing, until an
        /// agent answers.
        answer: Kind::Boolean; Value("true"),
        /// Record the conversations.
        record: Kind::Boolean; Value("false"),
        /// What share should be answered in what time.
        service_level: Kind::One(&SERVICE_LEVEL); Words("the defaults of its keys"),
        /// Callers that it holds; one more goes the way of `full`, or is sent on.
        length: Kind::Integer(1, TEN_THOUSAND); Value("10000"),
        /// When a caller is sent on, and where to; the first rule that holds. A caller whom the queue sends on without
        /// a rule goes where the flow says, or is hung up (20).
        overflow: Kind::Many(&OVERFLOW); Words("callers wait"),
        /// Whether the agent's phone shows the queue's name before the caller's: `support: Ann Caller`, with the caller's number.
        display: Kind::Boolean; Value("true"),
        /// Whether the agent, once he has answered, hears a short tone before the caller is joined; the caller hears his music
        /// meanwhile.
        zip: Kind::Boolean; Value("false"),
        /// What the agent hears after that, and the caller does not: `"Support"`. It counts as ringing, so let `ring` be longer.
        whisper: Kind::Text("support.wav"); Words("nothing is said"),
        /// Whether the agent hears after that how long the caller has waited, in all queues: "Waited two minutes". What is said is
        /// in `[duty]`.
        tell_wait: Kind::Boolean; Value("false"),
        /// Whether its agents' phones answer by themselves: they are asked as an intercom asks them, in the forms that Yealink,
        /// Snom, Grandstream and Polycom understand.
        auto_answer: Kind::Boolean; Value("false"),
        /// What agents dial behind the code `take` to take its next caller: `*56 1`; digits.
        number: Kind::Text("1"); Words("its name alone says which it is"),
        /// What may come of a conversation, by the digit that the agent dials in his after-call work behind the code `dispose`:
        /// `*55 1`. The account keeps it, and reports count it.
        dispositions: Kind::Meanings("sold"); Words("nothing is asked for"),
        /// Whether `waited > ...` may end a ring. With `false` a phone that already rings for the caller rings on, and he is
        /// sent on when nobody answered: up to `ring` later, since an answer that is seconds away beats the way out. With
        /// `true` he is sent on at the moment that the rule names, and the phone stops ringing, which is no miss of the agent's.
        interrupt_ring: Kind::Boolean; Value("false"),
        /// The time zone in which its days begin: its figures of today in `status` count from that midnight on.
        zone: Kind::Text("Europe/Sofia"); Words("the office's"),
    }

    /// Something that is announced to those who wait.
    ANNOUNCE "announce" {
        /// So long after the caller came, and then after it was heard last. From 5s to 1h.
        every: Kind::Duration; Needed,
        /// What is heard.
        play: Kind::Text("still-waiting.wav"); Needed,
    }

    /// A step of `relax`.
    RELAX "relax" {
        /// From this wait on.
        after: Kind::Duration; Needed,
        /// What is then required instead.
        require: Kind::Text("anyone"); Needed,
    }

    /// Rest for an agent after an offer that failed, so that the next caller is not offered to an empty chair.
    BACK_OFF "back_off" {
        /// After nobody answered.
        no_answer: Kind::Duration; Value("\"5s\""),
        /// After the phone was busy.
        busy: Kind::Duration; Value("\"10s\""),
        /// After the agent refused.
        declined: Kind::Duration; Value("\"10s\""),
        /// After the phone could not be reached.
        unreachable: Kind::Duration; Value("\"5s\""),
        /// So many calls in a row that rang unanswered make the agent not ready; 0 never does.
        misses_max: Kind::Integer(0, 1000); Value("3"),
    }

    /// The service level: the share of callers who should be answered in time.
    SERVICE_LEVEL "service_level" {
        /// In this time, in whole seconds. From 1s to 1h.
        within: Kind::Duration; Value("\"20s\""),
        /// This share, from 0 to 1.
        target: Kind::Fraction; Value("0.8"),
    }

    /// A rule of `overflow`.
    OVERFLOW "overflow" {
        /// `"waited > 5m"` (a phone that rings at that moment rings on, unless `interrupt_ring`), `"no agents for 10s"` (nobody of the queue is working; `"no agents"` at once), or `"full"`.
        when: Kind::Text("waited > 5m"); Needed,
        /// Where the caller is sent.
        go: Kind::Destination; Needed,
    }
}
