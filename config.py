"""Settings, read once from the environment; a misspelt CIC_ variable stops the start.

Every `CIC_X` may be given as `CIC_X_FILE`, a path to a file that holds the value. Outside
production, missing keys are generated once and kept, readable by the owner only, in `instance/`.
"""

import base64
import difflib
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from email_validator import EmailNotValidError, validate_email

PREFIX = "CIC_"
ENVIRONMENTS = ("production", "development", "test")
MAIL_SCHEMES = ("smtp", "smtps", "file")
SMS_SCHEMES = ("smsapi", "https", "http", "file")
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])(?!.*\d{4})[A-Za-z0-9. -]{1,11}")  # what operators accept
# What a neutral sender would give away: that there is a Centre, and what it is for. Where it is and
# whose, the region's own data tells (`notifications/neutral_senders.py`).
GIVES_AWAY = re.compile(
    "cic|centr|integr|cudzoz|foreign|migra|uchod|refug|asyl|azyl|prawn|legal|lawyer|psych|pomoc",
    re.IGNORECASE,
)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
PROXY_HOPS = range(6)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
KEYS_FILE = "keys.env"
SECRET_BYTES = 32


class SettingsError(SystemExit):
    """The settings cannot be used; the message says which one and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment decides. Secrets never appear in the representation."""

    env: str = "production"
    secret_key: str = ""
    secret_key_old: str = ""
    database_url: str = ""
    reports_database_url: str = ""
    database_owner_url: str = ""
    data_keys: str = ""
    match_key: str = ""
    base_url: str = "http://127.0.0.1:8000"
    mail_url: str = ""
    mail_from: str = ""
    mail_from_neutral: str = ""
    sms_url: str = ""
    sms_report_key: str = ""
    scheduler: str = "off"
    proxy_hops: int = 0
    log_level: str = "INFO"
    instance_dir: str = "instance"
    second_step: str = "required"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read, check and complete the settings; raises `SettingsError` naming what is wrong."""
        given = _given(env, {field.name for field in fields(cls)})
        if "proxy_hops" in given:
            given["proxy_hops"] = _whole("proxy_hops", given["proxy_hops"])
        settings = cls(**given)  # type: ignore[arg-type]
        settings = settings._with_defaults()
        settings._check()
        return settings

    @property
    def production(self) -> bool:
        """Whether real people's data may be here."""
        return self.env == "production"

    @property
    def second_step_waived(self) -> bool:
        """Whether nobody has to set up a second step: a demonstration only, never production."""
        return self.second_step == "waived" and not self.production

    def __repr__(self) -> str:
        return f"Settings(env={self.env!r})"

    def _with_defaults(self) -> "Settings":
        folder = Path(self.instance_dir).absolute()
        settings = replace(self, instance_dir=str(folder))
        if not settings.database_url:
            settings = replace(settings, database_url=f"sqlite:///{folder / 'cic.sqlite3'}")
        if settings.database_url.startswith("sqlite:"):
            folder.mkdir(parents=True, exist_ok=True)
        if settings.production or all(
            (settings.secret_key, settings.data_keys, settings.match_key)
        ):
            return settings
        kept = _kept_keys(folder)
        return replace(
            settings,
            secret_key=settings.secret_key or kept["secret_key"],
            data_keys=settings.data_keys or kept["data_keys"],
            match_key=settings.match_key or kept.get("match_key", ""),
        )

    def _check(self) -> None:
        if self.env not in ENVIRONMENTS:
            raise _wrong("env", f"must be one of {', '.join(ENVIRONMENTS)}")
        for name in ("secret_key", "data_keys"):
            if not getattr(self, name):
                raise _wrong(name, "is needed in production")
        self._check_secrets()
        if self.mail_url and urlsplit(self.mail_url).scheme not in MAIL_SCHEMES:
            raise _wrong("mail_url", "must start with smtp:// or smtps://, or be file:DIR")
        if self.mail_url and not self.mail_from:
            raise _wrong("mail_from", "is needed with CIC_MAIL_URL")
        self._check_sms()
        for name in ("mail_url", "sms_url"):
            if self.production and urlsplit(getattr(self, name)).scheme == "file":
                raise _wrong(name, "must not be file:DIR in production: nobody would be told")
        self._check_addresses()
        self._check_running()

    def _check_secrets(self) -> None:
        """What signs cannot be guessed; those that are optional may be missing."""
        for name in ("secret_key", "secret_key_old", "sms_report_key"):
            given = getattr(self, name)
            if len(given) < SECRET_BYTES and (given or name == "secret_key"):
                raise _wrong(name, f"must have at least {SECRET_BYTES} characters")

    def _check_sms(self) -> None:
        """A gateway over TLS, with senders that operators accept (11 letters and digits)."""
        if not self.sms_url:
            return
        url = urlsplit(self.sms_url)
        if url.scheme not in SMS_SCHEMES:
            raise _wrong("sms_url", "must start with smsapi:// or https://, or be file:DIR")
        if url.scheme == "smsapi":
            self._check_smsapi(url.netloc)
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            raise _wrong("sms_url", "must start with https://: numbers leave the house by it")
        given = parse_qs(url.query)
        names: dict[str, str] = {
            name: given[name][-1] for name in ("sender", "neutral") if name in given
        }
        if url.scheme != "file" and "sender" not in names:
            raise _wrong("sms_url", "must have a sender=NAME")
        self._check_names(names)
        if not all(code.isdecimal() for code in given.get("reach", ["48"])[-1].split(",")):
            raise _wrong("sms_url", "must have calling codes in reach, such as reach=48,380")

    def _check_names(self, names: Mapping[str, str]) -> None:
        """Senders that operators accept, and a neutral one that gives nothing away."""
        for name, value in names.items():
            if not SENDER_NAME.fullmatch(value):
                raise _wrong("sms_url", f"must have a {name} of at most 11 letters and digits")
        if names.get("sender") == names.get("neutral", ""):
            raise _wrong("sms_url", "must have a neutral sender that is not the sender")
        if found := GIVES_AWAY.search(names.get("neutral", "")):
            raise _wrong("sms_url", f"must have a neutral sender without «{found[0]}»")

    def _check_smsapi(self, token: str) -> None:
        """A token to sign in with, and the client, which is an extra of the package."""
        if not token:
            raise _wrong("sms_url", "must have the token: smsapi://TOKEN?sender=NAME")
        if not find_spec("smsapi"):
            raise _wrong("sms_url", "needs the client of SMSAPI: install cic-cases[sms]")

    def _check_addresses(self) -> None:
        """Senders that mail servers accept; passwords and sessions never in the clear."""
        for name in ("mail_from", "mail_from_neutral"):
            try:
                if address := getattr(self, name):
                    validate_email(address, check_deliverability=False, globally_deliverable=False)
            except EmailNotValidError:
                raise _wrong(name, "must be one e-mail address") from None
        if found := GIVES_AWAY.search(self.mail_from_neutral):
            raise _wrong("mail_from_neutral", f"must be neutral: it says «{found[0]}»")
        mail, base = urlsplit(self.mail_url), urlsplit(self.base_url)
        starttls = parse_qs(mail.query).get("starttls", ["0"])[-1].lower() in ("1", "true", "yes")
        if mail.scheme == "smtp" and mail.password and not starttls:
            raise _wrong("mail_url", "must have ?starttls=1 (or smtps://): it holds a password")
        if base.scheme not in ("http", "https"):
            raise _wrong("base_url", "must start with http:// or https://")
        if self.production and base.scheme == "http" and base.hostname not in LOOPBACK:
            raise _wrong("base_url", "must start with https:// in production")

    def _check_running(self) -> None:
        if self.second_step not in ("required", "waived"):
            raise _wrong("second_step", "must be required or waived")
        if self.second_step == "waived" and self.production:
            raise _wrong("second_step", "must not be waived in production")
        if self.scheduler not in ("embedded", "off"):
            raise _wrong("scheduler", "must be embedded or off")
        if self.proxy_hops not in PROXY_HOPS:
            raise _wrong("proxy_hops", f"must be 0 to {PROXY_HOPS.stop - 1}")
        if self.log_level not in LOG_LEVELS:
            raise _wrong("log_level", f"must be one of {', '.join(LOG_LEVELS)}")


