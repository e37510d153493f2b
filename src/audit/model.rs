//! The data of a recorded act.

use std::net::IpAddr;

use serde_json::Value;

use super::admin::Admin;
use crate::clock::UnixMs;
use crate::ids::{ApiKeyId, PublicId, UserId, WorkspaceId};

/// Who acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    Person(UserId),
    /// A program with one of the workspace's keys.
    Key {
        user: UserId,
        key: ApiKeyId,
    },
    /// An impersonating administrator.
    Impersonator {
        admin: UserId,
        user: UserId,
    },
    /// The operator, on the command line.
    Operator,
    /// The program itself, by its schedule.
    System,
    /// An unknown person: a wrong password, a link from a mail.
    Anonymous,
}

crate::words!(
    /// [`Actor`] without the ids, as stored.
    pub enum ActorKind {
        Person = "person",
        Key = "key",
        Impersonator = "impersonator",
        Operator = "operator",
        System = "system",
        Anonymous = "anonymous",
    }
);

impl Actor {
    #[must_use]
    pub const fn kind(self) -> ActorKind {
        match self {
            Self::Person(_) => ActorKind::Person,
            Self::Key { .. } => ActorKind::Key,
            Self::Impersonator { .. } => ActorKind::Impersonator,
            Self::Operator => ActorKind::Operator,
            Self::System => ActorKind::System,
            Self::Anonymous => ActorKind::Anonymous,
        }
    }

    /// The user in whose name it was done.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::Person(user) | Self::Key { user, .. } | Self::Impersonator { user, .. } => Some(user),
            Self::Operator | Self::System | Self::Anonymous => None,
        }
    }

    #[must_use]
    pub const fn impersonator(self) -> Option<UserId> {
        match self {
            Self::Impersonator { admin, .. } => Some(admin),
            _ => None,
        }
    }

    #[must_use]
    pub const fn key(self) -> Option<ApiKeyId> {
        match self {
            Self::Key { key, .. } => Some(key),
            _ => None,
        }
    }
}

crate::words!(
    /// A sensitive act. The part before the dot is its group; every one has its text in `locales/*/audit.ftl`.
    pub enum Action {
        InstallationSetUp = "installation.set_up",
        InstallationChanged = "installation.changed",

        UserRegistered = "user.registered",
        UserCreated = "user.created",
        UserVerified = "user.verified",
        UserRenamed = "user.renamed",
        UserRoleChanged = "user.role_changed",
        EmailChangeAsked = "user.email_change_asked",
        EmailChanged = "user.email_changed",
        PasswordChanged = "user.password_changed",
        PasswordResetAsked = "user.password_reset_asked",
        PasswordReset = "user.password_reset",
        UserSuspended = "user.suspended",
        UserResumed = "user.resumed",
        UserDeletionAsked = "user.deletion_asked",
        UserDeletionCancelled = "user.deletion_cancelled",
        UserDeleted = "user.deleted",

        LoginSucceeded = "login.succeeded",
        LoginFailed = "login.failed",
        LoginLocked = "login.locked",
        LoginUnknownDevice = "login.unknown_device",
        LoginEnded = "login.ended",
        LoginsEnded = "login.others_ended",

        SecondFactorEnabled = "second_factor.enabled",
        SecondFactorDisabled = "second_factor.disabled",
        SecondFactorFailed = "second_factor.failed",
        RecoveryCodesMade = "second_factor.codes_made",
        RecoveryCodeUsed = "second_factor.code_used",

        ImpersonationStarted = "impersonation.started",
        ImpersonationEnded = "impersonation.ended",

        WorkspaceCreated = "workspace.created",
        WorkspaceChanged = "workspace.changed",
        WorkspaceDeleted = "workspace.deleted",
        WorkspaceSuspended = "workspace.suspended",
        WorkspaceResumed = "workspace.resumed",

        MemberAdded = "member.added",
        MemberRoleChanged = "member.role_changed",
        MemberRemoved = "member.removed",
        MemberLeft = "member.left",
        InvitationSent = "member.invited",
        InvitationResent = "member.invited_again",
        InvitationLinked = "member.invitation_linked",
        InvitationRevoked = "member.invitation_revoked",
        InvitationAccepted = "member.invitation_accepted",

        SessionCreated = "session.created",
        SessionRenamed = "session.renamed",
        SessionProxyChanged = "session.proxy_changed",
        SessionCallsChanged = "session.calls_changed",
        SessionPresenceChanged = "session.presence_changed",
        SessionPairing = "session.pairing",
        SessionLinked = "session.linked",
        SessionPaused = "session.paused",
        SessionResumed = "session.resumed",
        SessionLoggedOut = "session.logged_out",
        SessionDeleted = "session.deleted",

        GroupCreated = "group.created",
        GroupChanged = "group.changed",
        GroupMembersChanged = "group.members_changed",
        GroupLinkShown = "group.link_shown",
        GroupLinkRenewed = "group.link_renewed",
        GroupLeft = "group.left",

        PlanCreated = "plan.created",
        PlanEdited = "plan.edited",
        PlanArchived = "plan.archived",
        PlanDeleted = "plan.deleted",
        PlanChanged = "plan.changed",
        PlanGranted = "plan.granted",

        PlanAsked = "billing.plan_asked",
        CheckoutStarted = "billing.checkout_started",
        SubscriptionStarted = "billing.subscription_started",
        SubscriptionChanged = "billing.subscription_changed",
        SubscriptionCancelled = "billing.subscription_cancelled",
        SubscriptionEnded = "billing.subscription_ended",
        PaymentSucceeded = "billing.payment_succeeded",
        PaymentFailed = "billing.payment_failed",
        PaymentRefunded = "billing.payment_refunded",
        InvoiceIssued = "billing.invoice_issued",
        BillingDetailsChanged = "billing.details_changed",

        KeyCreated = "key.created",
        KeyChanged = "key.changed",
        KeyRevoked = "key.revoked",
        KeyRefused = "key.refused",
        TokenIssued = "key.token_issued",
        TokenReused = "key.token_reused",
        WebhookCreated = "key.webhook_created",
        WebhookChanged = "key.webhook_changed",
        WebhookDeleted = "key.webhook_deleted",

        ExportAsked = "data.export_asked",
        ExportMade = "data.export_made",
        ExportFetched = "data.export_fetched",
        AuditExported = "data.audit_exported",

        JobRetried = "system.job_retried",
        JobDiscarded = "system.job_discarded",
        JobCancelled = "system.job_cancelled",
        BackupMade = "system.backup_made",
        BackupRestored = "system.backup_restored",
        HeldResumed = "system.held_resumed",
        HeldDiscarded = "system.held_discarded",
        MailRetried = "system.mail_retried",
        MailTested = "system.mail_tested",
        LogsRead = "system.logs_read",
        LogLevelChanged = "system.log_level_changed",
        AdminChanged = "system.admin_changed",
    }
);

