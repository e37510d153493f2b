//! Responses: JSON with an ETag, only the requested fields, and 304 when the caller has it already.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::page::{Page, bad_parameter};
use crate::i18n::Text;
use crate::mail::Mailer;
use crate::web::auth::visit_of;
use crate::web::frame::reader_of;
use crate::web::problem::Problem;

/// 200 with one object; the caller may choose `fields` of it.
pub fn one<T: Serialize + ToSchema>(request: &HttpRequest, value: &T) -> Result<HttpResponse, Problem> {
    let mut json = to_json(value)?;
    if let Some(wanted) = wanted_fields::<T>(request)? {
        keep(&mut json, &wanted);
    }
    Ok(tagged(request, &json))
}

/// 200 with a page of a list; the caller may choose `fields` of its rows.
pub fn page<T: Serialize + ToSchema>(request: &HttpRequest, page: &Page<T>) -> Result<HttpResponse, Problem> {
    let mut json = to_json(page)?;
    if let Some(wanted) = wanted_fields::<T>(request)? {
        let rows = json.get_mut("data").and_then(Value::as_array_mut);
        rows.into_iter().flatten().for_each(|row| keep(row, &wanted));
    }
    Ok(tagged(request, &json))
}

/// 200 after a change, or with a secret that is shown once: no ETag, not cacheable.
pub fn done<T: Serialize>(value: &T) -> Result<HttpResponse, Problem> {
    Ok(untagged(StatusCode::OK, &to_json(value)?))
}

/// 201 with the new object and its address.
pub fn created<T: Serialize>(path: &str, value: &T) -> Result<HttpResponse, Problem> {
    let mut response = untagged(StatusCode::CREATED, &to_json(value)?);
    if let Ok(location) = path.parse() {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// 202: the rest happens elsewhere, usually in somebody's mailbox.
pub fn accepted<T: Serialize>(value: &T) -> Result<HttpResponse, Problem> {
    Ok(untagged(StatusCode::ACCEPTED, &to_json(value)?))
}

/// 204.
#[must_use]
pub fn empty() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

fn to_json<T: Serialize>(value: &T) -> Result<Value, Problem> {
    serde_json::to_value(value).map_err(Problem::internal)
}

fn untagged(status: StatusCode, json: &Value) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(json.to_string())
}

fn tagged(request: &HttpRequest, json: &Value) -> HttpResponse {
    let body = json.to_string();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(body.as_bytes())[..16]));
    let mut response = if has_already(request, &tag) {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(body)
    };
    let headers = response.headers_mut();
    let mut set = |name, value: &str| {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    };
    set(ETAG, &tag);
    // A cache revalidates it with every request.
    set(CACHE_CONTROL, "private, no-cache");
    set(VARY, "Authorization, X-API-Key, X-Workspace");
    response
}

fn has_already(request: &HttpRequest, tag: &str) -> bool {
    let values = request.headers().get_all(IF_NONE_MATCH);
    values.filter_map(|value| value.to_str().ok()).any(|value| {
        // A proxy that compresses may have weakened the tag; for reading that makes no difference.
        let mut tags = value.split(',').map(|one| one.trim().trim_start_matches("W/"));
        tags.any(|one| one == "*" || one == tag)
    })
}

fn keep(value: &mut Value, wanted: &BTreeSet<String>) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| wanted.contains(name));
    }
}

/// The value of `fields=`, checked against the schema of `T`.
fn wanted_fields<T: ToSchema>(request: &HttpRequest) -> Result<Option<BTreeSet<String>>, Problem> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let asked: Vec<String> = query
        .filter(|(name, _)| name == "fields")
        .flat_map(|(_, value)| value.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>())
        .collect();
    if asked.is_empty() {
        return Ok(None);
    }
    let known = fields_of::<T>();
    if let Some(unknown) = asked.iter().find(|name| !known.contains(*name)) {
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        let shown: String = unknown.chars().filter(|c| !c.is_control()).take(40).collect();
        let message = Text::new("api-no-such-field")
            .with("field", shown)
            .with("known", known.join(", "));
        return Err(bad_parameter().wrong("fields", message));
    }
    Ok(Some(asked.into_iter().collect()))
}

fn fields_of<T: ToSchema>() -> BTreeSet<String> {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object.properties.into_keys().collect(),
        _ => BTreeSet::new(),
    }
}

/// What happens next happens in a mailbox.
#[derive(Serialize, ToSchema)]
pub struct MailSent {
    #[schema(example = "We have sent you an email.")]
    pub message: String,
}

impl MailSent {
    /// `sent` is true only of an installation with a mail server.
    pub(crate) fn new(request: &HttpRequest, mailer: &Mailer, sent: &Text) -> Self {
        let (t, kept) = (reader_of(visit_of(request).as_ref()), Text::new("api-mail-kept"));
        Self {
            message: t.text(if mailer.server().is_some() { sent } else { &kept }),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    #[derive(Serialize, ToSchema)]
    struct Thing {
        id: u32,
        name: Option<String>,
    }

    const THING: Thing = Thing { id: 1, name: None };

    #[actix_web::test]
    async fn fields_are_chosen_and_an_unknown_one_is_refused() {
        let request = TestRequest::with_uri("/v1/x?fields=id").to_http_request();
        let body = to_bytes(one(&request, &THING).unwrap().into_body()).await.unwrap();
        assert_eq!(&body[..], b"{\"id\":1}");
        let rows = Page {
            data: vec![THING, THING],
            next_cursor: None,
        };
        let request = TestRequest::with_uri("/v1/x?fields=name,id&fields=id").to_http_request();
        let body = to_bytes(page(&request, &rows).unwrap().into_body()).await.unwrap();
        let row = "{\"id\":1,\"name\":null}";
        assert_eq!(body, format!("{{\"data\":[{row},{row}],\"next_cursor\":null}}"));
        for bad in ["fields=colour", "fields=", "fields=id,,name"] {
            let request = TestRequest::with_uri(&format!("/v1/x?{bad}")).to_http_request();
            assert_eq!(one(&request, &THING).unwrap_err().code, "bad-parameter", "{bad}");
        }
    }

    #[test]
    fn a_matching_etag_gets_no_body_until_the_value_changes() {
        let first = one(&TestRequest::get().to_http_request(), &THING).unwrap();
        let tag = first.headers().get(ETAG).unwrap().to_str().unwrap().to_owned();
        assert!(tag.starts_with('"'));
        for (sent, status) in [
            (tag.clone(), 304),
            (format!("\"other\", W/{tag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
        ] {
            let request = TestRequest::get()
                .insert_header((IF_NONE_MATCH, sent.clone()))
                .to_http_request();
            assert_eq!(one(&request, &THING).unwrap().status(), status, "{sent}");
        }
    }
}
