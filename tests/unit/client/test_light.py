"""What an import of the client costs a script."""

import subprocess
import sys

HEAVY = ("torch", "xgboost", "sqlalchemy", "litestar", "numpy", "redis", "dramatiq", "psycopg")
CODE = f"""
import sys
from handwerk.client import Client
Client("http://127.0.0.1:9").close()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_client_imports_nothing_of_the_server() -> None:
    """A script that only speaks HTTP loads no framework, no database, no model."""
    done = subprocess.run(  # noqa: S603  # this very Python
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
