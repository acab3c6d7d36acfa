//! Keys and sections of other switches.

use super::plain;

const PHONE: &str = "[[phone]]";
const TRUNK: &str = "[[trunk]]";
const AGENT: &str = "[[agent]]";
const QUEUE: &str = "[[queue]]";
const ROUTE: &str = "[[route]]";
const LISTEN: &str = "[listen]";
const SIP: &str = "[sip]";
const STORAGE: &str = "[storage]";
const FILE: &str = "the configuration";
const STEP: &str = "step";

/// Tables (none: every one), the words for one thing in them, and what to write.
type Row = (&'static [&'static str], &'static str, &'static str);

const PASSWORD: &str = "write password = { file = \"secrets/NAME\" }; the file's first line is the password";
const CODECS: &str = "write codecs = [\"PCMA\", \"PCMU\"], the preferred one first; no others are spoken here";
const UDP: &str = "write udp = \"0.0.0.0:5060\": address and port in one text, or a list of them";
const ADVERTISE: &str =
    "the key is `advertise`: the address that phones and carriers are told; no local networks are listed";
const RECORD: &str = "write record = true; the files go to `recordings` of [storage]";
const DTMF: &str = "leave it out: keys are taken, and passed on, as telephone-events (RFC 4733) and by SIP INFO, as either side has them";
const NAT: &str = "leave it out: behind NAT a device is answered where it sends from";
const MEDIA: &str = "leave it out: sound always passes through the switch";
const CLEAR: &str = "leave it out: SIP is encrypted where [listen] says tls = \"0.0.0.0:5061\", towards a carrier with target = \"tls:192.0.2.1\"; sound is not (no SRTP)";
const MUSIC: &str = "what the waiting hear is `music` of their [[queue]]: a sound file, music = \"music/calm.wav\"";
const CALLS_MAX: &str = "the key is `calls_max`: calls at once, both ways, in a [[trunk]]";
const PROBE: &str = "write probe = \"30s\": how often the carrier is asked whether it is there";
const PHONE_PROBE: &str = "leave it out: a phone is there while its registration lasts";
const VOICEMAIL: &str = "there is no voicemail here: leave it out, and send such callers to a flow, a queue or a phone";
const PICKUP: &str = "there are no pickup groups and no busy lamps here: leave it out";
const MISSES: &str = "write back_off = { misses_max = 3 } in the [[queue]]: so many misses in a row pause an agent";
const REST: &str = "write back_off = { no_answer = \"5s\", busy = \"10s\", declined = \"10s\" } in the [[queue]]";
const TIERS: &str = "write tiers = [[\"alice\"], [\"bob\"]] in the [[queue]]: the second list is tried when nobody in the first is free";
const SOUNDS: &str =
    "write announce = [{ every = \"30s\", play = \"still-waiting.wav\" }]; nobody is told his place or his wait";
const DELAY: &str =
    "write delay = \"10s\", with strategy = \"progressive\": how long after one agent the next rings too";
const OVERFLOW_TIME: &str = "write overflow = [{ when = \"waited > 5m\", go = \"hangup\" }]";
const OVERFLOW_EMPTY: &str = "write overflow = [{ when = \"no agents for 10s\", go = \"hangup\" }]";
const SERVICE: &str = "write service_level = { within = \"20s\", target = 0.8 }";
const WRAP_UP: &str = "the key is `wrap_up`, with a unit: wrap_up = \"15s\"";
const DEVICES: &str = "write devices = [\"phone:alice\"], the phones where the agent is rung";
const CALLER: &str = "whom the called side is shown is told by `number` and `caller_name`: number = \"+442079460123\"";
const TRUSTED: &str = "the key is `trusted`: trusted = true tells this carrier who calls even where that is withheld";
const BEHIND: &str = "calls to it go to its `target`, such as \"192.0.2.1:5060\", or to its `host`, a name; calls from it are believed when they come from its `peers`";
const DIAL: &str = "leave it out: what a phone may dial a [[route]] says, from = \"phone:NAME\" or \"phone:*\"";
const KIND: &str = "leave it out: a device is a [[phone]], a carrier a [[trunk]]";
const ORDER: &str = "leave it out: routes are tried in the order in which they are written";
const MODULES: &str = "there are no modules and no scripts here: calls go by [[route]] and [flow.NAME]";
const AUTOMATIC: &str =
    "leave it out: the switch takes as many threads as the machine has cores; those of sound are `workers` of [media]";
