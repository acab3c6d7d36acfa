//! What an operator gets when something is wrong before the first call: an exit code, and an error that
//! says what and where, on a line of its own.

use anyhow::Result;
use e2e::place::Place;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::{Switch, binary, check};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs `strowger run` on this text; its exit code and what it says. It must end by itself.
fn refused(place: &Place, config: &str) -> Result<(i32, String)> {
    let file = place.write("strowger.toml", config)?;
    let log = place.path("refused.log")?;
    let output = std::fs::File::create(&log)?;
    let mut command = Command::new(binary()?);
    command.arg("run").arg("--config").arg(file).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let mut child = command.spawn()?;
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status.code().unwrap_or(-1), std::fs::read_to_string(&log)?));
        }
        if begun.elapsed() > Duration::from_secs(10) {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("it runs with a bad configuration:\n{}", std::fs::read_to_string(&log)?);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// It failed, said so on a line that begins with the program's name or `error`, and did not panic.
fn says(found: &(i32, String), needles: &[&str]) {
    let (code, text) = found;
    assert!(*code != 0 && *code != 101, "exit code {code}:\n{text}");
    assert!(!text.contains("panicked"), "{text}");
    let said = text.lines().any(|line| line.starts_with("error") || line.starts_with("strowger: "));
    assert!(said, "no line says that it is an error:\n{text}");
    for needle in needles {
        assert!(text.contains(needle), "{needle:?} is not in\n{text}");
    }
}

#[test]
fn broken_toml_is_shown_where_it_is_broken() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let config = configuration(&place).replace("name = \"carrier\"", "name = \"carrier");
    says(&refused(&place, &config)?, &["strowger.toml:"]);
    let config = configuration(&place).replace("queue:support", "queue:suport");
    says(&refused(&place, &config)?, &["suport", "support", "strowger.toml:"]);
    let config = configuration(&place).replace("ring = \"8s\"", "rnig = \"8s\"");
    says(&refused(&place, &config)?, &["rnig", "strowger.toml:"]);
    let output = check(&place.write("strowger.toml", &config)?)?;
    assert!(!output.status.success());
    Ok(())
}

#[test]
fn a_missing_prompt_is_named_with_the_place_that_wants_it() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    std::fs::remove_file(place.path("sounds/choose.wav")?)?;
    says(&refused(&place, &configuration(&place))?, &["choose.wav", "strowger.toml:"]);
    Ok(())
}

#[test]
fn a_prompt_that_is_no_sound_is_named() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    place.write("sounds/welcome.wav", "this is not a sound")?;
    says(&refused(&place, &configuration(&place))?, &["welcome.wav"]);
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_named() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let taken = UdpSocket::bind((place.switch(), 5060))?;
    says(&refused(&place, &configuration(&place))?, &[&format!("{}:5060", place.switch())]);
    drop(taken);
    Switch::start(&place, &configuration(&place))?.stop()
}

#[test]
fn an_address_that_this_machine_has_not_is_told_with_those_that_it_has() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let ours = format!("udp = \"{}:5060\"", place.switch());
    let config = configuration(&place);
    assert!(config.contains(&ours), "{config}");
    // RFC 5737: of documentation.
    let elsewhere = config.replace(&ours, "udp = \"198.51.100.77:5060\"");
    let (code, text) = refused(&place, &elsewhere)?;
    says(&(code, text.clone()), &["does not have the address 198.51.100.77; it has", "127.0.0.1"]);
    assert!(!text.contains("stop the program"), "{text}");
    // It may be right for another machine.
    let output = check(&place.write("strowger.toml", &elsewhere)?)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("(no-such-address)"), "{said}");
    Ok(())
}

#[test]
fn every_mistake_is_told_at_the_start_passwords_too() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let more = "\n[[phone]]\nuser = \"late\"\npassword = { file = \"secrets/gone\" }\nsecret = \"x\"\n";
    let config = configuration(&place) + more;
    says(&refused(&place, &config)?, &["(no-password-file)", "(unknown-key)", "write password = "]);
    Ok(())
}

#[test]
fn a_configuration_that_is_not_there_is_named() -> Result<()> {
    let place = Place::take()?;
    let output = check(&place.folder().join("nowhere.toml"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    says(&(output.status.code().unwrap_or(-1), text), &["nowhere.toml"]);
    Ok(())
}

#[test]
fn check_passes_a_good_configuration() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let output = check(&place.write("strowger.toml", &configuration(&place))?)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
