"""Which models a process has in memory."""

from handwerk.domain.search.model import Kind, Phase
from handwerk.domain.search.ports import Collections, Embedder, Migrations


async def follow_models(
    *, collections: Collections, migrations: Migrations, embedder: Embedder
) -> None:
    """Have in memory the models that are asked now, or may be at any moment, and no others.

    Every process that asks models does this again and again: a migration begins, cuts over and
    ends in one of them, and concerns all.
    """
    active = await collections.active(Kind.PROJECT)
    if active is None or embedder.state.phase is Phase.LOADING:
        return
    moving = await migrations.open(Kind.PROJECT)
    wanted = {active.model}
    if moving is not None:
        wanted |= {moving.model, moving.old.model}
    if await collections.chosen(Kind.PROJECT):
        embedder.lead(active.model)
    elif embedder.state.model is not None:
        wanted.add(embedder.state.model)
    held = embedder.held()
    for model in wanted - set(held):
        embedder.load(model)
    for model in set(held) - wanted:
        embedder.unload(model)
