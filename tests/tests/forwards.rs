//! Calls that go elsewhere, on the wire: a phone that redirects by itself, one that is busy, a carrier that is told who has
//! forwarded, and a phone that is told to answer by itself. The peers are played by hand.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::raw::{Raw, description};
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use e2e::wire::sip::Message;
use std::net::SocketAddr;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(4);

/// The next INVITE that comes, which is answered so.
fn answer(peer: &Raw, status: &str, more: &str) -> Result<Message> {
    loop {
        let request = peer.receive(SOON).context("nobody is called")?;
        if request.is_request() && request.method() == "INVITE" {
            peer.send(peer.response(&request, status, more).as_bytes())?;
            return Ok(request);
        }
    }
}

#[test]
fn a_call_goes_from_phone_to_phone_to_a_carrier_that_is_told_by_whom() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch_at = SocketAddr::new(place.switch(), 5_060);
    let [desk, office, carrier, door] = [1, 2, 3, 4].map(|nth| Raw::open(place.device(nth), switch_at));
    let (desk, office, carrier, door) = (desk?, office?, carrier?, door?);
    let more = format!(
        "\n[[phone]]\nuser = \"desk\"\ncontact = \"{}\"\nextension = \"104\"\n\
         [[phone]]\nuser = \"office\"\ncontact = \"{}\"\nextension = \"105\"\nforward = {{ busy = \"0447700900123\" }}\n\
         [[phone]]\nuser = \"door\"\ncontact = \"{}\"\nextension = \"106\"\n\
         [[trunk]]\nname = \"mobile\"\ntarget = \"{}\"\ndiversion = \"diversion\"\n\
         [[route]]\nfrom = \"phone:office\"\nto = \"0*\"\ngo = \"trunk:mobile\"\n\
         [[route]]\nfrom = \"trunk:carrier\"\nto = \"104\"\ngo = \"phone:desk\"\n\
         [[route]]\nfrom = \"trunk:carrier\"\nto = \"106\"\ngo = \"intercom:door\"\n",
        desk.local(),
        office.local(),
        door.local(),
        carrier.local()
    );
    let switch = Switch::start(&place, &(configuration(&place) + &more))?;
    let caller = Raw::open(place.carrier(), switch.address())?;
    let offer = description(place.carrier(), 9_000, "8");

    caller.send(caller.request("INVITE", "104", "chain", "", &offer).as_bytes())?;
    answer(&desk, "302 Moved", &format!("Contact: <sip:105@{switch_at}>\r\n"))?;
    answer(&office, "486 Busy", "")?;
    let outside = answer(&carrier, "486 Busy", "")?;
    let told: Vec<&String> =
        outside.headers.iter().filter(|(name, _)| name == "diversion").map(|(_, value)| value).collect();
    ensure!(told.len() == 2 && told[0].contains("sip:105@") && told[0].contains("reason=user-busy"), "{told:?}");
    ensure!(told[1].contains("sip:104@") && told[1].contains("reason=deflection"), "{told:?}");
    ensure!(caller.last(SOON).and_then(|response| response.status()) == Some(486));
    let record = switch.ended_calls(1)?.remove(0);
    let call = record["call"].as_str().context("a call has a name")?;
    let story = switch.ask(&["calls", "--story", call, "--json"])?;
    let text = story.to_string();
    ensure!(text.contains("phone:desk redirected, phone:office busy"), "{story:#}");

    caller.send(caller.request("INVITE", "106", "intercom", "", &offer).as_bytes())?;
    let told = answer(&door, "486 Busy", "")?;
    for (name, value) in
        [("alert-info", "info=alert-autoanswer"), ("call-info", "answer-after=0"), ("answer-mode", "Auto")]
    {
        ensure!(told.header(name).is_some_and(|said| said.contains(value)), "{name}: {:?}", told.headers);
    }
    switch.tell(&["phone", "dnd", "desk", "on"])?;
    let refused = caller.invite("104", "dnd", "", &offer)?;
    ensure!(refused.status() == Some(486), "{}", refused.summary());
    switch.tell(&["phone", "forward", "office", "always=0447700900456"])?;
    let log = switch.log();
    ensure!(log.contains("phone office: forward.always = ***56"), "{log}");
    ensure!(!log.contains("0447700900456"), "a number of somebody is in the log\n{log}");
    switch.stop()
}
