"""The length of bars."""

from cic_cases.reports import charts


def test_the_longest_bar_leaves_room_for_its_number():
    widths = [bar.width for bar in charts.bars([("a", 2265), ("b", 355), ("c", 1), ("d", 0)])]

    assert widths == [82, 12.9, charts.SHORTEST, 0]


def test_a_chart_of_nothing_has_no_bars():
    assert charts.bars([]) == []
    assert charts.bars([("a", 0)])[0].width == 0
