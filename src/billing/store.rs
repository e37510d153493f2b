//! SQL of subscriptions, checkouts, customers, invoices and the providers' events.

use rusqlite::{Connection, Row, named_params};

use super::lines::{Catalogue, Priced};
use super::model::{Invoice, InvoiceStatus, Pending, ProviderKind, Subscription, SubscriptionStatus};
use crate::accounts::{Permission, Scope};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{InvoiceId, PlanId, PublicId, UserId, WorkspaceId};
use crate::plans::Money;

const SUBSCRIPTION: &str = "workspace_id, plan_id, provider, subscription_id, status, in_force, period_start, \
                            period_end, cancel_at_period_end, next_plan_id, grace_until, line_id, also_plan_id, \
                            heard_at, updated_at";

fn subscription(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        workspace: row.get(0)?,
        plan: row.get(1)?,
        provider: row.get(2)?,
        reference: row.get(3)?,
        status: row.get(4)?,
        in_force: row.get(5)?,
        period_start: row.get(6)?,
        period_end: row.get(7)?,
        cancel_at_period_end: row.get(8)?,
        next_plan: row.get(9)?,
        grace_until: row.get(10)?,
        line: row.get(11)?,
        also: row.get(12)?,
        heard_at: row.get(13)?,
        updated_at: row.get(14)?,
    })
}

/// The end of the grace period, for a person who pays; `None` when nothing is due.
pub fn grace_in(c: &Connection, scope: Scope) -> db::Result<Option<UnixMs>> {
    if scope.require(Permission::ManageBilling).is_err() {
        return Ok(None);
    }
    let overdue = get(c, scope.workspace)?.filter(|s| s.status == SubscriptionStatus::PastDue && s.in_force);
    Ok(overdue.and_then(|s| s.grace_until))
}

pub(super) fn get(c: &Connection, workspace: WorkspaceId) -> db::Result<Option<Subscription>> {
    let sql = format!("SELECT {SUBSCRIPTION} FROM subscriptions WHERE workspace_id = :workspace");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": workspace }, subscription)
}

pub(super) fn by_reference(
    c: &Connection,
    provider: ProviderKind,
    reference: &str,
) -> db::Result<Option<Subscription>> {
    let sql =
        format!("SELECT {SUBSCRIPTION} FROM subscriptions WHERE provider = :provider AND subscription_id = :reference");
    c.prepare_cached(&sql)?.maybe(
        named_params! { ":provider": provider, ":reference": reference },
        subscription,
    )
}

pub(super) fn put(c: &Connection, s: &Subscription, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO subscriptions (workspace_id, plan_id, provider, subscription_id, status, in_force, period_start,
                                    period_end, cancel_at_period_end, next_plan_id, grace_until, line_id, also_plan_id,
                                    heard_at, created_at, updated_at)
         VALUES (:workspace, :plan, :provider, :reference, :status, :in_force, :start, :end, :cancel, :next, :grace,
                 :line, :also, :heard, :now, :updated)
         ON CONFLICT (workspace_id) DO UPDATE
            SET plan_id = excluded.plan_id, provider = excluded.provider, subscription_id = excluded.subscription_id,
                status = excluded.status, in_force = excluded.in_force, period_start = excluded.period_start,
                period_end = excluded.period_end, cancel_at_period_end = excluded.cancel_at_period_end,
                next_plan_id = excluded.next_plan_id, grace_until = excluded.grace_until,
                line_id = excluded.line_id, also_plan_id = excluded.also_plan_id, heard_at = excluded.heard_at, updated_at = excluded.updated_at",
    )?
    .execute(named_params! {
        ":workspace": s.workspace,
        ":plan": s.plan,
        ":provider": s.provider,
        ":reference": s.reference,
        ":status": s.status,
        ":in_force": s.in_force,
        ":start": s.period_start,
        ":end": s.period_end,
        ":cancel": s.cancel_at_period_end,
        ":next": s.next_plan,
        ":grace": s.grace_until,
        ":line": s.line,
        ":also": s.also,
        ":heard": s.heard_at,
        ":now": now,
        ":updated": s.updated_at,
    })?;
    Ok(())
}

