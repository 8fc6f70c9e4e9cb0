"""The public holidays of a country in some years, and the days that are worked for them, as JSON.

`cargo xtask calendar` runs it: calendar.py COUNTRY FIRST_YEAR LAST_YEAR [SUBDIVISION]
It answers with {"country", "holidays": {date: name}, "worked": [date]} or with {"error": what and what instead}.
"""

import difflib
import json
import sys

import holidays
from holidays.registry import COUNTRIES


def spellings():
    """Every way to write a country, in small letters and without blanks, and the code it stands for."""
    for module, (name, *codes) in COUNTRIES.items():
        for spelling in (module.replace("_", ""), name, *codes):
            yield spelling.lower(), (name, codes[0])


def calendar(country, first, last, subdivision):
    known = dict(spellings())
    written = "".join(letter for letter in country.lower() if letter.isalnum())
    if written not in known:
        near = [known[word][0] for word in difflib.get_close_matches(written, known, 3)]
        hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "give an ISO code such as HU"
        return {"error": f"no country is called {country!r}: {hint}"}
    name, code = known[written]
    years = range(first, last + 1)
    parts = holidays.list_supported_countries().get(code, [])
    if subdivision and subdivision not in parts:
        return {"error": f"{name} has no part {subdivision!r}: {', '.join(parts) or 'none is known'}"}
    days = holidays.country_holidays(code, subdiv=subdivision, years=years, language="en_US")
    # What the library knows of other years is of no use here.
    worked = sorted(day for day in days.weekend_workdays if day.year in years)
    return {
        "country": f"{name} ({subdivision})" if subdivision else name,
        "holidays": {day.isoformat(): days[day] for day in sorted(days)},
        "worked": [day.isoformat() for day in worked],
    }


print(json.dumps(calendar(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] if sys.argv[4:] else None)))
