"""Settings: every mistake stops the start with a sentence, and no secret is ever shown."""

import base64
import os
import stat
from pathlib import Path

import pytest

from config import KEYS_FILE, Settings, SettingsError

SECRET = "s" * 40
KEYS = "k1:" + base64.b64encode(b"d" * 32).decode()
GIVEN = {"CIC_SECRET_KEY": SECRET, "CIC_DATA_KEYS": KEYS}


@pytest.fixture
def read(tmp_path: Path):
    """Settings from these variables, with an instance folder of their own."""

    def read(**variables: str) -> Settings:
        return Settings.from_env({"CIC_INSTANCE_DIR": str(tmp_path / "instance"), **variables})

    return read


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("CIC_SECRT_KEY", "CIC_SECRET_KEY"),
        ("CIC_DATABSE_URL", "CIC_DATABASE_URL"),
        ("CIC_MAIL", "CIC_MAIL_URL"),
        ("CIC_SHEDULER", "CIC_SCHEDULER"),
        ("CIC_DATA_KEY", "CIC_DATA_KEYS"),
        ("CIC_SECRET_KEYS_FILE", "CIC_SECRET_KEY"),
    ],
)
def test_a_misspelt_name_stops_the_start_with_the_nearest_one(read, name: str, nearest: str):
    with pytest.raises(SettingsError, match=f"^{name} is not a setting. Did you mean {nearest}"):
        read(**GIVEN, **{name: "x"})


def test_a_name_like_none_of_ours_is_told_without_a_guess(read):
    with pytest.raises(SettingsError, match=r"^CIC_ZZZZQQ is not a setting\.$"):
        read(**GIVEN, CIC_ZZZZQQ="x")


def test_names_of_other_programs_are_nothing_to_us(read):
    assert read(**GIVEN, CICADA="x", PATH="/bin", SECRET_KEY="x").secret_key == SECRET


@pytest.mark.parametrize("name", ["CIC_SECRET_KEY", "CIC_DATA_KEYS", "CIC_BASE_URL"])
def test_a_value_may_lie_in_a_file(read, tmp_path: Path, name: str):
    value = {**GIVEN, "CIC_BASE_URL": "https://cic.example.org"}[name]
    (tmp_path / "value").write_text(f"{value}\n")
    rest = {one: text for one, text in GIVEN.items() if one != name}

    settings = read(**rest, **{f"{name}_FILE": str(tmp_path / "value")})

    assert getattr(settings, name.removeprefix("CIC_").lower()) == value


def test_a_value_given_twice_is_refused(read, tmp_path: Path):
    (tmp_path / "value").write_text(SECRET)

    with pytest.raises(SettingsError, match="CIC_SECRET_KEY is given twice"):
        read(**GIVEN, CIC_SECRET_KEY_FILE=str(tmp_path / "value"))


