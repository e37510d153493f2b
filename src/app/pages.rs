//! The web server as one of the program's parts.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{Data, ServiceConfig};
use tokio::sync::oneshot;

use super::frame::Frame;
use super::{App, StartError};
use crate::config::Config;
use crate::site::admin::health::Health;
use crate::site::chats::live::ChatsLive;
use crate::site::routes::Demo;
use crate::site::server;
use crate::site::sessions::live::SessionsLive;
use crate::web::api::cors::Origins;
use crate::web::api::limit::RateLimit;
use crate::web::client_ip::TrustedProxies;
use crate::web::frame;
use crate::web::health::Readiness;
use crate::web::https::PublicUrl;
use crate::web::security::Transport;
use crate::web::sse::LiveRooms;

/// How long requests in progress may take once the program stops; within the browsers' quarter of the budget.
const GRACE: Duration = Duration::from_secs(3);

/// The running web server.
pub struct Pages {
    handle: ServerHandle,
    ended: oneshot::Receiver<()>,
    address: SocketAddr,
}

impl Pages {
    /// Binds the port; browsers that connect before the server runs wait in its queue.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
        TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nothing more, lets requests in progress finish, and returns when the workers have ended.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        // An error means that the server had already ended.
        let _ = self.ended.await;
    }
}

impl App {
    /// Serves the pages on `listener`. `extra` adds services of the demo.
    pub fn serve_pages<F>(
        &self,
        config: &Config,
        listener: TcpListener,
        demo: Demo,
        extra: F,
    ) -> Result<Pages, StartError>
    where
        F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
    {
        let unusable = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let address = listener.local_addr().map_err(unusable)?;
        let transport = if config.secure_cookies() {
            Transport::Https
        } else {
            Transport::Http
        };
        let options = server::Options {
            listener,
            workers: config.workers,
            transport,
            https: config.https_url().map(PublicUrl),
            demo,
            trusted_proxies: TrustedProxies::new(&config.trusted_proxies),
            origins: Origins(config.cors_origins.clone()),
            stopping: self.stopping(),
            grace: GRACE,
        };
        self.mail.reached_at(config.base_url(address));
        let app = self.clone();
        let rate_limit = RateLimit::new(config.rate_limit, self.clock.clone());
        let provide = move |services: &mut ServiceConfig| {
            app.provide(services, demo, &rate_limit);
            extra(services);
        };
        let server = server::start(options, provide).map_err(unusable)?;
        let handle = server.handle();
        let (end, ended) = oneshot::channel();
        self.spawn("web server", async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the web server ended");
            }
            let _ = end.send(());
        });
        Ok(Pages { handle, ended, address })
    }

    /// Each service as its own `Data`, so that a handler's signature shows what it uses.
    fn provide(&self, services: &mut ServiceConfig, demo: Demo, rate_limit: &RateLimit) {
        let readiness: Readiness = Arc::new(self.clone());
        let health: Health = Arc::new(self.clone());
        let frame: frame::Frame = Arc::new(Frame {
            app: self.clone(),
            demo,
        });
        services
            .app_data(Data::new(self.accounts.clone()))
            .app_data(Data::new(self.access.clone()))
            .app_data(Data::new(rate_limit.clone()))
            .app_data(Data::new(self.audit.clone()))
            .app_data(Data::new(self.billing.clone()))
            .app_data(Data::new(self.sessions.clone()))
            .app_data(Data::new(self.contacts.clone()))
            .app_data(Data::new(self.chats.clone()))
            .app_data(Data::new(self.handling.clone()))
            .app_data(Data::new(self.groups.clone()))
            .app_data(Data::new(self.outbox.clone()))
            .app_data(Data::new(self.scheduler.clone()))
            .app_data(Data::new(self.plans.clone()))
            .app_data(Data::new(self.jobs.clone()))
            .app_data(Data::new(self.mail.clone()))
            .app_data(Data::new(self.media.clone()))
            .app_data(Data::new(self.files.clone()))
            .app_data(Data::new(self.exports.clone()))
            .app_data(Data::new(self.team.clone()))
            .app_data(Data::new(self.clock.clone()))
            .app_data(Data::new(self.db.clone()))
            .app_data(Data::new(self.bus.clone()))
            .app_data(Data::new(self.live_rooms()))
            .app_data(Data::new(readiness))
            .app_data(Data::new(health))
            .app_data(Data::new(frame));
    }

    /// The rooms whose events update open pages.
    fn live_rooms(&self) -> LiveRooms {
        LiveRooms(vec![
            Arc::new(ChatsLive::new(
                self.chats.clone(),
                self.handling.clone(),
                self.scheduler.clone(),
                self.clock.clone(),
            )),
            Arc::new(SessionsLive::new(self.sessions.clone())),
        ])
    }
}
