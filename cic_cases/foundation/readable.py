"""Text that reads as it was written: no signs that nobody sees and that mislead whoever reads it.

Signs that turn the direction of reading make a number or a name look like another one (Unicode
Technical Report 36, «bidirectional text spoofing»); control characters can hide a line.
"""

import unicodedata

PASTED_ALONG = str.maketrans("", "", "\u00ad\u200b\u2060\ufeff")
"""Soft hyphen, spaces of no width and the byte order mark: they come with text that is pasted."""
JOINERS = frozenset("\u200c\u200d")  # Persian and many Indian languages cannot be written without
BREAKS = frozenset("\n\r\t")
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def tidy(text: str) -> str:
    """The text without what is invisible and means nothing."""
    return text.translate(PASTED_ALONG)


def misleads(text: str, *, lines: bool = False) -> bool:
    """Whether something hidden is in the text; `lines`: line breaks, tabs and joiners are not."""
    allowed = BREAKS | JOINERS if lines else frozenset()
    return any(unicodedata.category(one) in HIDDEN and one not in allowed for one in text)
