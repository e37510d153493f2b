//! What a team shares in its inbox.

use std::time::Duration;
use wamanager::accounts::MemberRole;

use wamanager::chats::{NewLabel, NewQuickReply};
use wamanager::ids::PublicId;
use wamanager::outbox::{Content, SendOptions};

use super::TestApp;
use super::app::Person;

impl TestApp {
    /// Ids by the parameter names of routes.
    pub async fn shared_things(&self, person: &Person, chat: &PublicId) -> Vec<(&'static str, PublicId)> {
        let (handling, scope) = (&self.app.handling, person.scope);
        let label = NewLabel {
            name: "Walked".into(),
            colour: "green".into(),
        };
        let reply = NewQuickReply {
            shortcut: "walk".into(),
            body: "Walked over".into(),
        };
        let later = Some(self.app.clock.now().plus(Duration::from_secs(60)));
        let text = (vec![Content::Text("Later".into())], SendOptions::default());
        let scheduled = self.app.scheduler.schedule(scope, chat, text, later).await.unwrap();
        vec![
            ("scheduled", scheduled),
            ("note", handling.add_note(scope, chat, "Walked over").await.unwrap().id),
            ("label", handling.create_label(scope, &label).await.unwrap()),
            ("reply", handling.create_quick_reply(scope, &reply).await.unwrap()),
        ]
    }

    /// An open invitation to the person's workspace.
    pub async fn invitation(&self, person: &Person) -> PublicId {
        let team = &self.app.team;
        // A separate mailbox: tests that start over many times would exceed a common one's limit.
        let email = format!("invited-by-{}", person.email);
        team.invite(person.scope, &email, MemberRole::Agent).await.unwrap();
        let open = team.open_invitations(person.scope).await.unwrap();
        open.first().unwrap().public_id.clone()
    }
}
