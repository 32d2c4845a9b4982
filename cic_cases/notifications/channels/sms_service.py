"""What `CIC_SMS_URL` says of an SMS service: its place, its senders, the countries it reaches."""

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

import phonenumbers

OURS = frozenset({"sender", "neutral", "reach"})


@dataclass(frozen=True, slots=True)
class SmsService:
    """A service by its address; `reach` are calling codes (48, 380), None: all of them.

    `theirs` are the parameters of the address that are not ours: they are handed on.
    """

    url: SplitResult
    sender: str
    neutral: str
    reach: frozenset[int] | None
    theirs: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, address: str) -> "SmsService":
        """The service of an address; raises ValueError when a calling code is no number."""
        url = urlsplit(address)
        given = parse_qsl(url.query, keep_blank_values=True)
        ours = {name: value for name, value in given if name in OURS}
        codes = [int(code) for code in ours.get("reach", "").split(",") if code.strip()]
        return cls(
            url=url,
            sender=ours.get("sender", ""),
            neutral=ours.get("neutral", ""),
            reach=frozenset(codes) or None,
            theirs=tuple(pair for pair in given if pair[0] not in OURS),
        )

    def reaches(self, calling_code: int | None) -> bool:
        """Whether a phone of this calling code is reached; of an unknown one the number tells."""
        return self.reach is None or calling_code is None or calling_code in self.reach

    def reaches_number(self, number: str) -> bool:
        """Whether a number in E.164 is reached."""
        if self.reach is None:
            return True
        try:
            return phonenumbers.parse(number).country_code in self.reach
        except phonenumbers.NumberParseException:
            return False

    @property
    def is_gateway(self) -> bool:
        """Whether messages leave the house by it; else they are files of a demonstration."""
        return self.url.scheme in ("http", "https", "smsapi")
