"""A neutral sender says nothing of the region's own data: at a start, in `doctor`, at loading."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cic_cases.centres.region_file import RegionFileProblems, read
from cic_cases.cli.region import load_checked, refuse_telling_senders
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.resources import PACKAGE
from cic_cases.notifications.neutral_senders import problems, problems_of, telling
from tests.conftest import MONDAY

WIELKOPOLSKA = read(Path(PACKAGE / "regions" / "wielkopolska.toml"))


@dataclass(frozen=True)
class Senders:
    mail_from_neutral: str = ""
    sms_url: str = ""


def sms(name: str) -> Senders:
    return Senders(sms_url=f"https://sms.example.org/?sender=CIC&neutral={name}")


TELLS = {
    "a town": sms("LESZNO"),
    "a town in another case": sms("Poznaniu"),
    "a town within a word": sms("InfoPila"),
    "a town without its marks": sms("Pozna.info"),
    "the region": sms("Wielkopolsk"),
    "a town in a mail's name": Senders("konin@example.net"),
    "a town in a mail's domain": Senders("post@kalisz-info.example.net"),
}
SILENT = {
    "nothing": Senders(),
    "an ordinary word": sms("Termin"),
    "an ordinary address": Senders("post@example.net"),
}


@pytest.mark.parametrize("case", TELLS)
def test_what_the_region_file_names_no_neutral_sender_says(case):
    [sentence] = problems_of(WIELKOPOLSKA, TELLS[case])
    assert sentence.startswith(WIELKOPOLSKA.source)
    assert "gives a Centre away" in sentence


@pytest.mark.parametrize("case", SILENT)
def test_what_names_nothing_is_neutral(case):
    assert problems_of(WIELKOPOLSKA, SILENT[case]) == []


def test_words_are_taken_from_another_regions_names_too():
    assert telling(["Gdańsk", "PCPR w Łodzi", "ul. 3 Maja"]) == {"gdans", "pcpr", "lodzi", "maja"}


def test_a_region_is_not_loaded_over_a_sender_that_names_it_and_then_the_start_is_refused(
    app, session, runner, clock
):
    quiet = app.config["CIC"]
    telling_one = replace(quiet, mail_from_neutral="info@leszno.example.net")
    app.config["CIC"] = telling_one
    with pytest.raises(RegionFileProblems, match="leszn"):
        in_transaction(load_checked, WIELKOPOLSKA, at=MONDAY)
    refuse_telling_senders(app)  # nothing is loaded: nothing can be given away

    app.config["CIC"] = quiet
    in_transaction(load_checked, WIELKOPOLSKA, at=MONDAY)
    refuse_telling_senders(app)
    assert problems(session, quiet) == []

    app.config["CIC"] = telling_one
    with pytest.raises(SystemExit, match="CIC_MAIL_FROM_NEUTRAL says «leszn»"):
        refuse_telling_senders(app)
    clock.at = datetime.now(UTC)  # the doctor compares it with the database's
    assert "neutral senders: FAILS: CIC_MAIL_FROM_NEUTRAL" in runner.invoke(args=["doctor"]).output
