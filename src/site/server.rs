//! The HTTP server: listener, workers, middleware and shutdown.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error, HttpMessage as _, HttpRequest, HttpServer};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::i18n::Text;
use crate::site::routes::{self, Demo};
use crate::web::api::cors::Origins;
use crate::web::client_ip::TrustedProxies;
use crate::web::https::PublicUrl;
use crate::web::problem::{self, Problem, RequestId, extractor_error};
use crate::web::security::{self, Transport};
use crate::web::{body_timeout, compress, errors, flash, htmx, sse};

/// Limit for forms and JSON; media is uploaded differently.
const BODY_LIMIT: usize = 256 * 1024;

/// Timeout for the head of a request, from its first byte.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Longer than the minute of common proxies, so that a proxy never sends into a connection that just closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The server's options, besides the services.
pub struct Options {
    /// Bound already, so that a port in use is reported before anything else starts.
    pub listener: TcpListener,
    pub workers: usize,
    /// From the scheme of the public address.
    pub transport: Transport,
    /// The public address, if it is https.
    pub https: Option<PublicUrl>,
    pub demo: Demo,
    /// Proxies whose client addresses are trusted.
    pub trusted_proxies: TrustedProxies,
    /// Other sites whose pages may call the API.
    pub origins: Origins,
    /// Cancelled when the program begins to stop: live streams send `bye` and end.
    pub stopping: CancellationToken,
    /// How long requests in progress may take after [`actix_web::dev::ServerHandle::stop`].
    pub grace: Duration,
}

/// Builds the server; the caller awaits it, stops it by its handle and handles signals.
///
/// `provide` registers each service as its own `Data<T>`; it is called once per worker.
pub fn start<F>(options: Options, provide: F) -> io::Result<Server>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let Options {
        listener,
        workers,
        transport,
        https,
        demo,
        trusted_proxies,
        origins,
        stopping,
        grace,
    } = options;
    let trusted = Data::new(trusted_proxies);
    let streams = Data::new(sse::Streams::new(stopping));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::new(transport))
            .app_data(Data::new(https.clone()))
            .app_data(trusted.clone())
            .app_data(streams.clone())
            .configure(extractors)
            .configure(provide.clone())
            .configure(|config| routes::register(config, demo, &origins))
            .default_service(web::to(errors::not_found))
            // The last one is the outermost.
            .wrap(from_fn(|req: ServiceRequest, next| {
                body_timeout::limit_bodies(body_timeout::time_for(req.headers()), req, next)
            }))
            .wrap(from_fn(body_timeout::refuse_encoded))
            .wrap(from_fn(problem::present))
            .wrap(from_fn(htmx::keep_address))
            .wrap(from_fn(flash::forget))
            .wrap(from_fn(end_for_head))
            .wrap(from_fn(compress::compress))
            .wrap(from_fn(move |req, next| security::add_headers(transport, req, next)))
            .wrap(from_fn(trace))
    });
    let seconds = grace.as_secs();
    Ok(server
        .workers(workers.max(1))
        .disable_signals()
        .shutdown_timeout(seconds)
        .client_request_timeout(HEADER_TIME)
        .keep_alive(KEEP_ALIVE)
        .on_connect(|connection, _| {
            // Head and body are written apart: with Nagle's algorithm the second write would wait for the client's
            // delayed acknowledgement of the first, 40 ms on a connection that is kept open.
            if let Some(stream) = connection.downcast_ref::<TcpStream>() {
                let _ = stream.set_nodelay(true);
            }
        })
        .listen(listener)?
        .run())
}

