//! Phone numbers as people write them.

use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// Numbers as people write them: the plans of countries are regular expressions, and pages show the same numbers again.
    static WRITTEN: RefCell<HashMap<String, String>> = RefCell::default();
}

/// How many numbers each thread keeps; then it begins anew.
const MOST_WRITTEN: usize = 2_000;

/// `5511999990001` as people write it: `+55 11 99999-0001`; an unknown format only gets a plus.
#[must_use]
pub fn phone(digits: &str) -> String {
    WRITTEN.with_borrow_mut(|known| {
        if let Some(written) = known.get(digits) {
            return written.clone();
        }
        if known.len() >= MOST_WRITTEN {
            known.clear();
        }
        let written = written(digits);
        known.insert(digits.to_owned(), written.clone());
        written
    })
}

fn written(digits: &str) -> String {
    let plus = format!("+{digits}");
    phonenumber::parse(None, &plus)
        .map(|number| number.format().mode(phonenumber::Mode::International).to_string())
        .unwrap_or(plus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_written_as_in_its_country() {
        // The second time it is known.
        for _ in 0..2 {
            assert_eq!(phone("5511999990001"), "+55 11 99999-0001");
            assert_eq!(phone("12"), "+12");
        }
    }

    #[test]
    fn a_thread_keeps_so_many_numbers_and_then_begins_anew() {
        WRITTEN.with_borrow_mut(|known| known.extend((0..MOST_WRITTEN).map(|n| (n.to_string(), String::new()))));
        assert_eq!(phone("5511999990001"), "+55 11 99999-0001");
        assert_eq!(WRITTEN.with_borrow(HashMap::len), 1);
    }
}
