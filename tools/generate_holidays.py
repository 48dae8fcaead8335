#!/usr/bin/env python3
"""Writes crates/domain/data/holidays.txt: public holidays as the rule packs need them.

    python3 -m venv .venv && .venv/bin/pip install -r tools/requirements-holidays.txt
    .venv/bin/python tools/generate_holidays.py            # rewrite the data file
    .venv/bin/python tools/generate_holidays.py --check    # exit 1 if the checked-in file differs

Source: the PyPI package `holidays` (https://github.com/vacanzas/holidays, MIT licence). Dates on which a holiday is
observed instead of its own day are included beside that day. Dates that depend on a sighting of the moon are that
package's estimates.

Lines are `<region> <year> <MMDD> <MMDD> ...`, sorted by region and year, so that a look-up is a binary search in
the text and nothing has to be parsed when a function starts. Regions:

    DE       the whole country: what a law means by "national" holidays
    DE-BY    everything that is a public holiday in Bavaria, the national ones included
    DE-*     a public holiday somewhere in the country: for people whose state is not known
"""

import argparse
import pathlib
import sys

import holidays

PINNED = "0.108"
YEARS = range(2026, 2031)
TARGET = pathlib.Path(__file__).parent.parent / "crates/domain/data/holidays.txt"

# Countries with a rule pack. Their subdivisions are listed one by one.
# Territories with a country code of their own (PR, GP ...) stay out of the union: their numbers are told apart.
TERRITORIES = {
    "US": {"AS", "GU", "MP", "PR", "UM", "VI"},
    "FR": {"971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "TF", "WF"},
}
PACKED = ["AU", "CA", "DE", "FR", "GB", "US"]

# Countries without one: the house hours are closed on their holidays, so the country and the union will do.
OTHERS = (
    "AT BE BG BR CH CL CO CY CZ DK EE ES FI GR HR HU IE IL IN IS IT JP KR LI LT LU LV MT MX NL NO NZ PL PT RO RS SE "
    "SG SI SK TR UA ZA"
).split()


def is_iso(subdivision: str) -> bool:
    """The package also knows cities and districts (Augsburg, Stadt Zurich), which no number tells."""
    return len(subdivision) <= 3


def dates(country: str, subdivision: str | None = None) -> set:
    return set(holidays.country_holidays(country, subdiv=subdivision, years=YEARS))


def regions() -> dict[str, set]:
    found = {}
    for country in sorted(PACKED + OTHERS):
        national = dates(country)
        # Some states do not keep a holiday of the package's country-wide list; the union must not lose it.
        anywhere = set(national)
        found[country] = national
        for subdivision in holidays.country_holidays(country).subdivisions:
            if not is_iso(subdivision):
                continue
            local = dates(country, subdivision)
            if subdivision not in TERRITORIES.get(country, ()):
                anywhere |= local
            if country in PACKED:
                found[f"{country}-{subdivision}"] = local
        if anywhere != national:
            found[f"{country}-*"] = anywhere
    return found


def render() -> str:
    lines = [
        f"# Public holidays {YEARS[0]}-{YEARS[-1]}. Written by tools/generate_holidays.py: edit that, not this.",
        f"# From the Python package holidays {PINNED} (https://github.com/vacanzas/holidays), MIT licence.",
    ]
    for region, days in sorted(regions().items()):
        for year in YEARS:
            tokens = [f"{day:%m%d}" for day in sorted(days) if day.year == year]
            lines.append(" ".join([region, str(year), *tokens]))
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the checked-in file instead of writing it")
    check = parser.parse_args().check
    if holidays.__version__ != PINNED:
        print(f"holidays {PINNED} is pinned, {holidays.__version__} is installed", file=sys.stderr)
        return 2
    text = render()
    if check:
        same = TARGET.exists() and TARGET.read_text() == text
        print("up to date" if same else f"{TARGET} differs: run without --check", file=sys.stderr)
        return 0 if same else 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
