//! Calls about groups. `by` names the member who acts; left out, it is an admin.

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::hub::{DeviceAddr, GroupChange, GroupInfo, GroupSettings, Rank};
use crate::network::Network;

#[derive(Deserialize)]
pub(super) struct GroupBody {
    subject: String,
    owner: String,
    #[serde(default)]
    members: Vec<String>,
    #[serde(flatten)]
    settings: GroupSettings,
}

pub(super) async fn create(network: web::Data<Network>, body: web::Json<GroupBody>) -> Result<HttpResponse, Problem> {
    let GroupBody {
        subject,
        owner,
        members,
        settings,
    } = body.into_inner();
    let group = network
        .phones()
        .create_group_with(&owner, &subject, &members, settings)?;
    Ok(HttpResponse::Created().json(json!({ "jid": group.jid })))
}

pub(super) async fn show(network: web::Data<Network>, jid: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(shown(&found(&network, &jid)?)))
}

fn found(network: &Network, jid: &str) -> Result<GroupInfo, Problem> {
    network
        .hub()
        .group(jid)
        .ok_or_else(|| Problem::not_found("there is no such group: create it with POST /groups"))
}

fn shown(group: &GroupInfo) -> Value {
    let participants = group
        .participants
        .iter()
        .map(|member| json!({ "number": &*member.number, "lid": &*member.lid, "rank": member.rank }));
    let mut value = json!({
        "jid": group.jid,
        "subject": group.subject,
        "owner": &*group.creator,
        "created_at": group.created_at,
        "participants": participants.collect::<Vec<_>>(),
    });
    if let (Some(all), Ok(Value::Object(settings))) = (value.as_object_mut(), serde_json::to_value(&group.settings)) {
        all.extend(settings);
    }
    value
}

/// One body for every change; which fields count depends on the call.
#[derive(Deserialize)]
pub(super) struct ChangeBody {
    by: Option<String>,
    #[serde(default)]
    members: Vec<String>,
    subject: Option<String>,
    description: Option<String>,
    on: Option<bool>,
    seconds: Option<u32>,
    /// The picture's bytes; without them it is removed.
    base64: Option<String>,
}

pub(super) async fn change(
    network: web::Data<Network>,
    path: web::Path<(String, String)>,
    body: web::Json<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let (jid, what) = path.into_inner();
    let body = body.into_inner();
    let group = found(&network, &jid)?;
    let by = match &body.by {
        Some(number) => number.trim_start_matches('+').to_owned(),
        None => admin_of(&group)?,
    };
    if what == "picture" {
        let file = body.base64.map(|text| STANDARD.decode(text)).transpose();
        let file = file.map_err(|error| Problem::unprocessable(format!("the picture is not base64: {error}")))?;
        network.hub().set_group_picture(&by, &jid, file.map(Into::into))?;
        return Ok(HttpResponse::Ok().json(shown(&group)));
    }
    let change = body.read(&what)?;
    let group = network.hub().change_group(&DeviceAddr::phone(by), &jid, change)?;
    Ok(HttpResponse::Ok().json(shown(&group)))
}

fn admin_of(group: &GroupInfo) -> Result<String, Problem> {
    let admin = group.participants.iter().max_by_key(|member| match member.rank {
        Rank::Member => 0,
        Rank::Admin => 1,
        Rank::SuperAdmin => 2,
    });
    admin
        .map(|member| member.number.to_string())
        .ok_or_else(|| Problem::unprocessable("the group has no members left: create another"))
}

impl ChangeBody {
    fn read(self, what: &str) -> Result<GroupChange, Problem> {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|number| number.trim_start_matches('+').to_owned())
            .collect();
        let missing = |field: &str| Problem::unprocessable(format!("this call needs {field}"));
        let named = |members: Vec<String>| match members.is_empty() {
            true => Err(missing("members")),
            false => Ok(members),
        };
        Ok(match what {
            "add" => GroupChange::Add(named(members)?),
            "remove" => GroupChange::Remove(named(members)?),
            "promote" => GroupChange::Promote(named(members)?),
            "demote" => GroupChange::Demote(named(members)?),
            "leave" => GroupChange::Leave,
            "subject" => GroupChange::Subject(self.subject.ok_or_else(|| missing("subject"))?),
            "description" => GroupChange::Description(self.description),
            "announcement" => GroupChange::Announcement(self.on.ok_or_else(|| missing("on"))?),
            "locked" => GroupChange::Locked(self.on.ok_or_else(|| missing("on"))?),
            "ephemeral" => GroupChange::Ephemeral(self.seconds.ok_or_else(|| missing("seconds"))?),
            _ => {
                return Err(Problem::not_found(
                    "a group has the calls add, remove, promote, demote, leave, subject, description, picture, \
                     announcement, locked and ephemeral",
                ));
            }
        })
    }
}
