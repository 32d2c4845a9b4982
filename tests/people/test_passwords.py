"""Length is the rule; hashing is bounded; nobody learns which accounts exist."""

import os
import subprocess
import sys
import threading
import time

import pytest

from cic_cases.people import password_rules as rules
from cic_cases.people import passwords

GOOD = "zielony rower nad jeziorem"
EMAIL = "anna.kowalska@example.org"


def will_do(password: str, *, second_step: bool = True, places: tuple[str, ...] = ()) -> None:
    """Raises when it will not."""
    least = rules.least(second_step=second_step)
    rules.check(password, EMAIL, least=least, places=places)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        pytest.param("", rules.TooShort, id="nothing"),
        pytest.param("seven77", rules.TooShort, id="seven characters"),
        pytest.param("a" * 12, rules.TooCommon, id="one character again and again"),
        pytest.param("Password1234", rules.TooCommon, id="a common one in capitals"),
        pytest.param("Sunshine!30", rules.TooCommon, id="a common one with a tail"),
        pytest.param("123456789012", rules.TooCommon, id="digits in a row"),
        pytest.param("19450110", rules.TooCommon, id="a day"),
        pytest.param("x" * 256 + "y", rules.TooLong, id="257 bytes"),
        pytest.param("ą" * 129, rules.TooLong, id="129 characters of two bytes"),
        pytest.param("Anna.Kowalska2030", rules.TellsWhoYouAre, id="the e-mail's name"),
        pytest.param("Kowalska#2030", rules.TellsWhereYouWork, id="a part of the e-mail's name"),
        pytest.param("Swarzędz-2030!", rules.TellsWhereYouWork, id="the town of a centre"),
    ],
)
def test_a_password_that_will_not_do(password: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        will_do(password, places=("swarzedz", "Swarzędz", "Centrum w Swarzędzu"))


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("mżawka 7", id="eight characters"),
        pytest.param(GOOD, id="several words"),
        pytest.param("довгий пароль з пробілами", id="cyrillic"),
        pytest.param("🌻🌻🌻🌻🌻🌻 соняхи", id="emoji"),
        pytest.param("🌻🍀🌲🐞🦉🐝🍄🐾", id="nothing but pictures"),
        pytest.param("abcdefgh" * 32, id="256 bytes"),
        pytest.param("all lower case without digits", id="no composition rules"),
        pytest.param("718281828459045", id="nothing but digits"),
        pytest.param(" spaces at both ends ", id="spaces"),
        pytest.param("ნისლიანი დილა", id="georgian"),
    ],
)
def test_a_password_that_will_do(password: str) -> None:
    will_do(password)

    stored = passwords.hashed(password)
    assert passwords.matches(password, stored)
    assert not passwords.matches(password + " ", stored)


def test_a_password_that_opens_by_itself_is_longer() -> None:
    with pytest.raises(rules.TooShort):
        will_do("mżawka nad ran", second_step=False)

    will_do("mżawka nad rana", second_step=False)


def test_every_common_password_of_the_list_is_refused() -> None:
    assert len(rules.common()) > 8_000
    assert {len(one) >= rules.WITH_SECOND_STEP for one in rules.common()} == {True}
    for one in rules.common():
        with pytest.raises(rules.PasswordRefused):
            will_do(one.upper())


def test_a_short_name_may_occur_in_the_password() -> None:
    rules.check("an apple a day keeps", "a@example.org", least=rules.ALONE)


def test_another_keyboard_writes_the_same_letter_differently() -> None:
    stored = passwords.hashed("ma\u0328drzejsza go\u0328ska")

    assert passwords.matches("m\u0105drzejsza g\u01ebska", stored)
    assert not passwords.matches("madrzejsza goska", stored)


@pytest.mark.parametrize("stored", [None, passwords.NOBODYS, "not a hash", ""])
def test_without_a_right_hash_nothing_matches(stored: str | None) -> None:
    assert not passwords.matches(GOOD, stored)


def test_the_hash_of_nobody_costs_what_a_real_one_costs() -> None:
    assert not passwords.outdated(passwords.NOBODYS)


