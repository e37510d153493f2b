//! Recordings as browsers make them, and notes as phones read them.

use std::io::{Read as _, Seek as _, Write as _};

use opus_pure::{Application, MAX_PACKET_BYTES, OpusEncoder};

use super::*;

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn made(bytes: &[u8], mime: &str) -> Result<(VoiceNote, Vec<u8>), VoiceError> {
    let to = tempfile::tempfile().unwrap();
    let note = convert(file(bytes), mime, to.try_clone().unwrap())?;
    let (mut to, mut written) = (to, Vec::new());
    to.rewind().unwrap();
    to.read_to_end(&mut written).unwrap();
    Ok((note, written))
}

/// A tone that is silent in its first half.
fn tone(rate: u32, seconds: f32) -> Vec<f32> {
    let count = (rate as f32 * seconds) as usize;
    (0..count)
        .map(|n| {
            if n < count / 2 {
                0.0
            } else {
                (n as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin() * 0.5
            }
        })
        .collect()
}

fn wav(rate: u32, channels: u16, samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|sample| std::iter::repeat_n(((sample * 32_767.0) as i16).to_le_bytes(), channels.into()))
        .flatten()
        .collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(channels) * 2).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    // A chunk that a player skips.
    bytes.extend(b"LIST\x03\0\0\0abc\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// Opus packets of 60 ms, as Chromium's recorder makes them.
fn packets(channels: usize, samples: &[f32]) -> Vec<Vec<u8>> {
    let frame = 2_880;
    let mut encoder = OpusEncoder::new(48_000, channels, Application::Audio).unwrap();
    let mut packet = vec![0; MAX_PACKET_BYTES];
    let encode = |block: &[f32]| {
        let block: Vec<f32> = block
            .iter()
            .flat_map(|sample| std::iter::repeat_n(*sample, channels))
            .collect();
        let length = encoder.encode(&block, frame, &mut packet).unwrap();
        packet[..length].to_vec()
    };
    samples.chunks_exact(frame).map(encode).collect()
}

fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u64 | 1 << 56).to_be_bytes();
    [id, &size[..], content].concat()
}

/// A recording made with a timeslice: segment and clusters have no size.
fn webm(channels: u8, packets: &[Vec<u8>]) -> Vec<u8> {
    const UNKNOWN: [u8; 8] = [1, 255, 255, 255, 255, 255, 255, 255];
    let audio = element(&[0xE1], &element(&[0x9F], &[channels]));
    let track = [
        element(&[0xD7], &[1]),
        element(&[0x83], &[2]),
        element(&[0x86], b"A_OPUS"),
        audio,
    ]
    .concat();
    let mut bytes = element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm"));
    bytes.extend([0x18, 0x53, 0x80, 0x67]);
    bytes.extend(UNKNOWN);
    bytes.extend(element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &track)));
    for some in packets.chunks(5) {
        bytes.extend([0x1F, 0x43, 0xB6, 0x75]);
        bytes.extend(UNKNOWN);
        bytes.extend(element(&[0xE7], &[0]));
        for packet in some {
            bytes.extend(element(&[0xA3], &[&[0x81, 0, 0, 0x80][..], packet].concat()));
        }
    }
    bytes
}

/// Channels, length in samples at 48 kHz, and the packets of a finished note.
fn read(note: &[u8]) -> (u8, u64, Vec<Vec<u8>>) {
    let mut reader = OggOpusReader::new(note).unwrap();
    let channels = reader.head().channel_count;
    let mut trim = Trim::new(reader.head(), 48_000, 1).unwrap();
    let mut packets = Vec::new();
    while let Some(packet) = reader.read_packet().unwrap() {
        let samples = opus_pure::packet::samples_48k(&packet.data).unwrap();
        trim.keep(&packet, &vec![0.0_f32; samples]);
        packets.push(packet.data);
    }
    (channels, trim.samples_emitted(), packets)
}

#[test]
fn a_mono_recording_is_repacked_without_a_loss() {
    let packets = packets(1, &tone(48_000, 3.0));
    let recording = webm(1, &packets);
    assert!(!ebml::has_video(&mut io::Cursor::new(&recording)).unwrap());
    let (note, bytes) = made(&recording, "audio/webm").unwrap();
    let (channels, length, inside) = read(&bytes);
    assert!(inside == packets, "the very packets");
    assert_eq!((channels, length), (1, 50 * 2_880 - 312));
    assert_eq!((note.seconds, note.waveform.len()), (3, 64));
    assert!(
        note.waveform[..30].iter().all(|value| *value < 5),
        "{:?}",
        note.waveform
    );
    assert!(
        note.waveform[36..62].iter().all(|value| *value > 80),
        "{:?}",
        note.waveform
    );
}

#[test]
fn a_stereo_recording_becomes_mono() {
    let recording = webm(2, &packets(2, &tone(48_000, 1.5)));
    let (note, bytes) = made(&recording, "audio/webm").unwrap();
    let (channels, length, _) = read(&bytes);
    assert_eq!((channels, length), (1, 25 * 2_880));
    assert_eq!(note.seconds, 2);
    assert!(bytes.len() < 9_000, "{} bytes at 24 kbit/s", bytes.len());
}

#[test]
fn a_wav_of_any_rate_keeps_its_length() {
    for (rate, channels) in [(16_000, 1), (44_100, 2), (48_000, 1)] {
        let (note, bytes) = made(&wav(rate, channels, &tone(rate, 2.0)), "audio/wav").unwrap();
        let (inside, length, _) = read(&bytes);
        assert_eq!((inside, note.seconds), (1, 2));
        assert!(length.abs_diff(96_000) < 10, "{length} at {rate}");
        assert!(note.waveform[..30].iter().all(|value| *value < 5) && note.waveform[60] > 80);
    }
}

#[test]
fn a_note_is_passed_through_as_it_is() {
    let (first, note) = made(&wav(48_000, 1, &tone(48_000, 1.0)), "audio/wav").unwrap();
    let (again, same) = made(&note, OPUS).unwrap();
    assert!(same == note);
    assert_eq!(again.seconds, first.seconds);
}

#[test]
fn what_is_no_sound_or_too_long_is_refused() {
    let unfit = |bytes: &[u8], mime| matches!(made(bytes, mime), Err(VoiceError::Unfit));
    assert!(unfit(b"", "audio/wav"));
    assert!(unfit(b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", "audio/wav"));
    assert!(unfit(b"OggS", OPUS));
    assert!(unfit(b"\x1a\x45\xdf\xa3", "audio/webm"));
    assert!(unfit(b"ID3 nothing", "audio/mpeg"));
    assert!(unfit(b"ftyp", "audio/mp4"));
    assert!(unfit(&webm(1, &[]), "audio/webm"));
    let cut = webm(1, &packets(1, &tone(48_000, 0.6)));
    assert_eq!(
        made(&cut[..cut.len() - 20], "audio/webm").unwrap().0.seconds,
        1,
        "what is there is kept"
    );
    // The header promises an hour and a second.
    let mut long = wav(8_000, 1, &[0.0; 8]);
    let at = long.len() - 16 - 4;
    long[at..at + 4].copy_from_slice(&(3_601_u32 * 16_000).to_le_bytes());
    assert!(matches!(made(&long, "audio/wav"), Err(VoiceError::TooLong)));
}
