//! `strowger contact`: work that has no call is put into a queue, and agents say what becomes of it.

use super::client;
use crate::admin::contacts::{ContactLine, KINDS};
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::terminal::say;
use anyhow::{Context as _, bail, ensure};
use clap::ValueEnum;
use control::{ContactWish, Verb, View};
use std::path::Path;
use terms::{ContactKind, Word as _};

/// What may be done with contacts that have no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ContactVerb {
    /// Shows those that wait or are served.
    List,
    /// Puts one into a queue.
    Add,
    /// An agent takes what he is offered.
    Take,
    /// An agent does not.
    Refuse,
    /// An agent is done with it.
    Done,
    /// It is not to be served any more.
    Drop,
}

/// What is wanted with these words; nothing but to see them: none.
pub fn wanted(
    verb: ContactVerb,
    what: &[String],
    kind: Option<ContactKind>,
    subject: Option<String>,
) -> anyhow::Result<Option<Verb>> {
    ensure!(
        verb == ContactVerb::Add || (kind.is_none() && subject.is_none()),
        "--kind and --subject are for adding a contact"
    );
    let (contact, wish, agent) = match (verb, what) {
        (ContactVerb::List, []) => return Ok(None),
        (ContactVerb::Add, [queue]) => {
            let (queue, kind, subject) =
                (queue.clone(), kind.unwrap_or(ContactKind::Task), subject.unwrap_or_default());
            return Ok(Some(Verb::ContactAdd { queue, kind, subject }));
        }
        (ContactVerb::Take, [contact, agent]) => (contact, ContactWish::Take, Some(agent.clone())),
        (ContactVerb::Refuse, [contact, agent]) => (contact, ContactWish::Refuse, Some(agent.clone())),
        (ContactVerb::Done, [contact, agent]) => (contact, ContactWish::Done, Some(agent.clone())),
        (ContactVerb::Drop, [contact]) => (contact, ContactWish::Drop, None),
        (ContactVerb::List, _) => bail!("`contact list` shows all of them"),
        (ContactVerb::Add, _) => bail!("into which queue? strowger contact add support --kind task --subject \"...\""),
        (ContactVerb::Drop, _) => bail!("which one? strowger contact drop w1000000003"),
        _ => bail!("which one, and which agent? strowger contact take w1000000003 anna"),
    };
    let contact = contact.parse().with_context(|| format!("{contact:?}: `strowger contact list` tells them"))?;
    Ok(Some(Verb::Contact { contact, wish, agent }))
}

/// A kind by its word.
pub fn kind(word: &str) -> Result<ContactKind, String> {
    let known = || KINDS.map(|kind| kind.word()).join(", ");
    KINDS.into_iter().find(|kind| kind.word() == word).ok_or_else(|| format!("it is one of {}", known()))
}

/// Does it, or shows them.
pub fn contact(socket: &Path, wanted: Option<Verb>, json: bool) -> anyhow::Result<()> {
    if let Some(verb) = wanted {
        return client::ask(socket, verb);
    }
    match client::look(socket, View::Contacts(()))? {
        Reply::Contacts(lines) if json => say(&format!("{}\n", serde_json::to_string_pretty(&lines)?)),
        Reply::Contacts(lines) => say(&text(&lines)),
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    }
}

fn text(lines: &[ContactLine]) -> String {
    if lines.is_empty() {
        return "no contact without a call waits or is served\n".into();
    }
    let heads = [("contact", false), ("queue", false), ("kind", false), ("", false), ("subject", false)];
    let stands = |line: &ContactLine| match (&line.agent, line.offered_to.as_slice()) {
        (Some(agent), _) => format!("{agent} has it"),
        (None, []) => "waits".to_owned(),
        (None, agents) => format!("offered to {}", agents.join(", ")),
    };
    let row = |line: &ContactLine| {
        vec![line.contact.clone(), line.queue.clone(), line.kind.clone(), stands(line), line.subject.clone()]
    };
    table::columns(&heads, &lines.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::ContactId;

    fn said(verb: ContactVerb, what: &[&str]) -> anyhow::Result<Option<Verb>> {
        wanted(verb, &what.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), None, None)
    }

    #[test]
    fn what_is_said_is_a_verb_or_tells_what_is_missing() {
        let (contact, agent) = (ContactId(0x1000_0000_0003), Some("anna".to_owned()));
        let take = Verb::Contact { contact, wish: ContactWish::Take, agent };
        assert_eq!(said(ContactVerb::Take, &["w100000000003", "anna"]).unwrap(), Some(take));
        let drop = Verb::Contact { contact, wish: ContactWish::Drop, agent: None };
        assert_eq!(said(ContactVerb::Drop, &["w100000000003"]).unwrap(), Some(drop));
        assert_eq!(said(ContactVerb::List, &[]).unwrap(), None);
        let (queue, kind, subject) = ("support".to_owned(), ContactKind::Task, String::new());
        assert_eq!(said(ContactVerb::Add, &["support"]).unwrap(), Some(Verb::ContactAdd { queue, kind, subject }));
        for (verb, what) in [
            (ContactVerb::Add, &[][..]),
            (ContactVerb::Take, &["w100000000003"]),
            (ContactVerb::Done, &["17", "anna"]),
            (ContactVerb::List, &["w1"]),
        ] {
            assert!(said(verb, what).is_err(), "{verb:?} {what:?}");
        }
        assert!(wanted(ContactVerb::List, &[], Some(ContactKind::Task), None).is_err());
        assert_eq!(super::kind("email"), Ok(ContactKind::Email));
        assert!(super::kind("voice").is_err(), "a call comes by itself");
    }

    #[test]
    fn they_are_shown_with_who_has_them() {
        let line = |contact: &str, offered_to: &[&str], agent: Option<&str>| ContactLine {
            contact: contact.into(),
            queue: "support".into(),
            kind: "task".into(),
            subject: "ask again".into(),
            offered_to: offered_to.iter().map(|name| (*name).to_owned()).collect(),
            agent: agent.map(Into::into),
        };
        let shown = text(&[line("w1", &[], None), line("w2", &["anna", "bob"], None), line("w3", &[], Some("anna"))]);
        let expected = "\
contact  queue    kind                        subject
w1       support  task  waits                 ask again
w2       support  task  offered to anna, bob  ask again
w3       support  task  anna has it           ask again
";
        assert_eq!(shown, expected);
    }
}
