//! Many conversations whose keys are dropped from memory and read from the disk again and again: no ratchet goes back, so
//! every message is read once by whom it is for.
//!
//! The library's cache of sessions has a fixed size, so each round opens the link anew. Its map of numbers and LIDs must
//! not be bounded at all: a mapping that is evicted changes the address under which a session is looked for.

use std::collections::BTreeMap;

use wa_network::phone::NewPhone;

use crate::support::{BUSINESS, Sink, World, patiently, text};

/// The same order of events in every run.
struct Dice(u64);

impl Dice {
    /// Below `sides`, by xorshift.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

const PEOPLE: usize = 12;
const ROUNDS: usize = 6;
const EVENTS: usize = 25;

fn number(person: usize) -> String {
    format!("55118888800{person:02}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_is_read_once_although_every_ratchet_is_read_cold() {
    soak(0x5eed_0001).await;
}

async fn soak(seed: u64) {
    let world = World::new().await;
    let phones = world.network.phones();
    for person in 0..PEOPLE {
        let phone = NewPhone {
            number: number(person),
            name: format!("Person {person}"),
            auto_reply: false,
        };
        phones.create(phone).unwrap();
    }
    let (sink, mut dice) = (Sink::new(), Dice(seed));
    let mut open = world.linked(&sink).await;
    let (mut written, mut sent) = (Vec::new(), BTreeMap::<usize, Vec<String>>::new());
    for round in 0..ROUNDS {
        let mut work = Vec::new();
        for event in 0..EVENTS {
            let person = dice.roll(PEOPLE);
            let body = format!("{round}.{event} with {person}");
            if dice.roll(2) == 0 {
                phones.send(&number(person), BUSINESS, body.as_str()).await.unwrap();
                written.push(body);
                continue;
            }
            let (link, id) = (open.link.clone(), format!("OUT-{round}-{event}"));
            sent.entry(person).or_default().push(body.clone());
            work.push(tokio::spawn(async move {
                link.send(&text(&id, &number(person), &body)).await.unwrap();
            }));
        }
        for send in work {
            patiently("a send", send).await.unwrap();
        }
        for body in &written {
            sink.text(body).await;
        }
        // What is in memory is dropped, and every ratchet is read from the disk again.
        patiently("the link to close", open.link.close()).await;
        open = world.open(&sink).await;
        open.connected().await;
    }
    let mut read = sink.texts();
    read.sort();
    written.sort();
    assert_eq!(read, written, "seed {seed:#x}");
    for (person, mut bodies) in sent {
        let number = number(person);
        let (mut changes, mut got) = (phones.watch(&number).unwrap(), Vec::new());
        patiently("all messages at a phone", async {
            loop {
                got = phones.inbox(&number, 0).unwrap();
                if got.len() >= bodies.len() {
                    return;
                }
                changes.changed().await.unwrap();
            }
        })
        .await;
        assert!(got.iter().all(|message| message.copies == 1), "seed {seed:#x}");
        let mut texts: Vec<_> = got.into_iter().filter_map(|message| message.text).collect();
        texts.sort();
        bodies.sort();
        assert_eq!(texts, bodies, "seed {seed:#x}, {number}");
    }
    assert_eq!(
        world.network.hub().stats_snapshot().decrypt_failures,
        0,
        "seed {seed:#x}"
    );
    world.end(open).await;
}
