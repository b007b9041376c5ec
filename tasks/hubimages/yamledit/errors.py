"""The one way in which an edit does not happen."""

from __future__ import annotations

from hubimages.errors import Failure


class EditRefused(Failure):
    """An edit cannot be made without changing something else, so nothing was changed.

    line is the 1-based line of the text that stands in the way, where one does. The text has no
    name here: whoever knows the file puts it in front.
    """

    def __init__(self, what: str, *, line: int | None = None, fix: str = "") -> None:
        super().__init__(
            f"line {line}: {what}" if line else what,
            fix=fix or "make this edit by hand, then run the command again",
        )
        self.why = what
        self.line = line