/// Subscriptions that time may change now.
pub(super) fn due(c: &Connection, now: UnixMs, limit: u32) -> db::Result<Vec<WorkspaceId>> {
    let sql = "SELECT workspace_id FROM subscriptions
                WHERE (status <> 'cancelled' AND period_end <= :now
                       AND (cancel_at_period_end = 1 OR next_plan_id IS NOT NULL))
                   OR (status = 'past_due' AND in_force = 1 AND grace_until <= :now)
                ORDER BY workspace_id LIMIT :limit";
    c.prepare_cached(sql)?
        .all(named_params! { ":now": now, ":limit": limit }, |row| row.get(0))
}

/// Live subscriptions not compared with the provider since `before`, or compared by a clock beyond `ahead`.
pub(super) fn unchecked(
    c: &Connection,
    before: UnixMs,
    ahead: UnixMs,
    limit: u32,
) -> db::Result<Vec<(WorkspaceId, String)>> {
    let sql = "SELECT workspace_id, subscription_id FROM subscriptions
                WHERE status <> 'cancelled' AND subscription_id IS NOT NULL AND checked_at NOT BETWEEN :before AND :ahead
                ORDER BY checked_at, workspace_id LIMIT :limit";
    c.prepare_cached(sql)?.all(
        named_params! { ":before": before, ":ahead": ahead, ":limit": limit },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn set_checked(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE subscriptions SET checked_at = :now WHERE workspace_id = :workspace")?
        .execute(named_params! { ":workspace": workspace, ":now": now })?;
    Ok(())
}

// Customers.

pub(super) fn customer(c: &Connection, workspace: WorkspaceId, provider: ProviderKind) -> db::Result<Option<String>> {
    let sql = "SELECT customer_id FROM billing_customers WHERE workspace_id = :workspace AND provider = :provider";
    c.prepare_cached(sql)?.maybe(
        named_params! { ":workspace": workspace, ":provider": provider },
        |row| row.get(0),
    )
}

/// Stores a customer's workspace; the first workspace with a customer keeps it.
pub(super) fn put_customer(
    c: &Connection,
    workspace: WorkspaceId,
    provider: ProviderKind,
    customer: &str,
) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO billing_customers (workspace_id, provider, customer_id)
         SELECT :workspace, :provider, :customer
          WHERE NOT EXISTS (SELECT 1 FROM billing_customers
                             WHERE provider = :provider AND customer_id = :customer AND workspace_id <> :workspace)
         ON CONFLICT (workspace_id, provider) DO UPDATE SET customer_id = excluded.customer_id",
    )?
    .execute(named_params! { ":workspace": workspace, ":provider": provider, ":customer": customer })?;
    Ok(())
}

pub(super) fn workspace_of_customer(
    c: &Connection,
    provider: ProviderKind,
    customer: &str,
) -> db::Result<Option<WorkspaceId>> {
    let sql = "SELECT workspace_id FROM billing_customers WHERE provider = :provider AND customer_id = :customer";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":provider": provider, ":customer": customer }, |row| {
            row.get(0)
        })
}

pub(super) fn workspace_of_public_id(c: &Connection, id: &PublicId) -> db::Result<Option<WorkspaceId>> {
    c.prepare_cached("SELECT id FROM workspaces WHERE public_id = :id")?
        .maybe(named_params! { ":id": id }, |row| row.get(0))
}

/// Public id and name.
pub(super) fn workspace_names(c: &Connection, workspace: WorkspaceId) -> db::Result<(PublicId, String)> {
    c.prepare_cached("SELECT public_id, name FROM workspaces WHERE id = :workspace")?
        .one(named_params! { ":workspace": workspace }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
}

/// Addresses of the owners who can log in.
pub(super) fn owners(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<String>> {
    let sql = "SELECT u.email FROM members m JOIN users u ON u.id = m.user_id
                WHERE m.workspace_id = :workspace AND m.role = 'owner' AND u.suspended_at IS NULL
                  AND u.platform_role <> 'guest'
                ORDER BY u.id";
    c.prepare_cached(sql)?
        .all(named_params! { ":workspace": workspace }, |row| row.get(0))
}

pub(super) fn admins(c: &Connection) -> db::Result<Vec<String>> {
    let sql = "SELECT email FROM users WHERE platform_role = 'admin' AND suspended_at IS NULL ORDER BY id";
    c.prepare_cached(sql)?.all([], |row| row.get(0))
}

pub(super) fn email_of(c: &Connection, user: UserId) -> db::Result<Option<String>> {
    c.prepare_cached("SELECT email FROM users WHERE id = :user")?
        .maybe(named_params! { ":user": user }, |row| row.get(0))
}

// Checkouts.

pub(super) fn pending(c: &Connection, workspace: WorkspaceId) -> db::Result<Option<Pending>> {
    let sql = "SELECT plan_id, provider, reference, url, created_at FROM checkouts WHERE workspace_id = :workspace";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":workspace": workspace }, |row| {
            Ok(Pending {
                plan: row.get(0)?,
                provider: row.get(1)?,
                reference: row.get(2)?,
                url: row.get(3)?,
                since: row.get(4)?,
            })
        })
}

