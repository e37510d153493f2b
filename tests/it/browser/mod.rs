//! The pages in a real browser, over the whole program and the simulated network.

mod demo;
mod forms;
mod frame;
mod groups;
mod handling;
mod inbox;
mod kinds;
mod notices;
mod numbers;
mod pages;
mod places;
mod reach;
mod reference;
mod scheduling;
mod sharing;
mod team;
mod undoing;
mod voice;
mod writing;

use std::net::{SocketAddr, TcpListener};

use actix_web::web::Data;
use serde_json::json;
use wa_network::phone::NewPhone;
use wamanager::app::Pages;
use wamanager::demo::Stage;
use wamanager::ids::PublicId;
use wamanager::site::demo::Stopping;
use wamanager::site::routes::Demo;

use crate::support::chrome::{Chrome, ENTER, Look};
use crate::support::{PASSWORD, World};

const EMAIL: &str = "ines@example.com";
const SHOP: &str = "351910000100";
const ANA: &str = "351911111101";
const BEN: &str = "351911111102";

/// The program and its pages.
struct Site {
    world: World,
    pages: Option<Pages>,
    address: SocketAddr,
}

impl Site {
    async fn open() -> Self {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut site = Self {
            world,
            pages: None,
            address,
        };
        site.serve(listener);
        site
    }

    /// With a linked number, and two people who can write to it.
    async fn linked() -> (Self, PublicId) {
        let site = Self::open().await;
        let session = site.world.link(SHOP).await;
        site.world.phone(ANA, "Ana Nunes");
        site.world.phone(BEN, "Ben Okri");
        (site, session)
    }

    /// The demo: the shop's phone and Ana are simulated, and pages play them.
    async fn demo() -> Self {
        let mut site = Self::open().await;
        site.stop_pages().await;
        let owner = NewPhone {
            number: SHOP.into(),
            name: "Flor Bakery".into(),
            auto_reply: false,
        };
        site.world.phones().create(owner.clone()).unwrap();
        site.world.phone(ANA, "Ana Nunes");
        let (stage, stopping) = (
            Stage::new(site.world.phones(), owner),
            Stopping(site.world.app.stopping()),
        );
        let World { app, config, .. } = &site.world;
        let pages = app.serve_pages(
            config,
            TcpListener::bind(site.address).unwrap(),
            Demo::On,
            move |services| {
                services
                    .app_data(Data::new(stage.clone()))
                    .app_data(Data::new(stopping.clone()));
            },
        );
        site.pages = Some(pages.unwrap());
        site
    }

    fn serve(&mut self, listener: TcpListener) {
        let World { app, config, .. } = &self.world;
        self.pages = Some(app.serve_pages(config, listener, Demo::Off, |_| {}).unwrap());
    }

    /// Stops the pages; the numbers stay connected.
    async fn stop_pages(&mut self) {
        self.pages.take().unwrap().stop().await;
    }

    fn serve_again(&mut self) {
        self.serve(TcpListener::bind(self.address).unwrap());
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn write(&self, from: &str, text: &str) -> PublicId {
        self.world.write(from, SHOP, text).await;
        self.world.stored(text).await.0.public_id
    }

    /// A logged-in browser at the page. Its window is marked: a reload would lose the mark.
    async fn browse(&self, test: &str, look: Look, path: &str) -> Option<Chrome> {
        let chrome = Chrome::open(test, look).await?;
        let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        chrome.go(&self.url(&format!("/login?next={next}"))).await;
        log_in(&chrome).await;
        chrome
            .until(&format!("location.pathname + location.search == {path:?}"))
            .await;
        chrome.run("window.mark = 'still here'", json!([])).await;
        Some(chrome)
    }

    /// Boxed, since the whole world is moved into it.
    fn end(mut self) -> impl Future<Output = ()> {
        Box::pin(async move {
            self.stop_pages().await;
            self.world.end().await;
        })
    }
}

async fn log_in(chrome: &Chrome) {
    chrome.fill("[name=email]", EMAIL).await;
    chrome.fill("[name=password]", PASSWORD).await;
    chrome.press(ENTER).await;
}

/// The page was not reloaded, and its console has no error.
async fn is_unbroken(chrome: &Chrome) {
    assert_eq!(chrome.value("window.mark").await, "still here");
    chrome.is_quiet().await;
}

/// A bubble's text, by author.
fn bubble(from: &str, text: &str) -> String {
    format!("[...document.querySelectorAll('.message[data-from={from}] .text')].some((p) => p.textContent == {text:?})")
}

fn tick(text: &str, status: &str) -> String {
    format!(
        "[...document.querySelectorAll('.message[data-from=me]')].find((m) => m.querySelector('.text').textContent \
         == {text:?})?.querySelector('.tick').dataset.status == {status:?}"
    )
}
