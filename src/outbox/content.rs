//! What can be sent, as pages and programs say it, and what is wrong with it.

use std::collections::HashSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wa_client::{Address, MediaKind, MenuForm, MenuOption, OutgoingContact, OutgoingContent};

use super::model::OutboxError;
use crate::chats;
use crate::crypto;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::media;

/// WhatsApp's own limit for a text.
const MAX_CHARS: usize = 65_536;
/// Options of a poll.
const POLL_OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;
/// Characters of a poll's question, of an option, and of any name or address.
const LINE_CHARS: usize = 255;
/// Characters of a link.
const LINK_CHARS: usize = 2_048;
/// Contacts in one message.
const MOST_CONTACTS: usize = 50;
/// Options of a menu, where they are buttons, and where they are a list or numbers.
const BUTTONS: std::ops::RangeInclusive<usize> = 1..=3;
const MENU_OPTIONS: std::ops::RangeInclusive<usize> = 1..=10;
/// Characters of a menu's text and footer, and of an option's title.
const MENU_CHARS: usize = 1_024;
const FOOTER_CHARS: usize = 60;
const TITLE_CHARS: usize = 24;
/// A message can be edited this long, as on the phone.
pub const EDITED_WITHIN: Duration = Duration::from_secs(15 * 60);
/// A message can be deleted for everyone this long.
pub const DELETED_WITHIN: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// A message that is sent from a page can be taken back this long.
pub const UNDO: Duration = Duration::from_secs(5);

/// A message of its own. Its JSON is stored while one waits for its time, so names stay.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Text(String),
    File(FileContent),
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
    },
    /// One or several.
    Contacts(Vec<OutgoingContact>),
    Poll {
        question: String,
        options: Vec<String>,
        /// How many options one may choose; 0 is any number.
        choices: u32,
    },
    /// Times in Unix seconds.
    Event {
        name: String,
        description: Option<String>,
        starts_at: i64,
        ends_at: Option<i64>,
        place: Option<String>,
        link: Option<String>,
    },
    /// What the other side may choose from.
    Menu {
        body: String,
        footer: Option<String>,
        options: Vec<MenuOption>,
        form: MenuForm,
    },
    /// Another message again, marked as forwarded: a text, a file, a place or a contact of this workspace.
    Forward(PublicId),
}

/// A file that was uploaded before.
#[derive(Clone, Serialize, Deserialize)]
pub struct FileContent {
    pub file: PublicId,
    /// `None`: by what the file is.
    pub kind: Option<MediaKind>,
    pub caption: Option<String>,
    /// Of a document.
    pub name: Option<String>,
    /// Of a voice note: 64 values from 0 to 100.
    pub waveform: Option<Vec<u8>>,
}

/// What goes with a message.
#[derive(Clone, Default)]
pub struct SendOptions {
    /// The message that is answered, of the same conversation.
    pub reply_to: Option<PublicId>,
    /// Whom the text mentions; it names each as `@` and the part of the address before its own `@`.
    pub mentions: Vec<Address>,
    /// Pictures, videos and recordings only.
    pub view_once: bool,
    /// It goes out [`UNDO`] later, and can be taken back until then.
    pub undoable: bool,
}

/// A change of a message that is there.
#[derive(Clone)]
pub enum Change {
    /// One emoji; an empty one takes the reaction back.
    React(String),
    /// The new words of a text of ours, or of a file's caption.
    Edit(String),
    /// For everyone.
    Delete,
    /// The chosen options of a poll; none takes the vote back.
    Vote(Vec<String>),
}

