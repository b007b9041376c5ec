"""Where instructions begin and end, as BuildKit has it."""

from __future__ import annotations

import pytest

from hubimages.dockerfile import expand, instructions


def _read(text: str) -> list[tuple[str, str]]:
    return [(step.name, step.value) for step in instructions(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("# nothing\n\n   # more of it\n", []),
        ("FROM a", [("FROM", "a")]),
        ("from\ta\n", [("FROM", "a")]),
        ("\ufeffFROM a\n", [("FROM", "a")]),
        ("FROM a\r\nRUN b \\\r\n  c\r\n", [("FROM", "a"), ("RUN", "b   c")]),
        ("RUN a \\\n  b \\\n  c\nUSER d", [("RUN", "a   b   c"), ("USER", "d")]),
        ("RUN a \\  \t\n  b", [("RUN", "a   b")]),
        ("RUN a \\\n# not this\n\n   # nor this \\\n  b", [("RUN", "a   b")]),
        ("RUN a \\", [("RUN", "a")]),
        ("RUN a \\\\\nUSER b", [("RUN", "a \\\\"), ("USER", "b")]),
        ("# escape=`\nRUN a `\n  b C:\\\nUSER c", [("RUN", "a   b C:\\"), ("USER", "c")]),
        ("# syntax=docker/dockerfile:1\n# ESCAPE = `\nRUN a `\n b", [("RUN", "a  b")]),
        ("# a remark\n# escape=`\nRUN a `\nUSER b", [("RUN", "a `"), ("USER", "b")]),
        ("ENV A=x\x0cy\u2028z\nUSER b", [("ENV", "A=x y z"), ("USER", "b")]),
        ("HEALTHCHECK NONE\n", [("HEALTHCHECK", "NONE")]),
        ("STOPSIGNAL", [("STOPSIGNAL", "")]),
    ],
)  # fmt: skip
def test_instructions(text: str, found: list[tuple[str, str]]) -> None:
    assert _read(text) == found


def test_lines_are_counted_from_one() -> None:
    text = "# one\nFROM a\n\nRUN b \\\n  # within\n  c\nRUN <<X\nd\nX\nUSER e\x0c\n\nUSER f\n"
    assert [(step.line, step.end_line) for step in instructions(text)] == [
        (2, 2),
        (4, 6),
        (7, 7),
        (10, 10),
        (12, 12),
    ]


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("RUN <<EOF\na\n  b\nEOF", ("a\n  b",)),
        ("RUN <<-EOF\n\ta\n\tEOF", ("a",)),
        ("RUN <<'EOF'\n$a\nEOF", ("$a",)),
        ('RUN <<"EOF"\n$a\nEOF', ("$a",)),
        ("RUN <<EOF bash\nFROM x\nEOF", ("FROM x",)),
        ("RUN python3 <<EOF\na\nEOF\r\n", ("a",)),
        ("RUN cat 3<<EOF\na\nEOF", ("a",)),
        ("COPY <<a.txt <<b-1 /there/\none\na.txt\ntwo\nb-1", ("one", "two")),
        ("RUN <<EOF\r\na\r\nEOF\r\n", ("a",)),
        ("RUN <<ONE cmd1 && \\\n  <<TWO cmd2\na\nONE\nb\nTWO", ("a", "b")),
    ],
)
def test_here_documents(text: str, bodies: tuple[str, ...]) -> None:
    step, last = instructions(text.rstrip("\n") + "\nUSER last")
    assert step.heredocs == bodies
    assert (last.name, last.value) == ("USER", "last")


def test_a_here_document_without_its_end_goes_on_to_the_end() -> None:
    assert [step.heredocs for step in instructions("RUN <<EOF\nnever\nends\n")] == [
        ("never\nends",)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "RUN cat <<<word",
        'RUN cat <<< "word"',
        "RUN echo $((1<<word))",
        "RUN cat << word",
        'RUN echo "see <<word"',
        "RUN echo 'see <<word'",
        "RUN echo a<<word",
        "ENV A=<<word",
        "LABEL a=<<word",
        "RUN echo '<<<<<<< HEAD'",
        "RUN <<",
    ],
)
def test_what_is_no_here_document(line: str) -> None:
    assert [step.heredocs for step in instructions(f"{line}\nUSER next\nword\n")] == [(), (), ()]


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$A", "a"),
        ("${A}", "a"),
        ("x${A}y$A-z", "xaya-z"),
        ("$A_B", ""),
        ("$NONE${NONE}", ""),
        (r"\$A", "$A"),
        ("${NONE:-word}", "word"),
        ("${NONE-word}", "word"),
        ("${A:-word}", "a"),
        ("${EMPTY:-word}", "word"),
        ("${EMPTY-word}", ""),
        ("${A:+word}", "word"),
        ("${A+word}", "word"),
        ("${EMPTY:+word}", ""),
        ("${EMPTY+word}", "word"),
        ("${NONE:+word}", ""),
        ("${NONE:-$A}", "a"),
        ("${NONE:-q/${A}:${B}}", "q/a:b"),
        ("${NONE:-${NEITHER:-x}}.", "x."),
        ("$", "$"),
        ("a$ b", "a$ b"),
        ("$(cat x)", "$(cat x)"),
    ],
)
def test_variables(text: str, expanded: str) -> None:
    assert expand(text, {"A": "a", "B": "b", "EMPTY": ""}) == expanded
