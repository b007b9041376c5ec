"""What `invoke` finds here; the tasks themselves are in tasks/hubimages/commands."""

from hubimages.commands import namespace as ns

__all__ = ["ns"]
