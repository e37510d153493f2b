//! Razorpay's REST API: subscriptions with a hosted payment page, and its signed webhooks.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::http::{Body, Call, Http};
use super::lines::Catalogue;
use super::model::{BillingError, InvoiceStatus, Next, ProviderKind};
use super::provider::{
    Begun, Change, Header, Incoming, Line, News, Order, Provider, ProviderError, Remote, path_of, seconds, ten_years,
};
use super::rules::ChargeState;
use super::signature;
use super::store::NewInvoice;
use crate::clock::UnixMs;
use crate::i18n::Text;
use crate::plans::{Money, Plan};

pub struct Razorpay {
    http: Http,
    webhook_secret: String,
}

impl Razorpay {
    #[must_use]
    pub fn new(api_url: Url, key_id: &str, key_secret: &str, webhook_secret: &str) -> Self {
        let basic = STANDARD.encode(format!("{key_id}:{key_secret}"));
        Self {
            http: Http::new(api_url, format!("Basic {basic}")),
            webhook_secret: webhook_secret.to_owned(),
        }
    }

    async fn call(&self, method: &'static str, path: String, body: Body) -> Result<Value, ProviderError> {
        let call = Call {
            method,
            path,
            headers: Vec::new(),
            body,
        };
        self.http.ask(call).await
    }
}

