//! `strowger customer`: who calls from outside, what is written down of him, and how he is shown or forgotten. It reads and
//! changes the account itself, beside the switch or without one.

use crate::admin::table;
use crate::files::Places;
use crate::style::harmless;
use crate::terminal::{say, wall_time};
use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use dialplan::Plan;
use ledger::customers::{
    Changed, Customer, CustomerBook, CustomerCard, CustomerChange, Erased, ErasureProof, Forms, NewNote,
};
use ledger::{Look, Looked, Reader};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use terms::Wall;

/// How long the running switch may take to write over what its daybook had.
const DAYBOOK: Duration = Duration::from_secs(10);
/// Shown without being asked for more.
const LISTED: u32 = 20;

/// What may be done with customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CustomerVerb {
    /// Shows them, who called last first; those with a text in name, fields or number.
    List,
    /// Shows one, with his notes and calls.
    Show,
    /// Says his name, or another field.
    Change,
    /// Writes a note down.
    Note,
    /// Makes one of two: the second goes, and what he has is the first one's.
    Merge,
    /// Prints all that the account has of him, as JSON, with the paths of his recordings.
    Export,
    /// Forgets him: account, recordings and journal; prints what was removed where, and looks for him in the files.
    Erase,
}

/// What may be said to `strowger customer`.
#[derive(Debug, Args)]
pub struct CustomerArgs {
    /// What shall be done.
    verb: CustomerVerb,
    /// Whom, by the number that `list` shows; for list a text, for note the note behind it, for merge two.
    what: Vec<String>,
    /// For change: his name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// For change: a field, such as company=Acme; may be said several times. An empty text takes it away.
    #[arg(long = "field", value_name = "FIELD=TEXT", value_parser = field)]
    fields: Vec<(String, String)>,
    /// So many, of notes and calls, too.
    #[arg(long, value_name = "N", default_value_t = LISTED)]
    limit: u32,
    /// For erase: it cannot be undone.
    #[arg(long)]
    yes: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The configuration that the switch runs by.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

fn field(text: &str) -> Result<(String, String), String> {
    let (field, text) = text.split_once('=').ok_or_else(|| format!("{text:?} is no field like company=Acme"))?;
    Ok((field.to_owned(), text.to_owned()))
}

/// Does it.
pub fn customer(args: &CustomerArgs) -> anyhow::Result<()> {
    let (places, plan) = Places::find_with_plan(args.config.as_deref()).context("which account?")?;
    let changes = args.name.is_some() || !args.fields.is_empty();
    ensure!(args.verb == CustomerVerb::Change || !changes, "only `customer change` is told a name or a field");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let reader = Reader::open(&places.database).await?;
        match args.verb {
            CustomerVerb::List => list(&reader, args).await,
            CustomerVerb::Show => show(&reader, args).await,
            CustomerVerb::Export => export(&reader, args, &places, &plan).await,
            CustomerVerb::Erase => erase(&reader, args, &places, &plan).await,
            CustomerVerb::Change | CustomerVerb::Note | CustomerVerb::Merge => change(&reader, args, &plan).await,
        }
    })
}

/// The nth of what was said, as a customer's number.
fn whom(args: &CustomerArgs, nth: usize) -> anyhow::Result<i64> {
    let said = args.what.get(nth).context("which? strowger customer list shows their numbers")?;
    said.parse().with_context(|| format!("{said:?} is no customer's number: strowger customer list shows them"))
}

const NOBODY: &str = "there is no such customer: strowger customer list shows them";

async fn list(reader: &Reader, args: &CustomerArgs) -> anyhow::Result<()> {
    let found = reader.customers(&args.what.join(" "), args.limit).await?;
    if args.json {
        return say(&format!(
            "{}\n",
            serde_json::to_string_pretty(&found.iter().map(customer_json).collect::<Vec<_>>())?
        ));
    }
    say(&list_text(&found))
}

