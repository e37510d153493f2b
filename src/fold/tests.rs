//! What is found by what, and what is not.

use super::query::{Part, Phrase};
use super::*;

/// As FTS5 does: words between spaces, phrases as words in a row.
fn matches(part: &Part, words: &[&str]) -> bool {
    match part {
        Part::Phrase(Phrase { words: asked, begins }) => words.windows(asked.len()).any(|row| {
            let last = asked.len() - 1;
            let fits = |n: usize| {
                if n == last && *begins {
                    row[n].starts_with(&asked[n])
                } else {
                    row[n] == asked[n]
                }
            };
            (0..asked.len()).all(fits)
        }),
        Part::All(parts) => parts.iter().all(|part| matches(part, words)),
        Part::Any(parts) => parts.iter().any(|part| matches(part, words)),
    }
}

fn finds_in(folded: &str, query: &str) -> bool {
    let words: Vec<&str> = folded.split(' ').collect();
    Query::parse(query).is_some_and(|query| query.all.iter().all(|part| matches(part, &words)))
}

#[track_caller]
fn found(text: &str, queries: &[&str]) {
    for query in queries {
        assert!(
            finds_in(&index(text), query),
            "{query:?} finds nothing in {text:?}: {:?} in {:?}",
            Query::parse(query),
            index(text)
        );
    }
}

#[track_caller]
fn missed(text: &str, queries: &[&str]) {
    for query in queries {
        assert!(!finds_in(&index(text), query), "{query:?} finds {text:?}");
    }
}

#[track_caller]
fn named(name: &str, queries: &[&str]) {
    for query in queries {
        assert!(
            finds_in(&index_name(name), query),
            "{query:?} finds nobody in {name:?}: {:?}",
            index_name(name)
        );
    }
}

#[test]
fn words_in_any_order_find_a_text_and_the_last_may_be_a_beginning() {
    let text = "The sourdough is ready, shall we keep two?";
    found(
        text,
        &[
            "sourdough",
            "READY the",
            "two keep sourd",
            "sourd",
            "ready,",
            "\"shall we keep\"",
            "\"shall we",
        ],
    );
    missed(
        text,
        &["sourdo ready", "ready bread", "\"we shall\"", "dough", "\"shall keep\""],
    );
    assert_eq!(Query::parse(""), None);
    assert_eq!(Query::parse(" … \"\" -- "), None);
}

#[test]
fn nothing_that_is_typed_is_an_operator() {
    let pattern = |text| Query::parse(text).unwrap().pattern();
    assert_eq!(pattern("a OR bc"), "\"a\" AND \"or\" AND \"bc\"*");
    // One letter after others is the beginning of too many words; a digit may be all there is.
    assert_eq!(pattern("or b"), "\"or\"");
    assert_eq!(pattern("table 7"), "\"table\" AND \"7\"");
    assert_eq!(pattern("NEAR(x, \"y* ^z\""), "\"near\" AND \"x\" AND \"y z\"");
    assert_eq!(pattern("text:x"), "(\"text x\"* OR \"textx\"*)");
}

#[test]
fn chinese_and_japanese_are_found_within_a_sentence() {
    let cake = "我想订购两个生日蛋糕，谢谢";
    found(
        cake,
        &[
            "蛋糕",
            "生日",
            "订购",
            "我想",
            "谢谢",
            "生日蛋糕",
            "蛋",
            "糕",
            "谢谢 蛋糕",
            "\"两个生日\"",
        ],
    );
    missed(cake, &["蛋生", "日生", "糕谢", "我订", "生日糕"]);
    let booking = "明日の予約をお願いします";
    found(booking, &["予約", "明日", "お願い", "の予約を", "ます", "す"]);
    missed(booking, &["約予", "予約が", "日明"]);
    found(
        "ﾋﾄﾂ ﾊﾞﾅﾅ",
        &[
            "ヒトツ",
            "ひとつ"
                .replace('ひ', "ヒ")
                .replace('と', "ト")
                .replace('つ', "ツ")
                .as_str(),
            "バナナ",
        ],
    );
}

#[test]
fn korean_and_thai_are_found_within_a_word() {
    found("케이크주문하고", &["주문", "케이크", "하고", "주", "케이크주문하고"]);
    missed("케이크주문하고", &["문주", "주고"]);
    // A file's name from a Mac comes in parts of syllables.
    found("\u{110c}\u{116e}\u{1106}\u{116e}\u{11ab}", &["주문"]);
    let thanks = "สวัสดีครับ ขอบคุณมาก";
    found(thanks, &["คุณ", "มาก", "ขอบคุณ", "สวัสดี", "ครับ", "ขอบ"]);
    missed(thanks, &["มากคุณ", "ดีมาก"]);
    found("ຂອບໃຈຫຼາຍໆ", &["ຂອບໃຈ", "ໃຈ"]);
    found("អរគុណច្រើន", &["អរគុណ", "គុណ", "ច្រើន"]);
    found("ကျေးဇူးတင်ပါတယ်", &["ကျေးဇူး", "တင်ပါ"]);
}

