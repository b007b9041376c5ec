"""How Sphinx builds the guide: `script/docs`, or `sphinx-build -W --keep-going -n docs docs/_build`."""

import sys
from pathlib import Path

here = Path(__file__).parent
sys.path[:0] = [str(here / "_ext"), str(here.parent / "tasks")]

from hubimages import __version__  # noqa: E402  # found by the line above

project = "hubimages"
author = "the hubimages contributors"
release = version = __version__

extensions = ["myst_parser", "sphinx_copybutton", "fromcode", "deadlinks"]
root_doc = "index"
exclude_patterns = ["_build"]
nitpicky = True
smartquotes = False  # they would make a dash of the hyphens in --flag

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
copybutton_prompt_text = "$ "  # what is copied is the commands, without what they print

html_theme = "pydata_sphinx_theme"
html_title = "hubimages"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
}
