//! Amounts, as people write them.

/// An amount in the smallest unit of its currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Money {
    pub minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

impl Money {
    #[must_use]
    pub fn new(minor: i64, currency: &str) -> Self {
        Self {
            minor,
            currency: currency.to_ascii_uppercase(),
        }
    }
}

/// Digits after the point, by ISO 4217.
#[must_use]
pub fn digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// `$1,900.00`; a currency without a symbol follows the amount: `1.500 KWD`.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, minor) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        let digits = digits(&self.currency);
        let unit = 10_u64.pow(digits);
        let sign_of = match self.currency.as_str() {
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            "INR" => "₹",
            "JPY" => "¥",
            _ => "",
        };
        let (major, rest) = (crate::i18n::T::default().number(minor / unit), minor % unit);
        write!(f, "{sign}{sign_of}{major}")?;
        if unit > 1 {
            write!(f, ".{rest:0width$}", width = digits as usize)?;
        }
        if sign_of.is_empty() {
            write!(f, " {}", self.currency)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_formatted_by_its_currency() {
        for (minor, currency, text) in [
            (1900, "usd", "$19.00"),
            (5, "EUR", "€0.05"),
            (-250, "INR", "-₹2.50"),
            (190_000, "USD", "$1,900.00"),
            (1900, "JPY", "¥1,900"),
            (1500, "KWD", "1.500 KWD"),
            (4900, "BRL", "49.00 BRL"),
        ] {
            assert_eq!(Money::new(minor, currency).to_string(), text);
        }
    }
}