impl Action {
    /// The part before the dot, by which the log is filtered.
    #[must_use]
    pub fn group(self) -> &'static str {
        let word = self.word();
        word.split_once('.').map_or(word, |(group, _)| group)
    }

    /// The groups in the order of their first act.
    #[must_use]
    pub fn groups() -> Vec<&'static str> {
        let mut groups: Vec<&'static str> = Self::ALL.iter().map(|action| action.group()).collect();
        groups.dedup();
        groups
    }

    /// The key of its text.
    #[must_use]
    pub fn text_key(self) -> String {
        format!("audit-act-{}", self.word().replace(['.', '_'], "-"))
    }
}

/// An act to record.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The workspace whose owners see it; `None` for the installation's own acts.
    pub workspace: Option<WorkspaceId>,
    pub actor: Actor,
    pub action: Action,
    /// The target of the act.
    pub target: Option<String>,
    /// A JSON object with further details; never a secret or a message's text.
    pub detail: Value,
    pub address: Option<IpAddr>,
}

impl Entry {
    #[must_use]
    pub fn new(actor: impl Into<Actor>, action: Action) -> Self {
        Self {
            workspace: None,
            actor: actor.into(),
            action,
            target: None,
            detail: Value::Object(serde_json::Map::new()),
            address: None,
        }
    }

    /// Shows it in this workspace's log.
    #[must_use]
    pub fn at(mut self, workspace: WorkspaceId) -> Self {
        self.workspace = Some(workspace);
        self
    }

    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// `detail` is a JSON object.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    #[must_use]
    pub fn from(mut self, address: impl Into<Option<IpAddr>>) -> Self {
        self.address = address.into();
        self
    }
}

/// A person in the log, as far as still known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Who {
    pub id: PublicId,
    pub name: String,
    pub email: String,
}

/// A recorded act.
#[derive(Clone, PartialEq, Debug)]
pub struct Act {
    pub public_id: PublicId,
    /// Name of the workspace while it exists.
    pub workspace: Option<String>,
    /// Its public id, even after its deletion.
    pub workspace_ref: Option<String>,
    pub actor: ActorKind,
    /// The user in whose name it was done; `None` also after their deletion.
    pub user: Option<Who>,
    pub impersonator: Option<Who>,
    pub action: Action,
    pub target: Option<String>,
    pub detail: Value,
    pub address: Option<String>,
    pub at: UnixMs,
}

/// How much of the log somebody sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// The caller has checked the member's permission.
    Workspace(WorkspaceId),
    /// Everything.
    Installation(Admin),
}

impl Reader {
    pub(super) const fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Workspace(workspace) => Some(workspace),
            Self::Installation(_) => None,
        }
    }
}

/// The log's filters; an empty filter matches everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Only these; `None` for all.
    pub actions: Option<Vec<Action>>,
    /// Public id of the person who acted, or in whose name it was done.
    pub person: Option<PublicId>,
    /// Public id of a workspace; for readers of the whole log.
    pub workspace: Option<PublicId>,
    /// Not before.
    pub since: Option<UnixMs>,
    /// Before.
    pub until: Option<UnixMs>,
    /// Part of the target, of a name or an address.
    pub text: Option<String>,
}