/// Limits, and problems instead of actix's plain-text errors.
fn extractors(config: &mut ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(BODY_LIMIT))
        .app_data(
            web::FormConfig::default()
                .limit(BODY_LIMIT)
                .error_handler(|error, req| {
                    use actix_web::error::UrlencodedError::{Overflow, Payload};
                    let fault = match &error {
                        Overflow { .. } => Fault::TooLarge,
                        Payload(inner) if body_timeout::is_timeout(inner) => Fault::TooSlow,
                        _ => Fault::Unreadable,
                    };
                    bad_body(fault, Text::new("problem-bad-form"), &error, req)
                }),
        )
        .app_data(
            web::JsonConfig::default()
                .limit(BODY_LIMIT)
                .error_handler(|error, req| {
                    use actix_web::error::JsonPayloadError::{Overflow, OverflowKnownLength, Payload};
                    let fault = match &error {
                        Overflow { .. } | OverflowKnownLength { .. } => Fault::TooLarge,
                        Payload(inner) if body_timeout::is_timeout(inner) => Fault::TooSlow,
                        _ => Fault::Unreadable,
                    };
                    bad_body(fault, Text::new("problem-bad-json"), &error, req)
                }),
        )
        // A malformed id is treated like an id that does not exist.
        .app_data(web::PathConfig::default().error_handler(|_, req| extractor_error(Problem::not_found(), req)))
        .app_data(
            web::QueryConfig::default()
                .error_handler(|error, req| bad_body(Fault::Unreadable, Text::new("problem-bad-address"), &error, req)),
        );
}

/// An invalid body.
enum Fault {
    TooLarge,
    TooSlow,
    Unreadable,
}

/// The library's words are for the log: they name types and fields that no page shows.
fn bad_body(fault: Fault, unreadable: Text, error: &dyn std::error::Error, req: &HttpRequest) -> Error {
    tracing::debug!(%error, "a request could not be read");
    let problem = match fault {
        Fault::TooLarge => Problem::too_large(),
        Fault::TooSlow => Problem::too_slow(),
        Fault::Unreadable => Problem::bad_request(unreadable),
    };
    extractor_error(problem, req)
}

/// Middleware: HEAD is answered like GET, and actix leaves the body out; but a live stream would never
/// end.
async fn end_for_head(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let head = req.method() == Method::HEAD;
    let response = next.call(req).await?;
    if head && response.response().body().size() == BodySize::Stream {
        return Ok(response.map_body(|_, _| BoxBody::new(())));
    }
    Ok(response.map_into_boxed_body())
}

/// Middleware: a span per request, named by the pattern of its route, since the path may contain ids.
async fn trace<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let id = crate::ids::PublicId::new("req").to_string();
    let route = req.match_pattern().unwrap_or_else(|| "-".to_owned());
    let span = tracing::info_span!("http", method = %req.method(), route, request = id);
    let header = HeaderValue::from_str(&id).ok();
    req.extensions_mut().insert(RequestId(id));
    async move {
        let began = tokio::time::Instant::now();
        let mut response = next.call(req).await?;
        if let Some(header) = header {
            response
                .headers_mut()
                .insert(HeaderName::from_static("x-request-id"), header);
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(status = response.status().as_u16(), took_ms, "answered");
        Ok(response)
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use actix_web::dev::Payload;
    use actix_web::http::StatusCode;
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    use super::*;

    type Fields = HashMap<String, String>;

    #[actix_web::test]
    async fn a_body_that_never_arrives_times_out() {
        let app = init_service(
            App::new()
                .configure(extractors)
                .route("/v1/form", web::post().to(async |_: web::Form<Fields>| "read"))
                .route("/v1/json", web::post().to(async |_: web::Json<Fields>| "read"))
                .wrap(from_fn(|req, next| {
                    body_timeout::limit_bodies(Duration::ZERO, req, next)
                }))
                .wrap(from_fn(problem::present)),
        )
        .await;
        for (path, kind) in [
            ("/v1/form", "application/x-www-form-urlencoded"),
            ("/v1/json", "application/json"),
        ] {
            let request = TestRequest::post().uri(path).insert_header((CONTENT_TYPE, kind));
            let never: Payload = Payload::Stream {
                payload: Box::pin(futures_util::stream::pending()),
            };
            let (request, _) = request.to_request().replace_payload(never);
            let reply = call_service(&app, request).await;
            assert_eq!(reply.status(), StatusCode::REQUEST_TIMEOUT, "{path}");
            let body = read_body(reply).await;
            assert!(String::from_utf8_lossy(&body).contains("too-slow"), "{body:?}");
        }
    }
}
