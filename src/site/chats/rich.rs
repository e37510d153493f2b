//! What people write, as safe HTML: WhatsApp's marks, links, numbers, mentions.
//!
//! Everything is escaped on its way out; the only tags are those written here. The time is linear in the text's length,
//! whatever it contains: a closing mark is looked up, never searched for.

use std::fmt::{self, Write as _};

use super::plain::shows_itself;

/// HTML of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich(String);

impl Rich {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Rich {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Only `rich` makes one.
impl askama::filters::HtmlSafe for Rich {}

/// Somebody who is mentioned: the user part of the address, as the text has it behind the `@`, and the name to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    pub user: String,
    pub name: String,
}

/// The HTML of `text`.
#[must_use]
pub fn rich(text: &str, mentions: &[Mention]) -> Rich {
    let mut writer = Writer {
        out: String::with_capacity(text.len() + text.len() / 8),
        mentions,
        links: 0,
    };
    let mut rest = text;
    // Blocks of code may span lines, so they go first.
    while let Some((before, code, after)) = code_block(rest) {
        writer.lines(before);
        writer.tagged("code", code);
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    writer.lines(rest);
    Rich(writer.out)
}

const FENCE: &str = "```";

fn code_block(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find(FENCE)?;
    let inside = &text[start + FENCE.len()..];
    let end = inside.find(FENCE)?;
    if inside[..end].trim().is_empty() {
        return None;
    }
    let before = &text[..start];
    Some((before, inside[..end].trim_matches('\n'), &inside[end + FENCE.len()..]))
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Plain,
    Quote,
    List,
    Numbered,
}

impl Block {
    const fn tags(self) -> (&'static str, &'static str) {
        match self {
            Self::Plain => ("", ""),
            Self::Quote => ("<blockquote>", "</blockquote>"),
            Self::List => ("<ul>", "</ul>"),
            Self::Numbered => ("<ol>", "</ol>"),
        }
    }
}

fn block_of(line: &str) -> (Block, &str) {
    if let Some(rest) = line.strip_prefix("> ") {
        return (Block::Quote, rest);
    }
    if let Some(rest) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return (Block::List, rest);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=3).contains(&digits) && line[digits..].starts_with(". ") {
        return (Block::Numbered, line);
    }
    (Block::Plain, line)
}

struct Writer<'a> {
    out: String,
    mentions: &'a [Mention],
    /// Links and mentions so far.
    links: usize,
}

/// In one text. Each takes ten times its letters; what comes after these is shown as it was written.
const MOST_LINKS: usize = 300;

/// Marks that are open around a part of a line; none stands within itself.
type Open = u8;

const BOLD: Open = 1;
const ITALIC: Open = 2;
const STRUCK: Open = 4;

