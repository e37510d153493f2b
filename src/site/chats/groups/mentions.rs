//! Members under the composer, while somebody types `@` and the start of a name.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::accounts::Scope;
use crate::chats::Groups;
use crate::i18n::phone;
use crate::ids::PublicId;
use crate::web::layout::Avatar;
use crate::web::problem::PageError;
use crate::web::render_mode::html;

/// As many as a list under a field shows.
const OFFERED: usize = 8;

#[derive(Template)]
#[template(path = "chats/_mentions.html")]
struct Mentions {
    members: Vec<Offered>,
}

struct Offered {
    /// What follows the sign.
    word: String,
    avatar: Avatar,
    phone: Option<String>,
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// `GET /chats/{chat}/mentions?q=…`.
pub async fn offer(
    scope: Scope,
    id: Path<PublicId>,
    typed: Query<Typed>,
    groups: Data<Groups>,
) -> Result<HttpResponse, PageError> {
    let found = groups.mentionable(scope, &id, &typed.q, OFFERED).await?;
    let members = found.into_iter().map(|(word, member)| Offered {
        avatar: Avatar::of(&member.address.to_string(), &word),
        phone: member.person.phone.as_deref().map(phone).filter(|phone| *phone != word),
        word,
    });
    let mentions = Mentions {
        members: members.collect(),
    };
    Ok(html(StatusCode::OK, &mentions))
}
