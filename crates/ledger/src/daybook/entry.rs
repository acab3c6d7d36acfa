//! One entry of a daybook: a header of [`HEADER`] bytes and a group. All numbers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | [`MAGIC`], which names the version of this layout |
//! | 4..8 | CRC-32 of all that follows, header and group |
//! | 8..16 | the number of the database |
//! | 16..24 | the round |
//! | 24..28 | the entry's place in its round, from 0 |
//! | 28..32 | length of the group: the rows as JSON, a line feed, and lines of what is text already ([`Batch::write_texts`]) |

use crate::Result;
use crate::batch::Batch;
use crc::{CRC_32_ISO_HDLC, Crc, Table};
use serde::ser::Error as _;

const MAGIC: [u8; 4] = *b"day1";
/// Bytes before the group.
const HEADER: usize = 32;
static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Which database, which round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub database: i64,
    pub round: u64,
}

/// Writes an entry over what is in `bytes`.
pub(crate) fn write(bytes: &mut Vec<u8>, stamp: Stamp, place: u32, group: &Batch) -> Result<()> {
    bytes.clear();
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&stamp.database.to_le_bytes());
    bytes.extend_from_slice(&stamp.round.to_le_bytes());
    bytes.extend_from_slice(&place.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut *bytes, group)?;
    bytes.push(b'\n');
    group.write_texts(bytes);
    let too_long = |_| serde_json::Error::custom("4 GiB are too long for a group of the daybook");
    let length = u32::try_from(bytes.len() - HEADER).map_err(too_long)?;
    bytes[28..32].copy_from_slice(&length.to_le_bytes());
    let sum = CRC.checksum(&bytes[8..]);
    bytes[4..8].copy_from_slice(&sum.to_le_bytes());
    Ok(())
}

/// An entry that is whole.
pub(crate) struct Entry<'a> {
    pub stamp: Stamp,
    pub place: u32,
    payload: &'a [u8],
}

/// The entry at the beginning of these bytes, if it is whole, and what follows it.
pub(crate) fn read(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
    let (magic, header) = header.split_first_chunk::<4>()?;
    let (sum, header) = header.split_first_chunk::<4>()?;
    let (database, header) = header.split_first_chunk::<8>()?;
    let (round, header) = header.split_first_chunk::<8>()?;
    let (place, header) = header.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*header.first_chunk::<4>()?);
    let (payload, rest) = rest.split_at_checked(length as usize)?;
    let summed = bytes.get(8..HEADER + payload.len())?;
    let whole = *magic == MAGIC && CRC.checksum(summed) == u32::from_le_bytes(*sum);
    let stamp = Stamp { database: i64::from_le_bytes(*database), round: u64::from_le_bytes(*round) };
    whole.then_some((Entry { stamp, place: u32::from_le_bytes(*place), payload }, rest))
}

impl Entry<'_> {
    /// What was written down.
    pub(crate) fn group(&self) -> Result<Batch> {
        let end = self.payload.iter().position(|byte| *byte == b'\n').unwrap_or(self.payload.len());
        let (rows, texts) = self.payload.split_at(end);
        let mut group: Batch = serde_json::from_slice(rows)?;
        group.read_texts(texts.get(1..).unwrap_or_default())?;
        Ok(group.up_to_date())
    }
}

/// Whether an entry of this round or a later one, at this place or a later one, stands anywhere in these bytes: then
/// something before it was damaged.
pub(crate) fn goes_on(bytes: &[u8], stamp: Stamp, place: u32) -> bool {
    let later = |entry: &Entry<'_>| {
        entry.stamp.database == stamp.database && entry.stamp.round >= stamp.round && entry.place >= place
    };
    let starts = bytes.windows(MAGIC.len()).enumerate().filter(|(_, window)| *window == MAGIC);
    starts.filter_map(|(at, _)| bytes.get(at..).and_then(read)).any(|(entry, _)| later(&entry))
}