def test_a_password_that_is_too_long_is_never_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", None)  # any use would raise

    assert not passwords.matches("x" * 257, passwords.NOBODYS)


def test_a_hash_with_older_parameters_is_outdated() -> None:
    older = passwords.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)

    assert passwords.outdated(older.hash(GOOD))
    assert passwords.matches(GOOD, older.hash(GOOD))


class SlowHasher:
    """Counts how many hash at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.most = seconds, 0, 0
        self._lock = threading.Lock()

    def hash(self, _password: bytes) -> str:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        with self._lock:
            self.now -= 1
        return "hash"


class HeldHasher:
    """Hashes nothing until so many were sent away: no test is decided by how busy a machine is."""

    def __init__(self, sent_away: int) -> None:
        self.sent_away, self._go_on = sent_away, threading.Event()

    def hash(self, _password: bytes) -> str:
        assert self._go_on.wait(60)
        return "hash"

    def told(self, busy: int) -> None:
        if busy >= self.sent_away:
            self._go_on.set()


def _hash_in_parallel(times: int, held: HeldHasher | None = None) -> list[str]:
    outcomes: list[str] = []

    def one() -> None:
        try:
            outcomes.append(passwords.hashed(GOOD))
        except passwords.Busy:
            outcomes.append("busy")
            if held is not None:
                held.told(outcomes.count("busy"))

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_at_most_two_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowHasher(0.01)
    monkeypatch.setattr(passwords, "HASHER", slow)

    assert _hash_in_parallel(passwords.AT_ONCE + passwords.IN_LINE) == ["hash"] * 6
    assert slow.most == passwords.AT_ONCE


def test_who_finds_a_line_is_asked_to_come_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held = HeldHasher(sent_away=18)
    monkeypatch.setattr(passwords, "HASHER", held)
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 60)

    assert sorted(_hash_in_parallel(24, held)) == ["busy"] * 18 + ["hash"] * 6
    assert _hash_in_parallel(1) == ["hash"]


def test_always_the_same_two_threads_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread that ever hashed keeps the memory for it."""
    names = set()

    class Naming:
        def hash(self, _password: bytes) -> str:
            names.add(threading.current_thread().name)
            return "hash"

    monkeypatch.setattr(passwords, "HASHER", Naming())
    for _ in range(20):
        _hash_in_parallel(4)

    assert 1 <= len(names) <= passwords.AT_ONCE


@pytest.mark.skipif(sys.platform != "linux", reason="niceness is each thread's on Linux only")
def test_whoever_hashes_stands_back_and_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Looking:
        def hash(self, _password: bytes) -> str:
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return "hash"

    monkeypatch.setattr(passwords, "HASHER", Looking())
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    passwords.hashed("a password of somebody")

    assert seen == [passwords.LAST]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before < passwords.LAST


FORKED = """
import os
from cic_cases.people import passwords
stored = passwords.hashed("before the fork")
child = os.fork()
if child == 0:
    os._exit(0 if passwords.matches("before the fork", stored) else 1)
raise SystemExit(os.waitpid(child, 0)[1])
"""


def test_a_process_that_was_forked_hashes_too() -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKED]

    assert subprocess.run(command, timeout=30, check=False).returncode == 0


def test_who_would_wait_too_long_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    held = HeldHasher(sent_away=3)
    monkeypatch.setattr(passwords, "HASHER", held)
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.05)

    assert sorted(_hash_in_parallel(5, held)) == ["busy"] * 3 + ["hash"] * 2
    assert passwords.Busy.status == 503


@pytest.mark.parametrize(
    "password",
    [
        "Centrum-Poznań-2030",
        "cic.rops.wielkopolska",
        "Leszno2029Leszno!",
        "admin-CIC-Pila-1",
    ],
)
def test_words_of_this_work_are_no_secret(password: str):
    with pytest.raises(rules.TellsWhereYouWork):
        will_do(password)


@pytest.mark.parametrize(
    "password", ["Poznań ma koziołki na wieży", "192837465-Zebra", "йогурт и центр 12"]
)
def test_other_words_beside_them_are_enough(password: str):
    will_do(password)
