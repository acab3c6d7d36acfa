//! The chunks of a WAV file up to its sound, as they come: metadata of odd length, and lengths that a program could not
//! know when it wrote them to a pipe. What is found is laid out plainly, so that hound reads nothing but format and sound.

use super::PromptError;
use std::io::{self, Chain, Cursor, Read, Take};

/// The longest description of a format that is read; the longest known one has 40 bytes.
const FORMAT_BYTES: u32 = 1_024;
/// A length from here on is what programs write that do not know it: 0xffffffff, 0x7fffffff, 0x7ffff000. A sound that is
/// really so long is too long in every format that is taken.
const UNKNOWN: u32 = 0x7fff_0000;

/// A WAV file with nothing in it but format and sound.
pub(super) type Plain<R> = Chain<Cursor<Vec<u8>>, Take<R>>;

/// The file laid out plainly, and how many bytes of it are left for its sound. `length` is that of the whole file.
pub(super) fn plain<R: Read>(mut file: R, length: u64) -> Result<(Plain<R>, u64), PromptError> {
    let (magic, _) = header(&mut file, None)?;
    // RF64 and BW64 are RIFF for long files: they tell the length of the sound elsewhere, and 0xffffffff where RIFF does.
    if !matches!(&magic, b"RIFF" | b"RF64" | b"BW64") {
        return Err(PromptError::Unreadable("no RIFF tag found".into()));
    }
    if bytes::<4>(&mut file)? != *b"WAVE" {
        return Err(PromptError::Unreadable("no WAVE tag found".into()));
    }
    let (mut read, mut format, mut pad) = (12_u64, None::<Vec<u8>>, None);
    loop {
        let (name, size) = header(&mut file, pad.take())?;
        read += 8;
        match &name {
            b"data" => {
                let format = format.ok_or_else(|| PromptError::Unreadable("no format before the sound".into()))?;
                let left = length.saturating_sub(read);
                let sound = if size < UNKNOWN { size } else { u32::try_from(left).unwrap_or(u32::MAX) };
                return Ok((laid_out(&format, sound, file), left));
            }
            b"fmt " if size <= FORMAT_BYTES => {
                let mut found = vec![0; size as usize];
                file.read_exact(&mut found).map_err(cut)?;
                format = Some(found);
            }
            _ => skip(&mut file, u64::from(size))?,
        }
        read += u64::from(size);
        // A chunk of odd length is followed by a zero; where it is forgotten, the next name begins there.
        if size % 2 == 1 {
            let [next] = bytes::<1>(&mut file)?;
            pad = Some(next).filter(|next| *next != 0);
            read += u64::from(pad.is_none());
        }
    }
}

/// A chunk's name and length; `first` is the name's first byte where it was read already.
fn header(file: &mut impl Read, first: Option<u8>) -> Result<([u8; 4], u32), PromptError> {
    let name = match first {
        None => bytes::<4>(file)?,
        Some(first) => {
            let [second, third, fourth] = bytes::<3>(file)?;
            [first, second, third, fourth]
        }
    };
    Ok((name, u32::from_le_bytes(bytes::<4>(file)?)))
}

fn bytes<const N: usize>(file: &mut impl Read) -> Result<[u8; N], PromptError> {
    let mut found = [0; N];
    file.read_exact(&mut found).map_err(cut)?;
    Ok(found)
}

fn skip(file: &mut impl Read, size: u64) -> Result<(), PromptError> {
    match io::copy(&mut file.take(size), &mut io::sink()).map_err(cut)? {
        skipped if skipped < size => Err(PromptError::CutShort),
        _ => Ok(()),
    }
}

fn laid_out<R: Read>(format: &[u8], sound: u32, file: R) -> Plain<R> {
    // The bytes of a frame; a part of one at the end is none.
    let frame =
        format.get(12..14).map_or(1, |block| block.iter().rev().fold(0, |n, byte| n << 8 | u32::from(*byte))).max(1);
    let sound = sound - sound % frame;
    let size = u32::try_from(format.len()).unwrap_or(u32::MAX);
    let mut head = Vec::with_capacity(28 + format.len());
    head.extend(b"RIFF");
    head.extend((size + 20).saturating_add(sound).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(size.to_le_bytes());
    head.extend(format);
    head.extend(b"data");
    head.extend(sound.to_le_bytes());
    Cursor::new(head).chain(file.take(u64::from(sound)))
}

fn cut(error: io::Error) -> PromptError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => PromptError::CutShort,
        _ => PromptError::Unreadable(error.to_string()),
    }
}
