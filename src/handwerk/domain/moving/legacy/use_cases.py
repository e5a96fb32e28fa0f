"""Taking over rows of the original, a batch at a time."""

from msgspec.structs import asdict

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.moving.legacy.firm import audit_in, settings_in
from handwerk.domain.moving.legacy.materials import materials_in
from handwerk.domain.moving.legacy.model import Fate, Findings, Kind, LegacyAnswer, LegacyBatch
from handwerk.domain.moving.legacy.ports import LegacyTransaction, LegacyTransactions
from handwerk.domain.moving.legacy.predictions import predictions_in
from handwerk.domain.moving.legacy.projects import projects_in
from handwerk.domain.moving.legacy.writing import Written
from handwerk.domain.projects.jobs import INDEX_MANY
from handwerk.domain.settings.errors import NoSettings
from handwerk.domain.tables.language import Language


async def take_over(
    batch: LegacyBatch,
    *,
    actor: Actor,
    transactions: LegacyTransactions,
    clock: Clock,
    language: Language,
) -> LegacyAnswer:
    """Put in what is sound and new, under its old ids, and tell of all the rest.

    What is here already stays as it is, so the same rows again change nothing. A dry run tells
    the same and writes nothing.
    """
    actor.require(Permission.USER_MANAGE)
    batch = batch.checked()
    findings = Findings(language)
    async with transactions() as tx:
        fates = await _taken(batch, tx, findings, actor, clock)
        if not batch.dry_run:
            await tx.commit()
    return LegacyAnswer(fates, findings.found)


async def _taken(
    batch: LegacyBatch, tx: LegacyTransaction, findings: Findings, actor: Actor, clock: Clock
) -> list[Fate]:
    if batch.kind is Kind.SETTINGS:
        return await _settings(batch, tx, findings, actor, clock)
    if batch.kind is Kind.AUDIT:
        fates, written = await audit_in(batch, tx.legacy, findings, actor, clock.today())
    else:
        take = _TAKERS[batch.kind]
        fates, written = await take(batch, tx.legacy, findings, clock.now(), clock.today())
    if not batch.dry_run:
        await _save(written, tx, actor)
    return fates


_TAKERS = {
    Kind.MATERIALS: materials_in,
    Kind.PROJECTS: projects_in,
    Kind.PREDICTIONS: predictions_in,
}


async def _save(written: Written, tx: LegacyTransaction, actor: Actor) -> None:
    await written.save(tx.legacy, actor)
    projects = [str(project_id) for project_id in written.ids("project")]
    if projects:
        tx.enqueue(INDEX_MANY.request({"ids": projects}, requested_by=actor.user_id))


async def _settings(
    batch: LegacyBatch, tx: LegacyTransaction, findings: Findings, actor: Actor, clock: Clock
) -> list[Fate]:
    here = await tx.settings.locked()
    if here is None:
        raise NoSettings
    fates, changed = settings_in(batch, here, findings, clock.now())
    if changed is not here:
        tx.settings.save(changed)
        before, after = asdict(here), asdict(changed)
        tx.record(Change("firm_settings", here.id, "import", actor.user_id, before, after))
    return fates
