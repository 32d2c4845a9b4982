"""What is hidden in a text is taken out where it means nothing, and refused where it misleads."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cic_cases.foundation.readable import misleads, tidy


@pytest.mark.parametrize(
    ("text", "line", "lines"),
    [
        pytest.param("Szkolenie zespołu", False, False, id="Polish"),
        pytest.param("обов'язковий відпочинок – п’ять днів", False, False, id="Ukrainian"),
        pytest.param("ქართული · azərbaycanca · тихий", False, False, id="other letters"),
        pytest.param("עברית ועربي", False, False, id="letters that run the other way"),
        pytest.param("two\nlines\twith a tab", True, False, id="line breaks"),
        pytest.param("می\u200cخواهم", True, False, id="Persian needs a joiner"),
        pytest.param("600\u202e001 002", True, True, id="an override turns a number"),
        pytest.param("a\u2066b\u2069", True, True, id="isolates"),
        pytest.param("a\u200eb", True, True, id="a mark of direction"),
        pytest.param("seen\0hidden", True, True, id="NUL"),
        pytest.param("a\x1b[2Kb", True, True, id="a terminal's command"),
        pytest.param("a\x85b", True, True, id="a C1 line break"),
        pytest.param("a\u2028b", True, True, id="a line separator"),
        pytest.param("a\U000e0041b", True, True, id="a tag that nobody sees"),
        pytest.param("a\ue000b", True, True, id="private use"),
    ],
)
def test_what_misleads_on_a_line_and_in_a_text(text, line, lines):
    assert (misleads(text), misleads(text, lines=True)) == (line, lines)


@given(some.text())
def test_tidying_takes_away_only_what_nobody_sees_and_does_it_once(text):
    tidied = tidy(text)

    assert tidy(tidied) == tidied
    assert [one for one in text if one not in "\u00ad\u200b\u2060\ufeff"] == list(tidied)
