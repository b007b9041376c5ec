"""What a promotion moves, and what it leaves where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubimages import pins
from hubimages.errors import Failure
from hubimages.images import Image
from hubimages.lifecycle.changes import Behind, Change, compare
from hubimages.requirements import ListedTwice, Pin

__all__ = ["Moves", "NotAChange", "between"]


class NotAChange(Failure):
    """A package was named that does not differ, or that production is ahead in."""

    def __init__(self, package: str, image: Image, moves: Moves) -> None:
        behind = next((b for b in moves.behind if b.pin.is_called(package)), None)
        why = (
            f"production has {behind.production.text}, so that {behind.pin.text} would be a downgrade"
            if behind
            else f"nothing of that name differs between {image.key} and production"
        )
        names = ", ".join(change.pin.package for change in moves.promoted)
        super().__init__(
            f"{package} cannot be promoted: {why}.",
            fix=f"--package, one of {names}"
            if names
            else f"invoke status shows what {image.key} has",
        )


@dataclass(frozen=True, kw_only=True)
class Moves:
    """The differences between an experimental image and production, sorted by what happens to them.

    missing are production's pins that the experiment does not have.
    """

    promoted: tuple[Change, ...]
    left: tuple[Change, ...]
    behind: tuple[Behind, ...]
    missing: tuple[Pin, ...]

    @property
    def all(self) -> tuple[Change, ...]:
        """Every change, moved or left."""
        return (*self.promoted, *self.left)

    @property
    def refreshes(self) -> bool:
        """Whether production is ahead in something."""
        return bool(self.behind or self.missing)


def between(experiment: Image, production: Image, package: str = "") -> Moves:
    """Return what there is to move, all of it or one package's; raises NotAChange, BadFile."""
    ours, theirs = pins.of(experiment), pins.of(production)
    for number, pin in enumerate(ours):
        for other in ours[:number]:
            if pin.same_package(other) and not pin.says_the_same(other):
                raise ListedTwice(pin.package, [other.line, pin.line])
    found = list(compare(ours, theirs))
    changes = tuple(one for one in found if isinstance(one, Change))
    moves = Moves(
        promoted=changes,
        left=(),
        behind=tuple(one for one in found if isinstance(one, Behind)),
        missing=()
        if _includes(experiment)
        else tuple(pin for pin in theirs if not any(pin.same_package(o) for o in ours)),
    )
    if not package:
        return moves
    chosen = tuple(change for change in changes if change.pin.is_called(package))
    if not chosen and not _moved(package, ours, moves):
        raise NotAChange(package, experiment, moves)
    left = tuple(change for change in changes if change not in chosen)
    return Moves(promoted=chosen, left=left, behind=moves.behind, missing=moves.missing)


def _includes(image: Image) -> bool:
    """Whether a requirements file takes another one in, whose pins are not seen here."""
    others = ("-r", "--requirement", "-c", "--constraint")
    return any(option.startswith(others) for option in pins.options(image))


def _moved(package: str, ours: Sequence[Pin], moves: Moves) -> bool:
    """Whether a package is in both images alike, as after a promotion that was killed half-way."""
    apart = [*(change.pin for change in moves.promoted), *(behind.pin for behind in moves.behind)]
    return any(pin.is_called(package) and pin not in apart for pin in ours)
