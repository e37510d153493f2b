//! How mail is sent: the options of `smtp` and `mail`.

use std::net::IpAddr;
use std::path::PathBuf;

use lettre::message::Mailbox;
use url::Url;

use super::Secret;
use super::check::{Reader, number};
use super::options::{MAIL_FROM, SMTP_CA_FILE, SMTP_HOST, SMTP_PASSWORD, SMTP_PORT, SMTP_SECURITY, SMTP_USER};

/// The sender, and the server to use.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// `None`: mail is stored as files, and administrators pass it on.
    pub smtp: Option<Smtp>,
    pub from: Mailbox,
}

/// A mail server that relays mail to any address.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    pub login: Option<SmtpLogin>,
    /// The only trusted certificate authority, for a private server.
    pub ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct SmtpLogin {
    pub user: String,
    pub password: Secret,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SmtpSecurity {
    /// Encrypted from the first byte.
    Tls,
    /// Encrypted before anything sensitive is sent, or not at all.
    StartTls,
    None,
}

/// Reads the options of mail; `None` when an error was reported.
pub(super) fn check(reader: &mut Reader<'_>, public_url: Option<&Url>) -> Option<MailConfig> {
    let from = reader.optional(MAIL_FROM, sender);
    let host = reader.optional(SMTP_HOST, host);
    let security = reader.optional(SMTP_SECURITY, security);
    let port = reader.optional(SMTP_PORT, |text| number::<u16>(text, 1, 65_535));
    let user = reader.optional(SMTP_USER, |text| Ok(text.to_owned()));
    let ca_file = reader.optional(SMTP_CA_FILE, ca_file);
    let password = reader.secret(SMTP_PASSWORD);
    let Some(host) = host? else {
        refuse_orphans(reader);
        return Some(MailConfig {
            smtp: None,
            from: from?.or_else(|| by_host(public_url)).unwrap_or_else(nobody),
        });
    };
    let smtp = server(reader, host, security?, port?, user?, password, ca_file?)?;
    let Some(from) = from?.or_else(|| by_host(public_url)) else {
        reader.say(
            MAIL_FROM,
            "is missing: mail needs a sender, for example \"Your Shop <no-reply@shop.example>\"".to_owned(),
        );
        return None;
    };
    Some(MailConfig { smtp: Some(smtp), from })
}

fn server(
    reader: &mut Reader<'_>,
    host: String,
    security: Option<SmtpSecurity>,
    port: Option<u16>,
    user: Option<String>,
    password: Option<Secret>,
    ca_file: Option<PathBuf>,
) -> Option<Smtp> {
    let security = security.unwrap_or(if port == Some(465) {
        SmtpSecurity::Tls
    } else {
        SmtpSecurity::StartTls
    });
    let login = match (user, password) {
        (Some(user), Some(password)) => Some(SmtpLogin { user, password }),
        (None, None) => None,
        (Some(_), None) => {
            reader.say(
                SMTP_PASSWORD,
                "is missing: smtp.user has no password; set it in the environment".to_owned(),
            );
            return None;
        }
        (None, Some(_)) => {
            reader.say(
                SMTP_USER,
                "is missing: smtp.password is given and nobody it belongs to".to_owned(),
            );
            return None;
        }
    };
    if security == SmtpSecurity::None && login.is_some() && !is_this_machine(&host) {
        let message =
            format!("none would send the password to {host} for everybody on the way to read; use starttls or tls");
        reader.say(SMTP_SECURITY, message);
        return None;
    }
    Some(Smtp {
        port: port.unwrap_or(match security {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::None => 25,
        }),
        host,
        security,
        login,
        ca_file,
    })
}

/// Partial options mean that mail is wanted, and none would be sent.
fn refuse_orphans(reader: &mut Reader<'_>) {
    for key in [SMTP_PORT, SMTP_SECURITY, SMTP_USER, SMTP_PASSWORD, SMTP_CA_FILE] {
        if reader.given(key) {
            reader.say(
                key,
                "is given without smtp.host, so no mail would leave; name the mail server".to_owned(),
            );
        }
    }
}

fn by_host(public_url: Option<&Url>) -> Option<Mailbox> {
    format!("no-reply@{}", public_url?.host_str()?).parse().ok()
}

/// The sender of mail that only becomes files.
fn nobody() -> Mailbox {
    "no-reply@localhost".parse().expect("a valid address")
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is no sender; for example no-reply@shop.example or \"Your Shop <no-reply@shop.example>\"")
    })
}

