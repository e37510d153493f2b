//! A number without the words around it: label, remark, extension.

/// Words that people put before a number, in lower case.
const LABELS: &[&str] = &[
    "tel",
    "telefone",
    "telefono",
    "teléfono",
    "telefon",
    "téléphone",
    "phone",
    "fone",
    "mobile",
    "mob",
    "movil",
    "móvil",
    "cel",
    "cell",
    "celular",
    "cellulare",
    "portable",
    "handy",
    "gsm",
    "hp",
    "whatsapp",
    "whats",
    "wa",
    "zap",
];

/// Words that people put before an extension, in lower case; the longer ones first.
const EXTENSIONS: &[&str] = &[
    "extension",
    "extn",
    "ext",
    "ramal",
    "anexo",
    "poste",
    "interno",
    "int",
    "x",
    "#",
];
const EXTENSION_DIGITS: std::ops::RangeInclusive<usize> = 1..=6;

/// Removes a known label before it, a remark in brackets after it, and an extension.
pub(super) fn bare(text: &str) -> String {
    let lower = text.to_lowercase();
    let lower = without_remark(without_label(lower.trim()));
    // Brazil writes xx as a placeholder for a carrier code.
    let plain = lower.replace("0xx", "0");
    without_extension(&plain).to_owned()
}

fn without_label(text: &str) -> &str {
    let word = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (label, rest) = text.split_at(word);
    let number = rest.trim_start_matches([':', '.', ' ']);
    if LABELS.contains(&label) && number.len() < rest.len() {
        number
    } else {
        text
    }
}

fn without_remark(text: &str) -> &str {
    let Some((number, remark)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) else {
        return text;
    };
    let words = !remark.is_empty() && remark.chars().all(|c| c.is_alphabetic() || c == ' ');
    if words { number.trim_end() } else { text }
}

fn without_extension(text: &str) -> &str {
    let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if !EXTENSION_DIGITS.contains(&(text.len() - rest.len())) {
        return text;
    }
    let rest = rest.trim_end_matches([' ', ':', '.', '=']);
    let number = EXTENSIONS.iter().find_map(|word| rest.strip_suffix(word));
    number.map_or(text, |number| number.trim_end_matches([' ', ',', ';', '.', '-', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_around_a_number_are_removed() {
        for text in [
            "020 7946 0123 ext. 45",
            "020 7946 0123 x45",
            "020 7946 0123 #45",
            "020 7946 0123, Extension 45",
            "Tel.: 020 7946 0123",
            "WhatsApp 020 7946 0123",
            "020 7946 0123 (Ana Maria)",
        ] {
            assert_eq!(bare(text), "020 7946 0123", "{text}");
        }
        assert_eq!(bare("(0XX11) 91234-5678"), "(011) 91234-5678");
        for text in ["o11 91234-5678", "invoice 91234567", "11 9123a-5678"] {
            assert_eq!(bare(text), text);
        }
    }
}
