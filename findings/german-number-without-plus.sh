#!/usr/bin/env bash
# A German mobile number that is written with its country code but without the plus becomes another, valid number.
#
# Seen with phonenumbers 9.0.43 (PyPI) and libphonenumber-js 1.13.16 (npm, its full metadata), home country DE:
# "4915112345678" is read as +49 4915112345678, a fixed line with an area code of East Frisia, and called valid. For
# Austria, Brazil, France, India and others the same libraries notice the country code and give the mobile that was
# meant. The code is taken off only where the number is not valid with it, and German fixed lines may be so long that
# it is. Address books, spreadsheets and wa.me links drop the plus all the time.
#
# A reader of contact lists must therefore try the country code first: digits that begin with the home country's code
# and are valid behind a plus mean that.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check phonenumbers==9.0.43
npm install --silent --no-audit --no-fund --prefix . libphonenumber-js@1.13.16 >/dev/null

cat >read.py <<'PYTHON'
import phonenumbers as lib

for home, text in [("DE", "4915112345678"), ("DE", "+4915112345678"), ("AT", "436641234567"), ("BR", "5511912345678")]:
    number = lib.parse(text, home)
    kind = {0: "fixed line", 1: "mobile"}.get(lib.number_type(number), "other")
    valid = "valid" if lib.is_valid_number(number) else "not valid"
    print(home, text, lib.format_number(number, lib.PhoneNumberFormat.E164), valid, kind)
PYTHON
cat >read.js <<'JS'
const { parsePhoneNumber } = require("libphonenumber-js/max");
const cases = [["DE", "4915112345678"], ["DE", "+4915112345678"], ["AT", "436641234567"], ["BR", "5511912345678"]];
for (const [home, text] of cases) {
  const number = parsePhoneNumber(text, home);
  const kind = { FIXED_LINE: "fixed line", MOBILE: "mobile" }[number.getType()] ?? "other";
  console.log(home, text, number.number, number.isValid() ? "valid" : "not valid", kind);
}
JS

expected='DE 4915112345678 +494915112345678 valid fixed line
DE +4915112345678 +4915112345678 valid mobile
AT 436641234567 +436641234567 valid mobile
BR 5511912345678 +5511912345678 valid mobile'
for reader in "env/bin/python read.py" "node read.js"; do
  seen=$($reader)
  printf '%s\n%s\n' "== $reader" "$seen"
  [ "$seen" = "$expected" ] || { echo "this has changed" >&2; exit 1; }
done
