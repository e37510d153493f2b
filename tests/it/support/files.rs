//! Small files that are what they say.

use std::io::Cursor;

fn drawn(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbaImage::from_pixel(40, 30, image::Rgba([200, 120, 40, 255]));
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn picture() -> Vec<u8> {
    drawn(image::ImageFormat::Png)
}

pub fn sticker() -> Vec<u8> {
    drawn(image::ImageFormat::WebP)
}

/// An MP4 file with a video track of nothing.
pub fn video() -> Vec<u8> {
    let boxed = |name: &[u8; 4], content: &[u8]| {
        let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
        [&size[..], name, content].concat()
    };
    let handler = boxed(b"hdlr", b"\0\0\0\0\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let track = boxed(b"trak", &boxed(b"mdia", &handler));
    [boxed(b"ftyp", b"mp42\0\0\0\0mp42isom"), boxed(b"moov", &track)].concat()
}

/// A second of sound as a WAV file.
pub fn recording() -> Vec<u8> {
    let rate = 8_000_u32;
    let samples = (0..rate).map(|at| if at / 20 % 2 == 0 { 6_000_i16 } else { -6_000 });
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(data);
    bytes
}
