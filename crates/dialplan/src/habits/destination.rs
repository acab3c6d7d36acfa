//! Destinations and origins of other switches: `SIP/alice`, `Dial(PJSIP/alice,20)`, `sofia/gateway/acme/$1`.

use crate::scope::Scope;

/// Technologies and functions that lead to a phone or a trunk.
const DEVICES: [&str; 11] =
    ["sip", "pjsip", "iax2", "iax", "dahdi", "local", "user", "sofia", "agent", "ext", "extension"];

/// What to write where a call goes.
pub(crate) fn destination(text: &str, scope: &Scope) -> Option<String> {
    let bare = inside_dial(text);
    let lower = text.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    if begins(&["voicemail", "vm:", "mailbox"]) {
        return Some("there is no voicemail here: send the caller to a flow, a queue, a phone, or \"hangup\"".into());
    }
    if begins(&["hangup(", "hangup ", "hang up", "playbusy", "busy", "congestion"]) {
        let busy = begins(&["playbusy", "busy"]);
        return Some(format!("did you mean \"{}\"?", if busy { "hangup:busy" } else { "hangup" }));
    }
    if begins(&["conf", "meetme"]) {
        return Some("a conference is a [[room]]: write \"room:NAME\"".into());
    }
    if begins(&["park"]) {
        return Some("write [park] with slots, and \"park\" or \"park:701\"".into());
    }
    if begins(&["page("]) {
        return Some("there is no paging here: one phone at a time answers by itself, as \"intercom:NAME\"".into());
    }
    let named = named(bare, scope).map(|meant| format!("did you mean \"{meant}\"?"));
    let script = lower.contains("relay") || lower.starts_with("sip:") || lower.starts_with("forward");
    named.or_else(|| {
        script.then(|| "a carrier or a proxy is a [[trunk]]: \"trunk:NAME\", or \"trunk:NAME/NUMBER\"".into())
    })
}

/// The arguments of `Dial(...)` and its like, without what follows the first comma.
fn inside_dial(text: &str) -> &str {
    let inside = text.split_once('(').map_or(text, |(_, inside)| inside.trim_end_matches(')'));
    inside.split([',', '&']).next().unwrap_or(inside).trim()
}

/// The thing that a text names in its own way.
fn named(text: &str, scope: &Scope) -> Option<String> {
    let (kind, rest) = text.split_once(['/', ':']).unwrap_or(("", text));
    let kind = kind.to_lowercase();
    // `sofia/gateway/acme/$1`, `sofia/internal/alice@host`.
    let rest = if kind == "sofia" { rest.split_once('/').map_or(rest, |(_, rest)| rest) } else { rest };
    let mut words = rest.split(['/', '@', ',', '&']);
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let kinds = ["queue", "callcenter", "cc", "fifo"];
    if kinds.contains(&kind.as_str()) && scope.queues.find(first).is_some() {
        return Some(format!("queue:{first}"));
    }
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'+') && !text.is_empty();
    let trunk = |name: &str, other: Option<&str>| {
        scope.trunks.find(name)?;
        Some(
            other
                .filter(|other| number(other))
                .map_or(format!("trunk:{name}"), |number| format!("trunk:{name}/{number}")),
        )
    };
    if let Some(trunk) = trunk(first, second).or_else(|| trunk(second?, Some(first))) {
        return Some(trunk);
    }
    if !kind.is_empty() && !DEVICES.contains(&kind.as_str()) {
        return None;
    }
    let extension = scope.extensions.get(first).map(|user| format!("phone:{user}"));
    let all = [&scope.phones, &scope.queues, &scope.flows, &scope.agents];
    let by_name =
        || all.iter().find(|names| names.find(first).is_some()).map(|names| format!("{}:{first}", names.kind));
    extension.or_else(by_name)
}

/// What to write for who calls.
pub(crate) fn from(text: &str, scope: &Scope) -> Option<String> {
    let lower = text.to_lowercase();
    if let Some((_, name)) = text.split_once('/') {
        let name = name.split(['@', '/']).next().unwrap_or(name);
        let names = [&scope.trunks, &scope.phones];
        return names
            .iter()
            .find(|names| names.find(name).is_some())
            .map(|names| format!("did you mean \"{}:{name}\"?", names.kind));
    }
    if let Some(user) = scope.extensions.get(text) {
        return Some(format!("did you mean \"phone:{user}\"?"));
    }
    let outside = ["trunk", "pstn", "external", "public", "inbound", "incoming", "carrier", "did"];
    let inside = ["internal", "default", "local", "sip", "phones", "extensions", "users", "from-sip"];
    if outside.iter().any(|word| lower.contains(word)) {
        return Some("did you mean \"trunk:*\"? (whatever a trunk brings)".into());
    }
    inside.iter().any(|word| lower.contains(word)).then(|| "did you mean \"phone:*\"? (every phone of yours)".into())
}
