//! Every kind of message from the control API, as the library's client gets it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wa_network::Network;
use waproto::whatsapp as wa;
use whatsapp_rust::Jid;
use whatsapp_rust::features::{EventCreationParams, EventResponseType, PollVoteCiphertext};
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;

use crate::control::post;
use crate::support::{BUSINESS, CUSTOMER, Companion, FRIEND, inbox_until, network};

fn image() -> Value {
    json!({"kind":"image","mime":"image/png","base64":"AAEC"})
}

/// Sends from the customer's phone to the business; the ids in the answer.
async fn sends(network: &Network, mut body: Value) -> Vec<String> {
    body["to"] = json!(BUSINESS);
    let (status, answer) = post(network, &format!("/phones/{CUSTOMER}/send"), body).await;
    assert_eq!(status, 201, "{answer}");
    let ids = match answer["ids"].as_array() {
        Some(ids) => ids.clone(),
        None => vec![answer["id"].clone()],
    };
    ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The message with this id, as the client got it.
async fn got(companion: &Companion, id: &str) -> wa::Message {
    companion
        .until("the message", |event| {
            let message = event.messages().find(|message| message.info.id == id)?;
            Some(wa::Message::clone(&message.message))
        })
        .await
}

async fn sent_and_got(network: &Network, companion: &Companion, body: Value) -> wa::Message {
    let ids = sends(network, body).await;
    got(companion, &ids[0]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_around_a_message_arrive_with_it() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let first = sends(&network, json!({"text":"first"})).await.remove(0);

    let photo =
        json!({"media":image(),"reply":{"message_id":first},"mentions":[FRIEND],"forwarded":5,"expiration":86400});
    let message = sent_and_got(&network, &companion, photo).await;
    let context = &message.image_message.context_info;
    assert_eq!(context.stanza_id.as_deref(), Some(first.as_str()));
    assert_eq!(context.quoted_message.text_content(), Some("first"));
    assert_eq!(context.mentioned_jid, [format!("{FRIEND}@s.whatsapp.net")]);
    assert_eq!((context.forwarding_score, context.is_forwarded), (Some(5), Some(true)));
    assert_eq!(context.expiration, Some(86400));

    let once = json!({"media":image(),"view_once":true});
    let message = sent_and_got(&network, &companion, once).await;
    assert_eq!(message.view_once_message.message.image_message.view_once, Some(true));

    let status = json!({"text":"nice","reply":{"message_id":"S1","status":true,"quoted_text":"my status"}});
    let message = sent_and_got(&network, &companion, status).await;
    let context = &message.extended_text_message.context_info;
    assert_eq!(context.remote_jid.as_deref(), Some("status@broadcast"));
    assert_eq!(
        context.participant.as_deref(),
        Some(&*format!("{BUSINESS}@s.whatsapp.net"))
    );
    assert_eq!(context.quoted_message.text_content(), Some("my status"));

    let ad = json!({"text":"hello","ad":{"title":"Summer sale","url":"https://example.com","click_id":"c1"}});
    let message = sent_and_got(&network, &companion, ad).await;
    let context = &message.extended_text_message.context_info;
    assert_eq!(context.external_ad_reply.title.as_deref(), Some("Summer sale"));
    assert_eq!(context.conversion_source.as_deref(), Some("FB_Ads"));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rarer_kinds_arrive_as_what_they_are() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let first = sends(&network, json!({"text":"first"})).await.remove(0);
    let about = || json!({"message_id":first});

    let gif = json!({"media":{"kind":"gif","mime":"video/mp4","base64":"AAEC"}});
    let message = sent_and_got(&network, &companion, gif).await;
    assert_eq!(message.video_message.gif_playback, Some(true));
    let ptv = json!({"media":{"kind":"ptv","mime":"video/mp4","base64":"AAEC"}});
    assert!(sent_and_got(&network, &companion, ptv).await.ptv_message.is_set());
    let cards = json!({"contacts":[{"name":"A","number":"4911"},{"name":"B","number":"4922"}]});
    let message = sent_and_got(&network, &companion, cards).await;
    assert_eq!(message.contacts_array_message.contacts.len(), 2);
    let place = json!({"live_location":{"latitude":1.5,"longitude":2.5,"sequence":3}});
    let message = sent_and_got(&network, &companion, place).await;
    assert_eq!(message.live_location_message.sequence_number, Some(3));
    let pin = json!({"pin":{"message_id":first,"seconds":60}});
    let message = sent_and_got(&network, &companion, pin).await;
    assert_eq!(message.pin_in_chat_message.key.id.as_deref(), Some(first.as_str()));
    let context = &message.message_context_info;
    assert_eq!(context.message_add_on_duration_in_secs, Some(60));
    let message = sent_and_got(&network, &companion, json!({"keep":about()})).await;
    assert_eq!(message.keep_in_chat_message.keep_type, Some(wa::KeepType::KEEP_FOR_ALL));
    let message = sent_and_got(&network, &companion, json!({"disappearing":86400})).await;
    assert_eq!(message.protocol_message.ephemeral_expiration, Some(86400));
    let choice = json!({"list_reply":{"message_id":first,"id":"row1","title":"Red"}});
    let message = sent_and_got(&network, &companion, choice).await;
    let reply = &message.list_response_message;
    assert_eq!(reply.single_select_reply.selected_row_id.as_deref(), Some("row1"));
    assert_eq!(reply.context_info.stanza_id.as_deref(), Some(first.as_str()));
    for (form, field) in [("button_reply", 0), ("template_reply", 1), ("flow_reply", 2)] {
        let body = json!({ form: {"message_id":first,"id":"b1","text":"Yes"} });
        let message = sent_and_got(&network, &companion, body).await;
        let set = [
            message.buttons_response_message.is_set(),
            message.template_button_reply_message.is_set(),
            message.interactive_response_message.is_set(),
        ];
        assert!(set[field], "{form}");
    }
    let message = sent_and_got(&network, &companion, json!({"request_number":true})).await;
    assert!(message.request_phone_number_message.is_set());
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn albums_and_pairs_name_their_heads() {
    use wa::message_association::AssociationType;

    let network = network().await;
    let companion = Companion::linked(&network).await;
    let ids = sends(&network, json!({"album":[image(), image()],"id":"ALBUM"})).await;
    assert_eq!(ids, ["ALBUM", "ALBUM-1", "ALBUM-2"]);
    let head = got(&companion, "ALBUM").await;
    assert_eq!(head.album_message.expected_image_count, Some(2));
    for id in &ids[1..] {
        let child = got(&companion, id).await;
        let association = &child.message_context_info.message_association;
        assert_eq!(association.association_type, Some(AssociationType::MEDIA_ALBUM));
        assert_eq!(association.parent_message_key.id.as_deref(), Some("ALBUM"));
        assert!(child.image_message.is_set());
    }
    let ids = sends(&network, json!({"hd_pair":{"standard":image(),"hd":image()}})).await;
    assert!(got(&companion, &ids[0]).await.image_message.is_set());
    let hd = got(&companion, &ids[1]).await;
    assert!(hd.associated_child_message.message.image_message.is_set());
    let association = &hd.message_context_info.message_association;
    assert_eq!(
        association.association_type,
        Some(AssociationType::HD_IMAGE_DUAL_UPLOAD)
    );
    assert_eq!(association.parent_message_key.id.as_deref(), Some(ids[0].as_str()));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_and_answers_open_with_the_secret_of_what_they_answer() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let options = ["now".to_owned(), "later".to_owned()];
    let polls = companion.client.polls();
    let (poll, secret) = polls.create(Jid::pn(CUSTOMER), "When?", &options, 1).await.unwrap();
    let poll = poll.message_id.to_string();
    inbox_until(&network, CUSTOMER, |message| message.id == poll).await;
    let vote = json!({"vote":{"message_id":poll,"options":["later"]}});
    let message = sent_and_got(&network, &companion, vote).await;
    let vote = &message.poll_update_message.vote;
    let (me, voter) = (Jid::pn(BUSINESS), Jid::pn(CUSTOMER));
    let sealed = PollVoteCiphertext {
        enc_payload: vote.enc_payload.as_deref().unwrap(),
        enc_iv: vote.enc_iv.as_deref().unwrap(),
    };
    let chosen = polls.decrypt_vote(sealed, &secret, &poll, &me, &voter).await.unwrap();
    let hash = whatsapp_rust::wacore::poll::compute_option_hash("later");
    assert_eq!(chosen, [hash.to_vec()]);
    let wrong = json!({"to":BUSINESS,"vote":{"message_id":poll,"options":["never"]}});
    assert_eq!(post(&network, &format!("/phones/{CUSTOMER}/send"), wrong).await.0, 422);

    let params = EventCreationParams {
        name: "Fair".to_owned(),
        ..Default::default()
    };
    let (event, secret) = companion
        .client
        .events()
        .create(Jid::pn(CUSTOMER), params)
        .await
        .unwrap();
    let event = event.message_id.to_string();
    let seen = inbox_until(&network, CUSTOMER, |message| message.id == event).await;
    assert_eq!((seen.kind.as_str(), seen.text.as_deref()), ("event", Some("Fair")));
    let answer = json!({"event_answer":{"message_id":event,"answer":"maybe"}});
    let message = sent_and_got(&network, &companion, answer).await;
    let sealed = &message.enc_event_response_message;
    let opened = whatsapp_rust::wacore::event::decrypt_event_response_with_secret(
        sealed.enc_payload.as_deref().unwrap(),
        sealed.enc_iv.as_deref().unwrap(),
        &secret,
        &event,
        &me.to_string(),
        &voter.to_string(),
    );
    assert_eq!(opened.unwrap().response, Some(EventResponseType::MAYBE));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_opens_the_clients_votes_and_answers() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let ids = sends(
        &network,
        json!({"poll":{"question":"Which?","options":["red","blue"],"choices":0}}),
    )
    .await;
    let poll = got(&companion, &ids[0]).await;
    assert!(poll.poll_creation_message.is_set());
    let secret = poll.message_context_info.message_secret.clone().unwrap();
    let creator = Jid::pn(CUSTOMER);
    let both = ["red".to_owned(), "blue".to_owned()];
    let polls = companion.client.polls();
    polls
        .vote(creator.clone(), &ids[0], &creator, &secret, &both)
        .await
        .unwrap();
    let seen = inbox_until(&network, CUSTOMER, |message| message.kind == "poll_vote").await;
    assert_eq!(seen.text.as_deref(), Some("red, blue"));
    assert_eq!(seen.target.as_deref(), Some(ids[0].as_str()));

    let ids = sends(&network, json!({"event":{"name":"Fair","start":1_800_000_000}})).await;
    let event = got(&companion, &ids[0]).await;
    let secret = event.message_context_info.message_secret.clone().unwrap();
    let events = companion.client.events();
    let going = EventResponseType::GOING;
    events
        .respond(creator.clone(), &ids[0], &creator, &secret, going, None)
        .await
        .unwrap();
    let seen = inbox_until(&network, CUSTOMER, |message| message.kind == "event_answer").await;
    assert_eq!(seen.text.as_deref(), Some("going"));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_edit_opens_at_the_client_and_at_another_phone() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let ids = sends(&network, json!({"text":"before"})).await;
    got(&companion, &ids[0]).await;
    let edit = sends(
        &network,
        json!({"edit":{"message_id":ids[0],"sealed":true},"text":"after"}),
    )
    .await;
    let message = got(&companion, &edit[0]).await;
    assert_eq!(message.protocol_message.edited_message.text_content(), Some("after"));
    let seen = inbox_until(&network, BUSINESS, |message| message.id == edit[0]).await;
    assert_eq!((seen.kind.as_str(), seen.text.as_deref()), ("edit", Some("after")));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_of_any_message_arrive_unchanged() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let invite = wa::Message {
        group_invite_message: buffa::MessageField::some(wa::message::GroupInviteMessage {
            group_name: Some("Team".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let raw = BASE64_STANDARD.encode(waproto::codec::message_to_vec(&invite));
    let message = sent_and_got(&network, &companion, json!({ "raw": raw })).await;
    assert_eq!(message.group_invite_message.group_name.as_deref(), Some("Team"));
    // Field 128, which no library here knows, around an empty message.
    let unknown = BASE64_STANDARD.encode([0x82, 0x08, 0x00]);
    let body = json!({"raw":unknown,"id":"NEW","stanza":{"type":"media","mediatype":"split"}});
    let message = sent_and_got(&network, &companion, body).await;
    assert!(waproto::codec::message_encoded_len(&message) <= 3);
    let broken = json!({"to":BUSINESS,"raw":"/w=="});
    assert_eq!(post(&network, &format!("/phones/{CUSTOMER}/send"), broken).await.0, 422);
    companion.stop().await;
    network.stop().await;
}
