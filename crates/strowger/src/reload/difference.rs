//! What a reload changed, in the operator's words: by kind, the names that came, went and changed.

use crate::admin::reloaded::Changed;
use crate::config::PasswordBook;
use dialplan::{Place, Plan};
use media::PromptBook;
use media::codec::Codec;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// By whose password it is; see [`marks`].
pub type Marks = BTreeMap<String, String>;

/// One side of the comparison.
pub struct Side<'a> {
    /// The plan, as the files say it.
    pub plan: &'a Plan,
    /// The passwords' marks.
    pub passwords: &'a Marks,
    /// The sounds.
    pub prompts: &'a PromptBook,
}

/// What is different; kinds without a difference are left out.
pub fn between(before: &Side<'_>, after: &Side<'_>) -> Vec<Changed> {
    let looks: [(&str, Look); 13] = [
        ("setting", settings),
        ("trunk", trunks),
        ("phone", phones),
        ("password", passwords),
        ("agent", agents),
        ("user", users),
        ("queue", queues),
        ("group", groups),
        ("room", rooms),
        ("hours", hours),
        ("route", routes),
        ("flow", flows),
        ("sound", sounds),
    ];
    let changed = |(kind, look): (&str, Look)| compare(kind, &look(before), &look(after));
    looks.into_iter().map(changed).filter(|changed| *changed != Changed::of(&changed.kind)).collect()
}

