//! An answer for people: sentences and tables, laid out for the terminal that shows them.
//!
//! The answering process defines the columns; only the one at the terminal knows its width.

use anstyle::Style;
use console::{measure_text_width, truncate_str};
use serde::{Deserialize, Serialize};

const GAP: usize = 2;
/// Length of a shortened id: unambiguous, and accepted instead of the whole.
const ID_WIDTH: usize = 12;
/// Text is not truncated below this.
const LEAST: usize = 8;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sheet(Vec<Block>);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Block {
    Text(String),
    Table(Table),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    head: String,
    kind: Kind,
    /// On a narrow terminal columns are dropped in this order; zero stays.
    spare: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Never truncated.
    Key,
    /// May be truncated.
    Text,
    /// Right-aligned.
    Number,
    /// Dimmed.
    Time,
    /// Dimmed, and shortened if needed.
    Id,
    /// Below its row if it does not fit beside it.
    Note,
}

const fn column_of(head: String, kind: Kind) -> Column {
    Column { head, kind, spare: 0 }
}

pub fn key(head: &str) -> Column {
    column_of(head.to_owned(), Kind::Key)
}

pub fn text(head: &str) -> Column {
    column_of(head.to_owned(), Kind::Text)
}

pub fn figure(head: &str) -> Column {
    column_of(head.to_owned(), Kind::Number)
}

pub fn time(head: &str) -> Column {
    column_of(head.to_owned(), Kind::Time)
}

pub fn id(head: &str) -> Column {
    column_of(head.to_owned(), Kind::Id)
}

pub fn note(head: &str) -> Column {
    column_of(head.to_owned(), Kind::Note)
}

impl Column {
    /// Dropped on narrow terminals, those with the smallest `order` first.
    pub fn spare(self, order: u8) -> Self {
        Self { spare: order, ..self }
    }
}

impl From<String> for Sheet {
    fn from(text: String) -> Self {
        Self(vec![Block::Text(text)])
    }
}

impl From<&str> for Sheet {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Table> for Sheet {
    fn from(table: Table) -> Self {
        Self(vec![Block::Table(table)])
    }
}

impl Sheet {
    /// This, followed by a paragraph.
    pub fn and(mut self, next: impl Into<Self>) -> Self {
        self.0.extend(next.into().0);
        self
    }

    /// This, followed by a paragraph if there is one.
    pub fn and_maybe(self, next: Option<impl Into<Self>>) -> Self {
        match next {
            Some(next) => self.and(next),
            None => self,
        }
    }

    pub fn lay_out(&self, width: usize) -> String {
        let blocks = self.0.iter().map(|block| match block {
            Block::Text(text) => format!("{}\n", text.trim_end()),
            Block::Table(table) => table.lay_out(width),
        });
        blocks.collect::<Vec<_>>().join("\n")
    }
}

impl Table {
    pub fn new(columns: impl Into<Vec<Column>>, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let clean = |cell: String| cell.replace(|c: char| c.is_control(), " ");
        let rows = rows.into_iter().map(|row| row.into_iter().map(clean).collect());
        Self {
            columns: columns.into(),
            rows: rows.collect(),
        }
    }

    /// Names and values of one thing; `None` is left out.
    pub fn facts<const N: usize>(facts: [(&str, Option<String>); N]) -> Self {
        let known = facts
            .into_iter()
            .filter_map(|(name, value)| Some(vec![name.to_owned(), value?]));
        Self::new([key(""), key("")], known)
    }

    pub fn lay_out(&self, width: usize) -> String {
        let mut shown: Vec<(usize, usize)> = (0..self.columns.len()).map(|at| (at, self.widest(at))).collect();
        let needs = |shown: &[(usize, usize)]| shown.iter().map(|(_, width)| width + GAP).sum::<usize>();
        let fits = |shown: &[(usize, usize)]| needs(shown) <= width + GAP;
        let is = |at: usize, kind: Kind| self.columns[at].kind == kind;
        let mut notes = Vec::new();
        if !fits(&shown) {
            notes = shown.extract_if(.., |(at, _)| is(*at, Kind::Note)).collect();
        }
        if !fits(&shown) {
            let ids = shown.iter_mut().filter(|(at, _)| is(*at, Kind::Id));
            ids.for_each(|(_, width)| *width = ID_WIDTH.min(*width));
        }
        while !fits(&shown) {
            let spare = shown
                .iter()
                .map(|(at, _)| self.columns[*at].spare)
                .filter(|order| *order > 0)
                .min();
            let Some(first) = spare else { break };
            shown.retain(|(at, _)| self.columns[*at].spare != first);
        }
        while !fits(&shown) {
            let texts = shown
                .iter_mut()
                .filter(|(at, width)| is(*at, Kind::Text) && *width > LEAST);
            let Some((_, widest)) = texts.max_by_key(|(_, width)| *width) else {
                break;
            };
            *widest -= 1;
        }
        let head: Vec<&str> = self.columns.iter().map(|column| column.head.as_str()).collect();
        let mut lines = String::new();
        if head.iter().any(|head| !head.is_empty()) {
            lines.push_str(&self.line(&head, &shown, false));
        }
        for row in &self.rows {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            lines.push_str(&self.line(&cells, &shown, true));
            for (at, _) in &notes {
                wrapped(&row[*at], width, &mut lines);
            }
        }
        lines
    }

