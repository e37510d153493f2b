//! Signed URLs of S3 (Signature Version 4 in the query), so that a request needs no header but `Host`.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use url::Url;

/// How long a signed URL is good for, in seconds; it is used at once.
const GOOD_FOR: u32 = 300;

/// Who signs, and for which region.
pub(super) struct Signer<'a> {
    pub access_key: &'a str,
    pub secret_key: &'a str,
    pub region: &'a str,
}

impl Signer<'_> {
    /// `url` with a signature for `method`. Its path consists of characters that need no escape, and its query, if it has
    /// one, of names in their order that come after `X-Amz`, with values that are escaped.
    pub(super) fn sign(&self, method: &str, url: &Url, at: DateTime<Utc>) -> Url {
        self.sign_for(method, url, at, GOOD_FOR)
    }

    fn sign_for(&self, method: &str, url: &Url, at: DateTime<Utc>, seconds: u32) -> Url {
        let (day, time) = (at.format("%Y%m%d").to_string(), at.format("%Y%m%dT%H%M%SZ").to_string());
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        // In the order of the names, with the slashes of the scope escaped: the very text that is signed.
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}%2F{}&X-Amz-Date={time}&X-Amz-Expires={seconds}\
             &X-Amz-SignedHeaders=host{}",
            escaped(self.access_key),
            scope.replace('/', "%2F"),
            url.query().map(|query| format!("&{query}")).unwrap_or_default()
        );
        let host = url.host_str().unwrap_or_default();
        let host = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let request = format!(
            "{method}\n{}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD",
            url.path()
        );
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let key = [day.as_str(), self.region, "s3", "aws4_request"]
            .iter()
            .fold(format!("AWS4{}", self.secret_key).into_bytes(), |key, part| {
                keyed(&key, part)
            });
        let mut signed = url.clone();
        signed.set_query(Some(&format!("{query}&X-Amz-Signature={}", hex(&keyed(&key, &text)))));
        signed
    }
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All but the unreserved characters of RFC 3986.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Amazon's own documentation, "Authenticating Requests: Using Query Parameters".
    #[test]
    fn the_signature_is_the_one_of_the_specification() {
        let signer = Signer {
            access_key: "AKIAIOSFODNN7EXAMPLE",
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
        };
        let url = Url::parse("https://examplebucket.s3.amazonaws.com/test.txt").unwrap();
        let at = "2013-05-24T00:00:00Z".parse().unwrap();
        let signed = signer.sign_for("GET", &url, at, 86_400);
        let signature = signed
            .query_pairs()
            .find(|(name, _)| name == "X-Amz-Signature")
            .unwrap();
        assert_eq!(
            signature.1,
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }
}
