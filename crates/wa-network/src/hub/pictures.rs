//! Pictures of people and groups: kept as files of the media host, announced when they change.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, JidExt as _, Node};

use super::Hub;
use super::stanza::{child_bytes, error_for, jid_attr, result_for};
use super::types::{DeviceAddr, GroupError, Rank};

/// Number of the person or JID of the group → its picture.
pub(super) type Pictures = HashMap<String, Picture>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Picture {
    id: String,
    direct_path: String,
}

impl Hub {
    /// Sets or removes a person's picture and tells the own devices and those who asked for the person's.
    pub fn set_own_picture(&self, number: &str, picture: Option<Bytes>) -> bool {
        let Some(account) = self.account(number) else {
            return false;
        };
        let mut to: Vec<Arc<str>> = account.state().watchers.iter().cloned().collect();
        to.push(account.number.clone());
        let jid = account.seen(0);
        let news = self.keep_picture(number, &jid, &jid, picture);
        self.tell_picture(&jid, &to, &news);
        true
    }

    /// Sets or removes a group's picture on behalf of a member and tells everybody in it.
    pub fn set_group_picture(&self, actor: &str, group: &str, picture: Option<Bytes>) -> Result<(), GroupError> {
        let info = self.group(group).ok_or(GroupError::NotFound)?;
        let members = &info.participants;
        let member = members.iter().find(|member| &*member.number == actor);
        let rank = member.ok_or(GroupError::NotMember)?.rank;
        if info.settings.locked && rank == Rank::Member {
            return Err(GroupError::NotAdmin);
        }
        let jid: Jid = group.parse().map_err(|_| GroupError::NotFound)?;
        let author = self.address_of(actor, self.by_lid(&info));
        let news = self.keep_picture(group, &jid, &author, picture);
        let to: Vec<Arc<str>> = members.iter().map(|member| member.number.clone()).collect();
        self.tell_picture(&jid, &to, &news);
        Ok(())
    }

    /// Keeps or forgets a picture; returns `<set>` or `<delete>`.
    fn keep_picture(&self, key: &str, jid: &Jid, author: &Jid, picture: Option<Bytes>) -> Node {
        let Some(file) = picture else {
            self.pictures.lock().remove(key);
            let delete = NodeBuilder::new("delete").attr("jid", jid).attr("author", author);
            return delete.build();
        };
        let picture = Picture {
            id: self.ids.next().to_string(),
            direct_path: self.media.store("picture", file).direct_path,
        };
        let set = NodeBuilder::new("set")
            .attr("jid", jid)
            .attr("id", &picture.id)
            .attr("author", author);
        self.pictures.lock().insert(key.to_owned(), picture);
        set.build()
    }

    pub(super) fn answer_picture(&self, from: &DeviceAddr, query: &Node) -> Node {
        let target = jid_attr(query, "target");
        let key = target.as_ref().and_then(|jid| match jid.is_group() {
            true => Some(jid.to_string()),
            false => self.account_of(jid).map(|account| account.number.to_string()),
        });
        if super::stanza::attr_is(query, "type", "set") {
            return self.answer_new_picture(from, query, target.as_ref());
        }
        let asked = query.get_optional_child("picture");
        let known = asked.and_then(|asked| super::stanza::attr(asked, "id"));
        let picture = key.and_then(|key| self.pictures.lock().get(&key).cloned());
        let Some(picture) = picture else {
            return error_for(query, 404, "item-not-found");
        };
        let mut node = NodeBuilder::new("picture");
        if known.is_none_or(|known| known != picture.id) {
            let host = self.media_address.get().map_or("", String::as_str);
            node = node
                .attr("id", &picture.id)
                .attr("type", "image")
                .attr("url", format!("https://{host}{}", picture.direct_path))
                .attr("direct_path", &picture.direct_path);
        }
        result_for(query).children([node.build()]).build()
    }

    fn answer_new_picture(&self, from: &DeviceAddr, query: &Node, target: Option<&Jid>) -> Node {
        let file = child_bytes(query, "picture").map(Bytes::copy_from_slice);
        let own = target.is_none_or(|jid| self.resolve(jid).is_some_and(|addr| addr.account == from.account));
        let key = match target {
            Some(group) if !own => {
                let group = group.to_string();
                if self.set_group_picture(&from.account, &group, file).is_err() {
                    return error_for(query, 403, "forbidden");
                }
                group
            }
            _ => {
                self.set_own_picture(&from.account, file);
                from.account.to_string()
            }
        };
        let id = self.pictures.lock().get(&key).map(|picture| picture.id.clone());
        let mut node = NodeBuilder::new("picture");
        if let Some(id) = id {
            node = node.attr("id", id);
        }
        result_for(query).children([node.build()]).build()
    }
}
