"""The door for a WSGI server and for `flask --app wsgi`."""

from cic_cases import scheduler
from cic_cases.application import create_app
from config import Settings

settings = Settings.from_env()
app = create_app(settings)
if scheduler.wanted(settings):
    scheduler.start(app)
