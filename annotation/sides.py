"""Which side stands first."""

from hashlib import blake2b

from profile_engine.preferences import Preference


def first_side(seed: int, place: int, number: int) -> Preference:
    """The canonical side (LEFT or RIGHT) that is shown first.

    Permuted blocks of two: of the places 1 and 2, 3 and 4, ... each side is first once for any one number, in
    an order that the seed decides; on any place two consecutive numbers have opposite sides.

    Args:
        seed: the study's, or its plan's.
        place: of the pair, from 1: its id, or where it stands in a plan.
        number: the annotator's, or that of the seat they have.
    """
    block, within = divmod(place - 1, 2)
    drawn = blake2b(f"{seed}:{block}".encode(), digest_size=1).digest()[0]
    return Preference.LEFT if (drawn + within + number) % 2 == 0 else Preference.RIGHT
