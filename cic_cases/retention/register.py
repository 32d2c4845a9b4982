"""The register of processing (GDPR art. 30) and what each column is, as a page of the docs.

Made from the classification, so it is never older than the tables: `cic retention register`.
"""

from collections.abc import Iterator

from cic_cases.retention.classification import Kind, TableFacts, tables

HEAD = """\
# Register of processing

Made by `cic retention register` from `cic_cases/retention/data.toml`; do not edit by hand.
What the words mean stands at the head of that file. The controller, the data protection officer
and the processors (hosting, mail, SMS gateway) are the operator's to fill in:

| controller | data protection officer | processors |
|---|---|---|
| … | … | … |

Basis: public task, GDPR art. 6(1)(e); for data that tell or let infer health or legal trouble
art. 9(2)(g) or (h), or consent for psychological help: the operator's data protection officer
decides for each service. In law everything here is *pseudonymised*, not anonymous.
"""
PERIODS = {
    "contact": "months after the last visit or appointment (`contact_months`, usually 6)",
    "notes": "months after the newest version (`note_months`, usually 60)",
    "records": "until `record_years` after 31 December of the fund's last payment; then every code "
    "that leads to a person goes, numbers stay",
    "audit": "`audit_months` (at least 24), then the oldest lines go",
    "day": "a day at most",
    "week": "a week at most",
    "account": "as long as the account",
    "while": "as long as the centres work so",
}
TITLES = {
    "person": "About people who come to the centres",
    "staff": "About members of staff",
    "work": "About how the centres work",
    "technique": "About nobody",
}


def text() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "## How long\n"
    yield from (f"- **{word}**: {meaning}" for word, meaning in PERIODS.items())
    for about, title in TITLES.items():
        yield f"\n## {title}\n"
        yield "| table | what for | kept | columns |"
        yield "|---|---|---|---|"
        yield from (_row(one) for one in sorted(tables().values(), key=_name) if one.about == about)


def _name(one: TableFacts) -> str:
    return one.name


def _row(one: TableFacts) -> str:
    told = "; ".join(f"*{kind.value}* {', '.join(one.of(kind))}" for kind in Kind if one.of(kind))
    return f"| `{one.name}` | {one.why} | {one.kept} | {told} |"
