"""What somebody reads on a page: its words without the tags."""

import html
import re


def words_of(text: str) -> str:
    """Every word of this piece of a page, one space between two."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
