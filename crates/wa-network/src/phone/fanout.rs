//! Sends a message: encrypted for every device of every recipient and for the phone's own companions.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use buffa::MessageField;
use rand::RngExt as _;
use wacore::libsignal::protocol::SignalProtocolError;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::actor::{Phone, now_ms, signal_error};
use super::board::Arrival;
use super::compose::{self, Desk};
use super::content::{Content, Frame, HdPair, Media};
use super::media;
use super::reading::read;
use super::signal::Sealed;
use super::stanza::{Chat, Shape, enc};
use super::types::{MediaFile, MessageStatus, PhoneError};
use crate::hub::{DeviceAddr, DeviceInfo, GroupInfo};

/// How many sent messages are kept for resends.
const KEPT_SENT: usize = 500;

/// Recently sent messages, for devices that could not decrypt them.
#[derive(Default)]
pub(super) struct SentLog(VecDeque<(String, Sent)>);

#[derive(Clone)]
pub(super) struct Sent {
    pub route: Route,
    pub message: Arc<Encoded>,
    pub shape: Shape,
}

/// A message as it is encrypted: bytes, so that nothing is lost of one that came as bytes.
pub(super) struct Encoded {
    pub bytes: Vec<u8>,
    /// The part of it that copies for own devices repeat outside.
    pub context: Option<wa::MessageContextInfo>,
}

impl Encoded {
    pub fn new(message: &wa::Message) -> Self {
        Self::raw(waproto::codec::message_to_vec(message), message)
    }

    fn raw(bytes: Vec<u8>, message: &wa::Message) -> Self {
        Self {
            bytes,
            context: message.message_context_info.as_option().cloned(),
        }
    }
}

/// A message ready to go, and what the phone shows of it.
struct Prepared {
    message: wa::Message,
    encoded: Encoded,
    shape: Shape,
    file: Option<MediaFile>,
}

#[derive(Clone)]
pub(super) enum Route {
    To(Chat),
    /// Between the phone and one of its companions.
    Peer,
}

impl SentLog {
    pub fn add(&mut self, id: &str, sent: Sent) {
        if self.0.len() == KEPT_SENT {
            self.0.pop_front();
        }
        self.0.push_back((id.to_owned(), sent));
    }

    pub fn find(&self, id: &str) -> Option<&Sent> {
        self.0.iter().rev().find(|(known, _)| known == id).map(|(_, sent)| sent)
    }
}

/// The devices that have this phone's sender key of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupKeyUse {
    members: HashSet<Arc<str>>,
    holders: HashSet<DeviceAddr>,
}

impl Phone {
    /// Sends and shows a message; returns its id once the server has it. An album or a pair is several messages,
    /// of which the first one's id comes first.
    pub async fn send(&mut self, to: &str, content: &Content, id: Option<String>) -> Result<Vec<String>, PhoneError> {
        self.require_online()?;
        let chat = Chat::parse(&self.hub, to)?;
        self.require_known(&chat)?;
        let (marks, inner) = match content {
            Content::Framed { frame, content } => (Some(&**frame), &**content),
            content => (None, content),
        };
        match inner {
            Content::Album(files) => self.send_album(&chat, files, marks, id).await,
            Content::Hd(pair) => self.send_pair(&chat, pair, marks, id).await,
            Content::Media(file) => {
                let (message, file) = self.media_with(&chat, file, marks)?;
                let prepared = Prepared::new(message, Some(file));
                Ok(vec![self.dispatch(&chat, prepared, id).await?])
            }
            _ => {
                let prepared = self.prepare(&chat, content)?;
                Ok(vec![self.dispatch(&chat, prepared, id).await?])
            }
        }
    }

    async fn dispatch(&mut self, chat: &Chat, prepared: Prepared, id: Option<String>) -> Result<String, PhoneError> {
        let id = id.unwrap_or_else(|| self.new_message_id());
        let Prepared {
            message,
            encoded,
            shape,
            file,
        } = prepared;
        self.show_sent(chat, &id, &message, file);
        let by_lid = self.hub.shows_lid_only(&self.me.account);
        self.memory.add(chat.key(), &id, &self.me.account, by_lid, &message);
        let sent = Sent {
            route: Route::To(chat.clone()),
            message: Arc::new(encoded),
            shape,
        };
        self.sent.add(&id, sent.clone());
        match chat {
            Chat::Person(number) => self.send_to_person(number, chat, &id, &sent).await?,
            Chat::Group(jid) => self.send_to_group(jid, &id, &sent).await?,
        }
        Ok(id)
    }

