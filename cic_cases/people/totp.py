"""Six digits of an app (RFC 6238): 30 seconds a step, the step before and after are taken too."""

import unicodedata
from datetime import datetime

import pyotp
import segno

from cic_cases.foundation.codes import ALPHABET

STEP_SECONDS = 30
DIGITS = 6
AROUND = (0, -1, 1)
BETWEEN = ("Zs", "Pd", "Cf", "Cc")  # spaces, dashes, marks of direction
ISSUER = "CIC"
RECOVERY_LENGTH = 16  # of 32 characters: 80 bits, so a plain hash suffices
GROUP = 4


def new_secret() -> str:
    """A fresh secret: 160 bits, as RFC 4226 recommends, in base 32."""
    return pyotp.random_base32()


def digits(text: str) -> str:
    """What was typed as ASCII digits: Arabic, Persian and full-width ones too, no spaces or dashes.

    Anything that is neither is kept, so that it cannot become a right code.
    """
    left = [one for one in text if unicodedata.category(one) not in BETWEEN]
    return "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in left)


def counter_of(secret: str, code: str, at: datetime) -> int | None:
    """The step to which this code belongs, near `at`; None when it is wrong."""
    typed, now = digits(code), int(at.timestamp()) // STEP_SECONDS
    if len(typed) != DIGITS or not typed.isascii():
        return None
    app = pyotp.TOTP(secret)
    right = [now + n for n in AROUND if pyotp.utils.strings_equal(app.generate_otp(now + n), typed)]
    return right[0] if right else None


def address(secret: str, email: str) -> str:
    """What the app reads from the picture (`otpauth://`)."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(secret: str, email: str) -> str:
    """The address as the path of an SVG picture, and nothing inline that a policy forbids."""
    code = segno.make(address(secret, email), error="m", micro=False)
    return code.svg_inline(scale=4, border=4, omitsize=True, svgclass=None, lineclass=None)


def grouped(text: str) -> str:
    """«ABCD EFGH …»: easier to copy by hand."""
    return " ".join(text[n : n + GROUP] for n in range(0, len(text), GROUP))


def recovery_normal(text: str) -> str:
    """A recovery code as it is hashed: no spaces or dashes, letters that look alike as one."""
    plain = "".join(one for one in text.upper() if one.isalnum())
    return plain.translate(str.maketrans("OIL", "011"))


def is_recovery(text: str) -> bool:
    """Whether this has the shape of a recovery code."""
    plain = recovery_normal(text)
    return len(plain) == RECOVERY_LENGTH and all(one in ALPHABET for one in plain)