def _wrong(name: str, reason: str) -> SettingsError:
    return SettingsError(f"{PREFIX}{name.upper()} {reason}.")


def _whole(name: str, text: object) -> int:
    try:
        return int(str(text))
    except ValueError:
        raise _wrong(name, "must be a whole number") from None


def _given(env: Mapping[str, str], known: set[str]) -> dict[str, object]:
    given: dict[str, object] = {}
    for variable in sorted(v for v in env if v.startswith(PREFIX)):
        name = variable.removeprefix(PREFIX).lower()
        from_file = name.endswith("_file") and name.removesuffix("_file") in known
        name = name.removesuffix("_file") if from_file else name
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.4)
            hint = f" Did you mean {PREFIX}{near[0].upper()}?" if near else ""
            raise SettingsError(f"{variable} is not a setting.{hint}")
        if name in given:
            raise _wrong(name, "is given twice, directly and as a file")
        given[name] = _read(variable, env[variable]) if from_file else env[variable]
    return given


def _read(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable}: cannot read {path} ({error.strerror}).") from error


def _make_keys(path: Path) -> None:
    """Write fresh keys, for the owner only; whole or not at all."""
    data_key, match_key = (
        base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode() for _ring in range(2)
    )
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"secret_key={secrets.token_urlsafe(48)}\ndata_keys=k1:{data_key}\n")
        file.write(f"match_key=e1:{match_key}\n")
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def _kept_keys(folder: Path) -> dict[str, str]:
    """The keys of this trial database: made once, kept beside it, for its owner only."""
    path = folder / KEYS_FILE
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with suppress(FileExistsError):  # another process was faster: its keys hold
            _make_keys(path)
    pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}
