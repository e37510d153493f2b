//! `wamanager group`: the groups that a number is in.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wa_client::MemberChange;

use super::call::Call;
use super::message::OfNumber;
use super::sheet::{Sheet, Table, figure, key, text};
use super::wire::Answer;
use super::{Failure, home, session};
use crate::accounts::Scope;
use crate::chats::{GroupInfo, Member, NewDetails, NotChanged};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::site::chats::api::groups::{GroupMemberView, GroupView, NotChangedView};

/// Rows of one answer.
const MOST: u32 = 100;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupCommand {
    /// Show the groups that a number is in
    #[command(after_help = "Example:\n  wamanager group list --session Shop --json")]
    List(ListArgs),
    /// Show a group and who is in it
    #[command(after_help = "Example:\n  wamanager group show chat_0123456789abcdefghjkmnpqrs --find ana")]
    Show(ShowArgs),
    /// Create a group
    #[command(after_help = "Example:\n  wamanager group create Bakers +5511999990001 +5511999990002 --session Shop")]
    Create(CreateArgs),
    /// Change what a group says of itself, and who may do what
    #[command(
        after_help = "Examples:\n  wamanager group change chat_0123456789abcdefghjkmnpqrs --subject \"Night bakers\"\n  wamanager group change chat_0123456789abcdefghjkmnpqrs --admins-only on"
    )]
    Change(ChangeArgs),
    /// Add people to a group
    #[command(after_help = "Example:\n  wamanager group add chat_0123456789abcdefghjkmnpqrs +5511999990001")]
    Add(MembersArgs),
    /// Remove people from a group
    #[command(after_help = "Example:\n  wamanager group remove chat_0123456789abcdefghjkmnpqrs +5511999990001")]
    Remove(MembersArgs),
    /// Make members administrators
    #[command(after_help = "Example:\n  wamanager group promote chat_0123456789abcdefghjkmnpqrs +5511999990001")]
    Promote(MembersArgs),
    /// Make administrators members again
    #[command(after_help = "Example:\n  wamanager group demote chat_0123456789abcdefghjkmnpqrs +5511999990001")]
    Demote(MembersArgs),
    /// Show the link by which people join
    #[command(after_help = "Example:\n  wamanager group link chat_0123456789abcdefghjkmnpqrs --renew")]
    Link(LinkArgs),
    /// Leave a group; what was written stays
    #[command(after_help = "Example:\n  wamanager group leave chat_0123456789abcdefghjkmnpqrs --yes")]
    Leave(LeaveArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    #[command(flatten)]
    number: OfNumber,
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Show at most this many, up to 100
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneGroup {
    /// ID of its chat
    group: String,
    /// ID or name; needed if there are several
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowArgs {
    #[command(flatten)]
    group: OneGroup,
    /// Only members with this in their name or number
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<usize>,
    /// Show at most this many members, up to 100
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateArgs {
    /// What it is called
    subject: String,
    /// Phone numbers in any usual form, WhatsApp addresses, or IDs of contacts
    #[arg(required = true, value_name = "MEMBER")]
    members: Vec<String>,
    #[command(flatten)]
    number: OfNumber,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeArgs {
    #[command(flatten)]
    group: OneGroup,
    /// What it is called
    #[arg(long)]
    subject: Option<String>,
    /// What it is about; an empty text removes it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Only administrators may write: on or off
    #[arg(long, value_name = "ON|OFF")]
    admins_only: Option<OnOff>,
    /// Only administrators may change name, description and picture: on or off
    #[arg(long, value_name = "ON|OFF")]
    locked: Option<OnOff>,
}

#[derive(clap::ValueEnum, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnOff {
    On,
    Off,
}

impl OnOff {
    const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembersArgs {
    #[command(flatten)]
    group: OneGroup,
    /// Phone numbers in any usual form, WhatsApp addresses, or IDs of contacts
    #[arg(required = true, value_name = "MEMBER")]
    members: Vec<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkArgs {
    #[command(flatten)]
    group: OneGroup,
    /// Make another link; the old one no longer works
    #[arg(long)]
    #[serde(default)]
    renew: bool,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveArgs {
    #[command(flatten)]
    group: OneGroup,
    /// Don't ask
    #[arg(long, short)]
    #[serde(default)]
    yes: bool,
}

impl GroupCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => list(call, args).await,
            Self::Show(args) => show(call, args).await,
            Self::Create(args) => create(call, args).await,
            Self::Change(args) => change(call, args).await,
            Self::Add(args) => members(call, args, MemberChange::Add).await,
            Self::Remove(args) => members(call, args, MemberChange::Remove).await,
            Self::Promote(args) => members(call, args, MemberChange::Promote).await,
            Self::Demote(args) => members(call, args, MemberChange::Demote).await,
            Self::Link(args) => link(call, args).await,
            Self::Leave(args) => leave(call, args).await,
        }
    }
}

impl OneGroup {
    async fn find(&self, call: &Call<'_>) -> Result<(Scope, GroupInfo), Failure> {
        let wrong = |_| Failure::refused(format!("{:?} is not the ID of a group's chat", self.group));
        let id: PublicId = self.group.parse().map_err(wrong)?;
        let home = home::choose(call.app, self.workspace.as_deref()).await?;
        let scope = home::scope_of(call.app, &home).await?;
        let group = call.app.groups.get(scope, &id).await?;
        Ok((scope, group))
    }

    /// The same, once its number is connected.
    async fn connected(&self, call: &Call<'_>) -> Result<(Scope, PublicId), Failure> {
        let (scope, group) = self.find(call).await?;
        connect(call, scope, &group.session).await?;
        Ok((scope, group.chat))
    }
}

async fn connect(call: &Call<'_>, scope: Scope, number: &PublicId) -> Result<(), Failure> {
    let app = call.app;
    app.start().await?;
    let number = app.sessions.get(scope, number).await?;
    session::wait_for_link(app, scope, &number).await
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let no_cursor = |text: &str| Failure::refused(format!("{text:?} is not a cursor; use one that a page ended with"));
    let after = args
        .after
        .as_deref()
        .map(|text| text.parse().map_err(|_| no_cursor(text)));
    let (scope, number) = args.number.find(call.app).await?;
    let limit = args.limit.clamp(1, MOST);
    let groups = &call.app.groups;
    let page = groups.list(scope, &number.public_id, after.transpose()?, limit).await?;
    let rows: Vec<_> = page.rows.iter().map(row).collect();
    let next = page.next.map(|next| next.to_string());
    let views: Vec<_> = page.rows.into_iter().map(GroupView::of).collect();
    let result = json!({ "groups": views, "next": next });
    if rows.is_empty() {
        return Ok(Answer::new(&result, "The number is in no group."));
    }
    let columns = [text("GROUP"), figure("MEMBERS"), key("ROLE"), key("ID")];
    let more = next.map(|next| format!("There are more: --after {next}"));
    Ok(Answer::new(
        &result,
        Sheet::from(Table::new(columns, rows)).and_maybe(more),
    ))
}

fn row(group: &GroupInfo) -> Vec<String> {
    vec![
        group.subject.clone().unwrap_or_else(|| "-".to_owned()),
        if group.is_read {
            group.members.to_string()
        } else {
            "-".to_owned()
        },
        role(group).to_owned(),
        group.chat.to_string(),
    ]
}

fn role(group: &GroupInfo) -> &'static str {
    match (group.gone, group.is_admin) {
        (Some(end), _) => end.word(),
        (None, true) => "administrator",
        (None, false) => "member",
    }
}

async fn show(call: &Call<'_>, args: &ShowArgs) -> Result<Answer, Failure> {
    let (scope, group) = args.group.find(call).await?;
    let limit = args.limit.clamp(1, MOST) as usize;
    let find = args.find.as_deref().unwrap_or_default();
    let page = call
        .app
        .groups
        .members(scope, &group.chat, find, args.after.unwrap_or(0), limit)
        .await?;
    let row = |member: &Member| {
        vec![
            member.person.name.clone().unwrap_or_else(|| "-".to_owned()),
            member
                .person
                .phone
                .as_ref()
                .map_or_else(|| "-".to_owned(), |digits| format!("+{digits}")),
            if member.admin { "administrator" } else { "member" }.to_owned(),
            member.address.to_string(),
        ]
    };
    let rows: Vec<_> = page.rows.iter().map(row).collect();
    let views: Vec<_> = page.rows.into_iter().map(GroupMemberView::of).collect();
    let subject = group.subject.clone().unwrap_or_else(|| "The group".to_owned());
    let head = match group.gone {
        Some(end) => format!("{subject}: the number is no longer in it ({end})."),
        None => format!(
            "{subject}: {} members; the number is {}.",
            group.members,
            article(&group)
        ),
    };
    let description = group.description.clone();
    let result = json!({ "group": GroupView::of(group), "members": views, "next": page.next });
    let more = page.next.map(|next| format!("There are more: --after {next}"));
    let mut sheet = Sheet::from(head).and_maybe(description);
    if !rows.is_empty() {
        let columns = [text("MEMBER"), key("NUMBER"), key("ROLE"), key("ADDRESS")];
        sheet = sheet.and(Table::new(columns, rows));
    }
    Ok(Answer::new(&result, sheet.and_maybe(more)))
}

fn article(group: &GroupInfo) -> &'static str {
    if group.is_admin { "an administrator" } else { "a member" }
}

async fn create(call: &Call<'_>, args: &CreateArgs) -> Result<Answer, Failure> {
    let (scope, number) = args.number.find(call.app).await?;
    connect(call, scope, &number.public_id).await?;
    let groups = &call.app.groups;
    let (chat, not) = groups
        .create(scope, &number.public_id, &args.subject, &args.members)
        .await?;
    let group = groups.get(scope, &chat).await?;
    let text = format!("{} is created: {chat}", args.subject);
    Ok(changed(text, group, not))
}

/// What was done, and who was left out.
fn changed(text: String, group: GroupInfo, not: Vec<NotChanged>) -> Answer {
    let t = T::default();
    let left_out = |not: &NotChanged| format!("{} {}", not.name.as_ref().unwrap_or(&not.who), t.text(&not.why.text()));
    let sentences: Vec<String> = not.iter().map(left_out).collect();
    let views: Vec<_> = not.into_iter().map(|not| NotChangedView::of(t, not)).collect();
    let result: Value = json!({ "group": GroupView::of(group), "not_changed": views });
    let more = (!sentences.is_empty()).then(|| sentences.join("\n"));
    Answer::new(&result, Sheet::from(text).and_maybe(more))
}

async fn change(call: &Call<'_>, args: &ChangeArgs) -> Result<Answer, Failure> {
    let new = NewDetails {
        subject: args.subject.clone(),
        description: args.description.clone(),
        admins_only: args.admins_only.map(OnOff::is_on),
        locked: args.locked.map(OnOff::is_on),
    };
    if new == NewDetails::default() {
        return Err(Failure::refused(
            "say what to change: --subject, --description, --admins-only or --locked",
        ));
    }
    let (scope, chat) = args.group.connected(call).await?;
    call.app.groups.change(scope, &chat, new).await?;
    let group = call.app.groups.get(scope, &chat).await?;
    Ok(changed("The group is changed.".to_owned(), group, Vec::new()))
}

async fn members(call: &Call<'_>, args: &MembersArgs, change: MemberChange) -> Result<Answer, Failure> {
    let (scope, chat) = args.group.connected(call).await?;
    let groups = &call.app.groups;
    let not = groups.change_members(scope, &chat, change, &args.members).await?;
    let group = groups.get(scope, &chat).await?;
    let text = format!("The group has {} members.", group.members);
    Ok(changed(text, group, not))
}

async fn link(call: &Call<'_>, args: &LinkArgs) -> Result<Answer, Failure> {
    let (scope, chat) = args.group.connected(call).await?;
    let url = call.app.groups.link_of(scope, &chat, args.renew).await?;
    Ok(Answer::new(&json!({ "url": url }), url.as_str()))
}

async fn leave(call: &Call<'_>, args: &LeaveArgs) -> Result<Answer, Failure> {
    let (scope, group) = args.group.find(call).await?;
    let subject = group.subject.clone().unwrap_or_else(|| "the group".to_owned());
    call.confirm(
        args.yes,
        format!("Leave {subject}? Only an administrator can let the number back in."),
    )?;
    connect(call, scope, &group.session).await?;
    call.app.groups.leave(scope, &group.chat).await?;
    let group = call.app.groups.get(scope, &group.chat).await?;
    Ok(changed(format!("The number has left {subject}."), group, Vec::new()))
}
