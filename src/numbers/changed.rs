//! Numbers from before their country changed its numbering plan, and their current form.

use super::plan;

/// The current form of a number that the plans no longer know. Both start with the country code.
pub(super) fn today(digits: &str) -> Option<String> {
    let rules = [brazil, mexico, argentina, ivory_coast, benin, vietnam, italy, russia];
    rules
        .iter()
        .filter_map(|rule| rule(digits))
        .find_map(|changed| plan::listed(&changed))
}

/// Former national forms, dialled within the country without a country code.
pub(super) fn national(country: &str, digits: &str) -> Option<String> {
    let changed = match country {
        // Until 2019: 01 before another area, 044 and 045 before a mobile.
        "MX" => {
            let rest = ["044", "045", "01"]
                .iter()
                .find_map(|prefix| digits.strip_prefix(prefix));
            format!("52{}", rest.filter(|rest| rest.len() == 10)?)
        }
        // From a landline to a mobile, until 2021.
        "CO" => format!("57{}", digits.strip_prefix("03").filter(|rest| rest.len() == 10)?),
        _ => return None,
    };
    plan::listed(&changed)
}

/// Mobiles got a 9 after the area code from 2012 to 2016 (Anatel, resolution 553).
fn brazil(digits: &str) -> Option<String> {
    let national = of(digits, "55", 10)?;
    let (area, subscriber) = national.split_at(2);
    subscriber
        .starts_with(['6', '7', '8', '9'])
        .then(|| format!("55{area}9{subscriber}"))
}

/// Mobiles lost the 1 after the country code in 2019 (IFT, plan of 2 August 2019).
fn mexico(digits: &str) -> Option<String> {
    Some(format!("52{}", of(digits, "52", 11)?.strip_prefix('1')?))
}

/// A mobile's 15 after the area code becomes a 9 before it in the international form.
fn argentina(digits: &str) -> Option<String> {
    let national = digits.strip_prefix("54")?;
    let national = national
        .strip_prefix('9')
        .or(national.strip_prefix('0'))
        .unwrap_or(national);
    if national.len() != 12 {
        return None;
    }
    (2..=4).find_map(|area| {
        let (area, subscriber) = national.split_at(area);
        plan::listed(&format!("549{area}{}", subscriber.strip_prefix("15")?))
    })
}

/// Ten digits since 31 January 2021 (ARTCI); the second of the old eight determines the network. Also restores a 0 that
/// a number cell has lost.
fn ivory_coast(digits: &str) -> Option<String> {
    if let Some(national) = of(digits, "225", 9) {
        return Some(format!("2250{national}"));
    }
    let national = of(digits, "225", 8)?;
    let network = match national.as_bytes() {
        // Landlines.
        [b'2' | b'3', ..] => return None,
        [_, b'0'..=b'3', ..] => "01",
        [_, b'4'..=b'6', ..] => "05",
        _ => "07",
    };
    Some(format!("225{network}{national}"))
}

/// 01 in front since 30 November 2024 (ARCEP Bénin). Also restores a 0 that a number cell has lost.
fn benin(digits: &str) -> Option<String> {
    if let Some(national) = of(digits, "229", 9) {
        return Some(format!("2290{national}"));
    }
    Some(format!("22901{}", of(digits, "229", 8)?))
}

/// Mobiles of eleven digits became ones of ten in 2018 (Ministry of Information, decision 798/QĐ-BTTTT).
fn vietnam(digits: &str) -> Option<String> {
    let (old, subscriber) = of(digits, "84", 10)?.split_at(3);
    let new = match old {
        "120" => "70",
        "121" => "79",
        "122" => "77",
        "126" => "76",
        "128" => "78",
        "123" => "83",
        "124" => "84",
        "125" => "85",
        "127" => "81",
        "129" => "82",
        "162" => "32",
        "163" => "33",
        "164" => "34",
        "165" => "35",
        "166" => "36",
        "167" => "37",
        "168" => "38",
        "169" => "39",
        "186" => "56",
        "188" => "58",
        "199" => "59",
        _ => return None,
    };
    Some(format!("84{new}{subscriber}"))
}

/// Landlines keep their 0 since 1998; mobiles never had one.
fn italy(digits: &str) -> Option<String> {
    let mobile = digits.strip_prefix("390")?;
    mobile.starts_with('3').then(|| format!("39{mobile}"))
}

/// The 8 that is dialled within the country does not belong after its code.
fn russia(digits: &str) -> Option<String> {
    Some(format!("7{}", of(digits, "7", 11)?.strip_prefix('8')?))
}

/// The national part, if it has this many digits.
fn of<'a>(digits: &'a str, code: &str, length: usize) -> Option<&'a str> {
    digits.strip_prefix(code).filter(|national| national.len() == length)
}
