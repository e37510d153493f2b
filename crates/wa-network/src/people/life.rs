//! One person: reads what the business writes, answers after a while, opens an errand when the time has come.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use super::cast::{Line, Person};
use super::dice::Dice;
use super::talk::{Answer, Talk};
use super::{Pace, picture, voice};
use crate::phone::{Content, InboxMessage, Media, MediaKind, PhoneError, Phones, TypingState};

/// Messages after which a person waits for an answer.
const PATIENCE: u32 = 2;

pub(super) struct Life {
    phones: Phones,
    me: &'static Person,
    business: String,
    pace: Pace,
    dice: Dice,
    talk: Talk,
    /// How far into the inbox this person has read.
    seen: u64,
    unanswered: u32,
}

impl Life {
    pub fn new(phones: Phones, me: &'static Person, business: &str, pace: Pace, dice: Dice) -> Self {
        // After a restart, earlier messages are not news.
        let seen = phones.inbox(me.number, 0).map_or(0, |inbox| inbox.len() as u64);
        let arrived = phones.inbox(business, 0).unwrap_or_default().into_iter();
        let said: Vec<String> = arrived
            .filter(|message| message.from == me.number)
            .filter_map(|message| message.text)
            .collect();
        Self {
            phones,
            me,
            business: business.to_owned(),
            pace,
            dice,
            talk: Talk::after(me, &said),
            seen,
            unanswered: 0,
        }
    }

    pub async fn live(mut self, mut nudges: Receiver<()>, stop: CancellationToken) {
        let Ok(mut changes) = self.phones.watch(self.me.number) else {
            return;
        };
        loop {
            let step = async {
                tokio::select! {
                    nudge = nudges.recv() => match nudge {
                        Some(()) => self.open().await,
                        None => Err(PhoneError::Gone),
                    },
                    change = changes.changed() => match change {
                        Ok(()) => self.listen().await,
                        Err(_) => Err(PhoneError::Gone),
                    },
                }
            };
            let Some(done) = stop.run_until_cancelled(step).await else {
                return;
            };
            match done {
                Ok(()) => {}
                // The network was reset: this person no longer exists.
                Err(PhoneError::UnknownPhone | PhoneError::Gone) => return,
                Err(error) => tracing::debug!(%error, "a demo person could not write"),
            }
        }
    }

    /// Comes with an errand, unless two messages already wait for an answer.
    async fn open(&mut self) -> Result<(), PhoneError> {
        if self.unanswered >= PATIENCE {
            return Ok(());
        }
        let line = self.talk.open();
        self.say(line).await
    }

    /// Reads what has arrived and answers the last of it.
    async fn listen(&mut self) -> Result<(), PhoneError> {
        let Some(_) = self.news()?.last() else {
            return Ok(());
        };
        tokio::time::sleep(self.dice.between(self.pace.read)).await;
        let news = self.news()?;
        let Some(last) = news.last() else {
            return Ok(());
        };
        self.seen = last.seq;
        self.phones.mark_read(self.me.number, &self.business).await?;
        self.unanswered = 0;
        let Some(spoken) = news.iter().rev().find(|message| is_speech(message)) else {
            return Ok(());
        };
        let text = spoken.text.as_deref().unwrap_or_default();
        let Some(answer) = self.talk.answer(text, &mut self.dice) else {
            return Ok(());
        };
        tokio::time::sleep(self.dice.between(self.pace.think)).await;
        match answer {
            Answer::Line(line) => self.say(line).await,
            Answer::Words(text) => self.type_out(text).await,
            Answer::Reaction(emoji) => {
                let content = Content::Reaction {
                    message_id: spoken.id.clone(),
                    emoji: emoji.to_owned(),
                };
                self.phones
                    .send(self.me.number, &self.business, content)
                    .await
                    .map(drop)
            }
        }
    }

    /// What the business has written since the last look.
    fn news(&self) -> Result<Vec<InboxMessage>, PhoneError> {
        let mut news = self.phones.inbox(self.me.number, self.seen)?;
        news.retain(|message| message.chat == self.business);
        Ok(news)
    }

    async fn say(&mut self, line: &Line) -> Result<(), PhoneError> {
        self.unanswered += 1;
        match line {
            Line::Say(text) => self.type_out(text).await,
            Line::Show { motif, caption } => {
                self.busy(caption.len()).await?;
                let bytes = picture::png(*motif, self.dice.number());
                self.send_file(MediaKind::Image, "image/png", bytes, Some((*caption).to_owned()), None)
                    .await
            }
            Line::Speak(seconds) => {
                self.busy(30).await?;
                let bytes = voice::note(*seconds);
                self.send_file(MediaKind::Voice, "audio/ogg; codecs=opus", bytes, None, Some(*seconds))
                    .await
            }
        }
    }

    async fn type_out(&mut self, text: &str) -> Result<(), PhoneError> {
        self.busy(text.chars().count()).await?;
        self.phones.send(self.me.number, &self.business, text).await?;
        self.phones
            .typing(self.me.number, &self.business, TypingState::Paused)
            .await
    }

    /// Shows "typing…" for as long as so many characters take.
    async fn busy(&mut self, characters: usize) -> Result<(), PhoneError> {
        self.phones
            .typing(self.me.number, &self.business, TypingState::Composing)
            .await?;
        let characters = u32::try_from(characters).unwrap_or(u32::MAX);
        let long: Duration = self.pace.per_character.saturating_mul(characters);
        tokio::time::sleep(long.min(self.pace.longest_typing)).await;
        Ok(())
    }

    async fn send_file(
        &self,
        kind: MediaKind,
        mime: &str,
        bytes: Vec<u8>,
        caption: Option<String>,
        seconds: Option<u32>,
    ) -> Result<(), PhoneError> {
        let file = Media {
            kind,
            mime: mime.to_owned(),
            bytes: bytes.into(),
            caption,
            file_name: None,
            seconds,
            thumbnail: None,
        };
        self.phones
            .send(self.me.number, &self.business, Content::Media(file))
            .await?;
        self.phones
            .typing(self.me.number, &self.business, TypingState::Paused)
            .await
    }
}

/// Whether a message says something, rather than changing another one.
fn is_speech(message: &InboxMessage) -> bool {
    !matches!(message.kind.as_str(), "reaction" | "edit" | "delete")
}