#[async_trait]
impl Provider for Razorpay {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Razorpay
    }

    fn price<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        plan.razorpay_plan.as_deref()
    }

    /// Razorpay cannot undo a cancellation.
    fn can_resume(&self) -> bool {
        false
    }

    async fn checkout(&self, order: &Order) -> Result<Begun, ProviderError> {
        let body = json!({
            "plan_id": self.price(&order.plan),
            "total_count": ten_years(order.plan.interval),
            "quantity": 1,
            "customer_notify": 1,
            "notes": { "workspace": order.workspace, "name": order.workspace_name },
            "notify_info": { "notify_email": order.email },
        });
        let made = self.call("POST", "v1/subscriptions".into(), Body::Json(body)).await?;
        let url = text(&made, "short_url").filter(|url| self.http.may_lead_to(url));
        let url = url.ok_or_else(|| ProviderError::Odd(Text::new("billing-provider-no-page")))?;
        Ok(Begun {
            next: Next::Redirect(url),
            reference: text(&made, "id"),
            customer: text(&made, "customer_id"),
        })
    }

    async fn portal(&self, _: &str, _: &str) -> Result<Option<String>, ProviderError> {
        Ok(None)
    }

    /// A subscription has one plan here; add-ons are charged once and have no line.
    async fn change(&self, reference: &str, _: &Catalogue, price: &str, when: Change) -> Result<Next, ProviderError> {
        let path = path_of("subscriptions", reference)?;
        let at = match when {
            Change::Now => "now",
            Change::NextPeriod => "cycle_end",
            Change::Keep => {
                self.call("POST", format!("{path}/cancel_scheduled_changes"), Body::None)
                    .await?;
                return Ok(Next::Done);
            }
        };
        let body = json!({ "plan_id": price, "schedule_change_at": at, "customer_notify": 1 });
        self.call("PATCH", path, Body::Json(body)).await?;
        Ok(Next::Done)
    }

    async fn cancel_at_period_end(&self, reference: &str) -> Result<(), ProviderError> {
        let path = format!("{}/cancel", path_of("subscriptions", reference)?);
        let body = json!({ "cancel_at_cycle_end": 1 });
        self.call("POST", path, Body::Json(body)).await?;
        Ok(())
    }

    async fn resume(&self, _: &str) -> Result<(), ProviderError> {
        Err(ProviderError::Refused {
            code: None,
            message: BillingError::CannotResume.to_string(),
        })
    }

    async fn end(&self, reference: &str) -> Result<(), ProviderError> {
        let path = format!("{}/cancel", path_of("subscriptions", reference)?);
        let body = json!({ "cancel_at_cycle_end": 0 });
        match self.call("POST", path, Body::Json(body)).await {
            Ok(_) | Err(ProviderError::Gone) => Ok(()),
            // It refuses to cancel an ended one; any other error is retried.
            Err(error) => match self.subscription(reference).await {
                Ok(Some(remote)) if remote.charge == ChargeState::Ended => Ok(()),
                _ => Err(error),
            },
        }
    }

    async fn subscription(&self, reference: &str) -> Result<Option<Remote>, ProviderError> {
        match self.call("GET", path_of("subscriptions", reference)?, Body::None).await {
            Ok(object) => {
                Ok(Some(remote(&object).ok_or_else(|| {
                    ProviderError::Odd(Text::new("billing-provider-odd"))
                })?))
            }
            Err(ProviderError::Gone) => Ok(None),
            // Razorpay answers 400 for an unknown id.
            Err(ProviderError::Refused { message, .. }) if message.contains("does not exist") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The checkout is the subscription.
    async fn bought(&self, checkout: &str) -> Result<Option<String>, ProviderError> {
        Ok(Some(checkout.to_owned()))
    }

    fn read(&self, header: Header<'_>, body: &[u8], _: UnixMs) -> Result<Incoming, BillingError> {
        let signed = header("x-razorpay-signature").unwrap_or_default();
        if !signature::razorpay(&signed, body, self.webhook_secret.as_bytes()) {
            return Err(BillingError::BadSignature);
        }
        let event: Value = serde_json::from_slice(body).map_err(|_| BillingError::BadEvent)?;
        let kind = text(&event, "event").ok_or(BillingError::BadEvent)?;
        let at = seconds(event.get("created_at")).ok_or(BillingError::BadEvent)?;
        // The id is not signed: it only saves work. A replay under another id finds nothing left to change.
        let id = header("x-razorpay-event-id").filter(|id| !id.is_empty() && id.len() <= 100);
        Ok(Incoming {
            id: id.ok_or(BillingError::BadEvent)?,
            news: news(&kind, event.get("payload").unwrap_or(&Value::Null), at),
            kind,
            at,
            signed_at: None,
        })
    }
}

fn news(kind: &str, payload: &Value, at: UnixMs) -> News {
    let entity = |name: &str| payload.get(name)?.get("entity");
    let subscription = entity("subscription").and_then(remote);
    let (payment, invoice) = (entity("payment"), entity("invoice"));
    let customer = subscription.as_ref().and_then(|s| s.customer.clone());
    match kind {
        _ if kind.starts_with("subscription.") => News {
            invoice: payment.and_then(|payment| bill_of_payment(payment, at)),
            touched: subscription.as_ref().map(|s| s.reference.clone()),
            workspace: subscription.as_ref().and_then(|s| s.workspace.clone()),
            customer,
            subscription,
        },
        "invoice.paid" | "invoice.expired" | "invoice.partially_paid" => News {
            touched: invoice.and_then(|invoice| text(invoice, "subscription_id")),
            customer: invoice.and_then(|invoice| text(invoice, "customer_id")),
            invoice: invoice.and_then(|invoice| bill(invoice, at)),
            ..News::default()
        },
        "payment.failed" => News {
            customer: payment.and_then(|payment| text(payment, "customer_id")),
            invoice: payment.and_then(|payment| bill_of_payment(payment, at)),
            ..News::default()
        },
        _ => News::default(),
    }
}

fn remote(object: &Value) -> Option<Remote> {
    let charge = match text(object, "status")?.as_str() {
        "active" => ChargeState::Paid,
        "pending" | "halted" | "paused" => ChargeState::Overdue,
        "created" | "authenticated" => ChargeState::Unpaid,
        "cancelled" | "completed" | "expired" => ChargeState::Ended,
        _ => return None,
    };
    Some(Remote {
        reference: text(object, "id")?,
        customer: text(object, "customer_id"),
        workspace: object
            .pointer("/notes/workspace")
            .and_then(|id| id.as_str()?.parse().ok()),
        lines: text(object, "plan_id").map(line).into_iter().collect(),
        charge,
        period: (seconds(object.get("current_start")), seconds(object.get("current_end"))),
        // Razorpay does not report it.
        cancel_at_period_end: None,
        cancel_at: None,
    })
}

/// The only line has no id of its own.
fn line(plan: String) -> Line {
    Line {
        id: String::new(),
        price: plan,
        period: (None, None),
    }
}

fn bill(object: &Value, at: UnixMs) -> Option<NewInvoice> {
    let status = match text(object, "status")?.as_str() {
        "draft" => InvoiceStatus::Draft,
        "issued" | "partially_paid" => InvoiceStatus::Open,
        "paid" => InvoiceStatus::Paid,
        "cancelled" | "deleted" => InvoiceStatus::Void,
        "expired" => InvoiceStatus::Uncollectible,
        _ => return None,
    };
    let time = |name: &str| seconds(object.get(name));
    Some(NewInvoice {
        provider: ProviderKind::Razorpay,
        provider_id: text(object, "id")?,
        number: text(object, "invoice_number"),
        amount: amount(object)?,
        status,
        hosted_url: text(object, "short_url").filter(|url| url.starts_with("https://")),
        period: time("billing_start").zip(time("billing_end")),
        issued_at: time("issued_at").or_else(|| time("created_at")).unwrap_or(at),
        at,
    })
}

/// The invoice of a payment, as far as the payment identifies it.
fn bill_of_payment(payment: &Value, at: UnixMs) -> Option<NewInvoice> {
    let status = match text(payment, "status")?.as_str() {
        "captured" => InvoiceStatus::Paid,
        "failed" => InvoiceStatus::Failed,
        _ => return None,
    };
    Some(NewInvoice {
        provider: ProviderKind::Razorpay,
        provider_id: text(payment, "invoice_id")?,
        number: None,
        amount: amount(payment)?,
        status,
        hosted_url: None,
        period: None,
        issued_at: seconds(payment.get("created_at")).unwrap_or(at),
        at,
    })
}

fn amount(object: &Value) -> Option<Money> {
    let currency = text(object, "currency").filter(|currency| currency.len() == 3)?;
    Some(Money::new(object.get("amount")?.as_i64()?, &currency))
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_razorpay_maps_to_a_charge_state() {
        for (status, charge) in [
            ("created", Some(ChargeState::Unpaid)),
            ("authenticated", Some(ChargeState::Unpaid)),
            ("active", Some(ChargeState::Paid)),
            ("pending", Some(ChargeState::Overdue)),
            ("halted", Some(ChargeState::Overdue)),
            ("paused", Some(ChargeState::Overdue)),
            ("cancelled", Some(ChargeState::Ended)),
            ("completed", Some(ChargeState::Ended)),
            ("expired", Some(ChargeState::Ended)),
            ("invented_next_year", None),
        ] {
            let object = json!({"id": "sub_1", "plan_id": "plan_1", "status": status, "current_end": 1_700_000_000});
            assert_eq!(remote(&object).map(|r| r.charge), charge, "{status}");
        }
    }

    #[test]
    fn a_charge_reports_the_subscription_and_its_invoice() {
        let payload = json!({
            "subscription": {"entity": {"id": "sub_1", "plan_id": "plan_1", "status": "active",
                                        "notes": {"workspace": "wsp_00000000000000000000000001"}}},
            "payment": {"entity": {"id": "pay_1", "invoice_id": "inv_1", "amount": 160_000, "currency": "INR",
                                   "status": "captured", "created_at": 1_700_000_000}},
        });
        let news = news("subscription.charged", &payload, UnixMs(5));
        assert!(news.workspace.is_some() && news.subscription.is_some());
        let bill = news.invoice.unwrap();
        assert_eq!(
            (bill.status, bill.amount.to_string()),
            (InvoiceStatus::Paid, "₹1,600.00".into())
        );
    }
}