pub(super) fn put_pending(c: &Connection, workspace: WorkspaceId, p: &Pending, user: UserId) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO checkouts (workspace_id, plan_id, provider, reference, url, user_id, created_at)
         VALUES (:workspace, :plan, :provider, :reference, :url, (SELECT id FROM users WHERE id = :user), :since)
         ON CONFLICT (workspace_id) DO UPDATE
            SET plan_id = excluded.plan_id, provider = excluded.provider, reference = excluded.reference,
                url = excluded.url, user_id = excluded.user_id, created_at = excluded.created_at",
    )?
    .execute(named_params! {
        ":workspace": workspace,
        ":plan": p.plan,
        ":provider": p.provider,
        ":reference": p.reference,
        ":url": p.url,
        ":user": user,
        ":since": p.since,
    })?;
    Ok(())
}

pub(super) fn delete_pending(c: &Connection, workspace: WorkspaceId) -> db::Result<bool> {
    let gone = c
        .prepare_cached("DELETE FROM checkouts WHERE workspace_id = :workspace")?
        .execute(named_params! { ":workspace": workspace })?;
    Ok(gone > 0)
}

pub(super) fn workspace_of_pending(
    c: &Connection,
    provider: ProviderKind,
    reference: &str,
) -> db::Result<Option<WorkspaceId>> {
    let sql = "SELECT workspace_id FROM checkouts WHERE provider = :provider AND reference = :reference";
    c.prepare_cached(sql)?.maybe(
        named_params! { ":provider": provider, ":reference": reference },
        |row| row.get(0),
    )
}

/// Open requests: workspace's public id and name, the wanted plan, since when.
pub(super) fn requests(c: &Connection) -> db::Result<Vec<(PublicId, String, PlanId, UnixMs)>> {
    let sql = "SELECT w.public_id, w.name, k.plan_id, k.created_at
                 FROM checkouts k JOIN workspaces w ON w.id = k.workspace_id
                WHERE k.provider = 'manual' ORDER BY k.created_at LIMIT 200";
    c.prepare_cached(sql)?
        .all([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
}

// Invoices.

/// An invoice as a provider reports it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewInvoice {
    pub provider: ProviderKind,
    pub provider_id: String,
    pub number: Option<String>,
    pub amount: Money,
    pub status: InvoiceStatus,
    pub hosted_url: Option<String>,
    pub period: Option<(UnixMs, UnixMs)>,
    pub issued_at: UnixMs,
    /// The provider's time of the event.
    pub at: UnixMs,
}

/// Stores the invoice. An older state changes nothing, and a paid one stays paid.
pub(super) fn put_invoice(c: &Connection, workspace: WorkspaceId, new: &NewInvoice) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "INSERT INTO invoices (public_id, workspace_id, provider, provider_id, number, amount_minor, currency,
                                   status, hosted_url, period_start, period_end, issued_at, heard_at)
             VALUES (:public_id, :workspace, :provider, :provider_id, :number, :amount, :currency, :status, :url,
                     :start, :end, :issued, :at)
             ON CONFLICT (provider, provider_id) DO UPDATE
                SET number = COALESCE(excluded.number, number), amount_minor = excluded.amount_minor,
                    currency = excluded.currency, status = excluded.status,
                    hosted_url = COALESCE(excluded.hosted_url, hosted_url),
                    period_start = excluded.period_start, period_end = excluded.period_end,
                    heard_at = excluded.heard_at
              WHERE workspace_id = excluded.workspace_id AND excluded.heard_at >= heard_at
                AND (status <> 'paid' OR excluded.status = 'paid')",
        )?
        .execute(named_params! {
            ":public_id": PublicId::new("bill"),
            ":workspace": workspace,
            ":provider": new.provider,
            ":provider_id": new.provider_id,
            ":number": new.number,
            ":amount": new.amount.minor,
            ":currency": new.amount.currency,
            ":status": new.status,
            ":url": new.hosted_url,
            ":start": new.period.map(|(start, _)| start),
            ":end": new.period.map(|(_, end)| end),
            ":issued": new.issued_at,
            ":at": new.at,
        })?;
    Ok(changed > 0)
}

