"""What cannot be run in a test, and what is done instead. Everything else is run as it stands."""

from __future__ import annotations

import sys
from typing import NamedTuple

from tests.docs.blocks.pages import ROOT


class Replaced(NamedTuple):
    """A command, why it is not run, and the shell function in its place."""

    command: str
    reason: str
    function: str


TABLE = [
    Replaced(
        "make",
        "sets up an environment from a package index, and runs for minutes: what it would do is "
        "read. The demo is run by the tutorial.",
        'command make -n -C "$ROOT" "$@" >/dev/null',
    ),
    Replaced(
        "gh",
        "nobody is logged in to GitHub: a text stands for the token",
        "echo no-token",
    ),
    Replaced(
        "streamgauge",
        "a repository of GitHub's cannot be read here: of `import` it is asked what it takes; a "
        "token would close the service that other pages ask: it is made in the page's own "
        "database. All else is run",
        """
        case "$1" in
            import) command "$PYTHON" -m streamgauge import "$2" --help ;;
            token) DATABASE_URL=$OWN_DATABASE_URL command "$PYTHON" -m streamgauge "$@" ;;
            *) command "$PYTHON" -m streamgauge "$@" ;;
        esac
        """,
    ),
    Replaced(
        "pip",
        "fetches from a package index: the package is built and installed, its dependencies are "
        "those that are there",
        """
        local target
        for target in "$@"; do case "$target" in [.]*)
            target="${target%%\\[*}"
            command "$PYTHON" -m pip --disable-pip-version-check --quiet install --no-deps \
                --no-index --no-build-isolation --upgrade --target "$SITE" "$target" || return
        esac; done
        export PYTHONPATH="$SITE"
        """,
    ),
    Replaced(
        "python",
        "its environments are made from a package index, and the project's own tests take long: "
        "an environment is made without pip, of tests it is asked which there are",
        """
        case "$*" in
            "-m venv "*) command "$PYTHON" -m venv --without-pip "${@:3}" ;;
            "-m pytest tests/"*) (cd "$ROOT" && command "$PYTHON" "$@" --collect-only -q) ;;
            "-m streamgauge.cdevents.generate") command "$PYTHON" -c \
                "from streamgauge.cdevents.generate import main" ;;
            *) command "$PYTHON" "$@" ;;
        esac
        """,
    ),
    Replaced(
        "pytest",
        "what `new plugin` writes is tested by tests/scaffold, which takes long: here it is asked "
        "which tests there are",
        'command "$PYTHON" -m pytest -p no:cacheprovider --collect-only -q "$@"',
    ),
    Replaced(
        "curl",
        "a status that is no success is to be seen; another host than the service is not there: "
        "the line is run until it would connect; the live feed does not end: it is listened to for "
        "two seconds",
        """
        case "$*" in
            *://api.bitbucket.org/*)
                command curl --silent --connect-to ::127.0.0.1:1 "$@"; [ $? = 7 ] ;;
            */v1/live*)
                command curl --silent --max-time 2 --fail-with-body "$@" || [ $? = 28 ] ;;
            *) command curl --no-progress-meter --fail-with-body "$@" ;;
        esac
        """,
    ),
    Replaced(
        "psql",
        "it is no part of the development tools: what it is to do is done by psycopg",
        """
        command "$PYTHON" -c "import sys, psycopg
url, _, text = sys.argv[1:] if len(sys.argv) > 3 else ['$DATABASE_URL', *sys.argv[1:]]
text = open(text).read() if sys.argv[-2].endswith('f') else text
with psycopg.connect(url) as connection:
    cursor = connection.execute(text)
    for row in cursor if cursor.description else ():
        print('|'.join(v if isinstance(v, str) else __import__('json').dumps(v) for v in row))" "$@"
        """,
    ),
    Replaced(
        "kubectl",
        "there is no cluster: what is applied or deleted is rendered, of all else the line is run "
        "until it would connect",
        """
        case "$*" in
            "apply -k "*|"delete -k "*) command "$KUBECTL" kustomize "$3" ;;
            "apply -f "*) command "$PYTHON" -c "import sys, yaml, kubernetes_validate as of; [
                of.validate(each, '1.37', strict=True) for each in
                yaml.safe_load_all(open(sys.argv[1]))]" "$3" ;;
            *"create secret"*) command "$KUBECTL" "$@" --dry-run=client -o yaml ;;
            *) command "$KUBECTL" --server=http://127.0.0.1:1 "$@" 2>&1 | tee /dev/stderr |
                grep -q "connect: connection refused" ;;
        esac
        """,
    ),
    Replaced(
        "helm",
        "it is no part of the development tools: that it is an upgrade of one chart is looked at",
        '[ "$1 $2" = "upgrade --install" ] && [ $# -ge 4 ]',
    ),
    Replaced(
        "gcloud",
        "there is no cloud: that it makes a subscription with an endpoint is looked at",
        'case "$*" in "pubsub subscriptions create "*"--push-endpoint="*) ;; *) return 1 ;; esac',
    ),
]

PREAMBLE = "\n".join(
    [
        f"ROOT={ROOT}",
        f"PYTHON={sys.executable}",
        'SITE="$PWD/../site"',
        'python3() { python "$@"; }',
        *(f"{each.command}() {{\n{each.function}\n}}" for each in TABLE),
        "true",
    ]
)