impl Writer<'_> {
    fn lines(&mut self, text: &str) {
        let mut open = Block::Plain;
        let mut first = true;
        for line in text.split('\n') {
            let (block, inside) = block_of(line);
            if block != open {
                self.out.push_str(open.tags().1);
                self.out.push_str(block.tags().0);
            }
            if !first && block == Block::Plain && open == Block::Plain {
                self.out.push('\n');
            }
            if !first && block == Block::Quote && open == Block::Quote {
                self.out.push('\n');
            }
            match block {
                Block::List => self.item(inside, None),
                Block::Numbered => {
                    let (number, inside) = inside.split_once(". ").unwrap_or_default();
                    self.item(inside, number.parse().ok());
                }
                Block::Plain | Block::Quote => self.line(inside),
            }
            (open, first) = (block, false);
        }
        self.out.push_str(open.tags().1);
    }

    fn item(&mut self, text: &str, number: Option<u32>) {
        match number {
            Some(number) => _ = write!(self.out, "<li value=\"{number}\">"),
            None => self.out.push_str("<li>"),
        }
        self.line(text);
        self.out.push_str("</li>");
    }

    fn line(&mut self, line: &str) {
        let marks = Marks::of(line);
        self.inline(line, 0, line.len(), 0, &marks);
    }

    /// The part of `line` between two places.
    fn inline(&mut self, line: &str, from: usize, to: usize, open: Open, marks: &Marks) {
        let mut at = from;
        while let Some(letter) = line[at..to].chars().next() {
            let word_begins = !line[..at].chars().next_back().is_some_and(char::is_alphanumeric);
            if word_begins {
                if let Some(end) = self.marked(line, at, to, open, marks) {
                    at = end;
                    continue;
                }
                if let Some(end) = self.linked(line, at, to) {
                    at = end;
                    continue;
                }
            }
            self.letter(letter);
            at += letter.len_utf8();
        }
    }

    /// Bold, italic, struck or code that begins at `at`; returns where it ends.
    fn marked(&mut self, line: &str, at: usize, to: usize, open: Open, marks: &Marks) -> Option<usize> {
        let mark = *line.as_bytes().get(at)?;
        let (bit, tag) = match mark {
            b'*' => (BOLD, "b"),
            b'_' => (ITALIC, "i"),
            b'~' => (STRUCK, "s"),
            b'`' => (0, "code"),
            _ => return None,
        };
        let next = line[at + 1..to].chars().next()?;
        if open & bit != 0 || next.is_whitespace() || next == char::from(mark) {
            return None;
        }
        let end = marks.closing(mark, at + 2).filter(|end| *end < to)?;
        if mark == b'`' {
            self.tagged(tag, &line[at + 1..end]);
        } else {
            _ = write!(self.out, "<{tag}>");
            self.inline(line, at + 1, end, open | bit, marks);
            _ = write!(self.out, "</{tag}>");
        }
        Some(end + 1)
    }

    /// A link, an email address, a number or a mention that begins at `at`; returns where it ends.
    fn linked(&mut self, line: &str, at: usize, to: usize) -> Option<usize> {
        if self.links >= MOST_LINKS {
            return None;
        }
        let rest = &line[at..to];
        let (length, href) = match rest.as_bytes().first()? {
            b'@' => return self.mention(rest).map(|length| at + length),
            b'h' | b'H' | b'w' | b'W' if web_address(rest).is_some() => web_address(rest)?,
            b'+' | b'0' | b'(' => phone_number(rest)?,
            b if b.is_ascii_alphanumeric() => email_address(rest)?,
            _ => return None,
        };
        self.links += 1;
        self.out.push_str("<a href=\"");
        self.escaped(&href);
        self.out.push_str(if href.starts_with("http") {
            "\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">"
        } else {
            "\">"
        });
        self.escaped(&rest[..length]);
        self.out.push_str("</a>");
        Some(at + length)
    }

    fn mention(&mut self, rest: &str) -> Option<usize> {
        let user = rest[1..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        let user = &rest[1..=user];
        let mention = self.mentions.iter().find(|mention| mention.user == user)?;
        self.links += 1;
        self.out.push_str("<span class=\"mention\"><bdi>@");
        let name = mention.name.clone();
        self.escaped(&name);
        self.out.push_str("</bdi></span>");
        Some(1 + user.len())
    }

    fn tagged(&mut self, tag: &str, text: &str) {
        _ = write!(self.out, "<{tag}>");
        self.escaped(text);
        _ = write!(self.out, "</{tag}>");
    }

    fn escaped(&mut self, text: &str) {
        text.chars().for_each(|letter| self.letter(letter));
    }

    fn letter(&mut self, letter: char) {
        match letter {
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            '&' => self.out.push_str("&amp;"),
            '"' => self.out.push_str("&quot;"),
            '\'' => self.out.push_str("&#39;"),
            '\0' => self.out.push('\u{fffd}'),
            letter => match shows_itself(letter) {
                Some(name) => _ = write!(self.out, "<span class=\"control\">{name}</span>"),
                None => self.out.push(letter),
            },
        }
    }
}