const INVOICE: &str = "id, public_id, provider, number, amount_minor, currency, status, hosted_url, period_start, \
                       period_end, issued_at";

fn invoice(row: &Row<'_>) -> rusqlite::Result<Invoice> {
    let (minor, currency): (i64, String) = (row.get(4)?, row.get(5)?);
    let (start, end): (Option<UnixMs>, Option<UnixMs>) = (row.get(8)?, row.get(9)?);
    Ok(Invoice {
        id: row.get(0)?,
        public_id: row.get(1)?,
        provider: row.get(2)?,
        number: row.get(3)?,
        amount: Money::new(minor, &currency),
        status: row.get(6)?,
        hosted_url: row.get(7)?,
        period: start.zip(end),
        issued_at: row.get(10)?,
    })
}

/// Newest first, from before `cursor` on. Drafts are not invoices yet.
pub(super) fn invoices(
    c: &Connection,
    workspace: WorkspaceId,
    cursor: Option<InvoiceId>,
    limit: u32,
) -> db::Result<Vec<Invoice>> {
    let sql = format!(
        "SELECT {INVOICE} FROM invoices
          WHERE workspace_id = :workspace AND status <> 'draft'
            AND (:cursor IS NULL OR (issued_at, id) < (SELECT issued_at, id FROM invoices
                                                        WHERE id = :cursor AND workspace_id = :workspace))
          ORDER BY issued_at DESC, id DESC LIMIT :limit"
    );
    c.prepare_cached(&sql)?.all(
        named_params! { ":workspace": workspace, ":cursor": cursor, ":limit": limit },
        invoice,
    )
}

pub(super) fn find_invoice(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Option<Invoice>> {
    let sql = format!("SELECT {INVOICE} FROM invoices WHERE workspace_id = :workspace AND public_id = :id");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": workspace, ":id": id }, invoice)
}

pub(super) fn workspace_of_invoice(
    c: &Connection,
    provider: ProviderKind,
    provider_id: &str,
) -> db::Result<Option<WorkspaceId>> {
    let sql = "SELECT workspace_id FROM invoices WHERE provider = :provider AND provider_id = :id";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":provider": provider, ":id": provider_id }, |row| {
            row.get(0)
        })
}

// The providers' events.

crate::words!(
    /// The result of an event.
    pub enum Processed {
        Followed = "followed",
        /// A newer state was applied before.
        Late = "late",
        /// It concerns no workspace here.
        Unknown = "unknown",
        /// Nothing here depends on this type.
        Ignored = "ignored",
    }
);

pub(super) fn event_seen(c: &Connection, provider: ProviderKind, event_id: &str) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM billing_events WHERE provider = :provider AND event_id = :id)";
    c.prepare_cached(sql)?
        .one(named_params! { ":provider": provider, ":id": event_id }, |row| {
            row.get(0)
        })
}

/// Whether the event is new. Call it first in the transaction of the event's effect.
pub(super) fn put_event(
    c: &Connection,
    provider: ProviderKind,
    (event_id, kind): (&str, &str),
    (created_at, signed_at): (UnixMs, Option<UnixMs>),
    now: UnixMs,
) -> db::Result<bool> {
    let added = c
        .prepare_cached(
            "INSERT INTO billing_events (provider, event_id, type, created_at, signed_at, received_at, processed)
             VALUES (:provider, :id, :type, :created, :signed, :now, 'ignored') ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":provider": provider, ":id": event_id, ":type": kind, ":created": created_at, ":signed": signed_at,
            ":now": now,
        })?;
    Ok(added > 0)
}

/// When the newest event of this provider was signed.
pub(super) fn newest_signed(c: &Connection, provider: ProviderKind) -> db::Result<Option<UnixMs>> {
    let sql = "SELECT MAX(signed_at) FROM billing_events WHERE provider = :provider AND signed_at IS NOT NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":provider": provider }, |row| row.get(0))
}