crate::words!(
    /// Why something cannot be sent as it is. The words are keys of the texts shown to people: `outbox-unfit-…`.
    pub enum Unfit {
        /// There is no such file here.
        File = "file",
        /// The file is of another kind than it is to be sent as.
        FileKind = "file-kind",
        Place = "place",
        Contact = "contact",
        Poll = "poll",
        Event = "event",
        Menu = "menu",
        /// The answered message is of another conversation.
        Reply = "reply",
        NotForwarded = "not-forwarded",
        NotOurs = "not-ours",
        /// It has no words that could be edited.
        NotEditable = "not-editable",
        TooLateToEdit = "too-late-to-edit",
        TooLateToDelete = "too-late-to-delete",
        /// It was deleted.
        Deleted = "deleted",
        /// It has not been sent itself.
        NotSent = "not-sent",
        Vote = "vote",
        /// A reaction is one emoji.
        Emoji = "emoji",
        /// A name, an address or a link is longer than any.
        Line = "line",
    }
);

impl Unfit {
    #[must_use]
    pub fn text(self) -> Text {
        Text::new(match self {
            Self::File => "outbox-unfit-file",
            Self::FileKind => "outbox-unfit-file-kind",
            Self::Place => "outbox-unfit-place",
            Self::Contact => "outbox-unfit-contact",
            Self::Poll => "outbox-unfit-poll",
            Self::Event => "outbox-unfit-event",
            Self::Menu => "outbox-unfit-menu",
            Self::Reply => "outbox-unfit-reply",
            Self::NotForwarded => "outbox-unfit-not-forwarded",
            Self::NotOurs => "outbox-unfit-not-ours",
            Self::NotEditable => "outbox-unfit-not-editable",
            Self::TooLateToEdit => "outbox-unfit-too-late-to-edit",
            Self::TooLateToDelete => "outbox-unfit-too-late-to-delete",
            Self::Deleted => "outbox-unfit-deleted",
            Self::NotSent => "outbox-unfit-not-sent",
            Self::Vote => "outbox-unfit-vote",
            Self::Emoji => "outbox-unfit-emoji",
            Self::Line => "outbox-unfit-line",
        })
    }
}

/// A text that can be sent.
pub(super) fn checked_text(text: &str) -> Result<String, OutboxError> {
    if text.trim().is_empty() {
        return Err(OutboxError::Empty);
    }
    fits(text)?;
    Ok(text.to_owned())
}

fn fits(text: &str) -> Result<(), OutboxError> {
    if text.chars().count() > MAX_CHARS {
        return Err(OutboxError::TooLong);
    }
    Ok(())
}

/// Without blanks around it; `None` when nothing is left.
fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A name or an address: on one line, with nothing that turns what stands around it.
fn line(text: Option<String>) -> Result<Option<String>, OutboxError> {
    match text
        .map(|text| chats::plain_line(&text))
        .filter(|text| !text.is_empty())
    {
        Some(text) if text.chars().count() > LINE_CHARS => Err(Unfit::Line.into()),
        text => Ok(text),
    }
}

impl Content {
    /// The same, tidied.
    ///
    /// # Errors
    /// For what cannot be sent, whoever gets it.
    pub(super) fn checked(self) -> Result<Self, OutboxError> {
        Ok(match self {
            Self::Text(text) => Self::Text(checked_text(&text)?),
            Self::File(file) => {
                let caption = trimmed(file.caption);
                fits(caption.as_deref().unwrap_or_default())?;
                Self::File(FileContent {
                    caption,
                    name: file
                        .name
                        .map(|name| media::harmless_name(&name))
                        .filter(|name| !name.is_empty()),
                    ..file
                })
            }
            Self::Location {
                latitude,
                longitude,
                name,
                address,
            } => {
                if !((-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)) {
                    return Err(Unfit::Place.into());
                }
                Self::Location {
                    latitude,
                    longitude,
                    name: line(name)?,
                    address: line(address)?,
                }
            }
            Self::Contacts(cards) => {
                let bad = |card: &OutgoingContact| card.name.trim().is_empty() || card.vcard.trim().is_empty();
                if cards.is_empty() || cards.len() > MOST_CONTACTS || cards.iter().any(bad) {
                    return Err(Unfit::Contact.into());
                }
                if cards.iter().any(|card| card.name.chars().count() > LINE_CHARS) {
                    return Err(Unfit::Line.into());
                }
                Self::Contacts(cards)
            }
            Self::Poll {
                question,
                options,
                choices,
            } => poll(&question, &options, choices)?,
            Self::Event {
                name,
                description,
                starts_at,
                ends_at,
                place,
                link,
            } => {
                let ends_before = ends_at.is_some_and(|ends| ends < starts_at);
                if !is_line(&name) || starts_at <= 0 || ends_before {
                    return Err(Unfit::Event.into());
                }
                let (description, link) = (trimmed(description), trimmed(link));
                fits(description.as_deref().unwrap_or_default())?;
                if link.as_ref().is_some_and(|link| link.chars().count() > LINK_CHARS) {
                    return Err(Unfit::Line.into());
                }
                Self::Event {
                    name: chats::plain_line(&name),
                    description,
                    starts_at,
                    ends_at,
                    place: line(place)?,
                    link,
                }
            }
            Self::Menu {
                body,
                footer,
                options,
                form,
            } => menu(&body, footer, &options, form)?,
            Self::Forward(message) => Self::Forward(message),
        })
    }

