//! `Idempotency-Key`: a request that is sent twice is carried out once.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpRequest, HttpResponse};

use crate::access::{Access, Answer, Claim, ReplayRequest};
use crate::i18n::Text;
use crate::web::auth::provided;
use crate::web::problem::{self, Problem};

const HEADER: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_KEY: usize = 255;

/// Calls the handler, unless a response is stored for this caller's key.
pub(super) async fn run<B: MessageBody + 'static>(
    caller: String,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    if req.method() != Method::POST || !req.headers().contains_key(HEADER) || is_upload(&req) {
        return Ok(next.call(req).await?.map_into_boxed_body());
    }
    let (access, request, claim) = match claim(caller, &mut req).await {
        Ok(claimed) => claimed,
        Err(problem) => return Ok(refused(req, &problem)),
    };
    match claim {
        Claim::First => {
            let ran = async move { first(&access, &request, req, next).await };
            // A separate task: a caller who disconnects ends this future, but the change may be made by then, and its
            // response must be stored for the retry.
            actix_web::rt::spawn(ran)
                .await
                .unwrap_or_else(|error| Err(actix_web::error::ErrorInternalServerError(error)))
        }
        Claim::Again(answer) => {
            let again = replay(req.request(), answer);
            Ok(req.into_response(again))
        }
        Claim::InFlight => {
            let detail = Text::new("api-in-flight");
            let problem = Problem::new(StatusCode::CONFLICT, "idempotency-in-flight", detail);
            let problem = problem.again_after(std::time::Duration::from_secs(1));
            Ok(refused(req, &problem))
        }
        Claim::Mismatch => {
            let detail = Text::new("api-key-reused");
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-mismatch", detail);
            Ok(refused(req, &problem))
        }
    }
}

/// A file is known by its content: sent again, it is the same one already.
fn is_upload(req: &ServiceRequest) -> bool {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/"))
}

async fn claim(caller: String, req: &mut ServiceRequest) -> Result<(Access, ReplayRequest, Claim), Problem> {
    let key = req
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = Text::new("api-header-shape").number("most", MAX_KEY as u64);
        let problem = Problem {
            code: "bad-parameter",
            ..Problem::bad_request(Text::new("api-bad-header"))
        };
        return Err(problem.wrong("Idempotency-Key", message));
    }
    let key = key.to_owned();
    let body = req.extract::<Bytes>().await.map_err(|_| Problem::too_large())?;
    req.set_payload(Payload::from(body.clone()));
    let request = ReplayRequest {
        caller,
        key,
        target: format!("{} {}", req.method(), req.path()),
        body: body.to_vec(),
    };
    let access = provided::<Access>(req.request(), "access")?;
    let claim = access.claim(&request).await?;
    Ok((access, request, claim))
}

/// Runs the request. A successful response is stored; a refused request changed nothing, so it may be retried.
async fn first<B: MessageBody + 'static>(
    access: &Access,
    request: &ReplayRequest,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let response = match next.call(req).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => {
            log_unkept(access.release(request).await);
            return Err(error);
        }
    };
    if !response.status().is_success() || problem::is_problem(response.response()) {
        log_unkept(access.release(request).await);
        return Ok(response);
    }
    let (http, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = to_bytes(body)
        .await
        .map_err(actix_web::error::ErrorInternalServerError)?;
    let answer = Answer {
        status: response.status().as_u16(),
        body: body.to_vec(),
    };
    log_unkept(access.keep(request, answer).await);
    Ok(ServiceResponse::new(http, response.set_body(BoxBody::new(body))))
}

/// The change is made and its response is being sent; a failure to store it is only logged.
fn log_unkept(kept: Result<(), crate::access::AccessError>) {
    if let Err(error) = kept {
        tracing::error!(%error, "the response to an idempotent request could not be stored");
    }
}

fn replay(_: &HttpRequest, answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REPLAYED, HeaderValue::from_static("true")));
    if answer.body.is_empty() {
        return response.finish();
    }
    response
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(answer.body)
}

fn refused(req: ServiceRequest, problem: &Problem) -> ServiceResponse {
    let response = problem::response_for(req.path(), problem);
    req.into_response(response)
}