fn host(text: &str) -> Result<String, String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let named = |text: &str| {
        !text.is_empty()
            && text.len() <= 253
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
    };
    if bare.parse::<IpAddr>().is_ok() || named(text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "{text:?} is not the name of a host; for example smtp.example.com, the port goes into smtp.port"
    ))
}

fn security(text: &str) -> Result<SmtpSecurity, String> {
    match text {
        "tls" => Ok(SmtpSecurity::Tls),
        "starttls" => Ok(SmtpSecurity::StartTls),
        "none" => Ok(SmtpSecurity::None),
        other => Err(format!("{other:?} is unknown; use tls, starttls or none")),
    }
}

fn ca_file(text: &str) -> Result<PathBuf, String> {
    let pem = std::fs::read(text).map_err(|error| format!("{text} cannot be read: {error}"))?;
    let certificate = lettre::transport::smtp::client::Certificate::from_pem(&pem);
    match certificate {
        Ok(_) if pem.starts_with(b"-----BEGIN") => Ok(PathBuf::from(text)),
        _ => Err(format!(
            "{text} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::load;

    #[test]
    fn without_a_mail_server_there_is_still_a_sender() {
        let config = load(&[]).unwrap();
        assert!(config.mail.smtp.is_none());
        assert_eq!(config.mail.from.email.to_string(), "no-reply@localhost");
        let config = load(&[("WAMANAGER_PUBLIC_URL", "https://wa.example.com")]).unwrap();
        assert_eq!(config.mail.from.email.to_string(), "no-reply@wa.example.com");
    }

    #[test]
    fn port_and_encryption_follow_from_each_other() {
        let from = ("WAMANAGER_MAIL_FROM", "Shop <a@shop.example>");
        let host = ("WAMANAGER_SMTP_HOST", "smtp.example.com");
        let smtp = |env: &[(&str, &str)]| load(env).unwrap().mail.smtp.unwrap();
        let plain = smtp(&[from, host]);
        assert_eq!((plain.port, plain.security), (587, SmtpSecurity::StartTls));
        let tls = smtp(&[from, host, ("WAMANAGER_SMTP_SECURITY", "tls")]);
        assert_eq!(tls.port, 465);
        let tls = smtp(&[from, host, ("WAMANAGER_SMTP_PORT", "465")]);
        assert_eq!(tls.security, SmtpSecurity::Tls);
    }

    #[test]
    fn half_of_the_options_are_refused_with_the_half_that_is_missing() {
        for (env, missing) in [
            (vec![("WAMANAGER_SMTP_USER", "me")], "smtp.host"),
            (vec![("WAMANAGER_SMTP_HOST", "smtp.example.com")], "mail.from"),
            (
                vec![
                    ("WAMANAGER_SMTP_HOST", "localhost"),
                    ("WAMANAGER_SMTP_USER", "me"),
                    ("WAMANAGER_MAIL_FROM", "a@b.example"),
                ],
                "smtp.password",
            ),
        ] {
            let text = load(&env).unwrap_err();
            assert!(text.contains(missing), "{text}");
        }
    }

    #[test]
    fn a_password_never_leaves_this_machine_unencrypted_nor_appears_in_debug() {
        let mut env = vec![
            ("WAMANAGER_SMTP_HOST", "mail.example.com"),
            ("WAMANAGER_SMTP_USER", "me"),
            ("WAMANAGER_SMTP_PASSWORD", "velvet-otter"),
            ("WAMANAGER_SMTP_SECURITY", "none"),
            ("WAMANAGER_MAIL_FROM", "a@b.example"),
        ];
        assert!(load(&env).unwrap_err().contains("smtp.security"));
        env[0].1 = "127.0.0.1";
        assert!(!format!("{:?}", load(&env).unwrap()).contains("velvet"));
    }
}
