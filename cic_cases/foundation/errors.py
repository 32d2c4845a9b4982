"""How the domain says no. Knows neither the web nor the catalogues: i18n lends its voice."""

from collections.abc import Callable, Mapping

_voice: Callable[[str, Mapping[str, object]], str] | None = None


def speak_with(voice: Callable[[str, Mapping[str, object]], str]) -> None:
    """Let `voice` put refusals into the reader's language; called once, by i18n."""
    global _voice
    _voice = voice


def N_(msgid: str) -> str:
    """Mark a sentence for the translators; it is translated where it is shown."""
    return msgid


def NP_(context: str, msgid: str) -> str:
    """Mark a sentence with a context for the translators; returns the sentence."""
    return msgid


class Refusal(Exception):
    """A rule said no.

    `msgid` is a translatable sentence that says what to do; `values` fill it. `field` names the
    form field it belongs to, `problem` the stable end of the problem type in the JSON, `status`
    the HTTP status it answers with.
    """

    msgid = N_("This is not possible.")
    field: str | None = None
    problem = "invalid"
    status = 422

    def __init__(self, **values: object) -> None:
        super().__init__(self.msgid)
        self.values = values

    def __str__(self) -> str:
        """The sentence in English, filled: for logs and terminals; pages translate `msgid`."""
        return self.msgid % self.values if self.values else self.msgid

    def text(self) -> str:
        """The sentence in the reader's language."""
        return _voice(self.msgid, self.values) if _voice else str(self)


class NotFound(Refusal):
    """There is no such thing, or it is out of the reader's scope: nobody learns which."""

    msgid = N_("Page not found.")
    problem = "not-found"
    status = 404


class Invalid(Refusal):
    """A value that cannot be read: of the wrong shape, or out of its list."""

    msgid = N_("Choose one of the options.")
