use std::collections::HashSet;

use super::*;
use crate::{Network, NetworkOptions};

#[test]
fn everybody_has_a_number_and_something_to_say() {
    let numbers: HashSet<_> = cast().iter().map(|person| person.number).collect();
    assert_eq!(numbers.len(), cast().len());
    for person in cast() {
        assert!(person.number.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(person.errands.len() >= 2 && person.errands.iter().all(|errand| errand.len() >= 2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_people_move_in_with_their_past_and_wait_for_the_number_to_be_linked() {
    let network = Network::start(NetworkOptions::default()).await.unwrap();
    let phones = network.phones();
    let business = phones.create(business_phone()).unwrap().number;
    let options = PeopleOptions {
        seed: 1,
        pace: Pace::quick(),
    };
    let people = People::start(phones.clone(), &business, options).await.unwrap();
    let chats = phones.conversations(&business).unwrap();
    assert!(chats.len() >= 3, "{}", chats.len());
    assert!(chats.iter().all(|chat| !chat.peer_name.is_empty()));
    assert_eq!(phones.list().len(), cast().len() + 1);
    people.stop().await;
    assert!(phones.inbox(&business, 0).unwrap().is_empty());
    network.stop().await;
}