const LEVEL: &str = "leave it out: RUST_LOG in the environment, or --log, says how much is logged";

/// The first row that fits counts.
const ROWS: &[Row] = &[
    (&[PHONE, TRUNK], "secret pass passwd pwd md5secret ha1 a1_hash auth_password authpass remotesecret", PASSWORD),
    (
        &[PHONE],
        "username name login defaultuser authuser auth_user auth_username id endpoint account aor peer",
        "the key is `user`: what the phone registers as; what others dial is its `extension`",
    ),
    (
        &[TRUNK],
        "username defaultuser fromuser authuser auth_user auth_username login account from_user client_uri",
        "the key is `user`: what the carrier gave you, with the `password` for it",
    ),
    (
        &[PHONE, TRUNK],
        "callerid cid_name cid_number outbound_cid fullname caller_id_number caller_id_name effective_caller_id_number effective_caller_id_name outbound_caller_id_number outbound_caller_id_name caller_id_in_from",
        CALLER,
    ),
    (&[TRUNK], "trustrpid sendrpid trust_id_inbound send_pai", TRUSTED),
    (
        &[PHONE],
        "host hostname ip address ipaddr",
        "leave it out: a phone says where it is when it registers; for one that does not, write contact = \"192.168.1.20:5060\"",
    ),
    (
        &[TRUNK],
        "match permit acl apply_inbound_acl identify ip_auth allowed allowed_ips remote_hosts source",
        "the key is `peers`: networks whose calls are believed without a password, peers = [\"192.0.2.0/28\"]",
    ),
    (
        &[PHONE],
        "permit deny acl contact_permit contact_deny auth_acl match",
        "leave it out: a phone proves its password, wherever it is; keep others out with a firewall",
    ),
    (
        &[TRUNK],
        "hostname ip address server proxy outbound_proxy outboundproxy sip_server server_uri registrar realm gateway contact uri destination dst_uri domain fromdomain from_domain setid",
        BEHIND,
    ),
    (&[TRUNK], "port", "the port is part of the address: target = \"192.0.2.1:5080\""),
    (&[TRUNK], "insecure", "leave it out: calls from its `peers` need no password"),
    (&[PHONE, TRUNK], "context accountcode", DIAL),
    (&[PHONE, TRUNK], "type", KIND),
    (
        &[PHONE, TRUNK],
        "allow disallow codec codec_prefs inbound_codec_prefs outbound_codec_prefs absolute_codec_string codec_string preferred_codec_only",
        CODECS,
    ),
    (&[PHONE, TRUNK, LISTEN], "dtmfmode dtmf_mode dtmf dtmf_type rfc2833_pt liberal_dtmf", DTMF),
    (
        &[PHONE, TRUNK, LISTEN],
        "nat force_rport rport rewrite_contact aggressive_nat_detection ndlb_force_rport apply_nat_acl fix_nated_contact",
        NAT,
    ),
    (
        &[PHONE, TRUNK, LISTEN],
        "directmedia direct_media canreinvite bypass_media inbound_bypass_media proxy_media rtp_symmetric comedia icesupport ice_support rtp_engine rtpproxy",
        MEDIA,
    ),
    (
        &[],
        "encryption media_encryption srtp srtpcapable secure tls tls_enable tlsenable tls_cert_file tls_bind_params tls_sip_port cert_file priv_key_file rtp_secure_media enable_tls wss ws",
        CLEAR,
    ),
    (
        &[TRUNK],
        "qualify qualifyfreq qualify_frequency ping keepalive keep_alive options_ping ds_ping_interval ping_interval qualify_timeout",
        PROBE,
    ),
    (
        &[PHONE],
        "qualify qualifyfreq qualify_frequency ping keepalive keep_alive all_reg_options_ping maxexpiry",
        PHONE_PROBE,
    ),
    (
        &[PHONE, TRUNK],
        "call_limit calllimit max_calls maxcalls limit_max busylevel max_contacts device_state_busy_at incominglimit outgoinglimit channels",
        CALLS_MAX,
    ),
    (&[TRUNK, PHONE], "transport", "a transport stands before the address: target = \"tcp:192.0.2.1:5060\""),
    (&[PHONE, TRUNK], "mailbox hasvoicemail voicemail vm_password vm_enabled mwi mailboxes", VOICEMAIL),
    (
        &[PHONE],
        "callgroup pickupgroup call_group pickup_group named_call_group subscribecontext hint blf subscribe_context allow_subscribe",
        PICKUP,
    ),
    (
        &[PHONE, TRUNK, QUEUE],
        "musiconhold mohsuggest moh_suggest mohinterpret musicclass music_class moh moh_sound hold_music music_on_hold",
        MUSIC,
    ),
    (&[PHONE], "language", "a [flow.NAME] has a `language`, and [storage] one for all flows; a phone has none"),
    // Queues and agents.
    (
        &[QUEUE],
        "timeout ring_time ringtime ring_timeout agent_timeout call_timeout",
        "how long a phone rings is ring = \"20s\"; how long a caller waits is a rule of `overflow`, when = \"waited > 5m\"",
    ),
    (&[QUEUE], "retry reject_delay_time busy_delay_time no_answer_delay_time", REST),
    (&[QUEUE], "ring_progressively_delay", DELAY),
    (&[AGENT], "reject_delay_time busy_delay_time no_answer_delay_time", REST),
    (&[QUEUE, AGENT], "wrapuptime wrap_up_time wrapup wrapup_time acw", WRAP_UP),
    (
        &[QUEUE],
        "maxlen max_len max_length queue_limit size capacity",
        "the key is `length`: callers that the queue holds",
    ),
    (
        &[QUEUE],
        "member members agent operators user users",
        "the key is `agents`: agents = [\"alice\", \"bob\"], or agents = \"all\"",
    ),
    (
        &[QUEUE],
        "joinempty leavewhenempty max_wait_time_with_no_agent max_wait_time_with_no_agent_time_reached empty no_agents",
        OVERFLOW_EMPTY,
    ),
    (
        &[QUEUE],
        "max_wait_time maxwait max_wait queue_timeout wait_time max_wait_seconds timeoutrestart context",
        OVERFLOW_TIME,
    ),
    (&[QUEUE], "servicelevel service_level_time sla sl", SERVICE),
    (&[QUEUE, AGENT], "autopause autopausedelay max_no_answer maxnoanswer", MISSES),
    (
        &[QUEUE],
        "weight priority score time_base_score",
        "a caller gets ahead by `credit` of the step that leads here: { queue = \"support\", credit = \"1m\" } counts him as if he had come a minute earlier",
    ),
    (
        &[QUEUE, AGENT],
        "penalty tier level position tier_rules_apply tier_rule_wait_second tier_rule_wait_multiply_level penaltymemberslimit rule defaultrule",
        TIERS,
    ),
    (&[QUEUE], "ringinuse ring_in_use shared_lastcall", "leave it out: an agent who talks is never rung"),
    (
        &[QUEUE],
        "announce_frequency announce_position announce_holdtime announce_sound periodic_announce periodic_announce_frequency min_announce_frequency queue_thankyou queue_youarenext relative_periodic_announce",
        SOUNDS,
    ),
    (
        &[QUEUE, PHONE, TRUNK],
        "monitor monitor_format monitor_type mixmonitor recording record_calls record_template recordings call_recording record_in record_out",
        RECORD,
    ),
    (
        &[QUEUE],
        "skill skills requirement requirements",
        "the key is `require`, with levels: require = \"english >= 5\"",
    ),
    (
        &[AGENT],
        "contact interface device location stateinterface state_interface phone phones extension endpoint",
        DEVICES,
    ),
    (
        &[AGENT],
        "status state available",
        "the key is `ready`: ready = \"at start\" lets the agent take calls from the start; otherwise he logs in",
    ),
    (&[AGENT], "user username id agent login fullname", "the key is `name`"),
    (&[AGENT], "password secret ackcall", "leave it out: an agent has no password; his phone proves its own"),
    (
        &[AGENT],
        "queue queues group groups",
        "a queue names its agents, and not the other way round: agents = [\"alice\"] in [[queue]]",
    ),
    (&[AGENT], "skill proficiency", "the key is `skills`: skills = { english = 9, billing = 6 }"),
    // Routes.
    (
        &[ROUTE],
        "exten extension pattern match did dst destination_number expression condition called callee ru rdestination called_number dnis field cidnum",
        "the key is `to`: the number that is called, as a pattern, to = \"2xx\"",
    ),
    (
        &[ROUTE],
        "dial action app application destination goto target bridge queue flow send transfer dest",
        "the key is `go`: go = \"phone:alice\", \"queue:support\", \"flow:main\", \"trunk:acme\" or \"hangup\"",
    ),
    (
        &[ROUTE],
        "context source caller src trunk phone callerid who origin",
        "the key is `from`: \"trunk:acme\", \"phone:*\", or \"*\" for anyone",
    ),
    (
        &[ROUTE],
        "time times hours schedule when time_of_day gotoiftime timegroup",
        "the key is `during`, the name of an [hours.NAME]",
    ),
    (
        &[ROUTE],
        "else failover fallback otherwise_go anti_action closed",
        "outside the hours a call goes to `otherwise`",
    ),
    (&[ROUTE], "priority order weight position rank continue break", ORDER),
    // Steps.
    (
        &[STEP],
        "playback background read saydigits stream sound file",
        "a sound is `play`, or `menu` where keys are pressed",
    ),
    (
        &[STEP],
        "i invalid invalid_sound max_failures on_invalid exit_sound",
        "another key leads to `no_match`; a `play` with `times` counts the tries",
    ),
    (
        &[STEP],
        "t timeout on_timeout max_timeouts inter_digit_timeout",
        "no key leads to `no_input`; `wait` says how long a key is waited for, such as \"5s\"",
    ),
    (&[STEP], "digits options entry entries choices digit", "the key is `keys`: keys = { 1 = \"queue:support\" }"),
    (
        &[STEP],
        "failed chanunavail on_failure",
        "`no_answer`, `busy` and `unreachable` say where a call goes that was not answered",
    ),
    // The switch.
    (
        &[LISTEN],
        "bind bindaddr bindport bind_address udpbindaddr tcpbindaddr udpbindport port address ip host interface listen sip sip_ip sip_port sipport sip_address",
        UDP,
    ),
    (
        &[LISTEN],
        "rtpstart rtpend rtp_start rtp_end rtp_start_port rtp_end_port rtp_ports rtp_port rtp_range rtp_port_range rtp_port_min rtp_port_max media_ports portrange",
        "write rtp = \"16384-32767\": the first and the last port for sound",
    ),
    (
        &[LISTEN],
        "rtp_ip media_ip media_address media_bind_address rtp_bind",
        "the key is `rtp_address`: the address on which sound is received",
    ),
    (
        &[LISTEN],
        "externip externaddr externhost external_ip external_address external_media_address external_signaling_address ext_rtp_ip ext_sip_ip localnet local_net stunaddr public_ip advertised_address",
        ADVERTISE,
    ),
    (
        &[LISTEN],
        "realm host_name force_register_domain",
        "the key is `domain`: the realm of the phones' passwords, and their domain",
    ),
    (&[LISTEN], "auth auth_method algorithm", "the key is `digest`: digest = [\"SHA-256\", \"MD5\"]"),
    (
        &[STORAGE],
        "db db_url dburl dsn odbc_dsn core_db_dsn cdr database_url",
        "the key is `database`: database = \"sqlite:strowger.db\"",
    ),
    (&[STORAGE], "recordings_dir recordings_path astmonitor monitor", "the key is `recordings`: a folder"),
    (
        &[STORAGE],
        "sound sounds_dir sound_prefix astsoundsdir prompts moh",
        "the key is `sounds`: the folder of prompts and music",
    ),
    (
        &[STORAGE],
        "retention expire purge delete_after",
        "the keys are `keep` for records and `keep_recordings`: keep_recordings = \"90d\"",
    ),
    (
        &[STORAGE],
        "socket ctl astctlpath fifo rpc",
        "the key is `control`: the socket of `strowger status` and its like",
    ),
    (
        &[FILE],
        "general global globals network profile profiles transport transport_udp transport_tcp settings sip_profile udp tcp port bind advertise advertised_address listen_udp rtp",
        "where the switch listens, and as whom, is [listen]: udp = \"0.0.0.0:5060\"",
    ),
    (
        &[SIP],
        "port bind listen udp tcp tls address bindaddr bindport udpbindaddr advertise domain realm alias aliases rtp transport",
        "where the switch listens, and as whom, is [listen]: udp = \"0.0.0.0:5060\"",
    ),
    (
        &[SIP],
        "timers session_timers session_timeout timers_sess_expires session_interval enable_timer",
        "the key is `session_expires`: session_expires = \"30m\", or \"0s\" to ask for nothing",
    ),
    (
        &[SIP],
        "session_minse timers_min_se min_se minse minimum_session_expires",
        "the key is `session_min`: session_min = \"90s\"",
    ),
    (
        &[FILE],
        "alias aliases domain realm",
        "names of the switch are keys of [listen]: domain = \"pbx.example.org\" for its phones, and others in `aliases`",
    ),
    (
        &[FILE],
        "endpoint endpoints aor auth users device devices extension_user sip_user subscriber subscribers directory phones",
        "a device that registers is a [[phone]], with `user` and `password`",
    ),
    (
        &[FILE],
        "peer peers friend gateway gateways provider carrier carriers trunks registration identify dispatcher destination dispatcher_list",
        "a carrier is a [[trunk]], with `peers` and `target`; a device is a [[phone]]",
    ),
    (
        &[FILE],
        "member members agents operator operators",
        "a person who takes calls is an [[agent]]; a queue names its `agents`",
    ),
    (&[FILE], "tier tiers", TIERS),
    (
        &[FILE],
        "groups ring_group ringgroup ring_groups hunt_group huntgroup hunt_groups",
        "several who ring for one call are a [[group]], with `name` and `members`",
    ),
    (&[FILE], "queues callcenter queue_rules", "a queue is a [[queue]], with `name` and `agents`"),
    (
        &[FILE],
        "exten extension extensions routes dialplan inbound outbound did context contexts rule rules request_route branch_route",
        "which call goes where is a [[route]]: from = \"phone:*\", to = \"100\", go = \"phone:alice\"",
    ),
    (
        &[FILE],
        "ivr ivrs menu menus flows macro",
        "what a caller walks through is a [flow.NAME], its steps in written order",
    ),
    (
        &[FILE],
        "schedule schedules time_condition time_conditions timegroup timegroups calendar holidays opening_hours",
        "opening hours are [hours.NAME], with `zone` and `open`",
    ),
    (&[FILE], "voicemail voicemails mailbox", VOICEMAIL),
    (&[FILE], "conference conferences confbridge conference_room", "a conference is a [[room]]"),
    (&[FILE], "parking parkinglot parkinglots", "calls are parked in [park]"),
    (
        &[FILE],
        "logger logging logfile log_file logfiles log_facility",
        "a file for the log is [log]: file = \"/var/log/strowger/strowger.log\"",
    ),
    (&[FILE], "debug log_level loglevel verbose log_stderror", LEVEL),
    (&[FILE], "children tcp_children fork threads workers maxload max_sessions sessions_per_second shm pkg", AUTOMATIC),
    (
        &[FILE],
        "cdr database db recording recordings directories paths asterisk mohs music",
        "where the switch keeps things is [storage]",
    ),
    (&[FILE], "modules modules_conf loadmodule modparam mpath module", MODULES),
];

