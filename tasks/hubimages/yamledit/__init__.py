"""Small edits of YAML files that leave everything else byte for byte.

A text is parsed for positions, the fewest characters are replaced, and the result is loaded and
compared: it must differ from what was in exactly the change that was asked for.
"""

from hubimages.yamledit.adding import set_scalars
from hubimages.yamledit.blocks import insert_block
from hubimages.yamledit.errors import EditRefused
from hubimages.yamledit.reading import find, get, line_of
from hubimages.yamledit.removing import remove_keys
from hubimages.yamledit.shared import set_shared, uses
from hubimages.yamlpath import Path, path_from

__all__ = [
    "EditRefused",
    "Path",
    "find",
    "get",
    "insert_block",
    "line_of",
    "path_from",
    "remove_keys",
    "set_scalars",
    "set_shared",
    "uses",
]
