//! Names of files as they are given out and sent.

/// Characters of a name.
const LONGEST_NAME: usize = 120;

/// A name as a file may have it: no folders, nothing invisible, nothing that turns the reading direction.
#[must_use]
pub fn harmless_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| {
        let turns =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        !c.is_control() && !turns && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
    };
    let kept: String = name.chars().filter(shown).collect();
    let kept = kept.trim().trim_start_matches('.');
    // The end says what it is.
    let length = kept.chars().count();
    kept.chars().skip(length.saturating_sub(LONGEST_NAME)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_becomes_a_harmless_one() {
        for (given, name) in [
            ("Invoice 17.pdf", "Invoice 17.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\evil.exe", "evil.exe"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\r\nSet-Cookie: x.txt", "aSet-Cookie x.txt"),
            ("...", ""),
            ("Grüße.txt", "Grüße.txt"),
        ] {
            assert_eq!(harmless_name(given), name, "{given:?}");
        }
        assert!(harmless_name(&format!("{}.pdf", "x".repeat(500))).ends_with("x.pdf"));
    }
}
