"""`access page`: the table of who may do what as a page, from the policy and the addresses.

The page is kept in `docs/`: whoever takes a permission away, gives one or opens an address changes
a line that a reviewer sees, and a test is red until the page says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from cic_cases.privacy.access import OPEN, declared
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Reach, Role

PAGE = Path("docs/access.md")
SIGNS = {Reach.CENTRE: "C", Reach.OWN: "O"}
HEAD = """# Who may do what

Written by `cic access page` from `cic_cases/privacy/policy.py` and from what each address declares:
do not edit it. **C** is everything in the centres of the role (a role for a region has all of its
centres), **O** only what is with oneself, **–** nothing. A person can hold several roles; rights
count from the next request. What somebody may not see is answered like what does not exist."""


def page(app: Flask) -> str:
    """The whole page: actions by role, then the addresses of each action."""
    return "\n\n".join((HEAD, _actions(), _addresses(app))) + "\n"


def _actions() -> str:
    lines = [_row("action", Role), _row("---", ["---"] * len(Role))]
    return "\n".join([*lines, *(_row(f"`{a}`", _reaches(POLICY[a])) for a in sorted(POLICY))])


def _reaches(row: Mapping[Role, Reach]) -> list[str]:
    return [SIGNS[row[role]] if role in row else "–" for role in Role]


def _addresses(app: Flask) -> str:
    by_action: dict[str, set[str]] = defaultdict(set)
    declares = declared(app)
    for rule in app.url_map.iter_rules():
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        by_action[declares[rule.endpoint]].add(f"`{methods} {rule.rule}`")
    lines = ["## Which address is which action", "", "| action | method and address |", "|---|---|"]
    for action in sorted(by_action):
        name = "anybody" if action == OPEN else f"`{action}`"
        lines += [f"| {name} | {address} |" for address in sorted(by_action[action])]
    return "\n".join(lines)


def _row(name: str, cells: Iterable[str]) -> str:
    return f"| {' | '.join((name, *cells))} |"


@click.group("access")
def access() -> None:
    """Who may do what."""


@access.command("page")
@with_appcontext
def write_page() -> None:
    """Write docs/access.md anew, from the policy and the addresses."""
    PAGE.write_text(page(current_app), encoding="utf-8")
    click.echo(f"{PAGE} is written")


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(access)
