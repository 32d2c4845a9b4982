"""Limits of booking and places of a region file: what is wrong is told with what to write."""

from pathlib import Path

import pytest

from cic_cases.centres.region_file import RegionFileProblems, read
from cic_cases.foundation.resources import resource

TEXT = resource("regions/wielkopolska.toml").read_text(encoding="utf-8")
LEGAL = 'key = "legal_advice"\nminutes = 40\nbooking = "slot"\nsecrecy = "author"\n'
OWN_LIMIT = 'public_label = "visit"\nper_person = 4\ninterpreter = true\n'
LIMIT = LEGAL + OWN_LIMIT


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            LEGAL,
            f"{LEGAL}notice_minutes = -5\n",
            "service.legal_advice.notice_minutes: -5 is out of range, "
            "write a number from 0 to 20160",
            id="notice before the booking",
        ),
        pytest.param(
            LEGAL,
            f"{LEGAL}notice_minutes = 1440\nhorizon_days = 1\n",
            "service.legal_advice.notice_minutes: is longer than the 1 days ahead, "
            "write a shorter one",
            id="notice longer than the horizon",
        ),
        pytest.param(
            'booking = "walk_in"\nsecrecy = "open"',
            'booking = "walk_in"\nper_person = 3\nsecrecy = "open"',
            'service.information.per_person: is for services with booking = "slot", remove it',
            id="a limit of what is not booked",
        ),
        pytest.param(
            LEGAL,
            f"{LEGAL}specialists = 3\n",
            "service.legal_advice.specialists: 3 is out of range, write a number from 1 to 2",
            id="too many specialists",
        ),
        pytest.param(
            'key = "wuw_konin"\ninstitution = "WUW"',
            'key = "wuw_konin"\ninstitution = "WWU"',
            "place.wuw_konin.institution: «WWU» is not known, did you mean «WUW»?",
            id="a place of an unknown institution",
        ),
        pytest.param(
            'number = "116 123"',
            'number = "116123"',
            "crisis_line.adults.number: «116123» has the wrong shape, write it like 800 120 002",
            id="a number nobody can read aloud",
        ),
        pytest.param(
            "[crisis_line.hours]",
            "always = true\n[crisis_line.hours]",
            "crisis_line.refugees.always: and hours cannot both be, remove one",
            id="always open and hours",
        ),
        pytest.param(
            'key = "court"',
            'key = "hospital"',
            "place.hospital.key: «hospital» is there twice, rename or remove one",
            id="a place is there twice",
        ),
        pytest.param(
            'address = "ul. Kolegialna 4, Kalisz"',
            'address = ""',
            "place.wuw_kalisz.address: is empty, or has spaces around it or line breaks, "
            "write plain text",
            id="an empty address of a place",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_to_write(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    file = tmp_path / "region.toml"
    assert old in TEXT
    file.write_text(TEXT.replace(old, new), encoding="utf-8")

    with pytest.raises(RegionFileProblems) as caught:
        read(file)

    assert caught.value.lines == (f"{file}: {line}",)


def test_limits_that_are_left_out_are_the_usual_ones(tmp_path: Path) -> None:
    file = tmp_path / "region.toml"
    assert LIMIT in TEXT
    file.write_text(TEXT.replace(LIMIT, LIMIT.replace("per_person = 4\n", "")), encoding="utf-8")

    legal = next(one for one in read(file).services if one.key == "legal_advice")

    limits = (legal.notice_minutes, legal.horizon_days, legal.per_person, legal.specialists)
    assert limits == (0, 90, None, 1)


@pytest.mark.parametrize(("written", "price"), [("0.08", 80), ("0.075", 75), ("1", 1000), ("0", 0)])
def test_the_price_of_an_sms_is_kept_in_thousandths(tmp_path: Path, written, price):
    path = tmp_path / "region.toml"
    path.write_text(TEXT.replace("[retention]", f"sms_part_price = {written}\n[retention]", 1))

    assert read(path).sms_part_price == price


@pytest.mark.parametrize("written", ["-0.01", "0.0801", "101", "nan", "inf", '"0.08"', "true"])
def test_what_is_no_price_is_refused(tmp_path: Path, written):
    path = tmp_path / "region.toml"
    path.write_text(TEXT.replace("[retention]", f"sms_part_price = {written}\n[retention]", 1))

    with pytest.raises(RegionFileProblems) as refused:
        read(path)
    assert "region.sms_part_price: " in refused.value.lines[0]
    assert "write" in refused.value.lines[0]


def test_a_region_without_a_price_has_none(tmp_path: Path):
    path = tmp_path / "region.toml"
    path.write_text(TEXT)

    assert read(path).sms_part_price is None