fn numbers(customer: &Customer) -> Vec<&String> {
    customer.numbers.iter().map(terms::Pii::reveal).collect()
}

fn customer_json(customer: &Customer) -> serde_json::Value {
    serde_json::json!({
        "customer": customer.customer, "name": customer.name, "numbers": numbers(customer), "fields": customer.fields,
        "created": customer.created, "seen": customer.seen, "version": customer.version,
    })
}

fn list_text(found: &[Customer]) -> String {
    if found.is_empty() {
        return "nobody\n".into();
    }
    let heads = [("customer", true), ("name", false), ("numbers", false), ("last call", false)];
    let row = |one: &Customer| {
        let numbers = numbers(one).into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        vec![one.customer.to_string(), harmless(&one.name), numbers, wall_time(one.seen.as_millis())]
    };
    table::columns(&heads, &found.iter().map(row).collect::<Vec<_>>())
}

async fn show(reader: &Reader, args: &CustomerArgs) -> anyhow::Result<()> {
    let card = reader.customer(whom(args, 0)?, args.limit).await?.context(NOBODY)?;
    if args.json {
        let mut json = customer_json(&card.customer);
        json["notes"] = serde_json::to_value(&card.notes)?;
        json["visits"] = serde_json::to_value(&card.visits)?;
        return say(&format!("{}\n", serde_json::to_string_pretty(&json)?));
    }
    say(&card_text(&card))
}

fn card_text(card: &CustomerCard) -> String {
    let one = &card.customer;
    let mut text = format!("{:10} {} {}\n", "customer", one.customer, harmless(&one.name));
    for number in numbers(one) {
        let _ = writeln!(text, "{:10} {number}", "number");
    }
    for (field, said) in &one.fields {
        let _ = writeln!(text, "{:10} {}: {}", "", harmless(field), harmless(said));
    }
    for note in &card.notes {
        let at = wall_time(note.at.as_millis());
        let _ = writeln!(text, "{:10} {at}  {}  {}", "note", harmless(&note.author), harmless(&note.text));
    }
    for visit in &card.visits {
        let who = [&visit.queue, &visit.agent, &visit.disposition].into_iter().flatten();
        let who = who.map(|word| harmless(word)).collect::<Vec<_>>().join("  ");
        let _ = writeln!(
            text,
            "{:10} {}  {}  {}  {who}",
            "call",
            wall_time(visit.started.as_millis()),
            visit.call,
            visit.outcome
        );
    }
    text
}

async fn change(reader: &Reader, args: &CustomerArgs, plan: &Plan) -> anyhow::Result<()> {
    let who = whom(args, 0)?;
    let mut book = CustomerBook::open(reader).await?;
    let changed = match args.verb {
        CustomerVerb::Note => {
            let text = args.what.get(1..).unwrap_or_default().join(" ");
            book.note(who, &NewNote { author: operator(), text, contact: None }).await?
        }
        CustomerVerb::Merge => book.merge(who, whom(args, 1)?).await?,
        _ => {
            let fields: BTreeMap<_, _> = args.fields.iter().cloned().collect();
            let said = fields.keys().find(|field| !plan.customers.fields.contains(field));
            if let Some(field) = said {
                let known = plan.customers.fields.join(", ");
                bail!("no field {field:?} in the configuration ([customers] fields has: {known})");
            }
            book.change(who, &CustomerChange { name: args.name.clone(), fields }, None).await?
        }
    };
    match changed {
        Changed::Done(_) => say("done\n"),
        Changed::Nobody => bail!("{NOBODY}"),
        Changed::TooMuch => bail!("a text is empty or too long, or there are too many fields"),
        Changed::Meanwhile(_) => bail!("somebody else has changed him at this moment: again"),
    }
}

/// Who says it.
fn operator() -> String {
    let uid = std::os::unix::fs::MetadataExt::uid;
    std::fs::metadata("/proc/self").map_or_else(|_| "operator".into(), |meta| format!("operator:{}", uid(&meta)))
}

