//! `session link`: a linking that its caller follows to the end.

use std::time::Duration;

use tokio::sync::watch;

use super::call::{Call, News};
use super::session::{LinkArgs, find, phone, said, seen};
use super::wire::{Answer, Reply};
use super::{Exit, Failure, home};
use crate::accounts::Scope;
use crate::app::App;
use crate::app::numbers::why;
use crate::clock::UnixMs;
use crate::events::Subscription;
use crate::ids::PublicId;
use crate::sessions::{Qr, Reason, Session, SessionError, State};
use crate::site::sessions::link::number_to_link;

/// Longer than all QR codes of one attempt, and than a pairing code is valid.
const ENDS_AFTER: Duration = Duration::from_secs(6 * 60);
/// Pairing codes per command. WhatsApp limits them per number.
const CODES: u32 = 4;

/// Links a number and returns once it is connected. A linking that fails, or that nobody follows any more,
/// leaves everything as it was before.
pub(super) async fn link(call: &Call<'_>, args: &LinkArgs) -> Result<Answer, Failure> {
    let (app, news) = (call.app, call.news);
    let home = home::with_number(app, args.workspace.as_deref(), Some(&args.session)).await?;
    let scope = home::scope_of(app, &home).await?;
    let digits = match &args.phone {
        Some(_) if !app.sessions.pairs_by_code() => return Err(SessionError::QrOnly.into()),
        Some(phone) => Some(number_to_link(phone, &home.country).ok_or(SessionError::BadPhone)?),
        None => None,
    };
    app.start().await?;
    let (session, is_new) = match find(app, scope, &args.session).await? {
        Some(session) => (session, false),
        None => (app.sessions.create(scope, &args.session).await?, true),
    };
    let pairing = Pairing {
        app,
        scope,
        id: &session.public_id,
        began: app.clock.now(),
        news,
        digits,
        codes: 0,
    };
    let linked = tokio::select! {
        linked = tokio::time::timeout(ENDS_AFTER, pairing.run()) => {
            linked.unwrap_or_else(|_| Err(not_linked("Nobody accepted in time.")))
        }
        () = news.closed() => Err(Failure::new(Exit::Interrupted, "The linking was broken off.")),
    };
    match linked {
        Ok(session) => {
            let number = phone(&session)
                .map(|number| format!(" as {number}"))
                .unwrap_or_default();
            let text = format!("{} is linked{number}.", session.name);
            Ok(Answer::new(&seen(app, &home, &session).await, text))
        }
        Err(failure) => {
            leave(app, scope, &session, is_new).await;
            Err(failure)
        }
    }
}

async fn tell(news: &News, reply: Reply) {
    // A disconnected caller is detected separately.
    let _ = news.send(reply).await;
}

/// Undoes what a linking began.
async fn leave(app: &App, scope: Scope, session: &Session, is_new: bool) {
    let id = &session.public_id;
    let left = if is_new {
        app.sessions.discard(scope, id).await
    } else if session.state == State::Pairing {
        // Somebody else began it, on a page.
        Ok(())
    } else {
        app.sessions.cancel_pairing(scope, id).await
    };
    if let Err(error) = left {
        tracing::debug!(session = %id, %error, "an interrupted linking left its number unchanged");
    }
}

/// A running linking.
struct Pairing<'a> {
    app: &'a App,
    scope: Scope,
    id: &'a PublicId,
    began: UnixMs,
    news: &'a News,
    /// The phone to type a pairing code on; without it, QR codes are shown.
    digits: Option<String>,
    /// Pairing codes so far.
    codes: u32,
}

