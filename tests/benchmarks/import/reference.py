"""reference.py CORPUS ANSWERS

Reads lines of `country<TAB>number` and writes, line by line, what Google's reference implementation (its Python port)
makes of them: `e164<TAB>country<TAB>type<TAB>zones`, or `-` for an invalid number.
"""

import sys

import phonenumbers
from phonenumbers import timezone

TYPES = {
    value: name
    for name, value in vars(phonenumbers.PhoneNumberType).items()
    if isinstance(value, int) and not name.startswith("_")
}


def answer(country, raw):
    try:
        number = phonenumbers.parse(raw, country or None)
    except phonenumbers.NumberParseException:
        return "-"
    if not phonenumbers.is_valid_number(number):
        return "-"
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    zones = [zone for zone in timezone.time_zones_for_number(number) if zone != "Etc/Unknown"]
    kind = TYPES[phonenumbers.number_type(number)]
    return "\t".join([e164, phonenumbers.region_code_for_number(number), kind, "|".join(sorted(zones))])


def main(corpus, answers):
    with open(corpus, encoding="utf-8", newline="\n") as lines, open(answers, "w", encoding="utf-8") as out:
        for line in lines:
            country, raw = line.rstrip("\n").split("\t", 1)
            out.write(answer(country, raw) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
