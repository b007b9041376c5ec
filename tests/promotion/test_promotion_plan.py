"""What is left of a promotion, read from git and files."""

from __future__ import annotations

from pathlib import Path

import hubs
from hubimages import edits
from hubimages.promotion.plan import ending

OVERRIDE = f"    image:\n      name: {hubs.NAME}hub-experimental\n      tag: tried\n"
BOTH = "config/clusters/research/both.values.yaml"


def test_overrides_of_several_hubs_in_one_file_end_together(tmp_path: Path) -> None:
    """A nested chart reads another path of the same file."""
    repo = hubs.make(tmp_path / "hubs")
    nested = "".join(f"  {line}\n" for line in f"jupyterhub:\n  hub:\n{OVERRIDE}".splitlines())
    lists = hubs.RESEARCH.replace("[dask.", "[both.values.yaml, dask.").replace(
        "[twins.", "[both.values.yaml, twins."
    )
    text = f"# both\njupyterhub:\n  hub:\n{OVERRIDE}basehub:\n{nested}"
    repo.commit({BOTH: text, "config/clusters/research/cluster.yaml": lists})
    names = ("research/dask", "research/other-twin")
    found, _ = ending(repo.git, repo.fleet, repo.images.production, names, commit=True)
    edits.apply(repo.git, found, "End\n", commit=True)
    assert repo.read(BOTH) == "# both\n"
