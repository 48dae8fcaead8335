#!/usr/bin/env python3
"""Generates crates/numbering/data/*.txt.

    python3 -m venv venv && venv/bin/pip install -r tools/requirements-numbering.txt
    venv/bin/python tools/generate_numbering.py

Sources
  * `phonenumbers` (Apache-2.0), the Python port of Google's libphonenumber: numbering plans,
    prefix -> time zones, prefix -> place. Pinned to the metadata release that the Rust crate
    `rlibphonenumber` carries; crates/numbering/tests hold the two together.
  * `babel` (BSD-3-Clause), for the Unicode CLDR territory names (Unicode-3.0).
  * ISO 3166-1 alpha-3 codes and the Australian area codes (Telecommunications Numbering Plan 2015)
    are facts typed in below.
"""

import collections
import pathlib
import re
import unicodedata

import babel
import phonenumbers
from phonenumbers import PhoneMetadata
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

DATA = pathlib.Path(__file__).resolve().parent.parent / "crates" / "numbering" / "data"

ALPHA3 = """
AFG:AF ALA:AX ALB:AL DZA:DZ ASM:AS AND:AD AGO:AO AIA:AI ATA:AQ ATG:AG ARG:AR ARM:AM ABW:AW AUS:AU AUT:AT AZE:AZ
BHS:BS BHR:BH BGD:BD BRB:BB BLR:BY BEL:BE BLZ:BZ BEN:BJ BMU:BM BTN:BT BOL:BO BES:BQ BIH:BA BWA:BW BVT:BV BRA:BR
IOT:IO BRN:BN BGR:BG BFA:BF BDI:BI CPV:CV KHM:KH CMR:CM CAN:CA CYM:KY CAF:CF TCD:TD CHL:CL CHN:CN CXR:CX CCK:CC
COL:CO COM:KM COG:CG COD:CD COK:CK CRI:CR CIV:CI HRV:HR CUB:CU CUW:CW CYP:CY CZE:CZ DNK:DK DJI:DJ DMA:DM DOM:DO
ECU:EC EGY:EG SLV:SV GNQ:GQ ERI:ER EST:EE SWZ:SZ ETH:ET FLK:FK FRO:FO FJI:FJ FIN:FI FRA:FR GUF:GF PYF:PF ATF:TF
GAB:GA GMB:GM GEO:GE DEU:DE GHA:GH GIB:GI GRC:GR GRL:GL GRD:GD GLP:GP GUM:GU GTM:GT GGY:GG GIN:GN GNB:GW GUY:GY
HTI:HT HMD:HM VAT:VA HND:HN HKG:HK HUN:HU ISL:IS IND:IN IDN:ID IRN:IR IRQ:IQ IRL:IE IMN:IM ISR:IL ITA:IT JAM:JM
JPN:JP JEY:JE JOR:JO KAZ:KZ KEN:KE KIR:KI PRK:KP KOR:KR KWT:KW KGZ:KG LAO:LA LVA:LV LBN:LB LSO:LS LBR:LR LBY:LY
LIE:LI LTU:LT LUX:LU MAC:MO MDG:MG MWI:MW MYS:MY MDV:MV MLI:ML MLT:MT MHL:MH MTQ:MQ MRT:MR MUS:MU MYT:YT MEX:MX
FSM:FM MDA:MD MCO:MC MNG:MN MNE:ME MSR:MS MAR:MA MOZ:MZ MMR:MM NAM:NA NRU:NR NPL:NP NLD:NL NCL:NC NZL:NZ NIC:NI
NER:NE NGA:NG NIU:NU NFK:NF MKD:MK MNP:MP NOR:NO OMN:OM PAK:PK PLW:PW PSE:PS PAN:PA PNG:PG PRY:PY PER:PE PHL:PH
PCN:PN POL:PL PRT:PT PRI:PR QAT:QA REU:RE ROU:RO RUS:RU RWA:RW BLM:BL SHN:SH KNA:KN LCA:LC MAF:MF SPM:PM VCT:VC
WSM:WS SMR:SM STP:ST SAU:SA SEN:SN SRB:RS SYC:SC SLE:SL SGP:SG SXM:SX SVK:SK SVN:SI SLB:SB SOM:SO ZAF:ZA SGS:GS
SSD:SS ESP:ES LKA:LK SDN:SD SUR:SR SJM:SJ SWE:SE CHE:CH SYR:SY TWN:TW TJK:TJ TZA:TZ THA:TH TLS:TL TGO:TG TKL:TK
TON:TO TTO:TT TUN:TN TUR:TR TKM:TM TCA:TC TUV:TV UGA:UG UKR:UA ARE:AE GBR:GB USA:US UMI:UM URY:UY UZB:UZ VUT:VU
VEN:VE VNM:VN VGB:VG VIR:VI WLF:WF ESH:EH YEM:YE ZMB:ZM ZWE:ZW
"""

