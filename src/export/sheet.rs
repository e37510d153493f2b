//! Comma-separated values that are safe to open in a spreadsheet.

/// One line. A text that a spreadsheet would take for a formula gets an apostrophe in front, so that it stays a text.
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

/// Signs that begin a formula; a plus before digits only is a phone number and can do nothing.
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
    fn what_a_spreadsheet_would_run_stays_a_text() {
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
