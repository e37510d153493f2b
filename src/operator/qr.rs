//! QR codes in the terminal: two modules per character, dark on light whatever the terminal's colours.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use fast_qr::{ECL, QRBuilder, QRCode};

/// Scanners want four modules of margin; two are enough on every phone tried and keep small terminals usable.
const MARGIN: usize = 2;

/// The picture of `text`, and its height in lines; `None` when it is too long for a QR code.
pub fn draw(text: &str) -> Option<(String, usize)> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().ok()?;
    let style = Style::new()
        .fg_color(Some(AnsiColor::Black.into()))
        .bg_color(Some(AnsiColor::BrightWhite.into()));
    let side = code.size + 2 * MARGIN;
    let mut picture = String::new();
    let mut lines = 0;
    for top in (0..side).step_by(2) {
        let row: String = (0..side)
            .map(|x| half_blocks(dark(&code, x, top), dark(&code, x, top + 1)))
            .collect();
        let _ = writeln!(picture, "{style}{row}{style:#}");
        lines += 1;
    }
    Some((picture, lines))
}

fn dark(code: &QRCode, x: usize, y: usize) -> bool {
    let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < code.size);
    matches!((inside(x), inside(y)), (Some(x), Some(y)) if code[y][x].value())
}

fn half_blocks(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_square_within_a_light_margin() {
        let (picture, lines) = draw("2@abc,def").unwrap();
        let plain = anstream::adapter::strip_str(&picture).to_string();
        let rows: Vec<&str> = plain.lines().collect();
        assert_eq!(rows.len(), lines);
        let width = rows[0].chars().count();
        assert_eq!(width.div_ceil(2), lines);
        assert!(rows[0].chars().all(|c| c == ' '), "the first two modules are margin");
        assert!(
            rows.iter()
                .all(|row| row.starts_with("  ") && row.chars().count() == width)
        );
        assert!(plain.contains('█'));
    }
}
