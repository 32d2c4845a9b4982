"""Whatever is sent, the answer is JSON and never a failure of ours."""

import base64
from datetime import date
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CODE, REFERENCE, SLOT = "a code", "a reference", "a slot"
BODIES = {
    "/cases": {
        "centre": "poznan",
        "citizenship": "UA",
        "gender": "man",
        "age_band": "18_60",
        "contact_language": "uk",
        "contact": {"mode": "full", "phone": "887063112"},
    },
    "/visits": {
        "centre": "poznan",
        "channel": "desk",
        "services": ["integration_advice"],
        "case": CODE,
        "language": "uk",
        "minutes": 20,
        "occurred_at": "2030-01-07T06:00:00+01:00",
    },
    "/quick-contacts": {"centre": "poznan", "channel": "desk"},
    "/bookings": {"slot": SLOT, "case": CODE, "language": "uk", "interpreter": False},
    "/bookings/{reference}/cancel": {"by": "person", "version": 1},
    "/bookings/{reference}/move": {"slot": SLOT, "version": 1},
    "/bookings/{reference}/status": {"status": "arrived"},
    "/bookings/{reference}/undo": {},
    "/holds": {"slot": SLOT, "case": CODE, "language": "uk", "interpreter": False},
    "/holds/{reference}/confirm": {},
}
CANCELLING = {"date": "2030-01-14", "reason": "illness"}
FILTERS = {
    "from": st.dates(date(2029, 12, 1), date(2030, 3, 1)).map(str),
    "to": st.dates(date(2030, 1, 7), date(2030, 4, 1)).map(str),
    "centre": st.just("poznan"),
    "language": st.just("uk"),
    "limit": st.integers(0, 201).map(str),
}
encoded = st.text(max_size=40).map(
    lambda text: base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode()
)


def as_slot(parts):
    return base64.urlsafe_b64encode("|".join(parts).encode("utf-8", "replace")).decode()


strange_slots = st.tuples(
    st.sampled_from(["legal_advice", "x", "\0"]),
    st.text(max_size=8),
    st.just("poznan"),
    st.integers(-(10**12), 10**12).map(str),
).map(as_slot)
known = st.sampled_from(
    [
        "poznan", "uk", "UA", "woman", "18_60", "desk", "legal_advice", "integration_advice",
        "person", "done", "2030-01-07", "2030-01-07T08:00:00+01:00", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00", "9999-12-31", {"mode": "full", "phone": "887063112"},
        {"mode": "none"}, ["integration_advice"], True, 1, "\ud800", "\0",
    ]
)  # fmt: skip
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
junk = st.recursive(
    leaves, lambda deep: st.lists(deep) | st.dictionaries(st.text(), deep), max_leaves=5
)
values = known | known | strange_slots | encoded | junk


@st.composite
def posts(draw):
    """A good call with up to two of its fields spoilt; sometimes something else altogether."""
    path = draw(st.sampled_from(sorted(BODIES)))
    if draw(st.integers(0, 9)) == 0:
        return path, draw(junk)
    body = dict(BODIES[path])
    for name in draw(st.lists(st.sampled_from([*body, "more"]), max_size=2)):
        body[name] = draw(values)
    return path, body


@pytest.fixture
def chief(monday, make, program):
    """A program of the coordinator, who changes rosters."""
    return program(make.staff("coordinator", monday.centre))


def is_ours(answer):
    assert answer.status_code < 500
    assert answer.mimetype in ("application/json", "application/problem+json")
    assert answer.get_json() is not None


@settings(max_examples=250)
@given(post=posts())
def test_any_body_is_answered_in_json(shared, slots, post):
    program, code, reference = shared
    path, body = post
    if isinstance(body, dict):
        real = {CODE: code, SLOT: slots[5]["slot"]}
        body = {name: real.get(v, v) if isinstance(v, str) else v for name, v in body.items()}

    is_ours(program.post(path.replace("{reference}", reference), body))


@settings(max_examples=150)
@given(
    query=st.fixed_dictionaries(
        {"service": st.just("legal_advice")},
        optional={
            name: good | known.map(str) | st.text(max_size=20) for name, good in FILTERS.items()
        },
    ),
    path=st.sampled_from(["/slots", "/slots/days"]),
)
def test_any_filter_is_answered_in_json(shared, query, path):
    sendable = {name: text.encode("utf-8", "replace") for name, text in query.items()}

    is_ours(shared[0].get(path, **sendable))


@settings(max_examples=100)
@given(
    spoilt=st.dictionaries(st.sampled_from([*CANCELLING, "more"]), values, max_size=2),
    dry_run=st.sampled_from(["true", "false"]) | st.text(max_size=8),
    number=st.integers(0, 3) | st.integers(min_value=0),
    path=st.sampled_from(["/duties/{}/cancel", "/disruptions/{}/undo"]),
)
def test_any_cancellation_of_a_duty_is_answered_in_json(chief, spoilt, dry_run, number, path):
    query = urlencode({"dry_run": dry_run.encode("utf-8", "replace")})

    is_ours(chief.post(f"{path.format(number)}?{query}", {**CANCELLING, **spoilt}))


@settings(max_examples=100)
@given(
    query=st.dictionaries(
        st.sampled_from(["from", "to", "centre", "specialist"]),
        known.map(str) | st.dates().map(str) | st.text(max_size=20),
    )
)
def test_any_filter_of_duties_is_answered_in_json(chief, query):
    sendable = {name: text.encode("utf-8", "replace") for name, text in query.items()}

    is_ours(chief.get("/duties", **sendable))


@settings(max_examples=80)
@given(code=st.text(min_size=1, max_size=30).filter(lambda text: not set(text) & set("/?#.")))
def test_any_code_is_answered_in_json(shared, code):
    written = code.encode("utf-8", "replace").decode()

    is_ours(shared[0].get(f"/cases/{written}"))
    is_ours(shared[0].get(f"/bookings/{written}"))