    /// What needs nothing looked up.
    pub(super) fn outgoing(self) -> Option<OutgoingContent> {
        let secret = || crypto::random_bytes::<32>().to_vec();
        Some(match self {
            Self::Text(body) => OutgoingContent::Text { body },
            Self::Location {
                latitude,
                longitude,
                name,
                address,
            } => OutgoingContent::Location {
                latitude,
                longitude,
                name,
                address,
            },
            Self::Contacts(cards) => OutgoingContent::Contacts(cards),
            Self::Poll {
                question,
                options,
                choices,
            } => OutgoingContent::Poll {
                question,
                options,
                choices,
                secret: secret(),
            },
            Self::Event {
                name,
                description,
                starts_at,
                ends_at,
                place,
                link,
            } => OutgoingContent::Event {
                name,
                description,
                starts_at,
                ends_at,
                place,
                link,
                secret: secret(),
            },
            Self::Menu {
                body,
                footer,
                options,
                form,
            } => OutgoingContent::Menu {
                body,
                footer,
                options,
                form,
            },
            Self::File(_) | Self::Forward(_) => return None,
        })
    }
}

fn is_line(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= LINE_CHARS
}

/// An answer is matched to an option by its id, its number or its title, so none may be there twice.
fn menu(body: &str, footer: Option<String>, options: &[MenuOption], form: MenuForm) -> Result<Content, OutboxError> {
    let within = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
    let options: Vec<MenuOption> = options
        .iter()
        .map(|option| MenuOption {
            id: option.id.trim().to_owned(),
            title: chats::plain_line(&option.title),
        })
        .collect();
    let (body, footer) = (body.trim().to_owned(), trimmed(footer));
    let (form, most) = match form {
        MenuForm::Buttons => (MenuForm::Buttons, BUTTONS),
        MenuForm::Numbers => (MenuForm::Numbers, MENU_OPTIONS),
        MenuForm::List { label } => (
            MenuForm::List {
                label: label.trim().to_owned(),
            },
            MENU_OPTIONS,
        ),
    };
    let ids: HashSet<&str> = options.iter().map(|option| option.id.as_str()).collect();
    let titles: HashSet<String> = options.iter().map(|option| option.title.to_lowercase()).collect();
    let labelled = !matches!(&form, MenuForm::List { label } if !within(label, TITLE_CHARS));
    let fits = most.contains(&options.len())
        && ids.len() == options.len()
        && titles.len() == options.len()
        && options
            .iter()
            .all(|option| within(&option.id, LINE_CHARS) && within(&option.title, TITLE_CHARS))
        && within(&body, MENU_CHARS)
        && footer.as_ref().is_none_or(|footer| within(footer, FOOTER_CHARS))
        && labelled;
    if !fits {
        return Err(Unfit::Menu.into());
    }
    Ok(Content::Menu {
        body,
        footer,
        options,
        form,
    })
}

