"""Building one hub image: look, preflight, build, prove, push, record."""

from hubimages.build.plan import Plan, Request, Result, commands, expected, look, recording
from hubimages.build.run import Tools, build

__all__ = [
    "Plan",
    "Request",
    "Result",
    "Tools",
    "build",
    "commands",
    "expected",
    "look",
    "recording",
]