/// An entry of the audit.
fn look(what: Looked, customer: i64) -> Look {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let at = Wall::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let subject = serde_json::json!({ "customer": customer });
    Look { at, by: operator(), what: what.into(), address: String::new(), subject }
}

/// His numbers, in all forms that a trunk's country gives them.
async fn forms(reader: &Reader, who: i64, plan: &Plan) -> anyhow::Result<Forms> {
    let countries = plan.trunks.iter().filter_map(|trunk| trunk.country.as_ref());
    let countries = countries.map(|one| (one.code.as_str(), one.national.as_str(), one.international.as_str()));
    Ok(Forms::of(&reader.numbers_alone(who).await?, countries))
}

async fn export(reader: &Reader, args: &CustomerArgs, places: &Places, plan: &Plan) -> anyhow::Result<()> {
    let who = whom(args, 0)?;
    let mut all = reader.customer_export(who, &forms(reader, who, plan).await?).await?.context(NOBODY)?;
    CustomerBook::open(reader).await?.keep_look(&look(Looked::Exported, who)).await?;
    for recording in all["recordings"].as_array_mut().into_iter().flatten() {
        if let Some(file) = recording["file"].as_str() {
            recording["path"] = places.recordings.join(file).display().to_string().into();
        }
    }
    say(&format!("{}\n", serde_json::to_string_pretty(&all)?))
}

async fn erase(reader: &Reader, args: &CustomerArgs, places: &Places, plan: &Plan) -> anyhow::Result<()> {
    let who = whom(args, 0)?;
    ensure!(args.yes, "it cannot be undone: strowger customer erase {who} --yes");
    let mut book = CustomerBook::open(reader).await?;
    let runs = std::os::unix::net::UnixStream::connect(&places.control).is_ok();
    ensure!(
        runs || !book.is_unposted(),
        "the switch ended without posting all it wrote down: start it once, then erase"
    );
    let forms = forms(reader, who, plan).await?;
    let mut files = vec![];
    for call in reader.calls_of(who, &forms).await? {
        files.extend(reader.recordings(1_000, Some(call)).await?.into_iter().filter_map(|recording| recording.file));
    }
    let erased = book.erase(who, forms).await?.context(NOBODY)?;
    book.keep_look(&look(Looked::CustomerErased, who)).await?;
    let removed = remove(&places.recordings, files);
    book.purged(&removed).await?;
    let began = Instant::now();
    let proof = loop {
        book.tidy().await?;
        let proof = book.prove(&erased.forms)?;
        if proof.holds() || began.elapsed() > DAYBOOK {
            break proof;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    say(&proof_text(&erased, &removed, &proof))?;
    ensure!(
        proof.holds(),
        "the files still have a number of his: a call of his runs, or the switch has written nothing since; once that is over, its next two postings write over it"
    );
    Ok(())
}

/// Removes recordings; which of them are gone.
fn remove(folder: &Path, files: Vec<String>) -> Vec<String> {
    let gone = |file: &String| {
        let path = folder.join(file);
        match std::fs::remove_file(&path) {
            Ok(()) => true,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => {
                eprintln!("strowger: {}: {error}", path.display());
                false
            }
        }
    };
    files.into_iter().filter(gone).collect()
}

fn proof_text(erased: &Erased, removed: &[String], proof: &ErasureProof) -> String {
    let mut text = String::new();
    for (table, rows) in erased.gone.iter().filter(|(_, rows)| **rows > 0) {
        let _ = writeln!(text, "{rows:6} removed from {table}");
    }
    for (table, rows) in &erased.rewritten {
        let _ = writeln!(text, "{rows:6} without his number in {table}");
    }
    for file in removed {
        let _ = writeln!(text, "recording removed: {}", harmless(file));
    }
    for (path, bytes, found) in &proof.files {
        let found = if *found == 0 { "not found".to_owned() } else { format!("found {found} times") };
        let _ = writeln!(text, "{found} in {} ({bytes} bytes)", path.display());
    }
    text
}
