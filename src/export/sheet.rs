//! CSV that is safe to open in a spreadsheet.

/// One line. A text that a spreadsheet would read as a formula gets a leading apostrophe, which makes it a text.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let guarded = if looks_like_formula(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if guarded.contains(['"', ',', '\r', '\n', ';', '\t']) || guarded != guarded.trim() {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

/// Characters that begin a formula; a plus followed by digits only is a harmless phone number.
fn looks_like_formula(text: &str) -> bool {
    let start = text.trim_start_matches([' ', '\u{a0}']);
    let phone = start
        .strip_prefix('+')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    start.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) && !phone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped_as_text() {
        assert_eq!(line(["=1+1", "@SUM(A1)", "-2"]), "'=1+1,'@SUM(A1),'-2\r\n");
        assert_eq!(line(["+cmd|' /C calc'!A0"]), "'+cmd|' /C calc'!A0\r\n");
        assert_eq!(line([" =1"]), "' =1\r\n");
        assert_eq!(line(["\t=1"]), "\"'\t=1\"\r\n");
        assert_eq!(line(["+4915112345678"]), "+4915112345678\r\n");
    }

    #[test]
    fn commas_quotes_and_lines_stay_within_their_cell() {
        assert_eq!(
            line(["a,b", "say \"hi\"", "two\nlines", "plain"]),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain\r\n"
        );
    }
}