/// What to write for a key or a section of another switch, in a table of this title.
pub(crate) fn key(title: &str, word: &str) -> Option<&'static str> {
    let word = plain(word);
    let title = if title.starts_with("step ") { STEP } else { title };
    let fits = |(titles, words, _): &&Row| {
        (titles.is_empty() || titles.contains(&title)) && words.split(' ').any(|known| known == word)
    };
    ROWS.iter().find(fits).map(|(_, _, help)| *help)
}

/// The steps of other switches, and what to write.
const ACTS: [(&str, &str); 10] = [
    ("playback stream_file sound", "did you mean `play`?"),
    (
        "background read ivr play_and_get_digits greet_long greet_short greeting",
        "did you mean `menu`? It needs `keys` too",
    ),
    ("dial bridge call transfer page followme", "did you mean `ring`?"),
    ("goto execute_extension jump gosub macro", "did you mean `go`?"),
    ("hangup hang busy congestion respond", "did you mean `hang_up`?"),
    ("callcenter fifo enqueue", "did you mean `queue`?"),
    ("voicemail", VOICEMAIL),
    (
        "answer ringing progress noop set verbose log",
        "leave it out: a step that speaks or waits in a queue answers the call",
    ),
    ("wait sleep", "there is no pause: a sound of silence is one, { play = \"pause.wav\" }"),
    ("gotoiftime ifexec conditions time_of_day", "hours belong to a [[route]]: `during` and `otherwise`"),
];

