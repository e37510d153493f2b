//! `wamanager demo`: the whole product beside a simulated WhatsApp network, in one process.
//!
//! The network listens on loopback only. No number is linked at first: linking one is the newcomer's first step, and
//! the people of the network begin to write as soon as it is done. Only flags configure a demo: the environment and
//! the files of an installation on the same machine must not point it to that installation's data.

mod company;
mod credentials;
mod dir;
mod sample;
pub(super) mod seeded;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use serde_json::json;
use wa_network::Network as Simulated;

use super::output::Output;
use super::serve::{Signals, open_control};
use super::wire::Answer;
use super::{ConfigFlags, Exit, Failure, VERSION, runtime};
use crate::app::{App, Network, Pages, notify};
use crate::config::{Config, Sources, TEST_NETWORK, options};
use crate::site::accounts::login::DemoAccess;
use crate::site::demo::Stopping;
use crate::site::routes::Demo;
use crate::telemetry;
use company::Company;
use credentials::Credentials;
use dir::DemoDir;

const LISTEN: &str = "127.0.0.1:8088";

pub fn run(flags: &ConfigFlags, output: Output) -> Result<Exit, Failure> {
    let place = DemoDir::of(flags)?;
    let exit = run_in(&place, flags, output);
    place.leave();
    exit
}

fn run_in(place: &DemoDir, flags: &ConfigFlags, output: Output) -> Result<Exit, Failure> {
    let config = Config::load(&sources(flags, place))?;
    telemetry::init(&config.log)?;
    runtime()?.block_on(demo(&config, place, output))
}

/// The flags, and quieter defaults than a server's.
fn sources(flags: &ConfigFlags, place: &DemoDir) -> Sources {
    let mut given = flags.flags.clone();
    given.entry(options::LISTEN).or_insert_with(|| LISTEN.to_owned());
    given.entry(options::LOG_LEVEL).or_insert_with(|| "warn".to_owned());
    given.insert(options::DATA_DIR, place.path().display().to_string());
    Sources {
        flags: given,
        file: flags.file.clone(),
        ..Sources::default()
    }
}

async fn demo(config: &Config, place: &DemoDir, output: Output) -> Result<Exit, Failure> {
    let signals = Signals::take()?;
    let listener = Pages::listen(config.listen)?;
    let credentials = Credentials::of(place.path())?;
    let network = place.start_network(credentials.seed).await?;
    let app = App::open(config, linking(&network, config)).await?;
    let home = sample::prepare(&app.accounts, &credentials).await?;
    sample::on_largest_plan(&app.plans, &home).await?;
    let company = Company::gather(&network, credentials.seed).await?;
    let (stage, stopping) = (company.stage(), Stopping(app.stopping()));
    let access = offered(&credentials, config);
    let pages = app.serve_pages(config, listener, Demo::On, move |services: &mut ServiceConfig| {
        services
            .app_data(Data::new(stage.clone()))
            .app_data(Data::new(stopping.clone()))
            .app_data(Data::new(access.clone()));
    })?;
    open_control(&app, config);
    app.start().await?;
    place.keep_network(&app, &network, company.owner());
    announce(&credentials, &config.base_url(pages.address()), &network, output);
    notify::ready("demo");
    let exit = signals.run_until_stopped(app, pages).await;
    company.leave().await;
    place.save_network(&network).await;
    network.stop().await;
    Ok(exit)
}

/// The login that the log-in page offers: the owner's on this machine, the guest's where strangers may connect.
fn offered(credentials: &Credentials, config: &Config) -> DemoAccess {
    let login = if config.listen.ip().is_loopback() {
        &credentials.admin
    } else {
        &credentials.guest
    };
    DemoAccess {
        email: login.email.clone(),
        password: login.password.clone(),
    }
}

/// A test build pairs on the wire; the default build verifies WhatsApp's certificates there, so it pairs in process.
fn linking(network: &Simulated, config: &Config) -> Network {
    let url = network.ws_url().parse().expect("the network knows its own address");
    if TEST_NETWORK {
        return Network::Server(url);
    }
    Network::Seeded {
        url,
        pairing: Arc::new(seeded::InProcess::new(network.hub(), config.device_name.clone())),
    }
}

fn announce(credentials: &Credentials, url: &url::Url, network: &Simulated, output: Output) {
    let url = url.as_str().trim_end_matches('/');
    let admin = &credentials.admin;
    let ready = json!({
        "url": url,
        "admin": {"email": admin.email, "password": admin.password},
        "network": {"ws": network.ws_url(), "control": network.control_url()},
    });
    let text = {
        let logins = [
            ("owner", admin),
            ("agent", &credentials.agent),
            ("guest", &credentials.guest),
        ]
        .map(|(role, login)| format!("  {role:<6} {:<22} {}\n", login.email, login.password))
        .concat();
        format!(
            "wamanager {VERSION}: the demo is ready.\n\n  Open   {url}\n\n{logins}\n\
             Link a number there: the page shows a QR code, and a button lets a pretend phone scan it.\n\
             Then people write. To be one of them, open {url}/demo/phone in a second window.\n\n\
             The simulated network: {}  (control {})\nCtrl-C ends the demo.",
            network.ws_url(),
            network.control_url()
        )
    };
    output.answer(&Answer::new(&ready, text));
}
