"""What is typed into fields that others read, and what is sent that nobody asked for."""

import pytest
from flask import url_for
from flask_wtf import FlaskForm
from wtforms import EmailField, StringField, TelField, TextAreaField

from cic_cases.application import BLUEPRINTS
from cic_cases.cases.forms import ContactForm
from cic_cases.foundation.db import Base
from cic_cases.privacy.access import OPEN, declared
from cic_cases.privacy.edges import RowNumber
from cic_cases.privacy.guarded_text import GuardedText
from cic_cases.privacy.line_field import LineField
from cic_cases.privacy.policy import POLICY
from tests.system.asked import ASKED
from tests.system.test_access import call, methods_of, world  # noqa: F401 - fixture
from tests.system.two_centres import OWN, World

DAY = "2030-02-04"
OVERRIDE, SOFT = "a\u202eb", "Szko\u00adle\u200bnie"
READ_STRICTLY = {
    ("CodeForm", "code"): "digits or a recovery code; anything else is wrong",
    ("GuardedForm", "confirmed"): "compared with what was found, never shown",
    ("TextForm", "text"): "held against every rule of a message (`own_words`)",
}
"""Free fields that need no further look, and why."""


def forms(kind: type = FlaskForm) -> set[type]:
    """Every form there is."""
    assert BLUEPRINTS
    found = set(kind.__subclasses__())
    return found.union(*(forms(one) for one in found))


def free_fields() -> dict[tuple[str, str], type]:
    """Every field of a form in which anything can be typed, and of which kind it is."""
    found = {}
    for form in forms():
        if not form.__module__.startswith("cic_cases."):
            continue
        for name, field in vars(form).items():
            kind = getattr(field, "field_class", None)
            if isinstance(kind, type) and issubclass(kind, StringField):
                found[form.__name__, name] = kind
    return found


def test_every_field_that_others_read_refuses_what_is_hidden():
    strict = (LineField, GuardedText, EmailField, TelField)
    hidden = ("HiddenField", "PasswordField", "SearchField")
    loose = {
        one
        for one, kind in free_fields().items()
        if not issubclass(kind, strict) and kind.__name__ not in hidden
    }

    assert loose == READ_STRICTLY.keys()
    assert any(issubclass(one, TextAreaField) for one in free_fields().values())
    assert ContactForm in forms()


def test_a_hidden_sign_is_refused_beside_the_field_and_nothing_typed_is_lost(make, client_of):
    browser = client_of(make.staff("coordinator", make.centre()))
    wanted = {
        "closure-who": "0",
        "closure-first_day": "2030-02-04",
        "closure-last_day": "2030-02-04",
    }
    answer = browser.post("/rosters/closures?lang=en", data={**wanted, "closure-reason": OVERRIDE})

    assert answer.status_code == 422
    assert "There are hidden signs in the text." in answer.text
    assert OVERRIDE in answer.text
    assert DAY in answer.text


def test_what_comes_along_with_pasted_text_is_taken_out(make, client_of, session):
    browser = client_of(make.staff("coordinator", make.centre()))
    wanted = {
        "closure-who": "0",
        "closure-first_day": "2030-02-04",
        "closure-last_day": "2030-02-04",
    }
    answer = browser.post("/rosters/closures", data={**wanted, "closure-reason": SOFT})
    page = browser.get("/rosters/closures").text

    assert answer.status_code in (200, 303)
    assert "Szkolenie" in answer.text + page
    assert SOFT not in answer.text + page


STRAY = 987_654_321  # in no row unless a form took it
SENT_ALONG = {
    column.name: str(STRAY)
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if column.name not in {"code", "reference", "version"}
}
"""Every column of every table, as somebody would try them."""


def test_no_form_and_no_json_takes_a_column_that_it_does_not_ask_for(
    world: World,  # noqa: F811
):
    declares, taken, served = declared(world.app), set(), set()
    world.restore()
    for endpoint in ASKED:
        if declares[endpoint] == OPEN or "POST" not in methods_of(world.app, endpoint):
            continue
        for role in POLICY[declares[endpoint]]:
            target = world.targets[role, OWN]
            answer = call(world, endpoint, "POST", role, target, along=SENT_ALONG)
            served |= {endpoint} if answer.status_code < 400 else set()
            if any(str(STRAY) in one for one in world.rows()):
                taken.add(endpoint)
            world.restore()
            break  # the other roles send the same form

    assert taken == set()
    assert len(served) > 20


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_that_no_row_has_is_a_missing_page(world: World, number: int):  # noqa: F811
    declares, asked = declared(world.app), 0
    for rule in world.app.url_map.iter_rules():
        numbers = {name for name, kind in rule._converters.items() if isinstance(kind, RowNumber)}
        for role in POLICY.get(declares[rule.endpoint], {}) if numbers else ():
            known = {**vars(world.targets[role, OWN]), **ASKED[rule.endpoint].values}
            values = {name: number if name in numbers else known[name] for name in rule.arguments}
            with world.app.test_request_context():
                path = url_for(rule.endpoint, **values)
            for method in sorted(set(rule.methods or ()) & {"GET", "POST"}):
                headers = world.headers(role, path)
                answer = world.client(role).open(path, method=method, headers=headers)
                assert answer.status_code in (404, 405), (method, path, role)
                asked += 1
    assert asked > 40
