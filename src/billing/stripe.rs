//! Stripe's REST API: Checkout, the customer portal, subscriptions, and its signed webhooks.

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::http::{Body, Call, Http};
use super::lines::Catalogue;
use super::model::{BillingError, InvoiceStatus, Next, ProviderKind};
use super::provider::{
    Begun, Change, Header, Incoming, Line, News, Order, Provider, ProviderError, Remote, path_of, seconds,
};
use super::rules::ChargeState;
use super::signature;
use super::store::NewInvoice;
use crate::clock::UnixMs;
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::plans::{Money, Plan};

/// The version of our requests; webhooks come in the account's version, and both are parsed.
const VERSION: &str = "2024-06-20";

pub struct Stripe {
    http: Http,
    webhook_secret: String,
}

impl Stripe {
    #[must_use]
    pub fn new(api_url: Url, secret_key: &str, webhook_secret: &str) -> Self {
        Self {
            http: Http::new(api_url, format!("Bearer {secret_key}")),
            webhook_secret: webhook_secret.to_owned(),
        }
    }

    async fn get(&self, path: String) -> Result<Value, ProviderError> {
        let headers = vec![("stripe-version", VERSION.to_owned())];
        let call = Call {
            method: "GET",
            path,
            headers,
            body: Body::None,
        };
        self.http.ask(call).await
    }

    /// `key` identifies the operation, so that a retry does it once.
    async fn post(&self, path: String, form: &[(&str, &str)], key: &str) -> Result<Value, ProviderError> {
        let headers = vec![
            ("stripe-version", VERSION.to_owned()),
            ("idempotency-key", key.to_owned()),
        ];
        let form = form
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let call = Call {
            method: "POST",
            path,
            headers,
            body: Body::Form(form.collect()),
        };
        self.http.ask(call).await
    }

    async fn new_customer(&self, order: &Order) -> Result<String, ProviderError> {
        let form = [
            ("email", order.email.as_str()),
            ("name", order.workspace_name.as_str()),
            ("metadata[workspace]", order.workspace.as_str()),
        ];
        let made = self.post("v1/customers".into(), &form, &key("customer")).await?;
        text(&made, "id").ok_or_else(|| ProviderError::Odd(Text::new("billing-provider-no-customer")))
    }

    async fn new_session(&self, order: &Order, customer: &str) -> Result<Value, ProviderError> {
        let form = [
            ("mode", "subscription"),
            ("customer", customer),
            ("client_reference_id", order.workspace.as_str()),
            ("line_items[0][price]", self.price(&order.plan).unwrap_or_default()),
            ("line_items[0][quantity]", "1"),
            ("metadata[workspace]", order.workspace.as_str()),
            ("subscription_data[metadata][workspace]", order.workspace.as_str()),
            ("success_url", order.done_url.as_str()),
            ("cancel_url", order.back_url.as_str()),
        ];
        self.post("v1/checkout/sessions".into(), &form, &key("checkout")).await
    }

    /// A subscription with all of its lines: Stripe's first page may lack some.
    async fn whole(&self, reference: &str) -> Result<Value, ProviderError> {
        let mut object = self.get(path_of("subscriptions", reference)?).await?;
        if !is_whole(&object) {
            let path = format!("v1/subscription_items?limit=100&subscription={reference}");
            object["items"] = self.get(path).await?;
        }
        Ok(object)
    }

    /// The URL that a person is redirected to.
    fn lead(&self, object: &Value, field: &str) -> Result<String, ProviderError> {
        text(object, field)
            .filter(|url| self.http.may_lead_to(url))
            .ok_or_else(|| ProviderError::Odd(Text::new("billing-provider-no-field").with("field", field)))
    }

    async fn upgrade(&self, reference: &str, item: &str, price: &str) -> Result<Next, ProviderError> {
        // Until it is paid the subscription stays unchanged, and so do the limits.
        let form = [
            ("items[0][id]", item),
            ("items[0][price]", price),
            ("proration_behavior", "always_invoice"),
            ("payment_behavior", "pending_if_incomplete"),
            ("expand[]", "latest_invoice"),
        ];
        let changed = self
            .post(path_of("subscriptions", reference)?, &form, &key("upgrade"))
            .await?;
        if changed.get("pending_update").is_none_or(Value::is_null) {
            return Ok(Next::Done);
        }
        let invoice = changed.get("latest_invoice").unwrap_or(&Value::Null);
        Ok(Next::Redirect(self.lead(invoice, "hosted_invoice_url")?))
    }
}

