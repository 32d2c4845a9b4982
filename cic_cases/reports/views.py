"""The page of statistics: exact numbers for those who run the centres, within their scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import (
    NOT_STATED,
    STATELESS,
    country_name,
    in_reader_language,
    lazy,
    locale,
    ngettext,
)
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.access import allows, current_actor
from cic_cases.reports import charts, queries, rules
from cic_cases.reports.forms import ReportForm
from cic_cases.reports.rules import ByGender, Period, Place, Span, Window

bp = Blueprint("reports", __name__, url_prefix="/reports")
COUNTRIES = 11
NO_COUNTRY = frozenset({STATELESS, NOT_STATED})
PERIODS = {
    Period.THIS_MONTH: lazy("This month"),
    Period.LAST_MONTH: lazy("Last month"),
    Period.THIS_QUARTER: lazy("This quarter"),
    Period.LAST_QUARTER: lazy("Last quarter"),
    Period.THIS_YEAR: lazy("This year"),
    Period.LAST_YEAR: lazy("Last year"),
}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One chart and the table of the same numbers."""

    lines: list[tuple[str, ByGender]]
    total: ByGender
    bars: list[charts.Bar]

    @classmethod
    def of(cls, lines: list[tuple[str, ByGender]], total: ByGender) -> "Breakdown":
        """The chart of what a table shows under «all»."""
        return cls(lines, total, charts.bars([(label, n.all) for label, n in lines]))


@bp.get("")
@allows("report.exact")
def overview() -> ResponseReturnValue:
    """The first cut: figures, centres and months, countries of origin, kinds of support."""
    session = db.session()
    mine = queries.places(session, current_actor().scope("report.exact").centres)
    if not mine:
        abort(404)
    form = ReportForm(request.args, mine, local_day(clock.now(), mine[0].zone))
    slug = form.centre.data or None
    asked = [place for place in mine if slug in (None, place.slug)]
    if not asked:
        abort(404)
    about = {"form": form, "periods": PERIODS, "places": asked}
    span = form.span()
    if span is None:
        return render_template("reports/overview.html", **about), 422
    counted = _counted(session, asked, span)
    return render_template("reports/overview.html", **about, days=_days(span), **counted)


def _counted(session: Session, places: Sequence[Place], span: Span) -> dict[str, object]:
    now = clock.now()
    windows = rules.windows(places, span)
    figures = queries.overview(session, windows, now)
    begun = {window.month for window in windows if window.time.start <= now}
    total = queries.everyone(session, windows)
    return {
        "figures": figures,
        "months": [(key, day) for key, day in _months(span) if key in begun],
        "ALL": queries.ALL,
        "nothing": queries.Figures(),
        "countries": _countries(session, windows, total),
        "support": _support(session, windows, total),
    }


def _months(span: Span) -> list[tuple[int, date]]:
    return [(rules.month_key(part.first), part.first) for part in rules.months(span)]


def _countries(session: Session, windows: Sequence[Window], total: ByGender) -> Breakdown:
    counted = queries.countries(session, windows)
    largest, folded, others = rules.fold(counted, COUNTRIES, NO_COUNTRY)
    lines = [(_begin_large(country_name(code)), numbers) for code, numbers in largest]
    if folded:
        lines.append((ngettext("%(num)s other country", "%(num)s other countries", folded), others))
    return Breakdown.of(lines, total)


def _support(session: Session, windows: Sequence[Window], total: ByGender) -> Breakdown:
    counted = queries.support(session, windows)
    return Breakdown.of([(in_reader_language(kind.names), n) for kind, n in counted], total)


def _begin_large(text: str) -> str:
    """«stateless» heads a line here, so it begins like the names of countries."""
    return text[:1].upper() + text[1:]


def _days(span: Span) -> str:
    return f"{_day(span.first)} – {_day(span.last)}"


def _day(day: date) -> str:
    return format_date(day, "long", locale=locale())
