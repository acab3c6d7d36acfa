//! A trunk with a name that registers itself: a registrar played by hand, whose calls are then taken without a password.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::switch::Switch;
use e2e::wire::sip::Message;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// A carrier's server.
struct Registrar(UdpSocket);

impl Registrar {
    fn open(at: &str) -> Result<Registrar> {
        let socket = UdpSocket::bind(at)?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        Ok(Registrar(socket))
    }

    /// The next message that fits.
    fn hear(&self, what: &str, fits: impl Fn(&Message) -> bool) -> Result<Message> {
        let (until, mut buffer) = (Instant::now() + Duration::from_secs(20), [0; 4_096]);
        while Instant::now() < until {
            let Ok((length, from)) = self.0.recv_from(&mut buffer) else { continue };
            let found = Message::parse(0.0, from, self.0.local_addr()?, &buffer[..length]);
            if let Some(message) = found.filter(|message| fits(message)) {
                return Ok(message);
            }
        }
        anyhow::bail!("{what} never came")
    }

    fn answer(&self, request: &Message, status: &str, fields: &str) -> Result<()> {
        let copied = |name: &str| request.header(name).unwrap_or_default().to_owned();
        let text = format!(
            "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag=far\r\nCall-ID: {}\r\nCSeq: {}\r\n{fields}Content-Length: 0\r\n\r\n",
            copied("via"),
            copied("from"),
            copied("to"),
            copied("call-id"),
            copied("cseq")
        );
        self.0.send_to(text.as_bytes(), request.from)?;
        Ok(())
    }

    /// What a call to our contact gets.
    fn call(&self, switch: SocketAddr, call_id: &str) -> Result<u16> {
        let here = self.0.local_addr()?;
        let text = format!(
            "INVITE sip:442079460000@{switch} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{call_id}\r\nMax-Forwards: 70\r\n\
             From: <sip:+4930555777@localhost>;tag=c\r\nTo: <sip:02079460001@localhost>\r\nCall-ID: {call_id}\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:c@{here}>\r\nContent-Length: 0\r\n\r\n"
        );
        self.0.send_to(text.as_bytes(), switch)?;
        let last =
            |message: &Message| message.call_id() == call_id && message.status().is_some_and(|status| status >= 200);
        self.hear("an answer to the call", last)?.status().context("a status")
    }
}

#[test]
fn a_trunk_that_registers_by_name_brings_calls_from_there_and_says_how_it_is() -> Result<()> {
    let place = Place::take()?;
    let carrier = Registrar::open("127.0.0.1:0")?;
    let port = carrier.0.local_addr()?.port();
    place.write("secrets/home", "quite secret\n")?;
    let config = format!(
        "[listen]\nudp = \"{}:5060\"\n\n[[trunk]]\nname = \"home\"\nhost = \"localhost:{port}\"\nregister = \"10m\"\n\
         user = \"442079460000\"\npassword = {{ file = \"secrets/home\" }}\ncountry = \"44\"\n\n\
         [[route]]\nfrom = \"trunk:home\"\nto = \"+442079460001\"\ngo = \"hangup:busy\"\n",
        place.switch()
    );
    let switch = Switch::start(&place, &config)?;
    let asked = carrier.hear("REGISTER", |message| message.method() == "REGISTER")?;
    ensure!(asked.start == "REGISTER sip:localhost SIP/2.0", "{}", asked.start);
    carrier.answer(
        &asked,
        "401 Unauthorized",
        "WWW-Authenticate: Digest realm=\"localhost\", nonce=\"n\", qop=\"auth\"\r\n",
    )?;
    let proves = |message: &Message| message.header("authorization").is_some();
    let proved = carrier.hear("REGISTER with credentials", proves)?;
    carrier.answer(&proved, "200 OK", "Expires: 600\r\n")?;
    let mut trunk = serde_json::Value::Null;
    wait_for("the registration", Duration::from_secs(10), || {
        trunk = switch.status().map(|status| status["trunks"][0].clone()).unwrap_or_default();
        trunk["registered"] == true
    })
    .with_context(|| trunk.to_string())?;
    ensure!(trunk["state"] == "up" && trunk["expires_ms"].as_u64() > Some(590_000), "{trunk}");
    ensure!(carrier.call(switch.address(), "from-home")? == 486, "the number is read as +442079460001, and busy");
    let stranger = Registrar::open(&format!("{}:0", place.stranger()))?;
    ensure!(stranger.call(switch.address(), "from-elsewhere")? == 407, "nobody else is believed");
    let records = switch.ended_calls(1)?;
    ensure!(records[0]["called"] == "+442079460001" && records[0]["status"] == 486, "{records:#?}");
    switch.stop()
}
