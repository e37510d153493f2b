use crate::site::chats::rich::{Mention, rich};

fn html(text: &str) -> String {
    rich(text, &[]).to_string()
}

#[test]
fn marks_are_drawn_as_whatsapp_draws_them() {
    for (text, expected) in [
        ("*bold* _it_ ~no~", "<b>bold</b> <i>it</i> <s>no</s>"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("```mono *x*```", "<code>mono *x*</code>"),
        ("`a<b`", "<code>a&lt;b</code>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("* no *", "<ul><li>no *</li></ul>"),
        ("a * b * c", "a * b * c"),
        ("** __ ~~ ``", "** __ ~~ ``"),
        ("*open", "*open"),
        ("*a* and *b*", "<b>a</b> and <b>b</b>"),
        ("(*a*), \"_b_\".", "(<b>a</b>), &quot;<i>b</i>&quot;."),
    ] {
        assert_eq!(html(text), expected, "{text}");
    }
}

#[test]
fn quotes_and_lists_are_blocks_and_lines_stay_lines() {
    assert_eq!(html("one\ntwo"), "one\ntwo");
    assert_eq!(
        html("> said\n> more\nanswer"),
        "<blockquote>said\nmore</blockquote>answer"
    );
    assert_eq!(html("- a\n- *b*\nrest"), "<ul><li>a</li><li><b>b</b></li></ul>rest");
    assert_eq!(
        html("1. one\n2. two"),
        "<ol><li value=\"1\">one</li><li value=\"2\">two</li></ol>"
    );
    assert_eq!(html("a\n\nb"), "a\n\nb");
    assert_eq!(html("x ```a\nb``` y"), "x <code>a\nb</code> y");
}

#[test]
fn addresses_and_numbers_can_be_tapped() {
    let link = |href: &str, text: &str| {
        format!("<a href=\"{href}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{text}</a>")
    };
    assert_eq!(
        html("See https://a.example/x_y_(z)?q=1&r=2."),
        format!(
            "See {}.",
            link(
                "https://a.example/x_y_(z)?q=1&amp;r=2",
                "https://a.example/x_y_(z)?q=1&amp;r=2"
            )
        )
    );
    assert_eq!(
        html("www.a.example!"),
        format!("{}!", link("https://www.a.example", "www.a.example"))
    );
    assert_eq!(
        html("*https://a.example*"),
        format!("<b>{}</b>", link("https://a.example", "https://a.example"))
    );
    assert_eq!(
        html("(https://a.example)"),
        format!("({})", link("https://a.example", "https://a.example"))
    );
    assert_eq!(
        html("me@a.example."),
        "<a href=\"mailto:me@a.example\">me@a.example</a>."
    );
    assert_eq!(
        html("Call +55 11 99999-0001, please"),
        "Call <a href=\"tel:+5511999990001\">+55 11 99999-0001</a>, please"
    );
    assert_eq!(html("030 1234567"), "<a href=\"tel:0301234567\">030 1234567</a>");
    for plain in [
        "2026-11-24 12:00",
        "100000000000",
        "a@b",
        "@",
        "www.",
        "https://",
        "http:// x",
        "1.000.000,00",
    ] {
        assert_eq!(html(plain), plain, "{plain}");
    }
}

#[test]
fn mentions_are_names() {
    let ana = Mention {
        user: "5511999990001".into(),
        name: "Ana <3".into(),
    };
    assert_eq!(
        rich("hi @5511999990001! @5511", std::slice::from_ref(&ana)).to_string(),
        "hi <span class=\"mention\"><bdi>@Ana &lt;3</bdi></span>! @5511"
    );
    assert_eq!(
        rich("*@5511999990001*", &[ana]).to_string(),
        "<b><span class=\"mention\"><bdi>@Ana &lt;3</bdi></span></b>"
    );
}

#[test]
fn nothing_that_is_written_becomes_markup() {
    for hostile in [
        "<script>alert(1)</script>",
        "*<img src=x onerror=alert(1)>*",
        "https://a.example/\"onmouseover=\"alert(1)",
        "https://a.example/'><script>",
        "```</code><script>```",
        "javascript:alert(1)",
        "> </blockquote><script>",
        "1. <b>x</b>",
        "\0\u{202e}<x>",
        "`<i>`",
    ] {
        let html = html(hostile);
        let tags = html
            .split('<')
            .skip(1)
            .map(|rest| rest.split(['>', ' ']).next().unwrap());
        for tag in tags {
            let name = tag.trim_start_matches('/');
            assert!(
                [
                    "b",
                    "i",
                    "s",
                    "code",
                    "a",
                    "blockquote",
                    "ul",
                    "ol",
                    "li",
                    "span",
                    "bdi"
                ]
                .contains(&name),
                "{html}"
            );
        }
        assert!(
            !html.contains("\"javascript") && !html.contains(" onmouseover=\""),
            "{html}"
        );
        let attributes = html.matches('"').count();
        assert!(attributes.is_multiple_of(2), "{html}");
    }
    assert_eq!(html("a\u{202e}b"), "a<span class=\"control\">[RLO]</span>b");
}

#[test]
fn a_long_hostile_line_is_written_in_one_pass() {
    // A search for each closing mark would take hours here.
    for piece in ["*a ", "_", "`x ", "*_~", "a@", "+1 ", "https://((", "@1 ", "> ", "```"] {
        let text = piece.repeat(1_000_000 / piece.len());
        assert!(rich(&text, &[]).to_string().len() >= text.len() / 2, "{piece}");
    }
}

#[test]
fn a_text_has_only_so_many_links_and_loses_none_of_its_words() {
    let ana = Mention {
        user: "1".to_owned(),
        name: "Ana".to_owned(),
    };
    for piece in ["www.example.com ", "@1 ", "+44 7700 900123, "] {
        let html = rich(&piece.repeat(2_000), std::slice::from_ref(&ana)).to_string();
        let linked = html.matches("<a ").count() + html.matches("class=\"mention\"").count();
        assert_eq!(linked, 300, "{piece}");
        assert!(html.ends_with(piece), "{piece}");
    }
}
