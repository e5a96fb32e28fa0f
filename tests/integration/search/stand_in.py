"""A second model where no hub is in reach: the packaged one, turned into 768 dimensions.

A fixed random matrix with orthonormal columns keeps every cosine, so this model says what the
packaged one says, in vectors of another size. `python tests/integration/search/stand_in.py FOLDER`
writes it by hand.
"""

import sys
from pathlib import Path

DIMENSIONS = 768
SEED = 768


def write_stand_in(folder: Path) -> Path:
    """Write the model into `folder`, which is named by what it is."""
    import torch  # noqa: PLC0415  # seconds, for the few who need it
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # likewise
    from sentence_transformers.models import Dense, Normalize  # noqa: PLC0415  # likewise

    from handwerk.adapters.sentence_transformers.locating import packaged  # noqa: PLC0415  # likewise

    model = SentenceTransformer(str(packaged()), device="cpu", local_files_only=True)
    small = 384
    generator = torch.Generator().manual_seed(SEED)
    matrix, _ = torch.linalg.qr(torch.randn(DIMENSIONS, small, generator=generator))
    dense = Dense(small, DIMENSIONS, bias=False, activation_function=torch.nn.Identity())
    with torch.no_grad():
        dense.linear.weight.copy_(matrix)
    made = SentenceTransformer(modules=[model[0], model[1], dense, Normalize()])
    target = folder / f"stand-in-of-{DIMENSIONS}-dimensions"
    made.save(str(target))
    return target


if __name__ == "__main__":
    print(write_stand_in(Path(sys.argv[1])))  # noqa: T201  # run by hand
