//! What may be said on the command line, with the help that is printed of it.

use super::agent::Wish;
use super::audit::AuditArgs;
use super::bans::BansVerb;
use super::calling::CallVerb;
use super::contacts::ContactVerb;
use super::customer::CustomerArgs;
use super::events::EventsArgs;
use super::messages::MessageVerb;
use super::reload::{OverlayVerb, PhoneVerb, QueueVerb};
use super::rooms::RoomVerb;
use super::token::TokenArgs;
use super::trace::TraceArgs;
use super::user::UserVerb;
use super::which::Switch;
use crate::terminal::duration;
use crate::{calls, files, report, route};
use clap::{Parser, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use terms::ContactKind;

/// A SIP softswitch with the call centre inside.
///
/// One process registers phones, takes calls from carrier trunks, walks them through menus and queues to
/// the right agent, bridges and records the audio, and keeps an account of everything that happened.
#[derive(Debug, Parser)]
#[command(name = "strowger", version, after_help = FIRST_STEPS)]
pub(super) struct Cli {
    /// What to log: a level (error, warn, info, debug, trace) or filters such as `info,sip=debug`.
    /// Without it, RUST_LOG; without that, info for `run` and warn for the rest. Phone numbers are shortened in every log line.
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// Log one JSON object a line instead of text.
    #[arg(long, global = true)]
    pub log_json: bool,
    #[command(subcommand)]
    pub command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  strowger demo                           a busy call centre on this machine, no set-up at all
  strowger check strowger.toml            is the configuration right? every mistake with its place
  strowger route --from 101 --to 102      what would happen to this call, rule by rule
  strowger run                            the switch, by strowger.toml in this folder
  strowger status                         who waits, who talks, who is away
  strowger phones                         who is registered, where, and what keeps the others out
  strowger reload                         take what was changed in the configuration
  strowger calls --limit 5                the last five calls

Logs go to standard error, results to standard output. Exit code 0: done, 1: not done (one line says
why), 2: the command was not understood.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs the switch until Ctrl-C, which drains it: no new calls, the running ones may end.
    #[command(after_help = "\
Examples:
  strowger run
  strowger run --config /etc/strowger/strowger.toml --log info,sip=debug
  strowger run --watch            reload by itself when a file of the configuration changes

Calls that still run after 30 s are released; a second Ctrl-C releases them at once. SIGHUP reloads the
configuration (see `strowger reload`). Paths within the configuration are relative to its folder.")]
    Run {
        /// The configuration.
        #[arg(long, value_name = "PATH", default_value = files::CONFIG)]
        config: PathBuf,
        /// Log into this file instead of standard error, whatever [log] says. SIGUSR1 opens it again, for logrotate.
        #[arg(long, value_name = "PATH")]
        log_file: Option<PathBuf>,
        /// Reload when the configuration, a password file or a sound was changed and has rested for a second.
        #[arg(long)]
        watch: bool,
    },
    /// Has the running switch read its configuration again: all of it, or nothing when anything is wrong.
    #[command(after_help = "\
Examples:
  strowger reload
  strowger reload --json | jq .changes
  strowger reload --history       the last reloads: when, by whom, taken or not

Running calls keep what they began with; new calls follow the new configuration. The same is done by
SIGHUP, and on file change by `strowger run --watch`. JSON: {taken, before, after, changes: [{kind, added,
removed, changed}], findings: [{file, line, column, severity, message, help}], text}. Exit code 0: taken;
1: refused, every mistake is shown and nothing has changed.")]
    Reload {
        /// Print one JSON object, also when it is refused; an array with --history.
        #[arg(long)]
        json: bool,
        /// Instead, list the last so many reloads from the account: when, by whom, taken or not.
        #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "20")]
        history: Option<u32>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Checks a configuration without running it; every mistake is shown where it stands.
    #[command(after_help = "\
Examples:
  strowger check strowger.toml
  strowger check --json strowger.toml | jq -r '.[] | \"\\(.file):\\(.line) \\(.message)\"'

Exit code 0: the switch would take it (warnings are shown); 1: it would not.")]
    Check {
        /// The configuration; files that it includes are checked with it.
        #[arg(value_name = "PATH", default_value = files::CONFIG)]
        path: PathBuf,
        /// Print a JSON array of {file, line, column, severity, message, help}; severity is "error" or "warning", help may be null.
        #[arg(long)]
        json: bool,
    },
    /// Says what would happen to a call, rule by rule, by the configuration alone.
    #[command(after_help = "\
Examples:
  strowger route --from +359888123456 --to +442079460001 --at \"2026-12-24 10:30\"
  strowger route --trunk acme --from anonymous --to +442079460001
  strowger route --from alice --to 102 --config /etc/strowger/strowger.toml
  strowger route --from 101 --to +442079460001 --json | jq '.[] | select(.taken)'

First who calls, then the routes and the hours, then everything that the caller can get to from there:
sounds, menus with their keys, queues with who could serve, what is rung. At the end the routes that do
not take the call, and why not. In JSON each line is {step, rule, file, line, text, taken}; step is one
of time, origin, route, hours, go, otherwise, extension, refused, play, menu, queue, require, ring,
trunk, way, hang_up, more.

A refused call is told like any other, with exit code 0; 1 says that nothing can be told, and why.")]
    Route(route::RouteArgs),
    /// Says how many calls and connections a machine has room for: this one, and others for comparison.
    Limits {
        /// The configuration, whose ports for sound bound the calls too; strowger.toml of this folder where none is named.
        #[arg(long, value_name = "PATH")]
        config: Option<PathBuf>,
    },
    /// Prints the JSON schema of the configuration, with which editors complete keys and underline mistakes.
    #[command(after_help = "\
Examples:
  strowger schema > strowger.schema.json   then, in the first line of a configuration:
                                           #:schema ./strowger.schema.json
  strowger schema --reference              the same as a page for people, in Markdown")]
    Schema {
        /// Print the page of every key instead.
        #[arg(long)]
        reference: bool,
    },
    /// Shows a running switch at a glance: queues, agents, calls.
    #[command(after_help = "\
Examples:
  strowger status
  strowger status --calls
  strowger status --live          each second, until Ctrl-C
  strowger status --json | jq '.queues[] | {name, waiting, today}'

Columns: ASR is the share that somebody answered of the calls that a carrier brought and that ended; SL is the
share answered within the queue's threshold T of all that were answered or left after T, today and in the last
30 minutes; `ready` agents can be offered a call now, `away` ones are paused, without a phone that could be rung, or in
another call. docs/figures.md says what each figure is.")]
    Status {
        #[command(flatten)]
        switch: Switch,
        /// Also list the running calls.
        #[arg(long)]
        calls: bool,
        /// Show it again each second, until Ctrl-C.
        #[arg(long, conflicts_with = "json")]
        live: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Lists the phones of a running switch: device, address, since when, and what keeps one out.
    #[command(after_help = "\
Examples:
  strowger phones
  strowger phones alice 102
  strowger phones --json | jq -r '.[] | select(.state == \"missing\") | .user'

States: registered, fixed (stands at an address and does not register), unreachable (registered over a
connection that is gone), missing. The device is known from its next registration on after a restart.")]
    Phones {
        /// These only, by user or extension.
        #[arg(value_name = "PHONE")]
        phones: Vec<String>,
        /// Print a JSON array of {user, extension, agents, state, contacts, failure, unanswered, hint}; times are milliseconds.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Shows who tried too many wrong passwords or PINs and waits; `lift` ends the wait, of PINs with `all`.
    #[command(after_help = "\
Examples:
  strowger bans
  strowger bans --json | jq -r '.[].source' | sort -u
  strowger bans lift 192.0.2.66
  strowger bans lift all

From the fifth wrong password on, an account of a source waits: 1 s, 2 s, 4 s, at most a minute; no password is looked
at meanwhile. Other accounts behind the same address are left alone. An IPv6 source is its /64.")]
    Bans {
        /// What shall be done.
        #[arg(value_enum, default_value_t = BansVerb::List)]
        verb: BansVerb,
        /// Whose wrong passwords are forgotten: an address as it is shown, or `all`.
        #[arg(value_name = "ADDRESS|all", required_if_eq("verb", "lift"))]
        source: Option<String>,
        /// Print a JSON array of {source, user, wrong, held, since_ms, pause_ms}.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Shows the conference rooms, or one with who is in it.
    #[command(after_help = "\
Examples:
  strowger rooms
  strowger rooms daily
  strowger rooms daily --json | jq '.[].people[] | select(.muted)'

A room is empty, open, locked (nobody but a host comes in), or waits for a host.")]
    Rooms {
        /// This one, by its name.
        #[arg(value_name = "ROOM")]
        room: Option<String>,
        /// Print a JSON array of {name, extension, call, locked, waits, most, removed, people: [{leg, number, device, host,
        /// muted, holds, here_ms}]}.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Locks a conference room, mutes somebody there, sends him away, or has somebody rung into it.
    #[command(after_help = "\
Examples:
  strowger room lock daily
  strowger room mute daily phone:bob
  strowger room unmute daily l5
  strowger room kick daily trunk:acme
  strowger room invite daily agent:bob

`strowger call hangup CALL` ends the room for everybody; `strowger rooms daily` has its call. What is wanted of a room, by whom,
and what became of it is in `strowger events`.")]
    Room {
        /// What shall be done.
        #[command(subcommand)]
        verb: RoomVerb,
    },
    /// Looks into a running call, ends it, sends one of its parties on, puts one on hold or parks it, or has one ask somebody
    /// else or take him in.
    #[command(after_help = "\
Examples:
  strowger call show c1000000003
  strowger call show c1000000003 --json | jq '.parties[] | {leg, hears}'
  strowger call transfer c1000000003 queue:support
  strowger call transfer c1000000003 +442079460001 --party trunk:acme
  strowger call hold c1000000003 phone:alice
  strowger call hold c1000000003 phone:alice --off
  strowger call consult c1000000003 agent:bob
  strowger call swap c1000000003
  strowger call join c1000000003
  strowger call leave c1000000003 phone:bob
  strowger call park c1000000003 --slot 701
  strowger call retrieve 701 --at phone:bob
  strowger call pickup group:sales --at phone:bob
  strowger call hangup c1000000003

`strowger status --calls` lists the running calls. `show` tells who is in it, how far each is, whose voice each hears and
what is played to him. `transfer` sends a party to a phone, group, queue, agent or flow by its name, over a trunk
(trunk:NAME/NUMBER), or to a number as the phone that it talks to would dial it; who talks to it is let go of once somebody
has answered there, and has it back when nobody does. `park` has it wait alone in a slot until a phone dials that, and
`retrieve` rings one for it.
`pickup` rings a phone for a call that rings elsewhere. Without --party it is who came in or was called over a trunk. A party is written as `show` has it: by
its leg, or by its device. What is wanted of a call, by whom, and what became of it is in `strowger events`. `show` in JSON
is {call, phase, caller, called, queue, agent, waited_ms, age_ms, answered, recording, due_ms, parties: [{leg, side, device,
state, stance, holds, hears, sound}]}.")]
    Call {
        #[command(subcommand)]
        verb: CallVerb,
    },
    /// Tells what happened, each thing with its number, and follows what happens.
    #[command(after_help = "\
Examples:
  strowger events
  strowger events --follow
  strowger events --after 0-12-48213 --json
  strowger events --after 0 --json | jq -c 'select(.kind == \"command\") | .data'

Numbers are node, start of the node, count: within a start each is one more than the one before. A reader that was cut off
goes on with --after and the last number that it has, and misses nothing; the switch need not be running for what has
happened. Kinds: call_opened, call_closed, captured, parked, unparked, seated,
unseated, watched, unwatched, phone, trunk, plan, command, acd (the routing core's journal), and what happens in queues and to agents: entered, offered, offer_failed, connected, completed, abandoned, overflowed,
agent_state. What `[storage] keep` has deleted is not told.")]
    Events(EventsArgs),
    /// Lists calls, the newest first, from the account; the switch need not be running.
    #[command(after_help = "\
Examples:
  strowger calls
  strowger calls --limit 100 --outcome abandoned
  strowger calls --number \"020 7946\" --from 2026-12-01 --to 2026-12-24
  strowger calls --direction outbound --trunk acme --from today --limit 10000 --csv
  strowger calls --json --queue support | jq 'map(.waited_ms) | add / length'
  strowger calls --call c1000000003 --json     everything about one call, its events and recording
  strowger calls --story c1000000003           its contact from queue to queue, with all its calls
  strowger calls --ladder c1000000003          its SIP messages, while the switch keeps them

Outcomes: answered, abandoned (left while waiting in a queue), finished (left, or was served, before
anybody was there), failed (refused, or nobody could be reached), open (it runs), node_lost (the switch died).
Directions: inbound (from a trunk), outbound (from a phone, out by a trunk), internal (from a phone), transit
(from trunk to trunk). Talked is without hold. Of a running call there is what its events know so far.")]
    Calls(calls::CallsArgs),
    /// Shows the SIP messages that the running switch has kept, call by call, both sides as a ladder.
    #[command(after_help = "\
Examples:
  strowger trace
  strowger trace --follow --number 0207946
  strowger trace --trunk acme --status 5
  strowger trace --call c1000000003 --messages --bodies
  strowger trace --method REGISTER --number alice
  strowger trace --call c1000000003 --numbers --bodies --pcap call.pcap

A line is a message: milliseconds since the first of its call, who sent it to whom, a request's method or a status, and a
+ where a body came along and is shown. Numbers, names and bodies are left out unless they are asked for; proofs of
passwords and keys of sound always are. How many messages are kept is [trace] megabytes.")]
    Trace(TraceArgs),
    /// Reports figures of queues, agents, hours, days, and of all calls by direction, trunk or phone, from the account; the
    /// switch need not be running.
    #[command(after_help = "\
Examples:
  strowger report                                 today, a row a queue
  strowger report --by agent --from yesterday --to yesterday
  strowger report --by team                            the agents of a team in one row
  strowger report --by direction --from 2026-12-01   all calls, also those that no queue took
  strowger report --by trunk --csv
  strowger report --by hour --queue support --from 2026-12-01
  strowger report --by day --from 2026-11-01 --to 2026-11-30 --csv
  strowger report --json | jq '.total.service_level'

Each figure is printed with its formula. Service level is SL3: answered within the queue's threshold T of
all that were answered, or left after T. Occupancy is of agents, so a queue has none. Queues, agents, hours
and days count contacts of queues; directions, trunks and phones count all calls.")]
    Report(report::ReportArgs),
    /// Sets an agent ready, pauses or logs him out, or changes his skills and queues, on the running switch.
    #[command(after_help = "\
Examples:
  strowger agent ready alice
  strowger agent pause alice --reason lunch
  strowger agent logout alice
  strowger agent skill alice billing=7 english=0
  strowger agent join alice sales --tier 2
  strowger agent leave alice support

While the agent is offered a call or talks, a change of status waits until he is free. Skills and queues
count from the next offer on, over reloads and restarts, until `strowger overlay drop`.")]
    Agent {
        /// What he shall be.
        wish: Wish,
        /// His name in the configuration.
        name: String,
        /// For skill: SKILL=LEVEL, 0 to 10; for join, leave and take: the queue; for login: the phone; for dispose: the word.
        #[arg(value_name = "SKILL=LEVEL|QUEUE|PHONE|WORD")]
        what: Vec<String>,
        /// Why he pauses; reports tell times by reason.
        #[arg(long, value_name = "REASON")]
        reason: Option<String>,
        /// Which tier he joins: the second is tried when nobody in the first is free.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=250))]
        tier: Option<u8>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Closes a queue on the running switch, opens it again, or gives it other settings.
    #[command(after_help = "\
Examples:
  strowger queue close support
  strowger queue close support --go flow:closed
  strowger queue open support
  strowger queue set support ring=15s wrap_up=30s
  strowger queue set support strategy=round-robin length=40 record=true

Those who wait in a closed queue are served. Settings count from the next offer on (record: for calls from now on); a
phone that rings already rings as long as it was told. When one of several is wrong, none is taken. All of it stays
over reloads and restarts, until the queue is opened, or `strowger overlay drop`.")]
    Queue {
        /// What shall be done with it.
        verb: QueueVerb,
        /// Its name in the configuration.
        name: String,
        /// For set: ring, wrap_up, strategy, length or record, with a value as it would stand in the configuration.
        #[arg(value_name = "SETTING=VALUE")]
        what: Vec<String>,
        /// Where new callers go instead, such as flow:closed or queue:sales. Without it: where they go when it is full.
        #[arg(long, value_name = "KIND:NAME")]
        go: Option<String>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Work that has no call: puts it into a queue, shows it, and says what agents do with it.
    #[command(after_help = "\
Examples:
  strowger contact add support --kind task --subject \"write to Mr Smith\"
  strowger contact list
  strowger contact take w1000000003 anna
  strowger contact done w1000000003 anna

A contact is offered to agents as a call is, by their skills and their capacity, and its queue's rules hold for it. Nobody is
rung: whoever is offered it takes or refuses it, or has missed it when the queue's ring time is over. A restart forgets it.")]
    Contact {
        /// What shall be done.
        verb: ContactVerb,
        /// For add: the queue. Else which contact, and which agent.
        #[arg(value_name = "QUEUE|CONTACT AGENT")]
        what: Vec<String>,
        /// For add: task, callback, voicemail, chat or email; else it is a task.
        #[arg(long, value_name = "KIND", value_parser = super::contacts::kind)]
        kind: Option<ContactKind>,
        /// For add: what it is about.
        #[arg(long, value_name = "TEXT")]
        subject: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Shows the messages that callers have left, and says what becomes of them.
    #[command(after_help = "\
Examples:
  strowger message list
  strowger message done r1000000003
  strowger message delete r1000000003

Those with which nobody is done are shown, mailbox by mailbox; what became of the others is in the account (v_messages). The sound
of a message is a recording of its call: `strowger calls --call CALL` tells its file.")]
    Message {
        /// What shall be done.
        verb: MessageVerb,
        /// Which message.
        #[arg(value_name = "MESSAGE")]
        what: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Shows who works at the pages, lets somebody in, and locks somebody out.
    #[command(after_help = "\
Examples:
  strowger user list
  strowger user invite anna       prints a link by which she chooses a password; it is good for 15 minutes
  strowger user lock anna         her password, links and sessions are void until she is invited again

Who there is, and what everybody may, says `[[user]]` in the configuration. A forgotten password is chosen anew by
another link.")]
    User {
        /// What shall be done.
        verb: UserVerb,
        /// To whom.
        name: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Shows who did what: commands of everybody with their answers, and who came to the pages.
    #[command(after_help = "\
Examples:
  strowger audit
  strowger audit --user clara --after 2026-11-01
  strowger audit --json | jq -r 'select(.outcome == \"refused\") | .words'

It is kept for as long as records are (`[storage] keep`).")]
    Audit(AuditArgs),
    /// Shows, changes, exports and forgets who calls from outside.
    #[command(after_help = "\
Examples:
  strowger customer list                          who called last
  strowger customer list muller                   by a name, a field or a piece of a number
  strowger customer change 17 --name \"Anna Müller\" --field company=Acme
  strowger customer note 17 \"calls again on Monday\"
  strowger customer merge 17 23                   23 was 17, too
  strowger customer export 17 > anna.json         all that is kept of him
  strowger customer erase 17 --yes                all of it goes; what was removed where is printed

Customers are found by their number as their calls arrive; the account is read and changed beside the running switch.")]
    Customer(CustomerArgs),
    /// Lets programs and screens on walls look, and shows which may.
    #[command(after_help = "\
Examples:
  strowger token create crm --role auditor            prints a token, once: Authorization: Bearer stw_...
  strowger token create crm --role supervisor --queue support --until 2027-06-30
  strowger token create --board hall                  prints the link of a screen on a wall
  strowger token list
  strowger token revoke crm

Who comes with a token looks, and does nothing. One of a name that there is already takes its place.")]
    Token(TokenArgs),
    /// Says where a phone's calls go instead, that it is not to be disturbed, or whether it rings while it is in a call.
    #[command(after_help = "\
Examples:
  strowger phone forward alice busy=102 no_answer=+447700900123 after=15s
  strowger phone forward alice always=off
  strowger phone forward alice off
  strowger phone dnd alice on
  strowger phone waiting alice off

A number is dialled as the phone would dial it. All of it stays over reloads and restarts, until it is changed again, or
`strowger overlay drop`.")]
    Phone {
        /// What shall be done with it.
        verb: PhoneVerb,
        /// Its user in the configuration.
        name: String,
        /// For forward: always, busy, no_answer or unreachable with a number or off, and after with a time; or off for all
        /// of them. For dnd and waiting: on or off.
        #[arg(value_name = "WHEN=NUMBER")]
        what: Vec<String>,
        #[command(flatten)]
        switch: Switch,
    },
    /// Lists what was changed at run time on top of the configuration, or takes it away.
    #[command(after_help = "\
Examples:
  strowger overlay list
  strowger overlay list --json | jq '.[] | select(.without_effect)'
  strowger overlay drop 3
  strowger overlay drop all

A change whose agent or queue is no longer in the configuration stays listed, without effect.")]
    Overlay {
        /// What shall be done.
        verb: OverlayVerb,
        /// Which change to drop: its number, or `all`.
        #[arg(value_name = "ID|all")]
        id: Option<String>,
        /// Print a JSON array of {id, at, asked, text, change, configured, without_effect}.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Refuses new calls on the running switch, lets the running ones end, and then stops it.
    #[command(after_help = "\
Examples:
  strowger drain                  wait for the last call, however long it takes
  strowger drain --within 10m     what still runs after ten minutes is released
  strowger drain --cancel         take calls again")]
    Drain {
        /// How long the running calls may go on, such as 90s or 10m.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        within: Option<Duration>,
        /// Take new calls again.
        #[arg(long, conflicts_with = "within")]
        cancel: bool,
        #[command(flatten)]
        switch: Switch,
    },
    /// Runs a switch with synthetic callers and agents, and shows it live.
    #[command(after_help = "\
Examples:
  strowger demo                   until Ctrl-C; the screen says how to call in with a phone of yours
  strowger demo --address 192.0.2.7  for phones and browsers elsewhere, over https
  strowger demo --for 20s --json  twenty seconds of calls, then the callers' own count:
                                  {offered, answered, abandoned, recorded, records, stuck}

Nothing is configured, and without --address nothing outside this machine is touched: loopback, free
ports, a folder of its own for recordings and records that is removed at the end. On a terminal it is a picture that
fills the screen (in colour unless NO_COLOR is set), elsewhere plain lines. Ctrl-C lets running calls go on for up to
30 s, a second one releases them; SIGTERM and SIGHUP release them at once.")]
    Demo {
        /// How long callers come in, such as 20s or 5m.
        #[arg(long = "for", value_name = "TIME", value_parser = duration)]
        duration: Option<Duration>,
        /// Print the result as one JSON object at the end.
        #[arg(long)]
        json: bool,
        /// Where the switch listens, instead of loopback: an address of this machine that your phone and your browser can
        /// reach. The pages are served over https then, with a certificate of their own.
        #[arg(long, value_name = "ADDRESS", alias = "listen")]
        address: Option<IpAddr>,
    },
}
