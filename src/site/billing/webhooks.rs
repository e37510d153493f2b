//! The webhooks of payment providers. There is no login: the signature over the body authenticates them.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::billing::{Billing, BillingError, ProviderKind, Received};
use crate::web::problem::{ApiResult, Problem};

/// `POST /webhooks/stripe`.
pub async fn stripe(request: HttpRequest, body: Result<Bytes, actix_web::Error>, billing: Data<Billing>) -> ApiResult {
    receive(ProviderKind::Stripe, &request, body, &billing).await
}

/// `POST /webhooks/razorpay`.
pub async fn razorpay(
    request: HttpRequest,
    body: Result<Bytes, actix_web::Error>,
    billing: Data<Billing>,
) -> ApiResult {
    receive(ProviderKind::Razorpay, &request, body, &billing).await
}

async fn receive(
    kind: ProviderKind,
    request: &HttpRequest,
    body: Result<Bytes, actix_web::Error>,
    billing: &Billing,
) -> ApiResult {
    let body = body.map_err(|_| Problem::too_large())?;
    // Copied, since a request cannot be sent to another thread.
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
    };
    match billing.receive(kind, &header, &body).await {
        Ok(received) => {
            tracing::debug!(provider = %kind, again = received == Received::Again, "a payment provider's webhook was accepted");
            Ok(HttpResponse::Ok().finish())
        }
        Err(error) => {
            if matches!(error, BillingError::BadSignature | BillingError::BadEvent) {
                tracing::warn!(provider = %kind, bytes = body.len(), %error, "a webhook was refused");
            }
            Err(error.into())
        }
    }
}
