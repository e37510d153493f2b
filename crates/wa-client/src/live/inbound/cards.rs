//! Messages that are shown as cards.

use buffa::MessageField;
use waproto::whatsapp::{self as wa, message as part};

use super::content::lines;
use crate::{Card, Content};

pub(super) fn of(message: &wa::Message) -> Option<Content> {
    let (text, card) = place(message)
        .or_else(|| contacts(message))
        .or_else(|| poll(message))
        .or_else(|| poll_result(message))
        .or_else(|| event(message))
        .or_else(|| album(message))
        .or_else(|| product(message))
        .or_else(|| order(message))
        .or_else(|| invite(message))?;
    Some(Content::Card { text, card })
}

type Found = Option<(Option<String>, Card)>;

fn place(message: &wa::Message) -> Found {
    if let Some(place) = message.location_message.as_option() {
        let name = filled(place.name.as_ref()).or_else(|| filled(place.comment.as_ref()));
        let address = filled(place.address.as_ref());
        let card = Card::Location {
            latitude: place.degrees_latitude.unwrap_or_default(),
            longitude: place.degrees_longitude.unwrap_or_default(),
            address: address.clone(),
            url: filled(place.url.as_ref()),
        };
        return Some((name.or(address), card));
    }
    let place = message.live_location_message.as_option()?;
    let card = Card::LiveLocation {
        latitude: place.degrees_latitude.unwrap_or_default(),
        longitude: place.degrees_longitude.unwrap_or_default(),
        sequence: place.sequence_number.unwrap_or(0),
    };
    Some((filled(place.caption.as_ref()), card))
}

fn contacts(message: &wa::Message) -> Found {
    let one = message.contact_message.as_option().into_iter();
    let many = message.contacts_array_message.as_option();
    let several = many.into_iter().flat_map(|array| &array.contacts);
    let contacts: Vec<&part::ContactMessage> = one.chain(several).collect();
    if contacts.is_empty() && many.is_none() {
        return None;
    }
    let names: Vec<String> = contacts.iter().filter_map(|contact| name(contact)).collect();
    let cards: Vec<&str> = contacts.iter().filter_map(|contact| contact.vcard.as_deref()).collect();
    // A vCard file may contain several cards, so several contacts are still one content.
    let vcard = cards.join("\n");
    let text = if names.is_empty() {
        many.and_then(|array| filled(array.display_name.as_ref()))
    } else {
        Some(names.join(", "))
    };
    Some((text, Card::Contact { vcard }))
}

fn name(contact: &part::ContactMessage) -> Option<String> {
    filled(contact.display_name.as_ref()).or_else(|| formatted_name(contact.vcard.as_deref()?))
}

/// The value of a vCard's FN line, which may have parameters: `FN;CHARSET=UTF-8:Ana`.
fn formatted_name(vcard: &str) -> Option<String> {
    vcard.lines().find_map(|line| {
        let (property, value) = line.split_once(':')?;
        let property = property.split(';').next()?.rsplit('.').next()?;
        let value = value.trim();
        (property.eq_ignore_ascii_case("FN") && !value.is_empty()).then(|| value.to_owned())
    })
}

fn poll(message: &wa::Message) -> Found {
    let versions = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
        &message.poll_creation_message_v5,
        &message.poll_creation_message_v6,
    ];
    let poll = versions.into_iter().find_map(MessageField::as_option)?;
    let is_quiz = poll.poll_type == Some(part::PollType::QUIZ) || poll.correct_answer.is_set();
    let right = poll
        .correct_answer
        .as_option()
        .and_then(|answer| answer.option_name.clone());
    let card = Card::Poll {
        options: poll
            .options
            .iter()
            .filter_map(|option| option.option_name.clone())
            .collect(),
        choices: poll.selectable_options_count.unwrap_or(0),
        quiz: is_quiz.then(|| right.unwrap_or_default()),
    };
    Some((Some(poll.name.clone().unwrap_or_default()), card))
}

fn poll_result(message: &wa::Message) -> Found {
    let result = message
        .poll_result_snapshot_message
        .as_option()
        .or(message.poll_result_snapshot_message_v3.as_option())?;
    let votes = result.poll_votes.iter().map(|votes| {
        let count = votes.option_vote_count.unwrap_or(0);
        (
            votes.option_name.clone().unwrap_or_default(),
            u64::try_from(count).unwrap_or(0),
        )
    });
    let options = votes.collect();
    Some((filled(result.name.as_ref()), Card::PollResult { options }))
}

