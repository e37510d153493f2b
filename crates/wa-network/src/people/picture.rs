//! Small pictures of food, generated here so that no third-party file is needed.

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

/// One filled shape, its `x` counted from the middle; later ones lie on top.
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
    let shift = (variant % 24) as i32 - 12;
    let mut rows = Vec::with_capacity(((WIDTH * 3 + 1) * HEIGHT) as usize);
    for y in 0..HEIGHT {
        // Filter type 0: no row depends on another.
        rows.push(0);
        for x in 0..WIDTH {
            rows.extend(motif.pixel(x - WIDTH / 2 - shift, y));
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

const PLATE: Ellipse = ellipse(0, 170, 130, 40, [240, 238, 232]);
const CANDLE: Colour = [250, 240, 200];
const FLAME: Colour = [255, 190, 70];

const LOAF: &[Ellipse] = &[
    ellipse(0, 140, 115, 70, [141, 85, 36]),
    ellipse(0, 132, 105, 58, [186, 118, 55]),
    ellipse(-40, 112, 34, 7, [233, 196, 140]),
    ellipse(5, 106, 34, 7, [233, 196, 140]),
    ellipse(48, 114, 34, 7, [233, 196, 140]),
];
const CAKE: &[Ellipse] = &[
    PLATE,
    ellipse(0, 150, 92, 48, [92, 55, 38]),
    ellipse(0, 118, 92, 34, [224, 120, 150]),
    ellipse(-30, 92, 6, 22, CANDLE),
    ellipse(0, 88, 6, 22, CANDLE),
    ellipse(30, 92, 6, 22, CANDLE),
    ellipse(-30, 66, 5, 9, FLAME),
    ellipse(0, 62, 5, 9, FLAME),
    ellipse(30, 66, 5, 9, FLAME),
];
const COFFEE: &[Ellipse] = &[
    PLATE,
    ellipse(-40, 140, 62, 52, [252, 250, 246]),
    ellipse(-40, 128, 50, 34, [84, 52, 34]),
    ellipse(-40, 128, 22, 14, [214, 176, 130]),
    ellipse(66, 158, 44, 30, [176, 108, 52]),
    ellipse(66, 154, 24, 15, [226, 178, 120]),
];
const TART: &[Ellipse] = &[
    PLATE,
    ellipse(0, 150, 104, 56, [196, 146, 84]),
    ellipse(0, 144, 88, 42, [250, 216, 84]),
    ellipse(-28, 136, 16, 10, [252, 236, 150]),
    ellipse(30, 148, 16, 10, [252, 236, 150]),
    ellipse(4, 158, 8, 6, [90, 140, 70]),
];
const FLOUR: &[Ellipse] = &[
    ellipse(0, 150, 84, 78, [222, 208, 182]),
    ellipse(0, 92, 58, 24, [250, 248, 242]),
    ellipse(10, 204, 110, 18, [244, 240, 230]),
    ellipse(0, 156, 34, 26, [178, 140, 92]),
];

impl Motif {
    /// The colour of the table, and what stands on it.
    fn scene(self) -> (Colour, &'static [Ellipse]) {
        match self {
            Self::Loaf => ([94, 72, 55], LOAF),
            Self::Cake => ([205, 219, 214], CAKE),
            Self::Coffee => ([120, 84, 62], COFFEE),
            Self::Tart => ([120, 160, 120], TART),
            Self::Flour => ([150, 130, 104], FLOUR),
        }
    }

    /// `x` counts from the middle, `y` from above.
    fn pixel(self, x: i32, y: i32) -> Colour {
        let (table, shapes) = self.scene();
        let inside = |shape: &&Ellipse| {
            let (dx, dy) = ((x - shape.x) * 1000 / shape.wide, (y - shape.y) * 1000 / shape.high);
            dx * dx + dy * dy <= 1_000_000
        };
        let colour = shapes.iter().rev().find(inside).map_or(table, |shape| shape.colour);
        // Light comes from above; without it, flat areas look like a placeholder.
        let light = 110 - y * 30 / HEIGHT;
        colour.map(|part| u8::try_from((i32::from(part) * light / 100).clamp(0, 255)).unwrap_or(u8::MAX))
    }
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
