//! A switch that has nothing but IPv6: SIP over UDP and TCP, addresses in Via, Contact and the session description, and sound.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::raw::{Raw, over_tcp};
use e2e::stage::write_sounds;
use e2e::switch::Switch;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

const HERE: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn configuration(place: &Place, desk: u16) -> String {
    let folder = place.folder().display();
    format!(
        r#"[listen]
udp = "[::1]:0"
tcp = "[::1]:0"

[storage]
database = "sqlite:{folder}/strowger.db"
recordings = "{folder}/recordings"
sounds = "{folder}/sounds"
control = "{folder}/strowger.sock"

[[trunk]]
name = "carrier"
peers = ["::1"]

[[phone]]
user = "desk"
contact = "[::1]:{desk}"

[[route]]
from = "trunk:carrier"
to = "600"
go = "flow:main"

[[route]]
from = "trunk:carrier"
to = "601"
go = "phone:desk"

[flow.main]
greet = {{ play = "welcome.wav", then = "end" }}
end = {{ hang_up = 16 }}
"#
    )
}

/// Where it listens, by transport.
fn listens(switch: &Switch, transport: &str) -> Result<SocketAddr> {
    let status = switch.status()?;
    let all = status["listeners"].as_array().with_context(|| status.to_string())?;
    let found = all.iter().find(|one| one["transport"] == transport).with_context(|| status.to_string())?;
    Ok(found["address"].as_str().context("an address")?.parse()?)
}

fn offer(port: u16) -> String {
    format!("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n")
}

#[test]
fn a_switch_with_ipv6_alone_is_called_calls_and_sounds_over_it() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let port = UdpSocket::bind((HERE, 0))?.local_addr()?.port();
    let switch = Switch::start(&place, &configuration(&place, port))?;
    let (udp, tcp) = (listens(&switch, "udp")?, listens(&switch, "tcp")?);
    ensure!(udp.is_ipv6() && tcp.is_ipv6());
    let (carrier, desk) = (Raw::open(HERE, udp)?, Raw::open_at((HERE, port).into(), udp)?);
    let sound = UdpSocket::bind((HERE, 0))?;
    sound.set_read_timeout(Some(Duration::from_secs(5)))?;
    let answer = carrier.invite("600", "in", "", &offer(sound.local_addr()?.port()))?;
    ensure!(answer.status() == Some(200), "{:?}", answer.status());
    let contact = answer.header("contact").unwrap_or_default();
    ensure!(contact.contains(&format!("@{udp}>")), "{contact}");
    let text = String::from_utf8(answer.body.clone())?;
    ensure!(text.contains("c=IN IP6 ::1\r\n") && !text.contains("IP4"), "{text}");
    carrier.send(carrier.within("ACK", "600", "in", &answer).as_bytes())?;
    let mut packet = [0; 1_500];
    let (length, from) = sound.recv_from(&mut packet).context("no sound")?;
    ensure!(length == 172 && from.is_ipv6() && text.contains(&format!("m=audio {} ", from.port())), "{from}\n{text}");
    carrier.send(carrier.within("BYE", "600", "in", &answer).as_bytes())?;

    carrier.send(carrier.request("INVITE", "601", "out", "", &offer(sound.local_addr()?.port())).as_bytes())?;
    let invite = desk.receive(PATIENCE).context("the desk phone is not called")?;
    let via = invite.header("via").unwrap_or_default();
    let offered = String::from_utf8(invite.body.clone())?;
    ensure!(via.starts_with(&format!("SIP/2.0/UDP {udp};")) && offered.contains("c=IN IP6 ::1"), "{via}\n{offered}");
    desk.send(desk.response(&invite, "486 Busy Here", "").as_bytes())?;
    let busy = carrier.last(PATIENCE).context("no answer to the caller")?;
    // The BYE of the first call is answered, too.
    let busy =
        if busy.status() == Some(200) { carrier.last(PATIENCE).context("no answer to the caller")? } else { busy };
    ensure!(busy.status() == Some(486), "{:?}", busy.status());

    let options = carrier.request("OPTIONS", "switch", "tcp", "", "").replace("SIP/2.0/UDP", "SIP/2.0/TCP");
    let back = String::from_utf8(over_tcp(tcp, options.as_bytes())?)?;
    ensure!(back.starts_with("SIP/2.0 ") && back.contains("received=::1"), "{back}");
    switch.stop()
}
