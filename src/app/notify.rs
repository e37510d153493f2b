//! Notifies the service manager: ready, stopping, and alive. Without one, nothing happens.

use sd_notify::NotifyState;

use super::App;

pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Feeds the watchdog while the databases respond, at twice the required rate: a program that hangs is restarted.
pub fn watchdog(app: &App) {
    let Some(allowed) = sd_notify::watchdog_enabled() else {
        return;
    };
    let app_in_task = app.clone();
    app.spawn("watchdog", async move {
        let stopping = app_in_task.stopping();
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(allowed / 2) => {}
            }
            // A full disk is no reason to restart, which would free no space. Not responding is.
            if tokio::time::timeout(allowed / 2, app_in_task.answers()).await == Ok(true) {
                tell(&[NotifyState::Watchdog]);
            }
        }
    });
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be notified");
    }
}
