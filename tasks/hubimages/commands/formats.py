"""The sets of values that some flags take."""

from typing import Literal

StatusFormat = Literal["table", "json", "markdown"]
CheckFormat = Literal["text", "json", "github"]
Shell = Literal["bash", "zsh", "fish"]
