"""`flask --app wsgi staff ...` and `token ...`: accounts, one-time links and keys for the JSON.

One-time links are printed to the terminal and kept nowhere; they are built on CIC_BASE_URL.
"""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.centres import queries as centres
from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.people import queries, rules, service, tokens
from cic_cases.people.queries import Account, NoSuchAccount
from cic_cases.people.rules import GrantWish, HeldRole, Invitation
from cic_cases.privacy import audit
from cic_cases.privacy.roles import Role

P = ParamSpec("P")
T = TypeVar("T")
DEFAULT_TOKEN_DAYS, MOST_TOKEN_DAYS = 90, 366
ROLES = ", ".join(role.value for role in Role)

staff = AppGroup("staff", help="Staff accounts and their one-time links.")
token = AppGroup("token", help="Keys for the JSON, with their owner's rights.")


def _plainly(command: Callable[P, T]) -> Callable[P, T]:
    """A refusal becomes one sentence on stderr and exit code 1."""

    @wraps(command)
    def plain(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from refusal

    return plain


@staff.command()
@click.argument("email")
@click.option("--role", help=f"One of: {ROLES}.")
@click.option("--centre", help="Slug of the centre the role is for.")
@click.option("--region", help="Slug of the region, for a role without a centre.")
@click.option("--grant", "grants", multiple=True, metavar="ROLE@CENTRE", help="One more role.")
@click.option("--language", default="pl", show_default=True, help="Language of the pages.")
@click.option("--speaks", multiple=True, help="A language in which they receive people.")
@click.option("--initials", help="By default taken from the e-mail.")
@click.option("--institution", help="Key of a partner officer's office, like WUW.")
@_plainly
def invite(
    email: str,
    role: str | None,
    centre: str | None,
    region: str | None,
    grants: tuple[str, ...],
    language: str,
    speaks: tuple[str, ...],
    initials: str | None,
    institution: str | None,
) -> None:
    """Open an account for EMAIL; print the one-time link with which a password is chosen."""
    wishes = [_grant(db.session(), text) for text in grants]
    if role is not None:
        wishes.insert(0, _wish(db.session(), role, centre, region))
    invitation = Invitation(
        email=email,
        initials=initials or _initials(email),
        language=language,
        grants=tuple(wishes),
        languages=speaks or (language,),
        institution_key=institution,
    )
    person, link = in_transaction(service.invite, invitation, at=clock.now(), by=None)
    click.echo(
        f"Invited {person.email} ({person.initials}). The link works once, for 7 days:", err=True
    )
    _print_link(link)


@staff.command("list")
def list_accounts() -> None:
    """Print every account: e-mail, initials, state, roles."""
    places = {centre.id: centre.slug for centre in centres.all_centres(db.session())}
    regions = {region.id: region.slug for region in centres.regions(db.session())}
    for account in queries.accounts(db.session()):
        roles = " ".join(_shown(held, places, regions) for held in account.roles)
        click.echo(f"{account.email}\t{account.initials}\t{_state(account)}\t{roles}")


@staff.command()
@click.argument("email")
@_plainly
def disable(email: str) -> None:
    """Close the account of EMAIL at once; list the bookings that need somebody else."""
    account = _account(email)
    in_transaction(service.disable, account.id, at=clock.now(), by=None)
    click.echo(f"Disabled {account.email}: sessions, links and tokens have ended.")
    coming = bookings.coming_of(db.session(), account.id, clock.now())
    places = {
        one.id: one for one in centres.centres_in(db.session(), {b.centre_id for b in coming})
    }
    if coming:
        click.echo(f"Bookings ahead that need somebody else: {len(coming)}")
    for booking in coming:
        place = places[booking.centre_id]
        local = booking.starts_at.astimezone(ZoneInfo(place.timezone))
        click.echo(f"{local:%Y-%m-%d %H:%M}\t{place.slug}\t{booking.language}")


@staff.command()
@click.argument("email")
@click.option("--phone-lost", is_flag=True, help="Also remove their second step.")
@_plainly
def reset(email: str, phone_lost: bool) -> None:
    """Print a one-time link with which EMAIL chooses a new password."""
    link = in_transaction(
        service.reset_link, _account(email).id, at=clock.now(), by=None, phone_lost=phone_lost
    )
    click.echo("The link works once, for 24 hours:", err=True)
    _print_link(link)


@staff.command()
@click.argument("email")
@_plainly
def signin(email: str) -> None:
    """Print a one-time link that signs EMAIL in, for checks. Refused in production."""
    account, at = _account(email), clock.now()
    if current_app.config["CIC"].env == "production":
        refused = "staff.signin_refused"
        in_transaction(audit.note, refused, "staff", account.id, by=None, at=at)
        raise click.ClickException("Sign-in links are refused in production. This was recorded.")
    _print_link(in_transaction(service.signin_link, account.id, at=at, by=None))


@token.command()
@click.argument("email")
@click.option("--days", type=int, default=DEFAULT_TOKEN_DAYS, show_default=True)
@_plainly
def issue(email: str, days: int) -> None:
    """Print a new token of EMAIL for the JSON. It is shown only this once."""
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise click.ClickException(f"--days must lie between 1 and {MOST_TOKEN_DAYS}.")
    lasts, account = timedelta(days=days), _account(email)
    issued = in_transaction(service.issue_token, account.id, lasts=lasts, at=clock.now(), by=None)
    click.echo(issued)


@token.command()
@click.argument("email")
@_plainly
def revoke(email: str) -> None:
    """End every token of EMAIL."""
    account = _account(email)
    ended = in_transaction(service.revoke_token, account.id, at=clock.now(), by=None)
    click.echo(f"Revoked {ended} of {account.email}'s tokens.")


def init_app(app: Flask) -> None:
    """Add both groups."""
    app.cli.add_command(staff)
    app.cli.add_command(token)


def _print_link(link: str) -> None:
    click.echo(tokens.link_address(current_app.config["CIC"].base_url, link))


def _account(email: str) -> Account:
    """Raises ClickException, naming what was typed, when there is no such account."""
    try:
        return queries.account_by_email(db.session(), rules.normal_email(email))
    except (NoSuchAccount, rules.EmailInvalid):
        raise click.ClickException(f"There is no account with the e-mail {email!r}.") from None


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise click.ClickException(f"There is no role {text!r}. Choose: {ROLES}.") from None


def _grant(session: Session, text: str) -> GrantWish:
    role, at_sign, centre = text.partition("@")
    if not (role and at_sign and centre):
        raise click.ClickException(f"--grant {text!r} must look like reception@poznan.")
    return GrantWish(_role(role), centre_id=_centre_id(session, centre))


def _wish(session: Session, role: str, centre: str | None, region: str | None) -> GrantWish:
    if centre and region:
        raise click.ClickException("Give --centre or --region, not both.")
    if centre:
        return GrantWish(_role(role), centre_id=_centre_id(session, centre))
    return GrantWish(_role(role), region_id=_region_id(session, region))


def _centre_id(session: Session, slug: str) -> int:
    try:
        return centres.centre_by_slug(session, slug).id
    except NotFound:
        known = _listed(one.slug for one in centres.all_centres(session))
        raise click.ClickException(f"There is no centre {slug!r}. {known}") from None


def _region_id(session: Session, slug: str | None) -> int:
    """The region called `slug`; without a slug the only one there is."""
    known = {region.slug: region.id for region in centres.regions(session)}
    if slug is not None and slug not in known:
        raise click.ClickException(f"There is no region {slug!r}. {_listed(known)}")
    if slug is None and len(known) != 1:
        raise click.ClickException(f"Say where: --centre or --region. {_listed(known)}")
    return known[slug] if slug else next(iter(known.values()))


def _listed(slugs: Iterable[str]) -> str:
    known = ", ".join(slugs)
    return f"Choose: {known}." if known else "Load a region file first: region load FILE."


def _initials(email: str) -> str:
    """«anna.kowalska@…» is AK: the first letters of the parts of the name."""
    parts = re.split(r"[\W\d_]+", email.partition("@")[0])
    return "".join(part[0] for part in parts if part)[: rules.LONGEST_INITIALS].upper() or "X"


def _state(account: Account) -> str:
    if account.disabled:
        return "disabled"
    return "invited" if account.invited else "active"


def _shown(held: HeldRole, places: dict[int, str], regions: dict[int, str]) -> str:
    if held.region_id is not None:
        return f"{held.role}@{regions[held.region_id]}(region)"
    return " ".join(f"{held.role}@{places.get(one, 'inactive')}" for one in held.centre_ids)
