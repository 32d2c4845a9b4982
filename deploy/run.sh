#!/bin/sh
# Start the web server on this machine for a look: `run.sh demo` with synthetic people, `run.sh
# serve` without. Real operation is in deploy/README.md.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
port=${PORT:-8000}
address=http://127.0.0.1:$port

"$bin/python" - "$port" <<'PYTHON' || exit 1
import socket
import sys

try:
    port = int(sys.argv[1])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"Port {sys.argv[1]} cannot be used ({error}). Choose another with PORT=8001, say")
PYTHON

export CIC_ENV="${CIC_ENV:-development}"
export CIC_BASE_URL="${CIC_BASE_URL:-$address}"
export CIC_MAIL_URL="${CIC_MAIL_URL:-file:instance/outbox}"
export CIC_MAIL_FROM="${CIC_MAIL_FROM:-centre@example.org}"
export CIC_MAIL_FROM_NEUTRAL="${CIC_MAIL_FROM_NEUTRAL:-post@example.org}"
export CIC_SMS_URL="${CIC_SMS_URL:-file:instance/outbox}"
export CIC_LOG_LEVEL="${CIC_LOG_LEVEL:-WARNING}"
export CIC_SCHEDULER=off # commands never tick; only the server of the demo does

"$bin/flask" --app wsgi db upgrade
case ${1:-} in
    demo)
        export CIC_SECOND_STEP="${CIC_SECOND_STEP:-waived}" # anybody can try every role at once
        "$bin/cic" region load cic_cases/regions/wielkopolska.toml >/dev/null # a long list of news
        "$bin/cic" demo load
        "$bin/cic" demo accounts
        export CIC_SCHEDULER=embedded
        ;;
    serve) ;;
    *) echo "usage: run.sh demo|serve" >&2; exit 1 ;;
esac

echo
echo "CIC Cases: $address (Ctrl+C stops it)"
# No access log: addresses of pages hold case codes.
exec "$bin/gunicorn" wsgi:app --bind "127.0.0.1:$port" --worker-class gthread --workers 1 \
    --threads 8 --no-control-socket --log-level warning \
    --logger-class cic_cases.logs.GunicornLog
