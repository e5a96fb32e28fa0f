"""Looks at the database as the application sees it: rights, schema, clock, what is kept how."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from handwerk.adapters.postgres.database import Database
from handwerk.domain.checkup.model import Finding, error, judged, ok, warning
from handwerk.domain.identity.vault import Vault

_MIGRATIONS = Path(__file__).parent / "migrations"
_OLDEST_SERVER = 18
_CLOCKS_APART = 5.0
_ROLE = """
SELECT current_user, rolsuper, rolcreaterole OR rolcreatedb,
       (SELECT tableowner FROM pg_tables WHERE tablename = 'record_history')
FROM pg_roles WHERE rolname = current_user
"""
_SERVER = """
SELECT current_setting('server_version_num')::integer / 10000,
       current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off'
"""
_KEPT_FOR_EVER = ("record_history", "sealed_history", "history_seal")
_RIGHTS = """
SELECT table_name, string_agg(right_name, ', ')
FROM unnest(%s::text[]) AS table_name, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_name
WHERE to_regclass(table_name) IS NOT NULL AND has_table_privilege(table_name, right_name)
GROUP BY table_name
"""
_PLAIN = "SELECT count(*) FROM user_account WHERE email IS NOT NULL OR key_id IS DISTINCT FROM %s"
_ADMINS = "SELECT count(*) FROM user_account WHERE role = 'admin' AND is_active"
_OVERDUE = (
    "SELECT count(*), count(*) FILTER (WHERE next_at < now() - interval '2 hours') "
    "FROM job_schedule"
)
_FINDABLE = """
SELECT count(*) FROM project WHERE cancels IS NULL
AND NOT EXISTS (SELECT FROM project AS reversal WHERE reversal.cancels = project.id)
"""
_FAILED = (
    "SELECT count(*) FROM job WHERE status = 'FAILURE' AND finished_at > now() - interval '1 day'"
)


class DatabaseCheckup:
    """The application's own connection tells."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def check(self) -> Sequence[Finding]:
        """What is found."""
        return [
            *await self._role(),
            *await self._server(),
            *await self._rights(),
            await self._schema(),
            await self._clock(),
            *await self._people(),
            *await self._work(),
        ]

    async def findable(self) -> int:
        """How many projects the search index should hold."""
        [[number]] = await self._database.all(_FINDABLE)
        return int(number)

    async def _role(self) -> list[Finding]:
        [[name, is_super, may_make, owner]] = await self._database.all(_ROLE)
        return [
            judged(
                not is_super,
                "database role",
                f"{name} is no superuser",
                error(
                    "database role",
                    f"{name} is a superuser: no right holds it back",
                    "Give HANDWERK_DATABASE_URL a role of its own (deploy/postgres/roles.sh).",
                ),
            ),
            judged(
                not may_make,
                "database role's rights",
                "makes no roles and no databases",
                warning(
                    "database role's rights",
                    f"{name} may make roles or databases",
                    f"ALTER ROLE {name} NOCREATEROLE NOCREATEDB",
                ),
            ),
            judged(
                owner != name,
                "database owner",
                f"the tables are {owner}'s, the application is {name}",
                error(
                    "database owner",
                    f"{name} owns the tables: it can change the history",
                    "Use two roles: HANDWERK_DATABASE_OWNER_URL migrates, HANDWERK_DATABASE_URL "
                    "works.",
                ),
            ),
        ]

    async def _server(self) -> list[Finding]:
        [[version, durable]] = await self._database.all(_SERVER)
        return [
            judged(
                version >= _OLDEST_SERVER,
                "PostgreSQL",
                f"version {version}",
                error("PostgreSQL", f"version {version}", f"{_OLDEST_SERVER} is needed."),
            ),
            judged(
                durable,
                "durability",
                "an answer means that it is on disk",
                error("durability", "fsync or synchronous_commit is off", "Switch both on."),
            ),
        ]

    async def _rights(self) -> list[Finding]:
        rows = await self._database.all(_RIGHTS, (list(_KEPT_FOR_EVER),))
        if not rows:
            return [ok("history", "the application can add to it, and not change or remove")]
        return [
            error(
                f"rights on {table}",
                f"the application may {rights}: the history proves nothing",
                f"REVOKE {rights} ON {table} FROM the application's role",
            )
            for table, rights in rows
        ]

    async def _schema(self) -> Finding:
        row = await self._database.one("SELECT version_num FROM schema_version")
        found = None if row is None else row[0]
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        newest = ScriptDirectory.from_config(config).get_current_head()
        return judged(
            found == newest,
            "schema",
            f"revision {found}, as this release needs it",
            error("schema", f"revision {found}, not {newest}", "Start this release: it migrates."),
        )

    async def _clock(self) -> Finding:
        row = await self._database.one("SELECT clock_timestamp()")
        assert row is not None
        apart = abs((datetime.now(UTC) - row[0]).total_seconds())
        return judged(
            apart < _CLOCKS_APART,
            "clocks",
            "this machine's and the database's agree",
            warning("clocks", f"{apart:.0f} seconds apart", "Keep time on both (NTP)."),
        )

    async def _people(self) -> list[Finding]:
        [[plain]] = await self._database.all(_PLAIN, (self._vault.key_id,))
        [[admins]] = await self._database.all(_ADMINS)
        return [
            judged(
                plain == 0,
                "personal data",
                "every name and e-mail is sealed with today's key",
                error(
                    "personal data",
                    f"{plain} accounts are not sealed with today's key",
                    "Start the server anew: it seals them.",
                ),
            ),
            judged(
                admins > 1,
                "admins",
                f"{admins} can manage users",
                warning(
                    "admins",
                    f"{admins} can manage users: nobody can stand in",
                    "Make a second one: handwerk user add --role admin.",
                ),
            ),
        ]

    async def _work(self) -> list[Finding]:
        [[planned, overdue]] = await self._database.all(_OVERDUE)
        [[failed]] = await self._database.all(_FAILED)
        return [
            judged(
                planned > 0 and overdue == 0,
                "schedules",
                f"{planned} kinds of work come by the clock",
                warning(
                    "schedules",
                    f"{overdue} of {planned} are overdue for more than two hours",
                    "See that a worker runs, and what HANDWERK_SCHEDULES switches off.",
                ),
            ),
            judged(
                failed == 0,
                "jobs",
                "none failed since yesterday",
                warning(
                    "jobs",
                    f"{failed} failed since yesterday",
                    "handwerk jobs list --status FAILURE shows why.",
                ),
            ),
        ]
