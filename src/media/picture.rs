//! Pictures: their size as shown, and a small JPEG; within limits, whatever the file says about itself.

use std::io::{self, BufReader, Cursor, Read, Seek};

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits};

/// A photo of a 48-megapixel phone needs 146 MB to be decoded.
const MOST_MEMORY: u64 = 150 * 1024 * 1024;
const LONGEST_SIDE: u32 = 20_000;
/// Either side of the small one, in pixels: sharp where a conversation shows it.
const SMALL: u32 = 320;
const QUALITY: u8 = 70;

/// What is known of a picture.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// As it is shown: turned as the camera was held.
    pub size: Option<(u32, u32)>,
    /// A small JPEG; none where the whole picture is too large to be decoded here.
    pub thumbnail: Option<Vec<u8>>,
    /// Its bytes make no whole picture.
    pub damaged: bool,
}

/// Blocks, and takes up to 150 MB: one at a time.
pub(super) fn look(file: impl Read + Seek) -> io::Result<Picture> {
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST_SIDE), Some(LONGEST_SIDE));
    reader.limits(limits);
    let mut decoder = match reader.into_decoder() {
        Ok(decoder) => decoder,
        Err(image::ImageError::Limits(_)) => return Ok(Picture::default()),
        Err(_) => return Ok(damaged(None)),
    };
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let size = Some(turned(decoder.dimensions(), orientation));
    if decoder.total_bytes() > MOST_MEMORY {
        return Ok(Picture {
            size,
            ..Picture::default()
        });
    }
    let mut whole = match DynamicImage::from_decoder(decoder) {
        Ok(whole) => whole,
        Err(image::ImageError::Limits(_)) => {
            return Ok(Picture {
                size,
                ..Picture::default()
            });
        }
        Err(_) => return Ok(damaged(size)),
    };
    if whole.width() > SMALL || whole.height() > SMALL {
        whole = whole.thumbnail(SMALL, SMALL);
    }
    whole.apply_orientation(orientation);
    Ok(Picture {
        size,
        thumbnail: jpeg(&whole),
        damaged: false,
    })
}

fn damaged(size: Option<(u32, u32)>) -> Picture {
    Picture {
        size,
        thumbnail: None,
        damaged: true,
    }
}

fn turned((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (height, width)
        }
        _ => (width, height),
    }
}

/// JPEG knows no transparency: what is transparent becomes white, as on paper.
fn jpeg(small: &DynamicImage) -> Option<Vec<u8>> {
    let mut flat = image::RgbImage::new(small.width(), small.height());
    for (to, from) in flat.pixels_mut().zip(small.to_rgba8().pixels()) {
        let [r, g, b, alpha] = from.0;
        let over = |channel: u8| {
            let (channel, alpha) = (u16::from(channel), u16::from(alpha));
            u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        to.0 = [over(r), over(g), over(b)];
    }
    let mut bytes = Cursor::new(Vec::new());
    let encoded = JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&flat);
    encoded.ok().map(|()| bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn striped() -> RgbImage {
        RgbImage::from_fn(640, 480, |x, _| {
            if x < 320 {
                Rgb([250, 10, 10])
            } else {
                Rgb([10, 10, 250])
            }
        })
    }

    /// A JPEG whose EXIF says how the camera was held.
    fn held(orientation: u8) -> Vec<u8> {
        let plain = encoded(&striped(), ImageFormat::Jpeg);
        let tiff = [
            b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(),
            &[orientation, 0, 0, 0],
            &[0; 4],
        ]
        .concat();
        let segment = [b"Exif\0\0".as_slice(), &tiff].concat();
        let length = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], b"\xff\xe1", &length, &segment, &plain[2..]].concat()
    }

    #[test]
    fn a_picture_is_small_and_upright() {
        let picture = look(Cursor::new(held(6))).unwrap();
        assert_eq!(picture.size, Some((480, 640)));
        let small = image::load_from_memory(&picture.thumbnail.unwrap()).unwrap().to_rgb8();
        assert_eq!((small.width(), small.height()), (240, 320));
        // Turned clockwise by a quarter, the left half is on top.
        assert!(small.get_pixel(120, 20).0[0] > 200, "red is on top");
        assert!(small.get_pixel(120, 300).0[2] > 200, "blue is below");
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbaImage::new(8, 8)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        let picture = look(Cursor::new(bytes.into_inner())).unwrap();
        let small = image::load_from_memory(&picture.thumbnail.unwrap()).unwrap().to_rgb8();
        assert!(small.get_pixel(4, 4).0.iter().all(|&channel| channel > 250));
    }

    #[test]
    fn a_picture_that_ends_too_early_is_damaged() {
        let whole = encoded(&striped(), ImageFormat::Png);
        let picture = look(Cursor::new(&whole[..whole.len() / 2])).unwrap();
        assert!(picture.damaged && picture.thumbnail.is_none());
        assert!(look(Cursor::new(b"\xff\xd8\xff\xe0 no picture")).unwrap().damaged);
    }

    #[test]
    fn a_picture_bomb_is_not_unpacked() {
        // 19 000 x 19 000 pixels in a PNG of a few bytes of header; its data never comes.
        let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bomb.extend_from_slice(&19_000_u32.to_be_bytes());
        bomb.extend_from_slice(&19_000_u32.to_be_bytes());
        bomb.extend_from_slice(b"\x08\x06\0\0\0");
        let mut crc = flate2::Crc::new();
        crc.update(&bomb[12..]);
        bomb.extend_from_slice(&crc.sum().to_be_bytes());
        bomb.extend_from_slice(b"\0\0\0\x01IDAT\0\0\0\0\0");
        let picture = look(Cursor::new(bomb)).unwrap();
        assert_eq!(picture.thumbnail, None);
        assert!(picture.size.is_none_or(|size| size == (19_000, 19_000)));
    }
}