fn event(message: &wa::Message) -> Found {
    if let Some(event) = message.event_message.as_option() {
        let place = event.location.as_option().and_then(|place| {
            let name = filled(place.name.as_ref());
            lines([name.as_ref(), place.address.as_ref()])
        });
        let card = Card::Event {
            starts_at: event.start_time.map(seconds),
            ends_at: event.end_time.map(seconds),
            description: filled(event.description.as_ref()),
            place,
            link: filled(event.join_link.as_ref()),
            cancelled: event.is_canceled == Some(true),
        };
        return Some((filled(event.name.as_ref()), card));
    }
    let invite = message.event_invite_message.as_option()?;
    let card = Card::Event {
        starts_at: invite.start_time.map(seconds),
        ends_at: invite.end_time.map(seconds),
        description: filled(invite.caption.as_ref()),
        place: None,
        link: filled(invite.call_link.as_ref()),
        cancelled: invite.is_canceled == Some(true),
    };
    Some((filled(invite.event_title.as_ref()), card))
}

fn album(message: &wa::Message) -> Found {
    let album = message.album_message.as_option()?;
    let card = Card::Album {
        images: album.expected_image_count.unwrap_or(0),
        videos: album.expected_video_count.unwrap_or(0),
    };
    Some((None, card))
}

fn product(message: &wa::Message) -> Found {
    if let Some(catalogue) = message.list_message.as_option()
        && let Some(products) = catalogue.product_list_info.as_option()
    {
        let header = products.header_image.as_option();
        let card = Card::Product {
            price: None,
            description: filled(catalogue.description.as_ref()),
            url: None,
            thumbnail: header.and_then(|header| header.jpeg_thumbnail.clone()),
        };
        return Some((filled(catalogue.title.as_ref()), card));
    }
    let message = message.product_message.as_option()?;
    let body = message.body.as_ref();
    if let Some(product) = message.product.as_option() {
        let picture = product.product_image.as_option();
        let amount = product.sale_price_amount1000.filter(|amount| *amount > 0);
        let card = Card::Product {
            price: price(amount.or(product.price_amount1000), product.currency_code.as_ref()),
            description: filled(product.description.as_ref()),
            url: filled(product.url.as_ref()),
            thumbnail: picture.and_then(|picture| picture.jpeg_thumbnail.clone()),
        };
        return Some((lines([product.title.as_ref(), body]), card));
    }
    let catalogue = message.catalog.as_option();
    let picture = catalogue.and_then(|catalogue| catalogue.catalog_image.as_option());
    let card = Card::Product {
        price: None,
        description: filled(catalogue.and_then(|catalogue| catalogue.description.as_ref())),
        url: None,
        thumbnail: picture.and_then(|picture| picture.jpeg_thumbnail.clone()),
    };
    let title = catalogue.and_then(|catalogue| catalogue.title.as_ref());
    Some((lines([title, body]), card))
}

fn order(message: &wa::Message) -> Found {
    let order = message.order_message.as_option()?;
    let card = Card::Order {
        items: order.item_count.and_then(|count| u32::try_from(count).ok()),
        total: price(order.total_amount1000, order.total_currency_code.as_ref()),
        thumbnail: order.thumbnail.clone(),
    };
    Some((lines([order.order_title.as_ref(), order.message.as_ref()]), card))
}

fn price(amount: Option<i64>, currency: Option<&String>) -> Option<(i64, String)> {
    Some((amount?, filled(currency)?))
}

fn invite(message: &wa::Message) -> Found {
    let (channel, name, caption, expires_at) = if let Some(group) = message.group_invite_message.as_option() {
        (false, &group.group_name, &group.caption, group.invite_expiration)
    } else if let Some(channel) = message.newsletter_admin_invite_message.as_option() {
        let expires_at = channel.invite_expiration;
        (true, &channel.newsletter_name, &channel.caption, expires_at)
    } else {
        let channel = message.newsletter_follower_invite_message_v2.as_option()?;
        (true, &channel.newsletter_name, &channel.caption, None)
    };
    let name = filled(name.as_ref());
    let card = Card::Invite {
        channel,
        name: name.clone(),
        expires_at: expires_at.filter(|at| *at > 0).map(seconds),
    };
    Some((filled(caption.as_ref()).or(name), card))
}

/// Some clients write milliseconds where WhatsApp writes seconds.
fn seconds(time: i64) -> i64 {
    /// The year 5138 in seconds, 1973 in milliseconds.
    const FAR: i64 = 100_000_000_000;
    if time.abs() >= FAR { time / 1000 } else { time }
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}