#[test]
fn a_name_is_found_by_any_part_in_any_order_and_case() {
    named("王小明", &["小明", "明", "王", "王小明"]);
    named("田中太郎", &["太郎", "田中"]);
    named("김민수", &["민수", "김"]);
    named("Анна Петрова", &["ан", "АН", "петрова анна", "Петр", "тров"]);
    named("Ελένη", &["ελ", "ελενη", "ΕΛΈΝΗ"]);
    named(
        "Élodie Souza",
        &["él", "el", "souza elodie", "élodie souza", "ouz", "souza"],
    );
    named("Jörg", &["JÖ", "jo", "joerg"]);
    named("İrem Işık", &["ir", "isik", "IŞIK", "ışık"]);
    named("Øyvind Łukasz", &["øy", "oyvind", "łu", "lukasz"]);
    named("ÅKE ÖBERG", &["åk", "öb", "ake", "aake", "oeberg"]);
    named("Đặng", &["dang", "đặng"]);
    named("Straßer", &["strasser", "asser"]);
    named("محمد أحمد", &["محمد", "احمد", "أحمد"]);
    named("Flor 🌸", &["🌸", "flor"]);
    named(
        "Família PADARIA Ёлка",
        &["família", "familia padaria", "елка", "ёлка", "padaria"],
    );
    for (name, query) in [
        ("Анна", "бан"),
        ("王小明", "王明"),
        ("Élodie", "elodia"),
        ("Ana", "a b"),
    ] {
        assert!(!finds_in(&index_name(name), query), "{query}");
    }
}

#[test]
fn arabic_and_hebrew_are_found_without_their_marks() {
    found("السلام عليكم أحمد", &["احمد", "أحمد", "عليكم"]);
    found("احمد", &["أحمد"]);
    found("إبراهيم", &["ابراهيم"]);
    found("المدرسة", &["المدرسه", "المدرسة"]);
    found("شكــــرا", &["شكرا"]);
    found("شكرا", &["شكــرا"]);
    found("مُحَمَّد", &["محمد"]);
    found("مستشفى", &["مستشفي"]);
    found("שָׁלוֹם", &["שלום"]);
    found("می\u{200c}خواهم", &["میخواهم", "می خواهم", "خواهم"]);
    missed("أحمد", &["محمد", "حمد"]);
}

#[test]
fn greek_and_cyrillic_are_found_without_their_accents() {
    found("καλημέρα σας", &["καλημερα", "ΚΑΛΗΜΕΡΑ", "καλημέρα", "ΣΑΣ"]);
    found("Ёлка ещё стоит", &["елка", "еще", "ёлка"]);
    found("елка", &["ёлка"]);
    missed("елка", &["елки"]);
}

#[test]
fn letters_that_are_no_accents_are_spelled_out() {
    found("Đặt hàng nhé", &["dat hang", "đặt hàng"]);
    found("Smørrebrød", &["smorrebrod", "smoerrebroed"]);
    found("Łódź", &["lodz"]);
    found("hors d'œuvre", &["oeuvre", "hors d'oeuvre", "d’œuvre"]);
    found("Größe der Straße", &["strasse", "groesse", "grosse", "GRÖSSE"]);
    found("Groesse", &["Größe"]);
    found("kapı", &["kapi"]);
    found("ışık", &["IŞIK", "isik"]);
    found("IŞIK", &["ışık"]);
    found("Straße", &["STRASSE", "straß"]);
    missed("blue poet", &["blu ", "pot"]);
}

#[test]
fn hindi_keeps_its_vowels() {
    let world = "दुनिया बहुत बड़ी";
    found(world, &["दुनिया", "बहुत", "दुनि"]);
    missed(world, &["दिन", "दान", "दन"]);
    found("नमस्ते जी", &["नमस्ते", "नमस्"]);
    found("বাংলা", &["বাংলা"]);
    missed("বাংলা", &["বলা"]);
    found("தமிழ்", &["தமிழ்"]);
}

#[test]
fn a_phone_number_is_found_in_every_spelling_and_by_its_last_digits() {
    let spaced = "Call +55 21 93456-7890 please";
    found(
        spaced,
        &[
            "5521934567890",
            "21934567890",
            "934567890",
            "+55 21 93456-7890",
            "93456-7890",
            "7890",
            "(21) 93456-7890",
            "+5521934567890",
            "021 93456-7890",
            "call 93456-7890 please",
            "21 93456",
        ],
    );
    missed(
        spaced,
        &["+55 11 93456-7890", "934567891", "1193456-7890", "5521934567890 bread"],
    );
    found("5521987650000", &["+55 21 98765-0000", "98765-0000", "(21) 98765 0000"]);
    // A number without its country is found by the number with it.
    found("my number is 21 98765-0000", &["+55 21 98765-0000", "98765-0000"]);
    missed("my number is 11 98765-0000", &["+55 21 98765-0000"]);
    found(
        "11 91234-5678 11 98765-4321",
        &["11912345678", "11987654321", "987654321", "+55 11 98765-4321"],
    );
    found("+٩٧١ ٥٠ ١٢٣ ٤٥٦٧", &["971501234567", "4567"]);
}

