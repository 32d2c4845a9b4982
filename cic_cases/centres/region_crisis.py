"""Lines for people in crisis in a region file: the `[[crisis_line]]` tables, checked."""

from cic_cases.centres.region_entries import CrisisLineEntry
from cic_cases.centres.region_services import KEY, NAME
from cic_cases.centres.region_table import Table

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NUMBER = r"[0-9]{3}|\+?[0-9]{2,3}( [0-9]{2,3}){1,4}"


def crisis_lines_of(file: Table) -> tuple[CrisisLineEntry, ...]:
    """The lines in the file's order; what is wrong is noted in the file."""
    tables = file.tables("crisis_line", "key")
    lines = tuple(_line(table, nth) for nth, table in enumerate(tables, start=1))
    file.only_once("crisis_line", "key", [line.key for line in lines])
    return lines


def _line(table: Table, position: int) -> CrisisLineEntry:
    names = table.table("names")
    entry = CrisisLineEntry(
        key=table.name("key", 40, KEY, "children"),
        names=names.in_languages(NAME) if names else {},
        number=table.name("number", 30, NUMBER, "800 120 002"),
        hours=_hours(table),
        always=table.flag("always"),
        by_law=table.flag("by_law"),
        source=table.text("source", 160),
        checked_on=table.day("checked_on") if table.has("checked_on") else None,
        position=position,
    )
    if entry.always and entry.hours:
        table.wrong("always", "and hours cannot both be, remove one")
    table.close()
    return entry


def _hours(table: Table) -> dict[str, list[str]]:
    hours = table.table("hours", needed=False)
    if hours is None:
        return {}
    spans = {day: hours.span(day) for day in WEEKDAYS if hours.has(day)}
    hours.close()
    return {day: [f"{end:%H:%M}" for end in span] for day, span in spans.items() if span}
