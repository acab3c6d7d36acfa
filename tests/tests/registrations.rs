//! Ten thousand phones and a process that dies: what the account has of them is all that the next one needs.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::registrants::Registrants;
use e2e::running::wait_for;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use std::time::{Duration, Instant};

const PHONES: u64 = 10_000;
/// A binding is written this long after it was made, with some time for the group.
const WRITTEN: Duration = Duration::from_millis(150);

#[test]
fn ten_thousand_phones_are_registered_still_when_the_process_that_knew_them_was_killed() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let config = format!(
        "{}\n[[phone]]\nuser = \"desk{{00001..{PHONES:05}}}\"\npassword = \"a long one\"\n",
        configuration(&place)
    );
    let switch = Switch::start(&place, &config)?;
    let users = (1..=PHONES).map(|nth| format!("desk{nth:05}"));
    let mut phones = Registrants::open(&place, users, "a long one")?;
    let begun = Instant::now();
    phones.register(Duration::from_secs(60))?;
    let took = begun.elapsed();
    std::thread::sleep(WRITTEN);
    ensure!(switch.status()?["phones"]["bindings"] == PHONES, "{}", switch.status()?["phones"]);
    let config = switch.config().to_owned();
    switch.kill()?;

    let begun = Instant::now();
    let switch = Switch::start_again(&place, &config)?;
    let mut phones_there = serde_json::Value::Null;
    wait_for("the status", Duration::from_secs(10), || {
        phones_there = switch.status().map(|status| status["phones"].clone()).unwrap_or_default();
        !phones_there.is_null()
    })?;
    println!("{PHONES} phones registered in {took:?}, all back {:?} after the start", begun.elapsed());
    ensure!(phones_there["bindings"] == PHONES, "{phones_there:#}");
    ensure!(phones_there["reachable"].as_u64().context("reachable")? == PHONES, "{phones_there:#}");
    switch.stop()
}