#[async_trait]
impl Provider for Stripe {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Stripe
    }

    fn price<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        plan.stripe_price.as_deref()
    }

    fn can_resume(&self) -> bool {
        true
    }

    async fn checkout(&self, order: &Order) -> Result<Begun, ProviderError> {
        let known = match &order.customer {
            Some(customer) => customer.clone(),
            None => self.new_customer(order).await?,
        };
        let (session, customer) = match self.new_session(order, &known).await {
            // The customer was deleted in Stripe's dashboard.
            Err(ProviderError::Refused { code: Some(code), .. })
                if code == "resource_missing" && order.customer.is_some() =>
            {
                let fresh = self.new_customer(order).await?;
                (self.new_session(order, &fresh).await?, fresh)
            }
            session => (session?, known),
        };
        Ok(Begun {
            next: Next::Redirect(self.lead(&session, "url")?),
            reference: text(&session, "id"),
            customer: Some(customer),
        })
    }

    async fn portal(&self, customer: &str, back_url: &str) -> Result<Option<String>, ProviderError> {
        let form = [("customer", customer), ("return_url", back_url)];
        let session = self
            .post("v1/billing_portal/sessions".into(), &form, &key("portal"))
            .await?;
        Ok(Some(self.lead(&session, "url")?))
    }

    async fn change(
        &self,
        reference: &str,
        catalogue: &Catalogue,
        price: &str,
        when: Change,
    ) -> Result<Next, ProviderError> {
        let item = catalogue.line_to_change(&lines(&self.whole(reference).await?))?;
        if when == Change::Now {
            return self.upgrade(reference, &item, price).await;
        }
        // The new price applies from the next invoice on; the paid period stays paid, and we keep the plan until then.
        let form = [
            ("items[0][id]", item.as_str()),
            ("items[0][price]", price),
            ("proration_behavior", "none"),
        ];
        self.post(path_of("subscriptions", reference)?, &form, &key("change"))
            .await?;
        Ok(Next::Done)
    }

    async fn cancel_at_period_end(&self, reference: &str) -> Result<(), ProviderError> {
        let form = [("cancel_at_period_end", "true")];
        self.post(path_of("subscriptions", reference)?, &form, &key("cancel"))
            .await?;
        Ok(())
    }

    async fn resume(&self, reference: &str) -> Result<(), ProviderError> {
        let now = self.get(path_of("subscriptions", reference)?).await?;
        let flag = now.get("cancel_at_period_end").and_then(Value::as_bool) == Some(true);
        // A cancellation by date is undone separately, since Stripe accepts only one of the two.
        let form = if !flag && seconds(now.get("cancel_at")).is_some() {
            [("cancel_at", "")]
        } else {
            [("cancel_at_period_end", "false")]
        };
        self.post(path_of("subscriptions", reference)?, &form, &key("resume"))
            .await?;
        Ok(())
    }

    async fn end(&self, reference: &str) -> Result<(), ProviderError> {
        let call = Call {
            method: "DELETE",
            path: path_of("subscriptions", reference)?,
            headers: vec![("stripe-version", VERSION.to_owned())],
            body: Body::None,
        };
        match self.http.ask(call).await {
            Ok(_) | Err(ProviderError::Gone) => Ok(()),
            Err(ProviderError::Refused { code: Some(code), .. }) if code == "resource_missing" => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn subscription(&self, reference: &str) -> Result<Option<Remote>, ProviderError> {
        match self.whole(reference).await {
            Ok(object) => {
                Ok(Some(remote(&object).ok_or_else(|| {
                    ProviderError::Odd(Text::new("billing-provider-odd"))
                })?))
            }
            Err(ProviderError::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn bought(&self, checkout: &str) -> Result<Option<String>, ProviderError> {
        let session = match self.get(path_of("checkout/sessions", checkout)?).await {
            Ok(session) => session,
            Err(ProviderError::Gone) => return Ok(None),
            Err(error) => return Err(error),
        };
        let complete = text(&session, "status").as_deref() == Some("complete");
        Ok(id_of(&session, "subscription").filter(|_| complete))
    }

    fn read(&self, header: Header<'_>, body: &[u8], now: UnixMs) -> Result<Incoming, BillingError> {
        let signed = header("stripe-signature").unwrap_or_default();
        let signed_at = signature::stripe(&signed, body, self.webhook_secret.as_bytes(), now);
        let signed_at = Some(signed_at.ok_or(BillingError::BadSignature)?);
        let event: Value = serde_json::from_slice(body).map_err(|_| BillingError::BadEvent)?;
        let (id, kind) = (text(&event, "id"), text(&event, "type"));
        let (id, kind) = id.zip(kind).ok_or(BillingError::BadEvent)?;
        let at = seconds(event.get("created")).ok_or(BillingError::BadEvent)?;
        let object = event.pointer("/data/object").unwrap_or(&Value::Null);
        let news = news(&kind, object, at);
        Ok(Incoming {
            id,
            kind,
            at,
            signed_at,
            news,
        })
    }
}

fn news(kind: &str, object: &Value, at: UnixMs) -> News {
    let (customer, workspace) = (id_of(object, "customer"), workspace_of(object));
    let touched = matches!(
        kind,
        "invoice.paid" | "invoice.payment_succeeded" | "invoice.payment_failed"
    );
    match kind {
        "customer.subscription.created" | "customer.subscription.updated" | "customer.subscription.deleted" => News {
            subscription: remote(object).filter(|_| is_whole(object)),
            // One that cannot be parsed can still be requested.
            touched: text(object, "id"),
            customer,
            workspace,
            ..News::default()
        },
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => News {
            touched: id_of(object, "subscription"),
            customer,
            workspace,
            ..News::default()
        },
        _ if kind.starts_with("invoice.") && kind != "invoice.upcoming" && kind != "invoice.deleted" => News {
            touched: subscription_of(object).filter(|_| touched),
            invoice: invoice(kind, object, at),
            customer,
            workspace,
            ..News::default()
        },
        _ => News::default(),
    }
}

fn remote(object: &Value) -> Option<Remote> {
    let charge = match text(object, "status")?.as_str() {
        "active" | "trialing" => ChargeState::Paid,
        "past_due" | "unpaid" | "paused" => ChargeState::Overdue,
        "incomplete" => ChargeState::Unpaid,
        "canceled" | "incomplete_expired" => ChargeState::Ended,
        _ => return None,
    };
    Some(Remote {
        reference: text(object, "id")?,
        customer: id_of(object, "customer"),
        workspace: workspace_of(object),
        lines: lines(object),
        charge,
        period: period(object),
        cancel_at_period_end: Some(object.get("cancel_at_period_end").and_then(Value::as_bool) == Some(true)),
        // It may also contain the same as the flag, which then has no meaning of its own.
        cancel_at: seconds(object.get("cancel_at")),
    })
}

fn lines(subscription: &Value) -> Vec<Line> {
    let items = subscription.pointer("/items/data").and_then(Value::as_array);
    let line = |item: &Value| {
        let price = item.pointer("/price/id").or_else(|| item.pointer("/plan/id"));
        Some(Line {
            id: text(item, "id").unwrap_or_default(),
            price: price?.as_str()?.to_owned(),
            period: period(item),
        })
    };
    items.into_iter().flatten().filter_map(line).collect()
}

/// Whether all lines are included.
fn is_whole(subscription: &Value) -> bool {
    subscription.pointer("/items/has_more").and_then(Value::as_bool) != Some(true)
}

/// Until 2025 the subscription's, since then each line's.
fn period(object: &Value) -> (Option<UnixMs>, Option<UnixMs>) {
    let time = |name: &str| seconds(object.get(name));
    (time("current_period_start"), time("current_period_end"))
}

fn invoice(kind: &str, object: &Value, at: UnixMs) -> Option<NewInvoice> {
    let status = match (text(object, "status")?.as_str(), kind) {
        ("open", "invoice.payment_failed") => InvoiceStatus::Failed,
        ("draft", _) => InvoiceStatus::Draft,
        ("open", _) => InvoiceStatus::Open,
        ("paid", _) => InvoiceStatus::Paid,
        ("void", _) => InvoiceStatus::Void,
        ("uncollectible", _) => InvoiceStatus::Uncollectible,
        _ => return None,
    };
    let line = object.pointer("/lines/data/0/period");
    // The invoice's own period is the previous one; the line has the paid one.
    let period = |name: &str| line.and_then(|line| seconds(line.get(name)));
    let issued = seconds(object.pointer("/status_transitions/finalized_at"));
    let total = object.get("total").or_else(|| object.get("amount_due"))?.as_i64()?;
    Some(NewInvoice {
        provider: ProviderKind::Stripe,
        provider_id: text(object, "id")?,
        number: text(object, "number"),
        amount: Money::new(total, &text(object, "currency").filter(|c| c.len() == 3)?),
        status,
        hosted_url: text(object, "hosted_invoice_url").filter(|url| url.starts_with("https://")),
        period: period("start").zip(period("end")),
        issued_at: issued.or_else(|| seconds(object.get("created"))).unwrap_or(at),
        at,
    })
}

fn subscription_of(invoice: &Value) -> Option<String> {
    // Since 2025 it is the invoice's parent.
    id_of(invoice, "subscription").or_else(|| {
        id_of(
            invoice.pointer("/parent/subscription_details").unwrap_or(&Value::Null),
            "subscription",
        )
    })
}

fn workspace_of(object: &Value) -> Option<PublicId> {
    let written = text(object, "client_reference_id")
        .or_else(|| text(object.get("metadata")?, "workspace"))
        .or_else(|| text(object.pointer("/subscription_details/metadata")?, "workspace"))
        // Since 2025 it is the invoice's parent.
        .or_else(|| text(object.pointer("/parent/subscription_details/metadata")?, "workspace"));
    written?.parse().ok()
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// An id, or the id of an expanded object.
fn id_of(object: &Value, name: &str) -> Option<String> {
    let value = object.get(name)?;
    value.as_str().map(str::to_owned).or_else(|| text(value, "id"))
}

/// The idempotency key of an operation and its retry.
fn key(deed: &str) -> String {
    format!("wamanager-{deed}-{}", PublicId::new("key"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn subscription() -> Value {
        json!({
            "id": "sub_1", "customer": "cus_1", "status": "active", "cancel_at_period_end": false, "cancel_at": null,
            "current_period_start": 1_700_000_000, "current_period_end": 1_702_592_000,
            "metadata": {"workspace": "wsp_00000000000000000000000001"},
            "items": {"data": [{"id": "si_1", "price": {"id": "price_pro"}}]},
        })
    }

    #[test]
    fn a_subscription_is_parsed_in_the_old_and_the_new_format() {
        let old = remote(&subscription()).unwrap();
        let mut new = subscription();
        for name in ["current_period_start", "current_period_end"] {
            let value = new.as_object_mut().unwrap().remove(name).unwrap();
            new["items"]["data"][0][name] = value;
        }
        let new = remote(&new).unwrap();
        let period = (Some(UnixMs(1_700_000_000_000)), Some(UnixMs(1_702_592_000_000)));
        assert_eq!(old.period_by(Some(&old.lines[0])), period);
        assert_eq!(new.period_by(Some(&new.lines[0])), period);
        assert_eq!(
            (old.lines[0].price.as_str(), old.charge),
            ("price_pro", ChargeState::Paid)
        );
    }

    #[test]
    fn the_period_is_that_of_the_plans_line() {
        let mut object = subscription();
        for name in ["current_period_start", "current_period_end"] {
            object.as_object_mut().unwrap().remove(name);
        }
        // A line for a year of support comes before the monthly plan.
        object["items"]["data"] = json!([
            {"id": "si_0", "price": {"id": "price_support"},
             "current_period_start": 1_700_000_000, "current_period_end": 1_731_536_000},
            {"id": "si_1", "price": {"id": "price_pro"},
             "current_period_start": 1_700_000_000, "current_period_end": 1_702_592_000},
        ]);
        let remote = remote(&object).unwrap();
        let (_, end) = remote.period_by(Some(&remote.lines[1]));
        assert_eq!(end, Some(UnixMs(1_702_592_000_000)));
    }

    #[test]
    fn a_cancellation_is_detected_by_its_flag_and_by_its_date() {
        let end = Some(UnixMs(1_702_592_000_000));
        for (flag, at, ends) in [
            (false, None, false),
            (true, None, true),
            (false, Some(1_702_592_000), true),
            (true, Some(1_702_592_000), true),
            // It ends on a later day: the next period is paid and granted.
            (false, Some(1_705_270_400), false),
        ] {
            let mut object = subscription();
            object["cancel_at_period_end"] = json!(flag);
            object["cancel_at"] = json!(at);
            assert_eq!(remote(&object).unwrap().ends_with(end), Some(ends), "{flag} {at:?}");
        }
    }

    #[test]
    fn missing_lines_of_a_subscription_are_requested() {
        let mut object = subscription();
        object["items"]["has_more"] = json!(true);
        let news = news("customer.subscription.updated", &object, UnixMs(5));
        assert_eq!((news.subscription, news.touched.as_deref()), (None, Some("sub_1")));
    }

    #[test]
    fn an_invoice_names_its_workspace_in_the_old_and_the_new_format() {
        let details = json!({"subscription": "sub_1", "metadata": {"workspace": "wsp_00000000000000000000000001"}});
        for bill in [
            json!({"subscription": "sub_1", "subscription_details": details}),
            json!({"parent": {"type": "subscription_details", "subscription_details": details}}),
        ] {
            let news = news("invoice.paid", &bill, UnixMs(5));
            assert_eq!(news.touched.as_deref(), Some("sub_1"), "{bill}");
            assert!(news.workspace.is_some(), "{bill}");
        }
    }

    #[test]
    fn every_status_of_stripe_maps_to_a_charge_state() {
        for (status, charge) in [
            ("active", Some(ChargeState::Paid)),
            ("trialing", Some(ChargeState::Paid)),
            ("past_due", Some(ChargeState::Overdue)),
            ("unpaid", Some(ChargeState::Overdue)),
            ("paused", Some(ChargeState::Overdue)),
            ("incomplete", Some(ChargeState::Unpaid)),
            ("incomplete_expired", Some(ChargeState::Ended)),
            ("canceled", Some(ChargeState::Ended)),
            ("invented_next_year", None),
        ] {
            let mut object = subscription();
            object["status"] = json!(status);
            assert_eq!(remote(&object).map(|r| r.charge), charge, "{status}");
        }
    }

    #[test]
    fn a_failed_invoice_is_stored_and_its_subscription_is_requested() {
        let object = json!({
            "id": "in_1", "status": "open", "total": 1900, "currency": "usd", "number": "A-1", "created": 1_700_000_000,
            "customer": "cus_1", "parent": {"subscription_details": {"subscription": "sub_1"}},
            "hosted_invoice_url": "javascript:alert(1)",
        });
        let news = news("invoice.payment_failed", &object, UnixMs(5));
        assert_eq!(news.touched.as_deref(), Some("sub_1"));
        let invoice = news.invoice.unwrap();
        assert_eq!(
            (invoice.status, invoice.amount.to_string()),
            (InvoiceStatus::Failed, "$19.00".into())
        );
        assert_eq!(invoice.hosted_url, None);
    }

    #[test]
    fn an_irrelevant_event_has_no_content() {
        let news = news(
            "charge.refund.updated",
            &json!({"id": "re_1", "customer": "cus_1"}),
            UnixMs(5),
        );
        assert!(news.subscription.is_none() && news.touched.is_none() && news.invoice.is_none());
    }

    #[test]
    fn an_id_from_outside_cannot_lead_to_another_path() {
        for bad in ["", "../customers", "sub_1/x", "sub_1?expand=x", "sub%2f"] {
            assert!(path_of("subscriptions", bad).is_err(), "{bad:?}");
        }
        assert_eq!(path_of("subscriptions", "sub_1").unwrap(), "v1/subscriptions/sub_1");
    }
}
