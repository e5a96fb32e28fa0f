"""Values that hold secrets."""

import msgspec


class Discreet(msgspec.Struct, frozen=True):
    """Holds secrets, so a traceback or a log line shows its name and nothing else."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"
