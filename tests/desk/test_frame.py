"""The menu: on one line for whoever has much to do, and the page one is on is marked."""

import html
import re

import pytest

from cic_cases.centres.models import Region


@pytest.fixture
def coordinator(make, client_of):
    return client_of(make.staff("coordinator", make.centre()))


def bar(page: str) -> tuple[str, str]:
    """What stands in the bar, and what under «More»."""
    menu = re.search(r'<nav class="main".*?</nav>', page, re.S)[0]
    shown, _mark, more = menu.partition("<details")
    return shown, more


@pytest.mark.parametrize("path", ["/admin", "/reports", "/external"])
def test_what_is_seldom_opened_is_under_more_and_marked_where_one_is(coordinator, path):
    shown, more = bar(coordinator.get(f"{path}?lang=en").text)

    assert len(re.findall("<a ", shown)) <= 6
    assert f'href="{path}" aria-current="page"' in more
    assert re.search(r'<summary aria-current="true"><span>More</span>', more)


def test_on_another_page_it_is_called_more(coordinator):
    shown, more = bar(coordinator.get("/rosters?lang=en").text)

    assert 'href="/rosters" aria-current="page"' in shown
    assert "<summary><span>More</span>" in more


def test_whoever_has_few_pages_has_them_all_in_the_bar(make, client_of):
    interpreter = client_of(make.staff("interpreter", make.centre()))

    shown, more = bar(interpreter.get("/my-day?lang=en").text)

    assert 'href="/external"' in shown
    assert more == ""


def test_of_a_week_one_day_is_open_and_the_rules_are_folded(make, client_of):
    centre = make.centre()
    lawyer = make.staff("lawyer", centre)
    for weekday in (0, 1):
        make.duty(
            lawyer, centre, make.room(centre, str(weekday)), [make.service()], weekday=weekday
        )

    page = client_of(make.staff("coordinator", centre)).get("/rosters?lang=en").text

    days = re.findall(r"<details( open)?>\s*<summary><h3[^>]*>(\w+)", page)
    assert days[:2] == [(" open", "Monday"), ("", "Tuesday")]
    assert "1 duty" in page
    assert re.search(r'<details class="card">\s*<summary class="head"><h2>Rules', page)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("role", ["partner", "region", "lawyer", "interpreter"])
def test_no_role_has_a_dead_link_on_the_pages_of_its_menu(make, client_of, role):
    centre = make.centre()
    lawyer = make.staff("lawyer", centre)
    make.duty(lawyer, centre, make.room(centre), [make.service()])
    region = make.session.get_one(Region, centre.region_id)
    where = {"region": region} if role == "region" else {"centre": centre}
    browser = client_of(make.staff(role, **where))
    shown, more = bar(browser.get("/account?lang=en").text)

    for start in re.findall(r'href="(/(?!static)[^"]*)"', shown + more):
        page = browser.get(start)
        assert page.status_code == 200, start
        for link in set(re.findall(r'href="(/[^"#]*)"', page.text)):
            if not link.startswith("/static"):
                answer = browser.get(html.unescape(link))
                assert answer.status_code in (200, 303), f"{link} from {start}"
                answer.close()  # a file that is sent stays open until then