    async fn send_album(
        &mut self,
        chat: &Chat,
        files: &[Media],
        marks: Option<&Frame>,
        id: Option<String>,
    ) -> Result<Vec<String>, PhoneError> {
        let head = Prepared::new(compose::album(files, &mut self.rng), None);
        let head = self.dispatch(chat, head, id.clone()).await?;
        let mut ids = vec![head.clone()];
        for (place, file) in files.iter().enumerate() {
            let (mut message, file) = self.media_with(chat, file, marks)?;
            let context = message.message_context_info.get_or_insert_default();
            context.message_association = MessageField::some(wa::MessageAssociation {
                association_type: Some(wa::message_association::AssociationType::MEDIA_ALBUM),
                parent_message_key: MessageField::some(self.key_of_own(chat, &head)),
                ..Default::default()
            });
            let child = id.as_ref().map(|id| format!("{id}-{}", place + 1));
            ids.push(self.dispatch(chat, Prepared::new(message, Some(file)), child).await?);
        }
        Ok(ids)
    }

    async fn send_pair(
        &mut self,
        chat: &Chat,
        pair: &HdPair,
        marks: Option<&Frame>,
        id: Option<String>,
    ) -> Result<Vec<String>, PhoneError> {
        let (mut message, file) = self.media_with(chat, &pair.standard, marks)?;
        compose::hd_parent(&mut message);
        let child_id = id.as_ref().map(|id| format!("{id}-1"));
        let first = self.dispatch(chat, Prepared::new(message, Some(file)), id).await?;
        let (message, file) = self.media_with(chat, &pair.hd, None)?;
        let message = compose::hd_child(message, self.key_of_own(chat, &first));
        let second = self
            .dispatch(chat, Prepared::new(message, Some(file)), child_id)
            .await?;
        Ok(vec![first, second])
    }

    /// The key of a message that this phone has just sent.
    fn key_of_own(&self, chat: &Chat, id: &str) -> wa::MessageKey {
        wa::MessageKey {
            remote_jid: Some(chat.address(&self.hub)),
            from_me: Some(true),
            id: Some(id.to_owned()),
            participant: None,
        }
    }

    /// Uploads a file and composes its message.
    fn media_with(
        &mut self,
        chat: &Chat,
        file: &Media,
        marks: Option<&Frame>,
    ) -> Result<(wa::Message, MediaFile), PhoneError> {
        let now = now_ms();
        let uploaded = media::upload(self.hub.media(), file, now / 1000, &mut self.rng)?;
        let mut message = compose::with_secret(compose::media_message(file, &uploaded), &mut self.rng);
        if let Some(marks) = marks {
            let board = super::actor::lock(&self.board);
            let desk = Desk {
                hub: &self.hub,
                board: &board,
                memory: &self.memory,
                chat,
                now,
                rng: &mut self.rng,
            };
            if !compose::frame(&mut message, marks, &desk) {
                return Err(PhoneError::NoPlaceForMarks);
            }
        }
        let shown = MediaFile {
            mime: file.mime.clone(),
            bytes: file.bytes.clone(),
        };
        Ok((message, shown))
    }

    fn prepare(&mut self, chat: &Chat, content: &Content) -> Result<Prepared, PhoneError> {
        let board = super::actor::lock(&self.board);
        let mut desk = Desk {
            hub: &self.hub,
            board: &board,
            memory: &self.memory,
            chat,
            now: now_ms(),
            rng: &mut self.rng,
        };
        let (message, shape) = compose::compose(content, &mut desk)?;
        let encoded = match content {
            Content::Raw(raw) => Encoded::raw(raw.message.clone(), &message),
            _ => Encoded::new(&message),
        };
        Ok(Prepared {
            message,
            encoded,
            shape,
            file: None,
        })
    }

    fn show_sent(&self, chat: &Chat, id: &str, message: &wa::Message, file: Option<MediaFile>) {
        let Some(reading) = read(message) else { return };
        let mut board = self.board();
        let arrival = Arrival {
            id,
            author: &self.me.account,
            chat,
            reading: &reading,
            at: now_ms(),
        };
        // A repeated id is the same message on the screen.
        if board.find(chat.key(), id).is_none() {
            board.show(&arrival, MessageStatus::Pending);
        }
        if let Some(file) = file {
            board.keep_file(id, file);
        }
    }

    async fn send_to_person(
        &mut self,
        number: &str,
        chat: &Chat,
        id: &str,
        Sent { message, shape, .. }: &Sent,
    ) -> Result<(), PhoneError> {
        let plain = self.padded(message.bytes.clone());
        let copy = compose::device_sent(&chat.address(&self.hub), &message.bytes, message.context.as_ref());
        let copy = self.padded(copy);
        let theirs = self
            .hub
            .devices(number)
            .into_iter()
            .filter(|_| number != &*self.me.account);
        let targets: Vec<(DeviceInfo, bool)> = theirs
            .map(|device| (device, false))
            .chain(self.own_companions().into_iter().map(|device| (device, true)))
            .collect();
        let mut parts = Vec::with_capacity(targets.len());
        for (device, own) in targets {
            let sealed = self.seal(&device, if own { &copy } else { &plain }).await?;
            parts.extend(sealed.map(|sealed| addressed(&device.addr, sealed, shape)));
        }
        let participants = NodeBuilder::new("participants").children(parts).build();
        let children = [Some(participants), shape.meta()].into_iter().flatten();
        let stanza = shape.message(chat.jid(), id).children(children).build();
        self.hub.submit(&self.me, stanza);
        Ok(())
    }