/// What to write for a step of another switch.
pub(crate) fn act(word: &str) -> Option<&'static str> {
    let word = plain(word);
    ACTS.iter().find(|(words, _)| words.split(' ').any(|known| known == word)).map(|(_, help)| *help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ROOT;

    /// The keys of a table of this title.
    fn own(title: &str) -> Vec<&'static str> {
        let mut open = vec![&ROOT];
        let mut keys = vec![];
        while let Some(table) = open.pop() {
            let known = if title == FILE { "strowger.toml" } else { title };
            if table.title == known || (title == STEP && table.title.starts_with("step: ")) {
                keys.extend(table.keys.iter().map(|key| key.name));
            }
            open.extend(table.keys.iter().flat_map(|key| key.tables()));
        }
        keys
    }

    #[test]
    fn no_habit_stands_in_the_way_of_a_key_that_there_is() {
        for (titles, words, help) in ROWS {
            for title in *titles {
                let own = own(title);
                assert!(!own.is_empty(), "{title}");
                for word in words.split(' ') {
                    assert!(!own.contains(&word), "{title} has a key `{word}`: {help}");
                }
            }
        }
    }

    #[test]
    fn what_is_told_to_write_is_a_key_or_a_section_that_there_is() {
        let mut open = vec![&ROOT];
        let mut known = vec![];
        while let Some(table) = open.pop() {
            known.extend(table.keys.iter().map(|key| key.name));
            open.extend(table.keys.iter().flat_map(|key| key.tables()));
        }
        let other = ["RUST_LOG", "strowger status"];
        for (_, _, help) in ROWS {
            for word in help.split('`').skip(1).step_by(2).filter(|word| !other.contains(word)) {
                assert!(known.contains(&word), "{word}: {help}");
            }
            for (before, _) in help.match_indices(" = ").map(|(at, _)| help.split_at(at)) {
                let word = before.rsplit([' ', '{']).next().unwrap_or_default();
                let one = known.contains(&word)
                    || word.chars().all(|c| c.is_ascii_digit())
                    || ["english", "billing"].contains(&word);
                assert!(one, "{word}: {help}");
            }
        }
    }
}
