"""The door for a WSGI server and for `flask --app wsgi`."""

from cic_cases import scheduler
from cic_cases.application import create_app
from cic_cases.cli.keys import refuse_wrong_keys
from cic_cases.cli.region import refuse_telling_senders
from config import Settings

settings = Settings.from_env()
app = create_app(settings)
refuse_wrong_keys(app)
refuse_telling_senders(app)
if scheduler.wanted(settings):
    scheduler.start(app)