    async fn send_to_group(
        &mut self,
        jid: &Arc<str>,
        id: &str,
        Sent { message, shape, .. }: &Sent,
    ) -> Result<(), PhoneError> {
        let group = self.hub.group(jid).ok_or(PhoneError::NoGroup)?;
        let fresh = self.devices_without_key(jid, &group);
        let distribution = self.distribution(jid).await?;
        let plain = self.padded(waproto::codec::message_to_vec(&distribution));
        let mut parts = Vec::with_capacity(fresh.len());
        for device in fresh {
            if let Some(sealed) = self.seal(&device, &plain).await? {
                parts.push(addressed(&device.addr, sealed, &Shape::text()));
                self.groups.entry(jid.clone()).or_default().holders.insert(device.addr);
            }
        }
        let plain = self.padded(message.bytes.clone());
        let sealed = self
            .signal
            .group_encrypt(jid, &self.me, &plain, &mut self.rng)
            .await
            .map_err(signal_error)?;
        let participants = (!parts.is_empty()).then(|| NodeBuilder::new("participants").children(parts).build());
        let body = enc("skmsg", sealed, shape, 0);
        let children = [participants, Some(body), shape.meta()].into_iter().flatten();
        let chat = Chat::Group(jid.clone());
        let stanza = shape
            .message(chat.jid(), id)
            .attr("addressing_mode", "pn")
            .children(children)
            .build();
        self.hub.submit(&self.me, stanza);
        Ok(())
    }

    /// The devices in the group that lack the sender key. A former member must not read on, so there is a new key then.
    fn devices_without_key(&mut self, jid: &Arc<str>, group: &GroupInfo) -> Vec<DeviceInfo> {
        let members: HashSet<Arc<str>> = group.participants.iter().map(|member| member.number.clone()).collect();
        let key = self.groups.entry(jid.clone()).or_default();
        if !key.members.is_subset(&members) {
            key.holders.clear();
            self.signal.rotate_own_sender_key(jid, &self.me);
        }
        key.members = members;
        let devices = group
            .participants
            .iter()
            .flat_map(|member| self.hub.devices(&member.number));
        devices
            .filter(|device| device.addr != self.me && !key.holders.contains(&device.addr))
            .collect()
    }

    pub async fn distribution(&mut self, group: &str) -> Result<wa::Message, PhoneError> {
        let key = self
            .signal
            .own_distribution(group, &self.me, &mut self.rng)
            .await
            .map_err(signal_error)?;
        Ok(wa::Message {
            sender_key_distribution_message: MessageField::some(wa::message::SenderKeyDistributionMessage {
                group_id: Some(group.to_owned()),
                axolotl_sender_key_distribution_message: Some(key),
            }),
            ..Default::default()
        })
    }

    pub fn own_companions(&self) -> Vec<DeviceInfo> {
        let mut devices = self.hub.devices(&self.me.account);
        devices.retain(|device| device.addr != self.me);
        devices
    }

    /// Encrypts for one device, opening a session first where there is none. `None` if the device has no keys.
    pub async fn seal(&mut self, device: &DeviceInfo, plain: &[u8]) -> Result<Option<Sealed>, PhoneError> {
        if self.signal.is_stale(&device.addr, &device.identity_public) {
            self.signal.drop_session(&device.addr);
        }
        if !self.signal.has_session(&device.addr) && !self.open_session(&device.addr).await? {
            return Ok(None);
        }
        match self.signal.encrypt(&device.addr, plain).await {
            Ok(sealed) => Ok(Some(sealed)),
            // The session can no longer send (its chain is spent): the next one can.
            Err(SignalProtocolError::SessionNotFound(_) | SignalProtocolError::InvalidSessionStructure(_)) => {
                self.signal.drop_session(&device.addr);
                Ok(None)
            }
            Err(error) => Err(signal_error(error)),
        }
    }

    pub async fn open_session(&mut self, device: &DeviceAddr) -> Result<bool, PhoneError> {
        let Some(bundle) = self.hub.fetch_bundle(device) else {
            return Ok(false);
        };
        self.signal
            .open_session(device, &bundle, &mut self.rng)
            .await
            .map_err(signal_error)?;
        Ok(true)
    }

    /// The encoded message and its padding: 1 to 16 bytes that contain their own number.
    pub fn padded(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let pad: u8 = self.rng.random_range(1..=16);
        bytes.resize(bytes.len() + usize::from(pad), pad);
        bytes
    }
}

impl Prepared {
    fn new(message: wa::Message, file: Option<MediaFile>) -> Self {
        let encoded = Encoded::new(&message);
        let shape = Shape::of(&message);
        Self {
            message,
            encoded,
            shape,
            file,
        }
    }
}

fn addressed(device: &DeviceAddr, sealed: Sealed, shape: &Shape) -> Node {
    NodeBuilder::new("to")
        .attr("jid", device.jid())
        .children([enc(sealed.kind, sealed.bytes, shape, 0)])
        .build()
}
