//! Addresses within this site: a path, and a query without empty parameters.

use url::form_urlencoded::Serializer;

/// `path` with these parameters, without blank ones.
#[must_use]
pub fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.trim().is_empty());
    let query = Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// The log-in page, which continues to `next`.
#[must_use]
pub fn login_then(next: &str) -> String {
    address("/login", &[("next", next)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_typed_and_leaves_out_what_is_blank() {
        assert_eq!(
            address("/chats", &[("q", ""), ("filter", "unread")]),
            "/chats?filter=unread"
        );
        assert_eq!(address("/chats", &[("q", " ")]), "/chats");
        assert_eq!(
            address("/chats", &[("q", "pão & vinho"), ("filter", "unread")]),
            "/chats?q=p%C3%A3o+%26+vinho&filter=unread"
        );
        assert_eq!(login_then("/chats?q=a b"), "/login?next=%2Fchats%3Fq%3Da+b");
    }
}
