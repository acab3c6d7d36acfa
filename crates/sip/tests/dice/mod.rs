//! Seeded mutations of messages, shared by the tests that throw them at something.

macro_rules! seeds {
    ($($file:literal)*) => { &[$(include_bytes!(concat!("../torture/", $file))),*] };
}

const SEEDS: &[&[u8]] = seeds! {
    "rfc4475/wsinv.dat" "rfc4475/intmeth.dat" "rfc4475/escnull.dat" "rfc4475/longreq.dat" "rfc4475/dblreq.dat"
    "rfc4475/transports.dat" "rfc4475/mpart01.dat" "rfc4475/unreason.dat" "rfc4475/badinv01.dat" "rfc4475/quotbal.dat"
    "rfc4475/regescrt.dat" "rfc4475/regaut01.dat" "rfc4475/inv2543.dat" "rfc5118/ipv6-good" "rfc5118/mult-ip-in-header"
};
const SPICE: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\n ",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"<<>>",
    b";",
    b";;",
    b",",
    b",,,,",
    b"(",
    b")",
    b"@",
    b":",
    b"%00",
    b"%",
    b"[",
    b"]",
    b"[::]",
    b"=",
    b"?",
    b"\0",
    b"\xff\xfe",
    b" ",
    b"\t",
    b"SIP/2.0",
    b"Content-Length: 9\r\n",
    b"l: 99999999999\r\n",
    b"Via: ",
    b"*",
    b"Contact: *\r\n",
    b"Authorization: Digest realm=\"r\",nonce=\"\r\n",
    b"z9hG4bK",
    b"4294967296",
    b"Retry-After: 1 (\r\n",
];

/// splitmix64: the same mutations in every run.
pub struct Dice(pub u64);

impl Dice {
    /// A number below this one.
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize % below.max(1)
    }

    /// A torture message with up to seven faults.
    pub fn mutated(&mut self) -> Vec<u8> {
        let seed = SEEDS[self.roll(SEEDS.len())].to_vec();
        self.mutate(seed, 7)
    }

    /// These bytes with one fault up to `most`.
    pub fn mutate(&mut self, mut bytes: Vec<u8>, most: usize) -> Vec<u8> {
        for _ in 0..=self.roll(most) {
            let at = self.roll(bytes.len() + 1);
            match self.roll(7) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 1 << self.roll(8),
                2 if at < bytes.len() => bytes[at] = self.roll(256) as u8,
                3 => drop(bytes.splice(at..at, SPICE[self.roll(SPICE.len())].iter().copied())),
                4 => {
                    let end = (at + self.roll(40)).min(bytes.len());
                    bytes.drain(at.min(end)..end);
                }
                5 => {
                    let end = (at + self.roll(80)).min(bytes.len());
                    let piece = bytes[at.min(end)..end].to_vec();
                    let to = self.roll(bytes.len() + 1);
                    bytes.splice(to..to, piece);
                }
                _ => {
                    let spice = SPICE[self.roll(SPICE.len())].repeat(self.roll(20));
                    bytes.splice(at..at, spice);
                }
            }
        }
        bytes
    }
}
