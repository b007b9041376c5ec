"""Whether a build now would have the inputs that a tried image was built from.

Only then may the tried bits be promoted as they are. What cannot be told counts as a difference;
docs/decisions/same-bits.md says what is compared and why.
"""

from hubimages.samebits.inputs import differences
from hubimages.samebits.standing import base_difference, platform_difference

__all__ = ["base_difference", "differences", "platform_difference"]