#[test]
fn a_contact_is_found_by_any_part_of_its_number() {
    let number = index_number("5521900002222");
    for query in [
        "+5521900002222",
        "+55 21 90000-2222",
        "21 90000-2222",
        "90000-2222",
        "(21) 90000",
        "5521900002222",
        "900002222",
        "2222",
        "22",
        "55219",
    ] {
        assert!(finds_in(&number, query), "{query}");
    }
    for query in ["+55 11 90000-2222", "2223", "90000-2223"] {
        assert!(!finds_in(&number, query), "{query}");
    }
    assert!(finds_in(&index_number("21900002222"), "+55 21 90000-2222"));
}

#[test]
fn emoji_are_words() {
    found("Happy 🎂 day👍🏽", &["🎂", "👍🏽", "👍", "day 🎂"]);
    found("👩‍💻 🇧🇷 ❤️", &["👩‍💻", "🇧🇷", "❤", "💻"]);
    missed("🎂", &["🍰"]);
    missed("🇧🇷", &["🇷🇧"]);
}

#[test]
fn codes_are_found_with_and_without_what_is_between_their_parts() {
    found("AB-12/3", &["AB-12/3", "12/3", "ab12/3", "AB123", "ab-12", "AB12"]);
    found("Invoice NF000789", &["789", "000789", "nf000789", "NF 789", "NF000"]);
    found("NF-000789", &["789", "nf000789"]);
    found("1.234,56", &["1234,56", "1.234,56", "1234"]);
    found("order 00451", &["451", "00451"]);
    found("wi-fi", &["wifi", "wi-fi", "wi fi", "fi"]);
    found("wifi", &["wi-fi"]);
    found("I don’t know", &["dont", "don't", "don’t"]);
    found("２０２６年 ＡＢＣ商会", &["2026", "ABC", "商会", "2026年", "abc商会"]);
    found("Acme™ ①", &["acme", "1"]);
    found("10kg", &["kg", "10kg", "10"]);
    missed("AB-12/3", &["AB13", "ab-3"]);
    missed("wi-fi", &["if"]);
    missed("order 451", &["51", "45 1"]);
}

#[test]
fn one_letter_of_an_alphabet_is_too_little_and_one_of_chinese_is_not() {
    for (query, vague) in [
        ("a", true),
        ("я", true),
        ("7", true),
        ("蛋", false),
        ("ab", false),
        ("🎂", false),
        ("a b", false),
    ] {
        assert_eq!(Query::parse(query).unwrap().is_vague(), vague, "{query}");
    }
}

fn marks(text: &str, query: &str) -> String {
    let pieces = marked(text, &Query::parse(query).unwrap());
    let shown = |piece: &Marked| {
        if piece.found {
            format!("[{}]", piece.text)
        } else {
            piece.text.clone()
        }
    };
    pieces.iter().map(shown).collect()
}

#[test]
fn what_was_found_is_marked_as_it_is_written() {
    for (text, query, shown) in [
        ("Two Baguettes, please", "please bag", "Two [Baguettes], [please]"),
        ("Größe: 42", "groesse", "[Größe]: 42"),
        ("我想订购两个生日蛋糕", "生日蛋糕", "我想订购两个[生日蛋糕]"),
        ("ขอบคุณมาก", "คุณ", "ขอบ[คุณ]มาก"),
        (
            "Call +55 21 93456-7890 now",
            "21934567890",
            "Call +[55 21 93456-7890] now",
        ),
        ("Invoice NF000789!", "789", "Invoice [NF000789]!"),
        ("wi-fi and 🎂", "wifi 🎂", "[wi-fi] and [🎂]"),
        ("مُحَمَّد هنا", "محمد", "[مُحَمَّد] هنا"),
        (
            "you shall see, we shall keep",
            "\"shall keep\"",
            "you shall see, we [shall keep]",
        ),
        ("nothing", "else", "nothing"),
    ] {
        assert_eq!(marks(text, query), shown);
    }
}

#[test]
fn an_excerpt_begins_near_the_first_match() {
    let line = |text: &str, query: &str| {
        let pieces = excerpt(text, &Query::parse(query).unwrap(), 24, 200);
        pieces.iter().map(|piece| piece.text.as_str()).collect::<String>()
    };
    assert_eq!(line("One baguette, please", "bag"), "One baguette, please");
    let long = format!("{} and then a baguette, please", "bread ".repeat(40).trim());
    let shown = line(&long, "BAG plea");
    assert!(
        shown.starts_with('…') && shown.ends_with("then a baguette, please"),
        "{shown}"
    );
    assert!(shown.chars().count() < 60, "{shown}");
    // The end of a word is not a match.
    assert!(line(&"cabbage ".repeat(40), "bage").starts_with("cabbage"));
    assert_eq!(line(&"x".repeat(70_000), "y").chars().count(), 200);
    let chinese = format!("{}蛋糕", "我想订购两个".repeat(20));
    assert!(line(&chinese, "蛋糕").ends_with("蛋糕"));
}
