//! How each country dials abroad.

/// The prefix before a country code, where it is not `00`. Sources: `internationalPrefix` of libphonenumber's
/// metadata 9.0.33 and, for Indonesia and Uzbekistan, the national numbering plans that the countries filed with the
/// ITU (E.164, "international prefix"). In Bolivia, Brazil and Colombia a carrier code follows the `00`;
/// most people who write `00` leave it out, so a valid number without one is read so.
const EXITS: &[(&str, &[&str])] = &[
    ("AU", &["0011", "0014", "0015", "0016", "0018", "0019"]),
    (
        "BO",
        &[
            "00", "0010", "0011", "0012", "0013", "0014", "0015", "0016", "0017", "0018", "0019",
        ],
    ),
    (
        "BR",
        &[
            "00", "0012", "0014", "0015", "0021", "0022", "0023", "0025", "0031", "0041", "0043", "0055", "0065",
            "0099",
        ],
    ),
    ("BY", &["810"]),
    ("CC", &["0011"]),
    ("CO", &["00", "00414", "00444", "00456", "005", "007", "009"]),
    ("CU", &["119"]),
    ("CV", &["00", "0"]),
    ("CX", &["0011"]),
    ("FI", &["990", "991", "994", "996", "999", "00"]),
    ("FJ", &["00", "052"]),
    ("GE", &["00", "810"]),
    ("GY", &["001"]),
    (
        "HK",
        &["001", "002", "0030", "0050", "0059", "006", "007", "008", "009", "00"],
    ),
    ("ID", &["001", "007", "008", "009", "01017"]),
    ("IL", &["00", "012", "013", "014", "015", "016", "017", "018", "019"]),
    ("JP", &["010"]),
    ("KE", &["000"]),
    ("KH", &["001", "004", "005", "006", "007", "008", "009"]),
    ("KP", &["00", "99"]),
    (
        "KR",
        &[
            "001", "002", "00345", "00365", "00391", "005", "006", "00700", "00727", "0073", "00755", "00761", "00762",
            "00766", "008", "009",
        ],
    ),
    ("KZ", &["810"]),
    ("MN", &["001"]),
    ("MO", &["00", "01"]),
    ("MX", &["00"]),
    ("NG", &["009"]),
    ("PW", &["011", "012"]),
    ("RU", &["810"]),
    ("SB", &["00", "01"]),
    (
        "SG",
        &["001", "002", "008", "012", "013", "018", "019", "021", "022", "028"],
    ),
    ("TH", &["001", "003", "004", "005", "006", "007", "008", "009"]),
    ("TJ", &["810"]),
    ("TM", &["810"]),
    ("TW", &["002", "005", "006", "007", "009", "019"]),
    ("TZ", &["000", "005", "006"]),
    ("UG", &["000", "005", "007"]),
    ("UZ", &["00", "810"]),
    ("WS", &["0"]),
];

/// The prefix that many people write in any country. In a country with another prefix, only an
/// existing number is read after it.
pub(super) const USUAL: &str = "00";
const NORTH_AMERICA: &[&str] = &["011"];

/// The prefixes of a country, in the order in which they are tried.
pub(super) fn exits(country: &str, code: &str) -> &'static [&'static str] {
    if code == "1" {
        return NORTH_AMERICA;
    }
    match EXITS.binary_search_by_key(&country, |(id, _)| id) {
        Ok(at) => EXITS[at].1,
        Err(_) => &[USUAL],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{How, read};

    #[test]
    fn the_table_can_be_searched() {
        assert!(EXITS.is_sorted_by_key(|(country, _)| country));
    }

    #[test]
    fn every_country_dials_a_phone_in_england() {
        let rows = EXITS
            .iter()
            .flat_map(|(country, exits)| exits.iter().map(move |exit| (*country, *exit)));
        let others = ["US", "CA", "JM"].map(|country| (country, "011"));
        let usual = ["DE", "PT", "IN", "AR", "EG", "ZA"].map(|country| (country, "00"));
        for (country, exit) in rows.chain(others).chain(usual) {
            let number = read(&format!("{exit} 44 7911 123456"), country);
            let number = number.unwrap_or_else(|refused| panic!("{country} {exit}: {refused}"));
            assert_eq!(
                (number.digits(), number.how),
                ("447911123456", How::DialledAbroad),
                "{country} {exit}"
            );
        }
    }
}