    fn widest(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let widest = cells.map(|cell| measure_text_width(cell)).max().unwrap_or_default();
        // An empty column is dropped, unless it is the only one.
        if widest == 0 && self.columns[at].kind == Kind::Note {
            return 0;
        }
        widest.max(measure_text_width(&self.columns[at].head))
    }

    fn line(&self, cells: &[&str], shown: &[(usize, usize)], dims: bool) -> String {
        let dim = Style::new().dimmed();
        let mut line = String::new();
        for (at, width) in shown.iter().filter(|(_, width)| *width > 0) {
            let cell = truncate_str(cells.get(*at).copied().unwrap_or_default(), *width, "…");
            let padding = " ".repeat(width.saturating_sub(measure_text_width(&cell)));
            let cell = match self.columns[*at].kind {
                // Commands accept its beginning alone.
                Kind::Id if dims => {
                    let beginning: String = cells[*at].chars().take(*width).collect();
                    format!("{dim}{beginning}{dim:#}{padding}")
                }
                Kind::Time if dims => format!("{dim}{cell}{dim:#}{padding}"),
                Kind::Number => format!("{padding}{cell}"),
                _ => format!("{cell}{padding}"),
            };
            line.push_str(&cell);
            line.push_str(&" ".repeat(GAP));
        }
        format!("{}\n", line.trim_end())
    }
}

/// Wraps `text` under a row by words; a command in it is one word, so that it can be copied.
fn wrapped(text: &str, width: usize, lines: &mut String) {
    let mut room = 0;
    for word in text.split_whitespace() {
        let length = measure_text_width(word) + 1;
        if room < length {
            if !lines.ends_with('\n') {
                lines.push('\n');
            }
            lines.push(' ');
            room = width.saturating_sub(1);
        }
        lines.push(' ');
        lines.push_str(word);
        room = room.saturating_sub(length);
    }
    if !lines.ends_with('\n') {
        lines.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Table {
        let columns = [
            key("NAME"),
            text("TITLE"),
            time("SINCE").spare(1),
            id("ID"),
            note("WHY"),
        ];
        let cell = |text: &str| text.to_owned();
        Table::new(
            columns,
            [
                vec![
                    cell("Shop"),
                    cell("Shop on the corner"),
                    cell("2 min ago"),
                    "ses_".to_owned() + &"x".repeat(26),
                    cell("The phone has removed the link. Link it again."),
                ],
                vec![
                    cell("商店"),
                    cell("B"),
                    cell("just now"),
                    "ses_".to_owned() + &"y".repeat(26),
                    String::new(),
                ],
            ],
        )
    }

    fn plain(table: &Table, width: usize) -> String {
        anstream::adapter::strip_str(&table.lay_out(width)).to_string()
    }

    #[test]
    fn a_wide_terminal_shows_everything() {
        let text = plain(&numbers(), 200);
        assert_eq!(text.lines().count(), 3);
        assert!(
            text.contains(&"x".repeat(26)) && text.contains("Link it again."),
            "{text}"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [30, 40, 60, 80, 100] {
            let text = plain(&numbers(), width);
            for line in text.lines() {
                assert!(measure_text_width(line) <= width, "{width}: {line:?}\n{text}");
            }
            assert!(text.contains("again.") && text.contains("商店"), "{text}");
        }
        assert!(plain(&numbers(), 60).contains("ses_xxxxxxxx\n"), "an id is shortened");
        assert!(!plain(&numbers(), 30).contains("SINCE"), "what can be spared goes");
    }

    #[test]
    fn only_times_and_ids_are_dimmed_and_nothing_steers_the_terminal() {
        let text = numbers().lay_out(200);
        assert!(text.contains("\u{1b}[2m2 min ago\u{1b}[0m"), "{text:?}");
        let table = Table::new([key("SUBJECT")], [vec!["a\u{1b}[2Jb\nc".to_owned()]]);
        assert_eq!(table.lay_out(80), "SUBJECT\na [2Jb c\n");
    }
}
