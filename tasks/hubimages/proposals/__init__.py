"""Changes as a pull request instead of commits in the person's own branch."""

from hubimages.proposals.branch import name
from hubimages.proposals.proposal import proposal, ready

__all__ = ["name", "proposal", "ready"]
