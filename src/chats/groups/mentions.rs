//! Mentions: `@` and what a member is called become the member's address, as WhatsApp writes it.

use std::collections::HashMap;

use wa_client::Address;

use super::model::{GroupError, Member};
use super::service::{Groups, fits};
use crate::accounts::{Permission, Scope};
use crate::chats::model::ChatKind;
use crate::chats::store::{self, group_lists};
use crate::i18n::phone;
use crate::ids::PublicId;

impl Groups {
    /// What a text says when its mentions are addresses, and whom it mentions. A text in another chat stays as it is.
    pub async fn mentioned(
        &self,
        scope: Scope,
        chat: &PublicId,
        text: &str,
    ) -> Result<(String, Vec<Address>), GroupError> {
        scope.require(Permission::UseInbox)?;
        let (chat, workspace, text) = (chat.clone(), scope.workspace, text.to_owned());
        if !text.contains('@') {
            return Ok((text, Vec::new()));
        }
        self.db
            .read(move |c| {
                let chat = store::ref_in(c, workspace, &chat)?;
                if chat.kind != ChatKind::Group {
                    return Ok((text, Vec::new()));
                }
                let members = group_lists::members(c, workspace, chat.id)?;
                let (mut text, who) = resolved(&text, &named(&members));
                if !who.is_empty() {
                    // A chosen name leaves a blank behind it.
                    text.truncate(text.trim_end().len());
                }
                Ok((text, who))
            })
            .await
    }

    /// What can follow an `@` for each member that fits `text`: the name, or the number where a name is not enough.
    pub async fn mentionable(
        &self,
        scope: Scope,
        chat: &PublicId,
        text: &str,
        limit: usize,
    ) -> Result<Vec<(String, Member)>, GroupError> {
        let members = self.members(scope, chat, "", 0, usize::MAX - 1).await?.rows;
        let (words, wanted) = (named(&members), text.trim().to_lowercase());
        let word = |member: &Member| {
            let is_theirs = |(_, address): &&(String, Address)| *address == member.address;
            words.iter().find(is_theirs).map(|(word, _)| word.clone())
        };
        let others = members
            .into_iter()
            .filter(|member| fits(member, &wanted) && !member.person.ours);
        let offered = others.filter_map(|member| Some((word(&member)?, member)));
        Ok(offered.take(limit).collect())
    }
}

/// What each member can be called, one word a line: by a name that nobody else has, and by the number.
fn named(members: &[Member]) -> Vec<(String, Address)> {
    let name_of = |member: &Member| member.person.name.as_ref().map(|name| name.trim().to_owned());
    let (mut words, mut bearers) = (Vec::new(), HashMap::<String, usize>::new());
    for name in members.iter().filter_map(name_of) {
        *bearers.entry(name).or_default() += 1;
    }
    for member in members {
        if let Some(name) = name_of(member).filter(|name| !name.is_empty() && bearers[name] == 1) {
            words.push((name, member.address.clone()));
        }
        if let Some(digits) = &member.person.phone {
            words.push((phone(digits), member.address.clone()));
        }
    }
    words
}

/// The longest word that fits counts: of Ana and Ana Souza, the one who is named in full.
fn resolved(text: &str, words: &[(String, Address)]) -> (String, Vec<Address>) {
    let (mut out, mut mentioned) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        out.push('@');
        rest = after;
        // In an address of mail, the sign stands in a word.
        if out.trim_end_matches('@').ends_with(char::is_alphanumeric) {
            continue;
        }
        let ends = |word: &str| !after[word.len()..].starts_with(char::is_alphanumeric);
        let fits = words
            .iter()
            .filter(|(word, _)| after.starts_with(word.as_str()) && ends(word));
        if let Some((word, address)) = fits.max_by_key(|(word, _)| word.len()) {
            let jid = address.to_string();
            out.push_str(jid.split('@').next().unwrap_or_default());
            rest = &after[word.len()..];
            if !mentioned.contains(address) {
                mentioned.push(address.clone());
            }
        }
    }
    out.push_str(rest);
    (out, mentioned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<(String, Address)> {
        vec![
            ("Ana".into(), Address::Lid("1".into())),
            ("Ana Souza".into(), Address::Lid("2".into())),
            ("+351 910 000 001".into(), Address::Phone("351910000001".into())),
        ]
    }

    #[test]
    fn the_longest_name_that_fits_is_mentioned_and_other_signs_stay() {
        let (text, who) = resolved("@Ana Souza and @Ana, not @Anabel: ana@Ana.example @ @@Ana", &words());
        assert_eq!(text, "@2 and @1, not @Anabel: ana@Ana.example @ @@1");
        assert_eq!(who, [Address::Lid("2".into()), Address::Lid("1".into())]);
        let (text, who) = resolved("ask @+351 910 000 001.", &words());
        assert_eq!(text, "ask @351910000001.");
        assert_eq!(who.len(), 1);
    }
}
