from __future__ import annotations

import pytest

from hubimages.sources.package import declared_name, folders_with_package


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": '[project]\nname = "Hub_Thing"'}, "hub-thing"),
        ({"pyproject.toml": '[tool.poetry]\nname = "hub"'}, "hub"),
        ({"pyproject.toml": "[build-system]", "setup.cfg": "[metadata]\nname = cfg"}, "cfg"),
        ({"pyproject.toml": "[project", "setup.py": "setup(name='py', x=1)"}, "py"),
        ({"pyproject.toml": "project = 1\ntool = 2"}, None),
        ({"pyproject.toml": "[project]\nname = 1"}, None),
        ({"pyproject.toml": '[project]\nname = "no name!"'}, None),
        ({"setup.cfg": "no section", "setup.py": 'args = dict(name="py")'}, "py"),
        ({"setup.cfg": "[metadata]\nname = 100%"}, None),
        ({"setup.py": "setup(name=NAME)"}, None),
        ({"setup.py": "Extension(name='ext'); setup(name='py')"}, None),
        ({}, None),
    ],
)
def test_declared_name(files: dict[str, str], name: str | None) -> None:
    assert declared_name(files.get) == name


def test_folders_with_package() -> None:
    files = [
        "setup.py",
        "b/setup.py",
        "a/pyproject.toml",
        "a/setup.py",
        "a/b/c/d/setup.py",
        "c/x.py",
    ]
    assert folders_with_package(files) == ["a", "b"]
