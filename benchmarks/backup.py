"""How fast a firm is backed up, and restored: `python -m benchmarks.backup [MEGABYTES]`.

Half are rows that look like ours (text, numbers, JSON), half files that can't be squeezed, like
PDFs and photos. What 100 GB would take is an extrapolation from that, and named so.
"""

import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from handwerk.backing import restore_here
from handwerk.config import Config
from handwerk.container import backups_of
from handwerk.domain.backup.ports import RestoreOrder
from handwerk.installation import Installation

KEY = "benchmark-key-of-forty-characters-or-more"
FILE = 1 << 20
ROWS = """
CREATE TABLE bench AS SELECT gen_random_uuid() AS id, n AS number,
    'Einbauschrank aus Eiche, geölt, ' || md5(n::text) || repeat(' mit Schublade', n % 9) AS text,
    jsonb_build_object('price', n % 90000 / 100.0, 'hours', n % 80, 'hash', md5((n * 7)::text))
FROM generate_series(1, %s) AS n
"""
ROWS_PER_MB = 3_500


def main() -> None:
    """Fill, back up, restore, print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    base = Path(tempfile.mkdtemp(prefix="handwerk-bench-"))
    base.chmod(0o711)
    try:
        _measure(base, size)
    finally:
        shutil.rmtree(base)


def _measure(base: Path, size: int) -> None:
    config = Config(data_dir=str(base / "a"), redis_url="redis://127.0.0.1:1/0", backup_key=KEY)
    with Installation(config, print) as installation:
        _fill(installation.places.owner_url or "", installation.places.files, size)
        backups = backups_of(config, installation.places, base / "archive")
        with _timed("backup with trial restore") as told:
            made = backups.make(lambda *_: None)
            total = made.database_bytes + made.file_bytes
            told.append(total)
    print(f"database {made.database_bytes / 1e6:,.0f} MB, files {made.file_bytes / 1e6:,.0f} MB")
    print(f"the database is kept in {made.stored_bytes / 1e6:,.0f} MB")
    target = Config(data_dir=str(base / "b"), redis_url="redis://127.0.0.1:1/0", backup_key=KEY)
    with _timed("restore") as told:
        order = RestoreOrder(base / "archive", None, None, True, None)
        restore_here(target, order, tell=lambda *_: None)
        told.append(total)


def _fill(url: str, files: Path, size: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(ROWS.replace("%s", str(size // 2 * ROWS_PER_MB)).encode())
    for number in range(size // 2):
        (files / f"{number:032x}").write_bytes(os.urandom(FILE))


@contextmanager
def _timed(what: str) -> Iterator[list[int]]:
    told: list[int] = []
    wall, processor = time.perf_counter(), _processor()
    yield told
    seconds, spent = time.perf_counter() - wall, _processor() - processor
    [size] = told
    rate, best = size / 1e6 / seconds, size / 1e6 / spent
    print(f"{what}: {seconds:.1f} s, {rate:.0f} MB/s; {spent:.1f} s of processor, {best:.0f} MB/s")
    print(f"  extrapolated to 100 GB: {1e5 / rate / 3600:.2f} h ({1e5 / best / 3600:.2f} h idle)")


def _processor() -> float:
    """Of this process and its children that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