pub(super) fn set_processed(
    c: &Connection,
    provider: ProviderKind,
    event_id: &str,
    processed: Processed,
) -> db::Result<()> {
    c.prepare_cached("UPDATE billing_events SET processed = :processed WHERE provider = :provider AND event_id = :id")?
        .execute(named_params! { ":provider": provider, ":id": event_id, ":processed": processed })?;
    Ok(())
}

/// Deletes events older than `before` by every clock: one received while ours was behind is not old for that.
pub(super) fn prune_events(c: &Connection, before: UnixMs, limit: u32) -> db::Result<usize> {
    let sql = "DELETE FROM billing_events WHERE id IN
                (SELECT id FROM billing_events
                  WHERE received_at < :before AND created_at < :before AND COALESCE(signed_at, 0) < :before
                  ORDER BY id LIMIT :limit)";
    Ok(c.prepare_cached(sql)?
        .execute(named_params! { ":before": before, ":limit": limit })?)
}

// Subscriptions to be ended at the provider.

pub(super) fn put_end(c: &Connection, provider: ProviderKind, reference: &str, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO billing_ends (provider, subscription_id, since) VALUES (:provider, :reference, :now)
         ON CONFLICT DO NOTHING",
    )?
    .execute(named_params! { ":provider": provider, ":reference": reference, ":now": now })?;
    Ok(())
}

pub(super) fn ends(c: &Connection, limit: u32) -> db::Result<Vec<(ProviderKind, String)>> {
    c.prepare_cached("SELECT provider, subscription_id FROM billing_ends ORDER BY since LIMIT :limit")?
        .all(named_params! { ":limit": limit }, |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn delete_end(c: &Connection, provider: ProviderKind, reference: &str) -> db::Result<()> {
    c.prepare_cached("DELETE FROM billing_ends WHERE provider = :provider AND subscription_id = :reference")?
        .execute(named_params! { ":provider": provider, ":reference": reference })?;
    Ok(())
}

// Plans, as billing looks them up inside a transaction.

pub(super) fn default_plan(c: &Connection) -> db::Result<PlanId> {
    c.prepare_cached("SELECT id FROM plans WHERE is_default = 1")?
        .one([], |row| row.get(0))
}

/// Id, name and whether it is the default one.
pub(super) fn find_plan(c: &Connection, id: &PublicId) -> db::Result<Option<(PlanId, String, bool)>> {
    c.prepare_cached("SELECT id, name, is_default FROM plans WHERE public_id = :id")?
        .maybe(named_params! { ":id": id }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
}

/// Public id, code and name.
pub(super) fn plan_names(c: &Connection, plan: PlanId) -> db::Result<(PublicId, String, String)> {
    c.prepare_cached("SELECT public_id, code, name FROM plans WHERE id = :plan")?
        .one(named_params! { ":plan": plan }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
}

/// The known lines of the workspace's subscription.
pub(super) fn catalogue(c: &Connection, provider: ProviderKind, known: Option<&Subscription>) -> db::Result<Catalogue> {
    let line = known.filter(|s| s.provider == provider);
    Ok(Catalogue {
        plans: priced(c, provider)?,
        known: line.and_then(|s| Some((s.line.clone()?, s.plan))),
    })
}

/// The plans that the provider sells; of two with the same price, the one on offer comes first.
fn priced(c: &Connection, provider: ProviderKind) -> db::Result<Vec<Priced>> {
    let column = match provider {
        ProviderKind::Manual => return Ok(Vec::new()),
        ProviderKind::Stripe => "stripe_price",
        ProviderKind::Razorpay => "razorpay_plan",
    };
    let sql = format!(
        "SELECT id, {column}, price_minor, currency, interval, position FROM plans WHERE {column} IS NOT NULL
          ORDER BY archived_at IS NOT NULL, position, id"
    );
    c.prepare_cached(&sql)?.all([], |row| {
        Ok(Priced {
            plan: row.get(0)?,
            price: row.get(1)?,
            minor: row.get(2)?,
            currency: row.get(3)?,
            interval: row.get(4)?,
            position: row.get(5)?,
        })
    })
}

pub(super) fn zone(c: &Connection, workspace: WorkspaceId) -> db::Result<crate::zone::Zone> {
    let name: String = c
        .prepare_cached("SELECT time_zone FROM workspaces WHERE id = :workspace")?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    // Zones are checked when they are stored.
    Ok(name.parse().unwrap_or(crate::zone::Zone::UTC))
}
