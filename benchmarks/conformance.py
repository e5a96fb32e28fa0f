"""The whole server against its OpenAPI document: every phase and check of schemathesis.

Starts `handwerk serve` on a fresh data folder and asks thousands of requests, valid and not:
examples, boundaries of every field, made-up ones, and sequences along the document's links.

    python -m benchmarks.conformance [EXAMPLES_PER_OPERATION]
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

import httpx
import msgspec

ROOT = Path(__file__).parent.parent
SETTINGS = ROOT / "tests" / "integration" / "http" / "schemathesis.toml"
STARTS_WITHIN = 120.0


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, str]]:
    """A server without a request limit on `folder`: its address, and a token."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "HANDWERK_DATA_DIR": str(folder),
        "PORT": str(port),
        "HANDWERK_RATE_LIMIT_PER_MINUTE": "0",
    }
    with (folder.parent / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "handwerk", "serve"], env=os.environ | settings, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            yield url, msgspec.json.decode((folder / "run.json").read_bytes())["token"]
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/health/ready").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    sys.exit("The server did not start.")


def main() -> None:
    """Run it; ends with schemathesis's own code."""
    examples = sys.argv[1] if len(sys.argv) > 1 else "25"
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        base.chmod(0o755)  # PostgreSQL runs as another user where we are root
        with serving(base / "data") as (url, token):
            done = subprocess.run(  # noqa: S603 - our own arguments
                [
                    sys.executable,
                    "-m",
                    "schemathesis.cli",
                    f"--config-file={SETTINGS}",
                    "run",
                    f"{url}/schema/openapi.json",
                    f"--header=Authorization: Bearer {token}",
                    "--phases=examples,coverage,fuzzing,stateful",
                    f"--max-examples={examples}",
                    "--seed=2026",
                    "--no-shrink",
                    "--continue-on-failure",
                ],
                cwd=base,
                check=False,
            )
        errors = (base / "server.log").read_text().count("Traceback")
    print(f"Tracebacks in the server's log: {errors}")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