impl Pairing<'_> {
    async fn run(mut self) -> Result<Session, Failure> {
        // Subscribed before anything happens, so that no event is missed.
        let signals = self.app.bus.subscribe(self.scope.workspace);
        if self.digits.is_some() {
            self.show_code().await?;
        } else {
            self.app.sessions.pair(self.scope, self.id).await?;
        }
        let codes = self.app.sessions.watch_qr(self.scope, self.id).await?;
        self.until_linked(codes, signals).await
    }

    async fn until_linked(
        &mut self,
        mut codes: watch::Receiver<Option<Qr>>,
        mut signals: Subscription,
    ) -> Result<Session, Failure> {
        let (mut accepted, mut told) = (false, None);
        let first = codes.borrow_and_update().clone();
        self.show_qr(first).await;
        loop {
            let session = self.app.sessions.get(self.scope, self.id).await?;
            if session.state.can_send() {
                return Ok(session);
            }
            if session.is_linked() && !accepted {
                accepted = true;
                self.say("The phone has accepted. Connecting…".to_owned()).await;
            }
            self.ended(&session)?;
            self.replace_code(&session).await?;
            if told != session.reason {
                told = session.reason;
                self.say_what_helps(&session).await;
            }
            tokio::select! {
                changed = codes.changed() => match changed {
                    Ok(()) => { let code = codes.borrow_and_update().clone(); self.show_qr(code).await; }
                    Err(_) => return Err(not_linked("The program is stopping.")),
                },
                signal = signals.next() => if signal.is_none() {
                    return Err(not_linked("The program is stopping."));
                },
            }
        }
    }

    /// A person who was asked to type a code needs no picture.
    async fn show_qr(&self, code: Option<Qr>) {
        let Some(code) = code.filter(|_| self.digits.is_none()) else {
            return;
        };
        let valid_for_ms = millis(code.expires_at.since(self.app.clock.now()));
        let reply = Reply::Qr {
            code: code.code,
            valid_for_ms,
        };
        tell(self.news, reply).await;
    }

    async fn show_code(&mut self) -> Result<(), Failure> {
        let digits = self.digits.as_deref().unwrap_or_default();
        let code = self.app.sessions.pairing_code(self.scope, self.id, digits).await?;
        self.codes += 1;
        let valid_for_ms = millis(code.expires_at.since(self.app.clock.now()));
        let reply = Reply::PairingCode {
            code: code.code,
            valid_for_ms,
        };
        tell(self.news, reply).await;
        Ok(())
    }

    /// Withdraws a code on screen that no longer works, and requests the next one.
    async fn replace_code(&mut self, session: &Session) -> Result<(), Failure> {
        let over = session.state == State::Pairing && session.reason.is_some_and(Reason::is_about_a_code);
        if self.digits.is_none() || !over {
            return Ok(());
        }
        if self.codes >= CODES {
            return Err(not_linked(&said(session)));
        }
        self.say(session.reason.map(why).unwrap_or_default()).await;
        self.show_code().await
    }

    /// What only a person can go on with.
    async fn say_what_helps(&self, session: &Session) {
        let Some(reason) = session.reason else { return };
        let id = self.id;
        let help = match reason {
            Reason::PasskeyWanted => format!("Go on in a browser: /sessions/{id}/link on your server says how."),
            reason if reason.is_about_a_proxy() => format!("Change it with `wamanager session proxy {id}`."),
            _ => return,
        };
        self.say(format!("{} {help}", why(reason))).await;
    }

    async fn say(&self, text: String) {
        tell(self.news, Reply::Progress { text }).await;
    }

    /// An error once this attempt has ended without a link.
    fn ended(&self, session: &Session) -> Result<(), Failure> {
        let over = matches!(
            session.state,
            State::Unlinked | State::LoggedOut | State::NeedsAttention | State::Banned | State::Replaced
        );
        // The result of an earlier attempt is ignored.
        let fresh = session.since >= self.began && session.reason != Some(Reason::NeverLinked);
        if over && fresh {
            return Err(not_linked(&said(session)));
        }
        Ok(())
    }
}

fn not_linked(why: &str) -> Failure {
    Failure::new(
        Exit::NotLinked,
        format!("The number was not linked. {why} Run the command again to try again."),
    )
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