/// Where each mark can close within a line.
struct Marks([Vec<usize>; 4]);

const MARKS: [u8; 4] = *b"*_~`";

impl Marks {
    fn of(line: &str) -> Self {
        let mut places: [Vec<usize>; 4] = Default::default();
        let mut before = ' ';
        let mut letters = line.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let mark = MARKS.iter().position(|mark| char::from(*mark) == letter);
            let ends = !letters.peek().is_some_and(|(_, next)| next.is_alphanumeric());
            if let Some(mark) = mark.filter(|_| !before.is_whitespace() && ends) {
                places[mark].push(at);
            }
            before = letter;
        }
        Self(places)
    }

    /// The first closing mark at or after `from`.
    fn closing(&self, mark: u8, from: usize) -> Option<usize> {
        let places = &self.0[MARKS.iter().position(|known| *known == mark)?];
        places.get(places.partition_point(|place| *place < from)).copied()
    }
}

/// In characters. Longer addresses are shown, but not linked.
const LONGEST_LINK: usize = 2048;

/// The length of a web address at the start of `text`, and where it leads.
fn web_address(text: &str) -> Option<(usize, String)> {
    let starts = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let scheme = ["https://", "http://"].into_iter().find(|scheme| starts(scheme));
    let bare = scheme.is_none() && starts("www.");
    let begins = match scheme {
        Some(scheme) => scheme.len(),
        None if bare => "www.".len(),
        None => return None,
    };
    let ends = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '<' | '>' | '"' | '`')
            || shows_itself(letter).is_some()
    };
    let mut letters = text.char_indices().take(LONGEST_LINK);
    let mut end = match letters.find(|(_, letter)| ends(*letter)) {
        Some((at, _)) => at,
        None if text.chars().nth(LONGEST_LINK).is_none() => text.len(),
        None => return None,
    };
    // What ends a sentence or a mark is not part of the address; a closing bracket is, when it was opened there.
    while let Some(last) = text[..end].chars().next_back() {
        let closes = last == ')' && text[..end].matches('(').count() < text[..end].matches(')').count();
        let trails = matches!(
            last,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | ']' | '}' | '…'
        );
        if !closes && !trails {
            break;
        }
        end -= last.len_utf8();
    }
    let host = text.get(begins..end)?;
    let named = host.starts_with(char::is_alphanumeric) && (scheme.is_some() || host.contains('.'));
    if !named {
        return None;
    }
    let href = if bare {
        format!("https://{}", &text[..end])
    } else {
        text[..end].to_owned()
    };
    Some((end, href))
}

fn email_address(text: &str) -> Option<(usize, String)> {
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let is_domain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let local = text.bytes().take(64).take_while(is_local).count();
    if text.as_bytes().get(local) != Some(&b'@') {
        return None;
    }
    let domain = text[local + 1..].bytes().take(255).take_while(is_domain).count();
    let domain = text[local + 1..local + 1 + domain].trim_end_matches(['.', '-']);
    let top = domain.rsplit_once('.')?.1;
    if top.len() < 2 || domain.starts_with(['.', '-']) || !top.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let length = local + 1 + domain.len();
    Some((length, format!("mailto:{}", &text[..length])))
}

/// A number with its country, or one as people write it at home: amounts and dates begin otherwise.
fn phone_number(text: &str) -> Option<(usize, String)> {
    let mut digits = String::new();
    let mut end = 0;
    for (at, letter) in text.bytes().take(26).enumerate() {
        match letter {
            b'0'..=b'9' => {
                digits.push(char::from(letter));
                end = at + 1;
            }
            b'+' if at == 0 => {}
            b' ' | b'-' | b'(' | b')' | b'/' => {}
            _ => break,
        }
    }
    let international = text.starts_with('+');
    let least = if international { 7 } else { 9 };
    if !(least..=15).contains(&digits.len()) || text[end..].starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let plus = if international { "+" } else { "" };
    Some((end, format!("tel:{plus}{digits}")))
}
