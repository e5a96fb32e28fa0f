"""The words that a search knows, kept up to date."""

from datetime import UTC, datetime

import msgspec
from tests.unit.search.craft_jobs import JOBS

from handwerk.adapters.memory.search import MemoryFirmWords
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.use_cases.knowing import FirmLexicon
from handwerk.domain.settings.model import FirmSettings, SettingsInput, first_settings

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SAVED = {project.id: project for project in (job.project() for job in JOBS)}


async def test_the_firm_s_texts_are_known_after_they_were_read() -> None:
    """Common words are less rare than words that no text holds."""
    firm = FirmLexicon(MemoryFirmWords(SAVED))
    await firm.read()
    lexicon = await firm.current()
    assert lexicon.knows("tonstudio")
    assert lexicon.rarity("eich") < lexicon.rarity("tonstudio") < lexicon.rarity("raumschiff")


async def test_a_changed_setting_works_at_the_next_search() -> None:
    """The firm's own synonyms are those that are saved now."""
    settings: list[FirmSettings] = [first_settings(NOW)]
    firm = FirmLexicon(MemoryFirmWords(SAVED, settings))
    assert not (await firm.current()).thesaurus.others(("hasenstall",))
    change = SettingsInput(search_words=("Hasenstall, Nebenraum",))
    settings[0] = settings[0].changed(change, NOW)
    [other] = (await firm.current()).thesaurus.others(("hasenstall",))
    assert other.written == "Nebenraum"
    settings[0] = msgspec.structs.replace(settings[0], search_words=())
    assert not (await firm.current()).thesaurus.others(("hasenstall",))


class Away(MemoryFirmWords):
    """Texts that can't be read."""

    async def vocabulary(self) -> tuple[dict[str, int], int]:
        """Say so."""
        raise Unavailable("The database is away.")


async def test_unread_texts_do_no_harm() -> None:
    """The thesaurus answers meanwhile, and the next search tries again."""
    firm = FirmLexicon(Away(SAVED))
    for _ in range(2):
        assert (await firm.current()).knows("sofa")