# What people write that CLDR does not list.
EXTRA_NAMES = {
    "US": ["usa", "u.s.", "u.s.a.", "america", "united states of america", "vereinigte staaten von amerika"],
    "GB": ["uk", "u.k.", "great britain", "england", "scotland", "wales", "northern ireland", "grossbritannien",
           "angleterre", "inglaterra", "reino unido"],
    "DE": ["brd", "germany (de)"],
    "NL": ["holland", "the netherlands"],
    "AE": ["uae", "vae"],
    "KR": ["korea", "south korea", "republic of korea"],
    "CZ": ["czech republic", "tschechische republik"],
    "RU": ["russian federation"],
    "CI": ["ivory coast"],
    "MK": ["macedonia"],
    "SZ": ["swaziland"],
    "CV": ["cape verde"],
    "TR": ["turkey", "turkiye"],
}

US_STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN",
    "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV",
    "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC",
    "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA",
    "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX",
    "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington State": "WA", "West Virginia": "WV",
    "Wisconsin": "WI", "Wyoming": "WY", "Washington D.C.": "DC",
}
CA_PROVINCES = {
    "Alberta": "AB", "British Columbia": "BC", "British Colombia": "BC", "Manitoba": "MB",
    "New Brunswick": "NB", "Newfoundland and Labrador": "NL", "Nova Scotia": "NS", "Ontario": "ON",
    "Prince Edward Island": "PE", "Quebec": "QC", "Saskatchewan": "SK", "Northwest Territories": "NT",
    "Nunavut": "NU", "Yukon": "YT",
}
# Longest prefix wins; "" says that the prefix straddles a border (Canberra, Broken Hill).
AU_PREFIXES = {
    "612": "NSW", "61251": "", "61252": "", "61261": "", "61262": "", "613": "VIC", "6136": "TAS", "617": "QLD",
    "6186": "WA", "6187": "SA", "61879": "NT", "6188": "SA", "61880": "", "61889": "NT", "6189": "WA",
}

BANNER = f"""# Generated by tools/generate_numbering.py; do not edit.
# Derived from libphonenumber {phonenumbers.__version__}, Copyright (C) The Libphonenumber Authors, Apache-2.0.
"""


def write(name, banner, lines):
    DATA.mkdir(parents=True, exist_ok=True)
    path = DATA / name
    path.write_text(banner + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(lines)} lines, {path.stat().st_size:,} bytes")


def zones():
    """One line per set of zones: `zone|zone: prefix prefix`."""
    by_set = collections.defaultdict(list)
    for prefix, names in TIMEZONE_DATA.items():
        assert prefix.isdigit() and prefix[0] != "0" and len(prefix) <= 9, prefix
        by_set[tuple(sorted(names))].append(prefix)
    lines = [f"{'|'.join(names)}: {' '.join(sorted(prefixes))}" for names, prefixes in sorted(by_set.items())]
    write("zones.txt", BANNER, lines)