/// Votes name an option by the hash of its words, so two equal ones could not be told apart.
fn poll(question: &str, options: &[String], choices: u32) -> Result<Content, OutboxError> {
    let options: Vec<String> = options
        .iter()
        .map(|option| chats::plain_line(option))
        .filter(|option| !option.is_empty())
        .collect();
    let different: HashSet<&String> = options.iter().collect();
    let fits = POLL_OPTIONS.contains(&options.len())
        && different.len() == options.len()
        && options.iter().all(|option| is_line(option))
        && is_line(question)
        && choices as usize <= options.len();
    if !fits {
        return Err(Unfit::Poll.into());
    }
    Ok(Content::Poll {
        question: chats::plain_line(question),
        options,
        choices,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_poll(options: &[&str], choices: u32) -> Result<Content, OutboxError> {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let question = " Which? ".to_owned();
        Content::Poll {
            question,
            options,
            choices,
        }
        .checked()
    }

    #[test]
    fn a_poll_has_two_options_that_differ() {
        assert!(matches!(
            a_poll(&["Rye", " Wheat ", ""], 1),
            Ok(Content::Poll { question, options, .. }) if question == "Which?" && options == ["Rye", "Wheat"]
        ));
        for options in [&["Rye"][..], &["Rye", "Rye "], &["", ""]] {
            assert!(matches!(a_poll(options, 1), Err(OutboxError::Unfit(Unfit::Poll))));
        }
        assert!(matches!(a_poll(&["a", "b"], 3), Err(OutboxError::Unfit(Unfit::Poll))));
    }

    #[test]
    fn names_go_out_on_one_line_and_no_longer_than_any() {
        let place = |name: &str| {
            Content::Location {
                latitude: 1.0,
                longitude: 1.0,
                name: Some(name.to_owned()),
                address: None,
            }
            .checked()
        };
        assert!(matches!(
            place(" Bakery\r\nHQ \u{202e}x\u{2066}y\0 "),
            Ok(Content::Location { name: Some(name), .. }) if name == "Bakery  HQ xy"
        ));
        assert!(matches!(place("\u{202e} "), Ok(Content::Location { name: None, .. })));
        assert!(place(&"x".repeat(255)).is_ok());
        assert!(matches!(place(&"x".repeat(256)), Err(OutboxError::Unfit(Unfit::Line))));
        let file = Content::File(FileContent {
            file: PublicId::new("file"),
            kind: None,
            caption: None,
            name: Some("../../photo\u{202e}gpj.exe".to_owned()),
            waveform: None,
        });
        assert!(matches!(
            file.checked(),
            Ok(Content::File(FileContent { name: Some(name), .. })) if name == "photogpj.exe"
        ));
    }

    #[test]
    fn a_menu_has_different_options_that_fit() {
        let menu = |titles: &[&str], form: MenuForm| {
            let option = |(at, title): (usize, &&str)| MenuOption {
                id: at.to_string(),
                title: (*title).to_owned(),
            };
            let content = Content::Menu {
                body: " What next? ".to_owned(),
                footer: None,
                options: titles.iter().enumerate().map(option).collect(),
                form,
            };
            content.checked()
        };
        assert!(matches!(
            menu(&["Yes ", "No"], MenuForm::Buttons),
            Ok(Content::Menu { body, options, .. }) if body == "What next?" && options[0].title == "Yes"
        ));
        let four = ["a", "b", "c", "d"];
        assert!(menu(&four, MenuForm::Numbers).is_ok() && menu(&four, MenuForm::Buttons).is_err());
        assert!(menu(&["Yes", "yes"], MenuForm::Numbers).is_err());
        assert!(menu(&["x".repeat(25).as_str()], MenuForm::Numbers).is_err());
        let unnamed = MenuForm::List { label: String::new() };
        assert!(menu(&["Yes"], unnamed).is_err());
    }

    #[test]
    fn a_place_is_on_the_earth() {
        for (latitude, longitude, fits) in [(52.5, 13.4, true), (91.0, 0.0, false), (f64::NAN, 0.0, false)] {
            let place = Content::Location {
                latitude,
                longitude,
                name: None,
                address: None,
            };
            assert_eq!(place.checked().is_ok(), fits, "{latitude}");
        }
    }
}
