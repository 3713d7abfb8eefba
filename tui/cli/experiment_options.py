"""Options that several experiments share."""

from typing import Annotated

import typer

KeepTiesOption = Annotated[
    bool,
    typer.Option(
        "--keep-ties", help="Count pairs that people find equal, too; the paper leaves them out (§4.1)."
    ),
]
AllPairsOption = Annotated[
    bool,
    typer.Option(
        "--all-pairs",
        help="Count judges and reward models on every pair that they chose on, not only where people have a "
        "preference.",
    ),
]
DrawsOption = Annotated[
    int, typer.Option("--draws", min=1, help="How often sources are drawn for the intervals.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Same seed, same draws.")]
