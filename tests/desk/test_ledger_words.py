"""Nothing that can become of a message is without words, in any language of the staff."""

import pytest
from flask import Flask

from cic_cases.desk import ledger_words, words
from cic_cases.foundation.i18n import STAFF_LOCALES, in_language
from cic_cases.notifications.kinds import OF_PEOPLE, Means, Mode
from cic_cases.notifications.ledger_rules import Fate
from cic_cases.notifications.models import Attempt, Report, TryOutcome, WhyAgain
from cic_cases.notifications.rules import Way
from cic_cases.notifications.troubles import Trouble

pytestmark = pytest.mark.sqlite_only


@pytest.fixture(params=STAFF_LOCALES)
def language(request, app: Flask):
    with app.app_context(), in_language(request.param):
        yield request.param


def test_every_fate_and_reason_and_kind_has_a_name(language):
    names = [
        *map(ledger_words.fate_name, Fate),
        *map(ledger_words.why_again, WhyAgain),
        *map(words.message_kind, OF_PEOPLE),
        *(ledger_words.way_name(Way(channel, mode)) for channel in Means for mode in Mode),
    ]

    assert all(names)


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("channel", Means)
def test_every_trouble_says_what_is_wrong_and_what_to_do(language, trouble, channel):
    assert ledger_words.why(trouble, channel)
    assert ledger_words.advice(trouble, channel, waits=False)
    assert "administrator" in ledger_words.advice(trouble, channel, waits=True) or (
        language != "en" or trouble in ledger_words.PASSES
    )


@pytest.mark.parametrize("outcome", TryOutcome)
@pytest.mark.parametrize("report", [None, *Report])
def test_every_try_says_how_it_ended(language, outcome, report):
    one = Attempt(channel=Means.SMS, outcome=outcome, report=report, reason=None)

    assert ledger_words.tried(one)
