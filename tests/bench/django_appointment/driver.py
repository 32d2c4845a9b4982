"""django-appointment (from PyPI) as a program that is asked in lines of JSON.

It runs in an environment of its own, made from `requirements.lock` beside it, and uses the
library's own models, functions and views. Each line of input is one order, each line of output
its answer; `tests/bench/peer.py` is the other end.
"""

import json
import logging
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

MINUTES = 20


def set_up(database):
    """A Django project of the least that the library asks for."""
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": database},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "appointment",
        ],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF="driver",
        SECRET_KEY="only for measurements",
        STATIC_URL="/static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "django.template.context_processors.request",
                    ]
                },
            }
        ],
        TIME_ZONE="Europe/Warsaw",
        USE_TZ=True,
    )
    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command
    from django.urls import include, path

    sys.modules.setdefault("driver", sys.modules["__main__"])
    globals()["urlpatterns"] = [path("", include("appointment.urls"))]
    call_command("migrate", "auth", verbosity=0)
    call_command("migrate", verbosity=0, run_syncdb=True)  # its wheel brings no migrations
    return {"versions": versions()}


def versions():
    from importlib.metadata import version

    return {name: version(name) for name in ("django", "django-appointment")}


def load(specialists, opens, closes, booked):
    """The same specialists, hours and booked times as ours."""
    from appointment.models import (
        Appointment,
        AppointmentRequest,
        Config,
        Service,
        StaffMember,
        WorkingHours,
    )
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    length = timedelta(minutes=MINUTES)
    Config.objects.create(
        slot_duration=MINUTES, lead_time=opens, finish_time=closes, appointment_buffer_time=0
    )
    advice = Service.objects.create(name="Advice", duration=length, price=0)
    client, staff = users.create_user("client", "client@example.org"), []
    for number in range(specialists):
        user = users.create_user(f"lawyer{number}", f"lawyer{number}@example.org")
        member = StaffMember.objects.create(user=user, slot_duration=MINUTES)
        member.services_offered.add(advice)
        staff.append(member)
        for weekday in range(1, 6):
            WorkingHours.objects.create(
                staff_member=member, day_of_week=weekday, start_time=opens, end_time=closes
            )
    wanted = [(staff[who], datetime.fromisoformat(start)) for who, start in booked]
    requests = AppointmentRequest.objects.bulk_create(
        AppointmentRequest(
            date=start.date(),
            start_time=start.time(),
            end_time=(start + length).time(),
            service=advice,
            staff_member=member,
            id_request=f"request{number}",
        )
        for number, (member, start) in enumerate(wanted)
    )
    Appointment.objects.bulk_create(
        Appointment(client=client, appointment_request=one, id_request=one.id_request)
        for one in requests
    )
    return {"appointments": Appointment.objects.count()}


def free(first_day, limit):
    """The next free times of anybody, day by day, by the library's own function."""
    from appointment.models import Service, StaffMember
    from appointment.services import get_available_slots_for_staff
    from appointment.utils.db_helpers import get_weekday_num_from_date

    advice, staff = Service.objects.get(), list(StaffMember.objects.all())
    found, day = [], date.fromisoformat(first_day)
    for _ in range(28):
        weekday = get_weekday_num_from_date(day)
        for member in staff:
            found += get_available_slots_for_staff(day, member, weekday, service=advice)
        if len(found) >= limit:
            break
        day += timedelta(days=1)
    return sorted(found)[:limit]


def next_free(first_day, limit, times):
    """Seconds per search, and what was found."""
    found = free(first_day, limit)
    began = time.perf_counter()
    for _ in range(times):
        free(first_day, limit)
    took = (time.perf_counter() - began) / times
    return {"seconds": took, "starts": [start.isoformat() for start in found]}


def contest(start, clients):
    """So many signed-in people ask one specialist's one time through the views, all at once."""
    from appointment.models import Appointment, Service, StaffMember
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client

    begins = datetime.fromisoformat(start)
    member, advice = StaffMember.objects.first(), Service.objects.get()
    users, together = get_user_model().objects, threading.Barrier(clients)
    browsers = []
    for number in range(clients):
        browser = Client(raise_request_exception=False)
        browser.force_login(users.create_user(f"person{number}", f"person{number}@example.org"))
        browsers.append((number, browser))

    def ask(who):
        number, browser = who
        together.wait()
        try:
            return _book(browser, number, begins, member.id, advice.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        statuses = list(pool.map(ask, browsers))
    won = Appointment.objects.filter(
        appointment_request__staff_member=member,
        appointment_request__date=begins.date(),
        appointment_request__start_time=begins.time(),
    )
    return {"winners": won.count(), "statuses": statuses}


def _book(browser, number, begins, member, advice):
    """The two forms that a person fills in."""
    ends = begins + timedelta(minutes=MINUTES)
    wish = {
        "date": begins.date().isoformat(),
        "start_time": begins.time().isoformat(),
        "end_time": ends.time().isoformat(),
        "service": advice,
        "staff_member": member,
    }
    answer = browser.post("/request-submit/", wish)
    if answer.status_code != 302:
        return answer.status_code
    about = {
        "name": f"Person {number}",
        "email": f"person{number}@example.org",
        "phone_0": "PL",
        "phone_1": "600100200",
        "address": "Poznań",
        "additional_info": "",
        "payment_type": "full",
    }
    return browser.post(answer.headers["Location"], about).status_code


ORDERS = {"set_up": set_up, "load": load, "next_free": next_free, "contest": contest}


def main():
    for line in sys.stdin:
        order = json.loads(line)
        answer = ORDERS[order.pop("do")](**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