def subdivisions():
    """One line per subdivision: `US-NJ: prefix prefix`; `AU-: prefix` marks a border."""
    by_place = collections.defaultdict(set)
    # North America: the name of the area code itself, else what all its exchanges agree on.
    names = collections.defaultdict(set)
    direct = {}
    for prefix, entry in GEOCODE_DATA.items():
        english = entry.get("en")
        if prefix.startswith("1") and len(prefix) >= 4 and english:
            (direct.__setitem__(prefix, english) if len(prefix) == 4 else names[prefix[:4]].add(english))
    short = set(US_STATES.values()) | set(CA_PROVINCES.values())
    for area in sorted(set(direct) | set(names)):
        seen = set()
        for name in [direct[area]] if area in direct else names[area]:
            tail = name.rsplit(", ", 1)[-1]
            if name in US_STATES:
                seen.add(US_STATES[name])
            elif name in CA_PROVINCES:
                seen.add(CA_PROVINCES[name])
            elif tail in short:
                seen.add(tail)
            else:
                seen.add(None)
        if len(seen) == 1 and (code := seen.pop()):
            country = "CA" if code in CA_PROVINCES.values() else "US"
            by_place[f"{country}-{code}"].add(area)
    # Brazil: every place of an area code ends in its state.
    states = collections.defaultdict(set)
    for prefix, entry in GEOCODE_DATA.items():
        english = entry.get("en", "")
        if prefix.startswith("55") and len(prefix) > 4:
            match = re.search(r" - ([A-Z]{2})$", english)
            states[prefix[:4]].add(match.group(1) if match else None)
    for area, seen in states.items():
        if len(seen) == 1 and (code := next(iter(seen))):
            by_place[f"BR-{code}"].add(area)
    for prefix, code in AU_PREFIXES.items():
        by_place[f"AU-{code}"].add(prefix)
    lines = [f"{place}: {' '.join(sorted(prefixes))}" for place, prefixes in sorted(by_place.items())]
    write("subdivisions.txt", BANNER, lines)


def fold(text):
    """Lower case, accents dropped, blanks joined: crates/numbering/src/country.rs folds the same way."""
    text = text.lower().replace("ß", "ss").replace("’", "'").replace("ø", "o").replace("ł", "l").replace("đ", "d")
    text = text.replace("ı", "i").replace("æ", "ae").replace("œ", "oe")
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(text.split())


def countries():
    """`DE DEU germany|deutschland|...`, names folded to ASCII."""
    alpha3 = {two: three for three, two in (pair.split(":") for pair in ALPHA3.split())}
    locales = [babel.Locale.parse(tag) for tag in ("en", "de", "fr", "es")]
    owner, lines = {}, []
    for two in sorted(alpha3):
        names = set()
        for locale in locales:
            name = locale.territories.get(two)
            if not name:
                continue
            names.add(fold(name))
            if locale.language == "de":  # Oesterreich, Tuerkei
                for umlaut, spelt in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
                    name = name.lower().replace(umlaut, spelt)
                names.add(fold(name))
        names.update(fold(name) for name in EXTRA_NAMES.get(two, []))
        names = sorted(name for name in names if name.isascii() and owner.setdefault(name, two) == two)
        lines.append(f"{two} {alpha3[two]} {'|'.join(names)}")
    banner = "# Generated by tools/generate_numbering.py; do not edit.\n"
    banner += "# ISO 3166-1 codes; names from Unicode CLDR, Copyright (C) Unicode, Inc., Unicode-3.0.\n"
    write("countries.txt", banner, lines)


KINDS = [
    ("general", "general_desc"), ("premium", "premium_rate"), ("tollfree", "toll_free"), ("shared", "shared_cost"),
    ("voip", "voip"), ("personal", "personal_number"), ("pager", "pager"), ("uan", "uan"),
    ("voicemail", "voicemail"), ("fixed", "fixed_line"), ("mobile", "mobile"),
]


def plans():
    """Numbering plans: what crates/numbering/build.rs compiles into automata.

    A `region` line opens each plan, in the order in which the library asks the regions of a calling code.
    """
    lines = []
    for code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        for region in regions:
            if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
                meta = PhoneMetadata.metadata_for_nongeo_region(code)
            else:
                meta = PhoneMetadata.metadata_for_region(region)
            lines.append(f"region {code} {region}")
            for key, value in (
                ("national-prefix", meta.national_prefix),
                ("parse-prefix", meta.national_prefix_for_parsing),
                ("transform", meta.national_prefix_transform_rule),
                ("leading-digits", meta.leading_digits),
                ("international-prefix", meta.international_prefix),
            ):
                if value:
                    lines.append(f"{key} {''.join(value.split())}")
            if meta.same_mobile_and_fixed_line_pattern:
                lines.append("same-mobile-and-fixed")
            for word, attribute in KINDS:
                desc = getattr(meta, attribute)
                if desc is None or not desc.national_number_pattern:
                    continue
                lengths = ",".join(str(n) for n in desc.possible_length if n > 0) or "-"
                local = ",".join(str(n) for n in desc.possible_length_local_only if n > 0) or "-"
                pattern = "".join(desc.national_number_pattern.split())
                lines.append(f"{word} {lengths} {local} {pattern}")
    write("plans.txt", BANNER, lines)


if __name__ == "__main__":
    zones()
    subdivisions()
    countries()
    plans()