def test_a_file_that_is_not_there_is_named(read, tmp_path: Path):
    with pytest.raises(SettingsError, match=r"CIC_MATCH_KEY_FILE: cannot read .*No such file"):
        read(**GIVEN, CIC_MATCH_KEY_FILE=str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ENV", "staging", "must be one of production, development, test"),
        ("ENV", "", "must be one of production, development, test"),
        ("SECRET_KEY", "short", "must have at least 32 characters"),
        ("SECOND_STEP", "off", "must be required or waived"),
        ("SECOND_STEP", "waived", "must not be waived in production"),
        ("SCHEDULER", "on", "must be embedded or off"),
        ("PROXY_HOPS", "one", "must be a whole number"),
        ("PROXY_HOPS", "1.5", "must be a whole number"),
        ("MAIL_URL", "http://mail.example.org", "must start with smtp://"),
        ("SMS_URL", "carrier-pigeon:", "must start with smsapi:// or https://, or be file:DIR"),
        ("SMS_URL", "smsapi://?sender=CIC", "must have the token: smsapi://TOKEN"),
        ("SMS_URL", "smsapi://secret", "must have a sender=NAME"),
        ("SMS_REPORT_KEY", "short", "must have at least 32 characters"),
        ("SMS_URL", "http://sms.example.org/?sender=CIC", "must start with https://"),
        ("SMS_URL", "https://sms.example.org/", "must have a sender=NAME"),
        (
            "SMS_URL",
            "https://sms.example.org/?sender=CENTRUM+POZNAN",
            "must have a sender of at most 11 letters",
        ),
        (
            "SMS_URL",
            "https://sms.example.org/?sender=CIC2026",
            "must have a sender of at most 11 letters",
        ),
        (
            "SMS_URL",
            "https://sms.example.org/?sender=123",
            "must have a sender of at most 11 letters",
        ),
        (
            "SMS_URL",
            "https://sms.example.org/?sender=CIC&neutral=Zg%C5%82oszenie",
            "must have a neutral of",
        ),
        (
            "SMS_URL",
            "https://sms.example.org/?sender=CIC&neutral=CIC",
            "must have a neutral sender that",
        ),
        (
            "SMS_URL",
            "https://sms.example.org/?sender=CIC&reach=PL",
            "must have calling codes in reach",
        ),
        (
            "SMS_URL",
            "https://sms.example.org/?sender=CIC&neutral=Cudzoziemcy",
            "must have a neutral sender without «Cudzoz»",
        ),
        ("MAIL_FROM_NEUTRAL", "info@cic.example.org", "must be neutral: it says «cic»"),
        ("MAIL_FROM_NEUTRAL", "Prawnik@example.org", "must be neutral: it says «Prawn»"),
        ("SMS_URL", "file:outbox", "must not be file:DIR in production: nobody would be told"),
        ("SECRET_KEY_OLD", "short", "must have at least 32 characters"),
        ("PROXY_HOPS", "-1", "must be 0 to 5"),
        ("LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("MAIL_FROM", "CIC", "must be one e-mail address"),
        ("MAIL_FROM", "a@example.org, b@example.org", "must be one e-mail address"),
        ("MAIL_FROM_NEUTRAL", "post@", "must be one e-mail address"),
        ("MAIL_FROM_NEUTRAL", "a@example.org\nBcc: b@example.org", "must be one e-mail address"),
        ("BASE_URL", "http://cic.example.org", "must start with https:// in production"),
        ("BASE_URL", "cic.example.org", "must start with http:// or https://"),
        ("BASE_URL", "javascript:alert(1)", "must start with http:// or https://"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_a_sentence(read, name, value, sentence):
    with pytest.raises(SettingsError, match=f"^CIC_{name} {sentence}"):
        read(**{**GIVEN, f"CIC_{name}": value})


def test_mail_needs_a_sender(read):
    with pytest.raises(SettingsError, match="CIC_MAIL_FROM is needed with CIC_MAIL_URL"):
        read(**GIVEN, CIC_MAIL_URL="smtp://127.0.0.1:25")


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("smtp://user:word@mail.example.org", False),
        ("smtp://user:word@mail.example.org?starttls=0", False),
        ("smtp://user:word@mail.example.org?starttls=1", True),
        ("smtps://user:word@mail.example.org", True),
        ("smtp://127.0.0.1:25", True),
    ],
)
def test_a_mail_password_never_travels_in_the_clear(read, url: str, accepted: bool):
    given = {**GIVEN, "CIC_MAIL_URL": url, "CIC_MAIL_FROM": "cic@example.org"}
    if accepted:
        assert read(**given).mail_url == url
        return
    with pytest.raises(SettingsError, match="CIC_MAIL_URL must have .starttls=1"):
        read(**given)


@pytest.mark.parametrize("missing", GIVEN)
@pytest.mark.parametrize("env", [{}, {"CIC_ENV": "production"}], ids=["by default", "production"])
def test_production_makes_no_keys(read, tmp_path: Path, missing: str, env: dict[str, str]):
    rest = {name: value for name, value in GIVEN.items() if name != missing}

    with pytest.raises(SettingsError, match=f"{missing} is needed in production"):
        read(**rest, **env)
    assert not (tmp_path / "instance" / KEYS_FILE).exists()


@pytest.mark.parametrize("env", ["development", "test"])
def test_elsewhere_keys_are_made_once_and_kept_for_their_owner(read, tmp_path: Path, env: str):
    first, second = read(CIC_ENV=env), read(CIC_ENV=env)
    kept = tmp_path / "instance" / KEYS_FILE

    assert (first.secret_key, first.data_keys) == (second.secret_key, second.data_keys)
    assert len(first.secret_key) >= 32
    name, _, key = first.data_keys.partition(":")
    assert (name, len(base64.b64decode(key))) == ("k1", 32)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert os.listdir(kept.parent) == [KEYS_FILE]


def test_given_keys_go_before_kept_ones(read):
    made = read(CIC_ENV="development")
    settings = read(CIC_ENV="development", CIC_SECRET_KEY=SECRET)

    assert (settings.secret_key, settings.data_keys) == (SECRET, made.data_keys)


def test_two_databases_have_keys_of_their_own(tmp_path: Path):
    one, other = (
        Settings.from_env({"CIC_ENV": "test", "CIC_INSTANCE_DIR": str(tmp_path / name)})
        for name in ("one", "other")
    )

    assert one.secret_key != other.secret_key
    assert one.data_keys != other.data_keys


def test_what_is_shown_of_settings_holds_no_secret(read):
    settings = read(
        **GIVEN,
        CIC_DATABASE_URL="postgresql://cic:hidden-word@db/cic",
        CIC_MAIL_URL="smtp://user:hidden-word@mail:587?starttls=1",
        CIC_MAIL_FROM="cic@example.org",
    )

    for shown in (repr(settings), str(settings), f"{settings}", f"{[settings]}"):
        assert not [word for word in (SECRET, KEYS, "hidden-word") if word in shown]


def test_settings_do_not_change(read):
    with pytest.raises(AttributeError):
        read(**GIVEN).env = "test"


def test_without_a_word_it_is_production_and_nothing_runs_by_itself(read, tmp_path: Path):
    settings = read(**GIVEN)

    assert (settings.env, settings.scheduler, settings.proxy_hops) == ("production", "off", 0)
    assert settings.database_url == f"sqlite:///{tmp_path / 'instance' / 'cic.sqlite3'}"
