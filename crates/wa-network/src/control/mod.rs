//! The control API: the HTTP calls by which tests and demos drive the network.
//!
//! Paths, bodies and statuses are a contract (docs/simulated-network.md) that is only added to, since programs outside
//! this repository use them. Every error is `application/problem+json` and says what to do next. It listens on loopback only and has no
//! authentication: every client has full access.

mod calls;
mod groups;
mod phones;
mod problem;
mod send;

use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};

use crate::network::Network;

/// Media travels as base64 in JSON.
const LARGEST_BODY: usize = 96 * 1024 * 1024;

/// A running control API.
pub struct ControlServer {
    handle: ServerHandle,
}

/// Serves on a bound listener until it is stopped. Call it within a tokio runtime.
pub fn serve(network: Network, listener: TcpListener) -> std::io::Result<ControlServer> {
    let data = web::Data::new(network);
    let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(routes))
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(ControlServer { handle })
}

impl ControlServer {
    /// Finishes running calls and closes the port.
    pub async fn stop(self) {
        self.handle.stop(true).await;
    }
}

fn routes(config: &mut web::ServiceConfig) {
    // Some clients omit the content type, so the body decides.
    let json = web::JsonConfig::default()
        .limit(LARGEST_BODY)
        .content_type_required(false)
        .content_type(|_| true)
        .error_handler(problem::bad_body);
    config
        .app_data(json)
        .app_data(web::QueryConfig::default().error_handler(problem::bad_query))
        .app_data(web::PathConfig::default().error_handler(problem::bad_path))
        .route("/trust", web::get().to(calls::trust))
        .route("/groups", web::post().to(groups::create))
        .route("/groups/{jid}", web::get().to(groups::show))
        .route("/groups/{jid}/{what}", web::post().to(groups::change))
        .route("/faults", web::post().to(calls::add_fault))
        .route("/faults", web::delete().to(calls::clear_faults))
        .route("/settings", web::post().to(calls::settings))
        .route("/stats", web::get().to(calls::stats))
        .route("/reset", web::post().to(calls::reset))
        .route("/phones", web::post().to(phones::create))
        .route("/phones", web::get().to(phones::list))
        .route("/phones/{number}/scan", web::post().to(phones::scan))
        .route("/phones/{number}/pairing-code", web::post().to(phones::pairing_code))
        .route("/phones/{number}/passkey", web::post().to(phones::passkey))
        .route("/phones/{number}/passkey/tap", web::post().to(phones::passkey_tap))
        .route("/phones/{number}/passkey", web::get().to(phones::passkey_code))
        .route("/phones/{number}/unlink", web::post().to(phones::unlink))
        .route("/phones/{number}/devices", web::post().to(phones::add_device))
        .route("/phones/{number}/send", web::post().to(send::send))
        .route("/phones/{number}/read", web::post().to(phones::read))
        .route("/phones/{number}/contacts", web::post().to(phones::add_contact))
        .route("/phones/{number}/picture", web::post().to(phones::picture))
        .route("/phones/{number}/visibility", web::post().to(phones::visibility))
        .route("/phones/{number}/lid", web::post().to(phones::change_lid))
        .route("/phones/{number}/inbox", web::get().to(phones::inbox))
        .route("/phones/{number}/receipts", web::post().to(phones::receipts))
        .route("/phones/{number}/history", web::post().to(phones::history))
        .route("/phones/{number}/past", web::post().to(phones::past))
        .route("/phones/{number}/typing", web::post().to(phones::typing))
        .route("/phones/{number}/call", web::post().to(phones::call))
        .route("/phones/{number}/hang-up", web::post().to(phones::hang_up))
        .route("/phones/{number}/calls", web::get().to(phones::calls))
        .route("/phones/{number}/online", web::post().to(phones::online))
        .default_service(web::to(problem::no_such_call));
}
