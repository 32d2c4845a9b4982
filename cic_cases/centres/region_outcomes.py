"""The outcomes of a region file: what an appointment may come to, as codes and never in words.

A code may serve several kinds of help. Names are read by staff alone.
"""

from cic_cases.centres.region_table import Table

KEY = r"[a-z][a-z0-9_]+"
STAFF_LANGUAGES = ("pl", "uk", "en", "ru")
LONGEST_KEY, LONGEST_NAME = 40, 60
MOST = 12  # of one kind of help: they are chosen by one tap from what is in sight


def outcomes_of(file: Table, services: list[str]) -> dict[str, dict[str, dict[str, str]]]:
    """service → code → its name by language; `services` are those that are booked by time."""
    tables = file.tables("outcome", "key")
    found: dict[str, dict[str, dict[str, str]]] = {}
    keys = []
    for table in tables:
        key = table.name("key", LONGEST_KEY, KEY, "case_continues")
        names = table.table("names")
        called = names.in_languages(LONGEST_NAME, STAFF_LANGUAGES) if names else {}
        for service in table.choices("services", services):
            of_service = found.setdefault(service, {})
            of_service[key] = called
            if len(of_service) == MOST + 1:
                table.wrong("services", f"«{service}» has more than {MOST} outcomes, remove some")
        table.close()
        keys.append(key)
    file.only_once("outcome", "key", keys)
    return found
