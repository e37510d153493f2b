//! THE list of error codes: every one that a response may carry, with its status and the pages that explain it.
//!
//! Their texts are in `locales/*/api.ftl`: `error-CODE-means` and `error-CODE-fix`. A test reads the sources and fails
//! for a code that is not listed here.

use crate::i18n::T;

/// A code, its status, and where it occurs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code {
    pub code: &'static str,
    pub status: u16,
    /// Whether `/v1` answers with it; the others occur on pages.
    pub api: bool,
}

const fn api(code: &'static str, status: u16) -> Code {
    Code {
        code,
        status,
        api: true,
    }
}

const fn page(code: &'static str, status: u16) -> Code {
    Code {
        code,
        status,
        api: false,
    }
}

/// By status, then by name.
pub const ALL: &[Code] = &[
    api("bad-parameter", 400),
    api("bad-request", 400),
    page("bad-signature", 400),
    api("malformed-body", 400),
    api("invalid-key", 401),
    api("invalid-refresh-token", 401),
    api("invalid-token", 401),
    api("key-expired", 401),
    api("not-logged-in", 401),
    api("token-expired", 401),
    api("token-reused", 401),
    page("admin-only", 403),
    page("csrf", 403),
    api("email-not-verified", 403),
    api("feature-not-in-plan", 403),
    api("free-workspaces", 403),
    api("guest", 403),
    page("https-needed", 403),
    api("key-bound", 403),
    api("limit-reached", 403),
    api("missing-scope", 403),
    page("no-tour", 403),
    api("no-workspace", 403),
    page("not-the-person", 403),
    page("other-address", 403),
    api("person-only", 403),
    api("registration-closed", 403),
    api("role", 403),
    page("self", 403),
    api("suspended", 403),
    api("too-many-workspaces", 403),
    api("workspace-suspended", 403),
    api("file-not-here", 404),
    api("not-found", 404),
    api("wrong-method", 405),
    api("too-slow", 408),
    api("already-linked", 409),
    api("already-on-plan", 409),
    page("archived-plan", 409),
    api("cannot-resume", 409),
    api("code-refused", 409),
    page("default-plan", 409),
    page("export-stopped", 409),
    page("has-account", 409),
    api("idempotency-in-flight", 409),
    page("job-state", 409),
    api("last-admin", 409),
    api("last-owner", 409),
    page("mail-text-gone", 409),
    page("no-code", 409),
    api("no-qr-code", 409),
    api("no-subscription", 409),
    api("not-connected", 409),
    api("not-failed", 409),
    api("not-group-admin", 409),
    api("not-linked", 409),
    api("on-its-way", 409),
    api("only-owner", 409),
    api("payment-open", 409),
    page("phone", 409),
    api("plan-not-for-sale", 409),
    api("qr-only", 409),
    api("read-only", 409),
    page("registered-twice", 409),
    api("second-factor-on", 409),
    api("whatsapp", 409),
    page("address-expired", 410),
    page("already-set-up", 410),
    api("challenge-over", 410),
    page("export-gone", 410),
    page("invitation-over", 410),
    api("link-expired", 410),
    page("setup-closed", 410),
    api("too-large", 413),
    api("encoded-body", 415),
    api("not-json", 415),
    api("bad-range", 416),
    api("idempotency-mismatch", 422),
    api("invalid", 422),
    page("no-address", 422),
    api("payment-refused", 422),
    api("second-factor-required", 422),
    api("wrong-code", 422),
    api("wrong-credentials", 422),
    page("export-too-soon", 429),
    page("just-sent", 429),
    api("rate-limited", 429),
    api("too-many-attempts", 429),
    api("too-many-invitations", 429),
    api("internal", 500),
    api("files-unavailable", 503),
    api("payment-provider-unreachable", 503),
    api("stopping", 503),
    page("too-many-tabs", 503),
    api("disk-full", 507),
];

/// The entry of this code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    ALL.iter().find(|entry| entry.code == code)
}

impl Code {
    /// What it means.
    #[must_use]
    pub fn means(&self, t: &T) -> String {
        t.get(&format!("error-{}-means", self.code))
    }

    /// What to do.
    #[must_use]
    pub fn fix(&self, t: &T) -> String {
        t.get(&format!("error-{}-fix", self.code))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_code_is_explained_and_listed_once() {
        let (t, mut seen) = (T::default(), BTreeSet::new());
        for code in ALL {
            assert!(seen.insert(code.code), "{} is listed twice", code.code);
            for text in [code.means(&t), code.fix(&t)] {
                assert!(text.len() > 10 && !text.starts_with("error-"), "{}: {text}", code.code);
            }
        }
    }

    #[test]
    fn the_list_is_ordered_by_status_and_name() {
        assert!(ALL.is_sorted_by_key(|code| (code.status, code.code)));
    }

    /// Every code that a source file gives to a problem: `Problem::new(status, "code", …)`, `forbidden("code", …)` and
    /// `code: "code"`.
    fn used_in(text: &str, used: &mut BTreeSet<String>) {
        let production = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
        let flat = production.split_whitespace().collect::<Vec<_>>().join(" ");
        for (start, nth) in [
            ("Problem::new( ", 1),
            ("Problem::new(", 1),
            ("Self::new(StatusCode::", 1),
            ("Self::new( StatusCode::", 1),
            ("forbidden( ", 0),
            ("forbidden(", 0),
        ] {
            for after in flat.split(start).skip(1) {
                let argument = after.splitn(3, ',').nth(nth).unwrap_or_default().trim();
                let code = argument.strip_prefix('"').and_then(|rest| rest.split('"').next());
                if let Some(code) = code.filter(|code| is_code(code)) {
                    used.insert(code.to_owned());
                }
            }
        }
        if flat.contains("Problem {") {
            for after in flat.split("code: \"").skip(1) {
                used.extend(after.split('"').next().filter(|code| is_code(code)).map(str::to_owned));
            }
        }
    }

    fn is_code(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    }

    fn walk(dir: &Path, used: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, used);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                used_in(&std::fs::read_to_string(&path).unwrap(), used);
            }
        }
    }

    #[test]
    fn every_code_of_the_source_is_listed() {
        let mut used = BTreeSet::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
        assert!(used.len() > 20, "the sources were not parsed correctly: {used:?}");
        let unknown: Vec<_> = used.iter().filter(|code| find(code).is_none()).collect();
        assert!(unknown.is_empty(), "not in the list: {unknown:?}");
        // Conversely, an unused code needs no page.
        let unused: Vec<_> = ALL
            .iter()
            .map(|code| code.code)
            .filter(|code| !used.contains(*code))
            .collect();
        assert!(unused.is_empty(), "unused codes: {unused:?}");
    }
}
