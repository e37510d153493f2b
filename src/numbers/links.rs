//! Links to a chat, `tel:` and WhatsApp addresses.

/// The content of a link.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The digits of an international number, as WhatsApp writes them.
    Chat(String),
    /// The address of an account: exactly these digits.
    Account(String),
    /// A number to dial, in any spelling.
    Dial(String),
    /// An email address.
    Mail,
    /// Something else: a group's invitation, a code, a page.
    Other,
}

/// `None` for a text that is not a link.
pub(super) fn read(text: &str) -> Option<Link> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    for scheme in ["tel:", "callto:", "sms:"] {
        if let Some(rest) = lower.strip_prefix(scheme) {
            let number = rest.split([';', '?']).next().unwrap_or(rest);
            return Some(Link::Dial(decoded(number.trim_start_matches("//"))));
        }
    }
    if let Some(rest) = lower.strip_prefix("whatsapp:")
        && !rest.starts_with("//")
    {
        return Some(Link::Dial(rest.trim().to_owned()));
    }
    if text.contains('@') && !lower.contains("://") {
        return Some(account(text));
    }
    let (web, rest) = match lower.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, lower.as_str()),
    };
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    if let Some(path) = rest.strip_prefix("wa.me/") {
        return Some(chat(path.split(['?', '#', '/']).next().unwrap_or(path)));
    }
    let hosts = ["api.whatsapp.com/", "web.whatsapp.com/", "whatsapp.com/"];
    let path = hosts.iter().find_map(|host| rest.strip_prefix(host));
    if let Some(path) = path.or_else(|| web.then_some(rest))
        && let Some(query) = path.strip_prefix("send").and_then(|rest| rest.split_once('?'))
    {
        let phone = query.1.split(['&', '#']).find_map(|pair| pair.strip_prefix("phone="));
        return Some(phone.map_or(Link::Other, chat));
    }
    (web || path.is_some() || rest.starts_with("chat.whatsapp.com")).then_some(Link::Other)
}

fn chat(number: &str) -> Link {
    let number = decoded(number);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let usual = |c: char| c.is_ascii_digit() || "+-() ".contains(c);
    if digits.is_empty() || !number.chars().all(usual) {
        return Link::Other;
    }
    Link::Chat(digits)
}

/// `5511999990001:7@s.whatsapp.net`: the device does not matter.
fn account(text: &str) -> Link {
    let Some((user, server)) = text.split_once('@') else {
        return Link::Other;
    };
    let user = user.split([':', '.']).next().unwrap_or(user);
    match server {
        "s.whatsapp.net" | "c.us" if !user.is_empty() && user.bytes().all(|b| b.is_ascii_digit()) => {
            Link::Account(user.to_owned())
        }
        "s.whatsapp.net" | "c.us" | "g.us" | "lid" | "newsletter" | "broadcast" => Link::Other,
        _ => Link::Mail,
    }
}

/// Decodes the few escapes that occur in numbers.
fn decoded(text: &str) -> String {
    text.replace("%2b", "+")
        .replace("%20", " ")
        .replace("%28", "(")
        .replace("%29", ")")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_links_are_distinguished() {
        let chat = |digits: &str| Some(Link::Chat(digits.to_owned()));
        assert_eq!(read("https://wa.me/5511912345678?text=Oi%2022"), chat("5511912345678"));
        assert_eq!(read("WA.me/+5511912345678"), chat("5511912345678"));
        assert_eq!(
            read("whatsapp://send?text=1&phone=%2B5511912345678"),
            chat("5511912345678")
        );
        assert_eq!(read("whatsapp:+14155550123"), Some(Link::Dial("+14155550123".into())));
        assert_eq!(
            read("tel:+1-212-555-0123;ext=12"),
            Some(Link::Dial("+1-212-555-0123".into()))
        );
        for other in [
            "https://wa.me/qr/ABC2345",
            "https://chat.whatsapp.com/A1",
            "https://example.com/5511912345678",
            "1@g.us",
        ] {
            assert_eq!(read(other), Some(Link::Other), "{other}");
        }
        assert_eq!(read("ana@example.com"), Some(Link::Mail));
        assert_eq!(read("+55 11 91234-5678"), None);
    }
}
