//! Voice notes: silent ones, but real Ogg Opus files that players accept.

/// 20 ms of silence in the 48 kHz full-band CELT mode of Opus.
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// Samples in one such packet.
const SAMPLES: u64 = 960;
const PACKETS_PER_SECOND: u32 = 50;
const SERIAL: u32 = 0x464c_4f52;
/// The capacity of a page: one entry per packet, as each is shorter than 255 bytes.
const PACKETS_PER_PAGE: usize = 250;

/// An Ogg Opus file of so many seconds.
pub(super) fn note(seconds: u32) -> Vec<u8> {
    let mut file = Vec::new();
    page(
        &mut file,
        Page {
            flags: 2,
            granule: 0,
            sequence: 0,
        },
        &[&head()],
    );
    page(
        &mut file,
        Page {
            flags: 0,
            granule: 0,
            sequence: 1,
        },
        &[&tags()],
    );
    let packets = vec![&SILENCE[..]; (seconds * PACKETS_PER_SECOND) as usize];
    let pages = packets.chunks(PACKETS_PER_PAGE);
    let last = pages.len().saturating_sub(1);
    let mut granule = 0;
    for (at, packets) in pages.enumerate() {
        granule += packets.len() as u64 * SAMPLES;
        let page_head = Page {
            flags: if at == last { 4 } else { 0 },
            granule,
            sequence: u32::try_from(at).unwrap_or_default() + 2,
        };
        page(&mut file, page_head, packets);
    }
    file
}

/// Version 1, mono, no skipped samples, 48 kHz, no gain, one stream.
fn head() -> Vec<u8> {
    let mut head = b"OpusHead".to_vec();
    head.extend([1, 1]);
    head.extend(0_u16.to_le_bytes());
    head.extend(48_000_u32.to_le_bytes());
    head.extend(0_u16.to_le_bytes());
    head.push(0);
    head
}

fn tags() -> Vec<u8> {
    let vendor = b"wamanager demo";
    let mut tags = b"OpusTags".to_vec();
    tags.extend(u32::try_from(vendor.len()).unwrap_or_default().to_le_bytes());
    tags.extend(vendor);
    tags.extend(0_u32.to_le_bytes());
    tags
}

struct Page {
    /// 2: first page, 4: last page.
    flags: u8,
    granule: u64,
    sequence: u32,
}

fn page(file: &mut Vec<u8>, head: Page, packets: &[&[u8]]) {
    let mut page = b"OggS\0".to_vec();
    page.push(head.flags);
    page.extend(head.granule.to_le_bytes());
    page.extend(SERIAL.to_le_bytes());
    page.extend(head.sequence.to_le_bytes());
    let crc_at = page.len();
    page.extend([0; 4]);
    page.push(u8::try_from(packets.len()).unwrap_or(u8::MAX));
    page.extend(
        packets
            .iter()
            .map(|packet| u8::try_from(packet.len()).unwrap_or(u8::MAX)),
    );
    page.extend(packets.iter().copied().flatten());
    let crc = checksum(&page);
    page[crc_at..crc_at + 4].copy_from_slice(&crc.to_le_bytes());
    file.extend(page);
}

/// Ogg's CRC-32: polynomial 04C11DB7, not reflected, starting at 0.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc: u32, byte| {
        let mut crc = crc ^ (u32::from(*byte) << 24);
        for _ in 0..8 {
            crc = if crc & 0x8000_0000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x04c1_1db7
            };
        }
        crc
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_ogg() {
        // The check value of CRC-32/MPEG-2's polynomial with initial value 0 and no final inversion.
        assert_eq!(checksum(b"123456789"), 0x89a1_897f);
    }

    #[test]
    fn a_note_has_the_length_it_says() {
        let file = note(9);
        let last = file.windows(4).rposition(|four| four == b"OggS").unwrap();
        assert_eq!(file[last + 5], 4);
        let granule = u64::from_le_bytes(file[last + 6..last + 14].try_into().unwrap());
        assert_eq!(granule, 9 * 48_000);
        assert_eq!(&file[28..36], b"OpusHead");
    }
}
