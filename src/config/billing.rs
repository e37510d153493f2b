//! Payment providers: the options of `stripe`, `razorpay` and `billing`.

use url::{Host, Url};

use super::Secret;
use super::check::{Reader, number};
use super::options::{
    BILLING_GRACE_DAYS, RAZORPAY_API_URL, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RAZORPAY_WEBHOOK_SECRET,
    STRIPE_API_URL, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET,
};

#[derive(Clone, Debug)]
pub struct BillingConfig {
    pub stripe: Option<StripeConfig>,
    pub razorpay: Option<RazorpayConfig>,
    /// How long a workspace keeps its plan after a payment failed.
    pub grace_days: u32,
}

#[derive(Clone, Debug)]
pub struct StripeConfig {
    pub secret_key: Secret,
    pub webhook_secret: Secret,
    pub api_url: Url,
}

#[derive(Clone, Debug)]
pub struct RazorpayConfig {
    pub key_id: String,
    pub key_secret: Secret,
    pub webhook_secret: Secret,
    pub api_url: Url,
}

/// Reads the options of billing; `None` when an error was reported.
pub(super) fn check(reader: &mut Reader<'_>) -> Option<BillingConfig> {
    let grace_days = reader.required(BILLING_GRACE_DAYS, |text| number(text, 0, 90));
    let stripe_url = reader.required(STRIPE_API_URL, api_url);
    let razorpay_url = reader.required(RAZORPAY_API_URL, api_url);
    let stripe = whole(reader, &[STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET])?;
    let razorpay = whole(reader, &[RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RAZORPAY_WEBHOOK_SECRET])?;
    let (stripe_url, razorpay_url) = (stripe_url?, razorpay_url?);
    Some(BillingConfig {
        stripe: stripe.then_some(()).and_then(|()| {
            Some(StripeConfig {
                secret_key: reader.secret(STRIPE_SECRET_KEY)?,
                webhook_secret: reader.secret(STRIPE_WEBHOOK_SECRET)?,
                api_url: stripe_url,
            })
        }),
        razorpay: razorpay.then_some(()).and_then(|()| {
            Some(RazorpayConfig {
                key_id: reader.secret(RAZORPAY_KEY_ID)?.reveal().to_owned(),
                key_secret: reader.secret(RAZORPAY_KEY_SECRET)?,
                webhook_secret: reader.secret(RAZORPAY_WEBHOOK_SECRET)?,
                api_url: razorpay_url,
            })
        }),
        grace_days: grace_days?,
    })
}

/// Whether all of `keys` are given; only some of them is an error.
pub(super) fn whole(reader: &mut Reader<'_>, keys: &[&str]) -> Option<bool> {
    let missing: Vec<&str> = keys.iter().copied().filter(|key| !reader.given(key)).collect();
    if missing.is_empty() || missing.len() == keys.len() {
        return Some(missing.is_empty());
    }
    for key in missing {
        reader.say(key, format!("is missing: {} belong together", keys.join(", ")));
    }
    None
}

/// Every request carries the account's keys, so the connection must be encrypted where it leaves the machine.
pub(super) fn api_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is not a URL ({error})"))?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && here) {
        Ok(url)
    } else {
        Err("must begin with https:// (http:// only on this machine, for tests)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::testing::load;

    #[test]
    fn without_a_provider_nobody_pays_and_the_grace_is_a_week() {
        let billing = load(&[]).unwrap().billing;
        assert!(billing.stripe.is_none() && billing.razorpay.is_none());
        assert_eq!(billing.grace_days, 7);
    }

    #[test]
    fn keys_of_a_provider_belong_together() {
        let text = load(&[("WAMANAGER_STRIPE_SECRET_KEY", "sk_test_1")]).unwrap_err();
        assert!(text.contains("stripe.webhook_secret"), "{text}");
        let both = [
            ("WAMANAGER_STRIPE_SECRET_KEY", "sk_test_1"),
            ("WAMANAGER_STRIPE_WEBHOOK_SECRET", "whsec_2"),
        ];
        let config = load(&both).unwrap();
        assert_eq!(config.billing.stripe.as_ref().unwrap().secret_key.reveal(), "sk_test_1");
        let shown = format!("{config:?}");
        assert!(!shown.contains("sk_test_1") && !shown.contains("whsec_2"));
    }

    #[test]
    fn keys_are_not_sent_unencrypted_to_another_machine() {
        assert!(load(&[("WAMANAGER_STRIPE_API_URL", "http://api.example.com")]).is_err());
        assert!(load(&[("WAMANAGER_STRIPE_API_URL", "http://127.0.0.1:8420")]).is_ok());
    }

    #[test]
    fn a_secret_may_come_as_a_credential_of_systemd() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("stripe-secret-key"), "sk_test_1\n").unwrap();
        std::fs::write(dir.path().join("stripe-webhook-secret"), "whsec_2\n").unwrap();
        let config = load(&[("CREDENTIALS_DIRECTORY", dir.path().to_str().unwrap())]).unwrap();
        assert_eq!(config.billing.stripe.unwrap().webhook_secret.reveal(), "whsec_2");
    }
}
