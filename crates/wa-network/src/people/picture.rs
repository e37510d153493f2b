//! Small pictures of what people eat, drawn here so that no file of anybody else is needed.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const WIDTH: i32 = 320;
const HEIGHT: i32 = 240;

/// What is on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motif {
    Loaf,
    Cake,
    Coffee,
    Tart,
    Flour,
}

type Colour = [u8; 3];

/// One filled shape; later ones lie on top.
struct Ellipse {
    x: i32,
    y: i32,
    wide: i32,
    high: i32,
    colour: Colour,
}

const fn ellipse(x: i32, y: i32, wide: i32, high: i32, colour: Colour) -> Ellipse {
    Ellipse {
        x,
        y,
        wide,
        high,
        colour,
    }
}

/// A PNG of 320 by 240 pixels. The same motif and variant give the same bytes.
pub(super) fn png(motif: Motif, variant: u64) -> Vec<u8> {
    let (table, shapes) = scene(motif, (variant % 24) as i32 - 12);
    let mut rows = Vec::with_capacity(((WIDTH * 3 + 1) * HEIGHT) as usize);
    for y in 0..HEIGHT {
        // Filter type 0: every row stands for itself.
        rows.push(0);
        for x in 0..WIDTH {
            rows.extend(pixel(&table, &shapes, x, y));
        }
    }
    let mut header = Vec::with_capacity(13);
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // Eight bits, true colour, no interlacing.
    header.extend([8, 2, 0, 0, 0]);
    let mut file = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &deflated(&rows));
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// The table it stands on and what stands there, moved by a few pixels.
fn scene(motif: Motif, shift: i32) -> (Colour, Vec<Ellipse>) {
    let x = WIDTH / 2 + shift;
    let plate = ellipse(x, 170, 130, 40, [240, 238, 232]);
    match motif {
        Motif::Loaf => (
            [94, 72, 55],
            vec![
                ellipse(x, 140, 115, 70, [141, 85, 36]),
                ellipse(x, 132, 105, 58, [186, 118, 55]),
                ellipse(x - 40, 112, 34, 7, [233, 196, 140]),
                ellipse(x + 5, 106, 34, 7, [233, 196, 140]),
                ellipse(x + 48, 114, 34, 7, [233, 196, 140]),
            ],
        ),
        Motif::Cake => (
            [205, 219, 214],
            vec![
                plate,
                ellipse(x, 150, 92, 48, [92, 55, 38]),
                ellipse(x, 118, 92, 34, [224, 120, 150]),
                ellipse(x - 30, 92, 6, 22, [250, 240, 200]),
                ellipse(x, 88, 6, 22, [250, 240, 200]),
                ellipse(x + 30, 92, 6, 22, [250, 240, 200]),
                ellipse(x - 30, 66, 5, 9, [255, 190, 70]),
                ellipse(x, 62, 5, 9, [255, 190, 70]),
                ellipse(x + 30, 66, 5, 9, [255, 190, 70]),
            ],
        ),
        Motif::Coffee => (
            [120, 84, 62],
            vec![
                plate,
                ellipse(x - 40, 140, 62, 52, [252, 250, 246]),
                ellipse(x - 40, 128, 50, 34, [84, 52, 34]),
                ellipse(x - 40, 128, 22, 14, [214, 176, 130]),
                ellipse(x + 66, 158, 44, 30, [176, 108, 52]),
                ellipse(x + 66, 154, 24, 15, [226, 178, 120]),
            ],
        ),
        Motif::Tart => (
            [120, 160, 120],
            vec![
                plate,
                ellipse(x, 150, 104, 56, [196, 146, 84]),
                ellipse(x, 144, 88, 42, [250, 216, 84]),
                ellipse(x - 28, 136, 16, 10, [252, 236, 150]),
                ellipse(x + 30, 148, 16, 10, [252, 236, 150]),
                ellipse(x + 4, 158, 8, 6, [90, 140, 70]),
            ],
        ),
        Motif::Flour => (
            [150, 130, 104],
            vec![
                ellipse(x, 150, 84, 78, [222, 208, 182]),
                ellipse(x, 92, 58, 24, [250, 248, 242]),
                ellipse(x + 10, 204, 110, 18, [244, 240, 230]),
                ellipse(x, 156, 34, 26, [178, 140, 92]),
            ],
        ),
    }
}

fn pixel(table: &Colour, shapes: &[Ellipse], x: i32, y: i32) -> Colour {
    let inside = |shape: &&Ellipse| {
        let (dx, dy) = ((x - shape.x) * 1000 / shape.wide, (y - shape.y) * 1000 / shape.high);
        dx * dx + dy * dy <= 1_000_000
    };
    let hit = shapes.iter().rev().find(inside);
    let colour = hit.map_or(table, |shape| &shape.colour);
    // Light comes from above; without it, flat areas look like a placeholder.
    let light = 110 - y * 30 / HEIGHT;
    colour.map(|part| u8::try_from((i32::from(part) * light / 100).clamp(0, 255)).unwrap_or(u8::MAX))
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    file.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
    file.extend(kind);
    file.extend(data);
    file.extend(crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_png_of_its_size_and_differs_by_motif() {
        let file = png(Motif::Cake, 3);
        assert_eq!(file[..8], [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n']);
        assert_eq!(file[16..24], [0, 0, 1, 64, 0, 0, 0, 240]);
        assert_eq!(&file[file.len() - 8..file.len() - 4], b"IEND");
        assert_eq!(file, png(Motif::Cake, 3));
        assert_ne!(file, png(Motif::Loaf, 3));
        let data = file.windows(4).position(|four| four == b"IDAT").unwrap() + 4;
        let mut pixels = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(&file[data..]), &mut pixels).unwrap();
        assert_eq!(pixels.len(), 240 * (320 * 3 + 1));
    }
}