/// Every name of a kind, with all that there is to say of it but where it was written.
type Look = fn(&Side<'_>) -> BTreeMap<String, String>;

fn settings(side: &Side<'_>) -> BTreeMap<String, String> {
    let listen = &side.plan.listen;
    let pairs = [
        ("listen.domain", listen.domain.clone()),
        ("listen.aliases", format!("{:?}", listen.aliases)),
        ("listen.digest", format!("{:?}", listen.digest)),
        ("media.hold", format!("{:?}", side.plan.media.hold)),
        ("sip.session_expires", format!("{:?}", side.plan.sip.session_expires)),
        ("sip.session_min", format!("{:?}", side.plan.sip.session_min)),
        ("sip.forwards_max", format!("{:?}", side.plan.sip.forwards_max)),
        ("lamps", format!("{:?}", side.plan.lamps)),
        ("supervision", format!("{:?}", side.plan.supervision)),
        ("duty", format!("{:?}", side.plan.duty)),
        ("transfer", format!("{:?}", side.plan.transfer)),
        ("office.zone", format!("{:?}", side.plan.office.zone)),
        ("storage.sounds", side.plan.storage.sounds.clone()),
        ("storage.keep", format!("{:?}", side.plan.storage.keep)),
        ("customers", format!("{:?}", side.plan.customers)),
        ("storage.keep_recordings", format!("{:?}", side.plan.storage.keep_recordings)),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn trunks(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |trunk: &dialplan::Trunk| format!("{:?}", dialplan::Trunk { place: Place::default(), ..trunk.clone() });
    side.plan.trunks.iter().map(|trunk| (trunk.name.clone(), text(trunk))).collect()
}

fn phones(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |phone: &dialplan::Phone| format!("{:?}", dialplan::Phone { place: Place::default(), ..phone.clone() });
    side.plan.phones.iter().map(|phone| (phone.user.clone(), text(phone))).collect()
}

fn passwords(side: &Side<'_>) -> BTreeMap<String, String> {
    side.passwords.clone()
}

/// A mark of each password, by whose it is: enough to tell that one changed, and nothing to learn it from without
/// the salt, which is never written.
pub fn marks(plan: &Plan, book: &PasswordBook, salt: u64) -> Marks {
    let mark = |kind: &str, name: &str, text: &String| {
        let mark = Sha256::new().chain_update(salt.to_be_bytes()).chain_update(text).finalize();
        (format!("{kind}:{name}"), format!("{mark:?}"))
    };
    let phones = plan.phones.iter().filter_map(|one| Some(mark("phone", &one.user, book.phones.get(&one.id)?)));
    let trunks = plan.trunks.iter().filter_map(|one| Some(mark("trunk", &one.name, book.trunks.get(&one.id)?)));
    let agents = plan.agents.iter().filter_map(|one| Some(mark("agent", &one.name, book.agents.get(&one.id)?)));
    let guests = plan.rooms.iter().filter_map(|one| Some(mark("room", &one.name, book.rooms.get(&one.id)?)));
    let hosts = plan.rooms.iter().filter_map(|one| Some(mark("host of room", &one.name, book.hosts.get(&one.id)?)));
    phones.chain(trunks).chain(agents).chain(guests).chain(hosts).collect()
}

fn agents(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |agent: &dialplan::Agent| format!("{:?}", dialplan::Agent { place: Place::default(), ..agent.clone() });
    side.plan.agents.iter().map(|agent| (agent.name.clone(), text(agent))).collect()
}

fn users(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |user: &dialplan::User| format!("{:?}", dialplan::User { place: Place::default(), ..user.clone() });
    side.plan.users.iter().map(|user| (user.name.clone(), text(user))).collect()
}

fn groups(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |group: &dialplan::Group| format!("{:?}", dialplan::Group { place: Place::default(), ..group.clone() });
    side.plan.groups.iter().map(|group| (group.name.clone(), text(group))).collect()
}

fn rooms(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |room: &dialplan::Room| format!("{:?}", dialplan::Room { place: Place::default(), ..room.clone() });
    side.plan.rooms.iter().map(|room| (room.name.clone(), text(room))).collect()
}

fn queues(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |queue: &dialplan::Queue| format!("{:?}", dialplan::Queue { place: Place::default(), ..queue.clone() });
    side.plan.queues.iter().map(|queue| (queue.name.clone(), text(queue))).collect()
}

fn hours(side: &Side<'_>) -> BTreeMap<String, String> {
    side.plan.hours.iter().map(|hours| (hours.name.clone(), without_places(format!("{hours:?}")))).collect()
}

/// Routes have no names: they are told by their turn.
fn routes(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |route: &dialplan::Route| without_places(format!("{route:?}"));
    side.plan.routes.iter().zip(1..).map(|(route, nth)| (format!("{nth}."), text(route))).collect()
}

fn flows(side: &Side<'_>) -> BTreeMap<String, String> {
    side.plan.flows.iter().map(|flow| (flow.name.clone(), without_places(format!("{flow:?}")))).collect()
}

fn sounds(side: &Side<'_>) -> BTreeMap<String, String> {
    let text = |prompt: &dialplan::Prompt| {
        let sound = side.prompts.get(prompt.id)?;
        Some(format!("{:?}", Sha256::digest(sound.codes(Codec::Pcmu))))
    };
    side.plan.prompts.iter().filter_map(|prompt| Some((prompt.path.clone(), text(prompt)?))).collect()
}

/// A line that was moved is no change.
fn without_places(text: String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Place {") {
        let (before, place) = rest.split_at(at);
        out.push_str(before);
        rest = place.find('}').and_then(|end| place.get(end + 1..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn compare(kind: &str, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Changed {
    let mut changed = Changed::of(kind);
    changed.added.extend(after.keys().filter(|name| !before.contains_key(*name)).cloned());
    changed.removed.extend(before.keys().filter(|name| !after.contains_key(*name)).cloned());
    let differs = |(name, text): &(&String, &String)| before.get(*name).is_some_and(|before| before != *text);
    changed.changed.extend(after.iter().filter(differs).map(|(name, _)| name.clone()));
    changed
}

/// Names that are said one by one; more are counted.
const SAID: usize = 6;

/// In a line each.
pub fn text(changes: &[Changed]) -> String {
    if changes.is_empty() {
        return "nothing is different\n".into();
    }
    let names = |verb: &str, names: &[String]| match names.len() {
        0 => None,
        1..=SAID => Some(format!("{verb} {}", names.join(", "))),
        more => Some(format!(
            "{verb} {} and {} more",
            names.iter().take(SAID).cloned().collect::<Vec<_>>().join(", "),
            more - SAID
        )),
    };
    let line = |change: &Changed| {
        let parts = [names("new", &change.added), names("gone", &change.removed), names("changed", &change.changed)];
        format!("{:<9} {}\n", change.kind, parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    };
    changes.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::plan_of as plan;

    const TEXT: &str = "[[phone]]\nuser = \"alice\"\npassword = \"x\"\n\n[[agent]]\nname = \"alice\"\n\n[[queue]]\nname = \"support\"\nagents = [\"alice\"]\n\n[[route]]\nfrom = \"*\"\ngo = \"queue:support\"\n";

    #[test]
    fn what_came_went_and_changed_is_told_and_a_moved_line_is_not() {
        let (book, prompts) = (Marks::new(), PromptBook::default());
        let before = plan(TEXT);
        let moved = plan(&format!("# a line more\n\n{TEXT}"));
        let side = |plan| Side { plan, passwords: &book, prompts: &prompts };
        assert_eq!(between(&side(&before), &side(&moved)), []);
        let after = plan(&format!(
            "{}\n[sip]\nsession_expires = \"10m\"\n[[group]]\nname = \"sales\"\nmembers = [\"phone:alice\"]\n[[phone]]\nuser = \"bob\"\npassword = \"x\"\n",
            TEXT.replace("agents =", "wrap_up = \"9s\"\nagents =")
        ));
        let side = |plan| Side { plan, passwords: &book, prompts: &prompts };
        let changes = between(&side(&before), &side(&after));
        assert_eq!(
            text(&changes),
            "setting   changed sip.session_expires\nphone     new bob\nqueue     changed support\ngroup     new sales\n"
        );
        let back = "setting   changed sip.session_expires\nphone     gone bob\nqueue     changed support\ngroup     gone sales\n";
        assert_eq!(text(&between(&side(&after), &side(&before))), back);
    }
}
