"""The table and the Markdown, from values that are made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hubimages import requirements
from hubimages.lifecycle.changes import Behind
from hubimages.lifecycle.standing import (
    Dated,
    Experiment,
    Kind,
    Production,
    Stage,
    Status,
    Trial,
    days_left,
)
from hubimages.report import markdown, table
from hubimages.report.bar import bar, day

NOW = datetime(2024, 2, 1, 12, tzinfo=UTC)


def change(package: str = "thing", ago: float | None = 12, kind: Kind = "other") -> Dated:
    since = None if ago is None else NOW - timedelta(days=ago)
    deadline = since + timedelta(days=28) if since else None
    return Dated(
        package=package,
        kind=kind,
        pin=f"git+https://example.org/{package}@{'a' * 40}",
        since=since,
        deadline=deadline,
        days_left=days_left(deadline, NOW) if deadline else None,
    )


def trial(hub: str = "example/staging", quiet: int | None = 3, *, outdated: bool = False) -> Trial:
    since = None if quiet is None else NOW - timedelta(days=quiet)
    return Trial(
        hub=hub, tag="t1", since=since, quiet_from=since, quiet_days=quiet, outdated=outdated
    )


def experiment(
    *changes: Dated,
    image: str = "hub-experimental",
    stage: Stage = "pinned",
    trials: tuple[Trial, ...] = (),
    behind: tuple[Behind, ...] = (),
    notes: tuple[str, ...] = (),
) -> Experiment:
    return Experiment(
        image=image,
        name=f"quay.io/example/{image}",
        tag="t1",
        stage=stage,
        changes=changes,
        trials=trials,
        behind=behind,
        notes=notes,
    )


def status(*experiments: Experiment) -> Status:
    production = Production(image="hub", name="quay.io/example/hub", tag="t0", pins=("a==1",))
    return Status(
        now=NOW, trial_days=7, deadline_days=28, production=production, experiments=experiments
    )


def plain(text: str, _colour: str) -> str:
    return text


def as_table(found: Status, columns: int = 100) -> str:
    return "\n".join(table.lines(found, plain, columns))


def as_markdown(found: Status) -> str:
    return "\n".join(markdown.lines(found))


# --- the bar -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gone", "watch", "width", "wanted"),
    [
        (0, 0, 28, "▒" * 7 + "░" * 21),
        (3, 0, 28, "▓" * 3 + "▒" * 4 + "░" * 21),
        (12, 0, 28, "▓" * 7 + "█" * 5 + "░" * 16),
        (12, 9, 28, "█" * 9 + "▓" * 3 + "▒" * 4 + "░" * 12),
        (99, 0, 28, "▓" * 7 + "█" * 21),
        (-5, 0, 4, "▒░░░"),
        (14, 0, 4, "▓█░░"),
        (14, 90, 4, "██░░"),
        (14, 0, 1, "█"),
    ],
)
def test_a_bar(gone: float, watch: float, width: int, wanted: str) -> None:
    since = NOW - timedelta(days=gone)
    begun = since + timedelta(days=watch)
    found = bar(since, begun, NOW, days=28, week=7, width=width)
    assert len(found) == width
    if width > 1:
        assert found == wanted


def test_a_deadline_of_no_days_has_no_bar() -> None:
    assert bar(NOW, NOW, NOW, days=0, week=7, width=28) == ""


# --- the table -----------------------------------------------------------------------------------


def test_a_table() -> None:
    (behind,) = [Behind(*requirements.parse("old==1\nold==2\n"))]
    found = as_table(
        status(
            experiment(
                change(),
                stage="trial",
                trials=(trial(),),
                behind=(behind,),
                notes=("the registry sleeps",),
            )
        )
    )
    assert found.splitlines() == [
        "hub  production  t0",
        "  a==1",
        "",
        "hub-experimental  trial  t1",
        f"  thing  other  {'█' * 9}{'▓' * 3}{'▒' * 4}{'░' * 12}  day 12 of 28, 16 left",
        "  old==1 is behind production's old==2: nothing to promote",
        "  on example/staging: t1, 3 quiet days",
        "  ? the registry sleeps",
        "  next: wait for quiet days, then invoke experiment.promote --image hub-experimental",
        "",
        "█ gone, ░ to come, ▓▒ the 7 days to watch",
    ]


def test_what_is_late_is_said_in_words_too() -> None:
    found = as_table(status(experiment(change(ago=30), stage="overdue")))
    assert "day 30 of 28, 2 over" in found


@pytest.mark.parametrize("columns", [20, 40, 60, 72, 80, 200])
def test_a_bar_fits_the_terminal(columns: int) -> None:
    found = as_table(status(experiment(change("a-package-with-a-long-name"))), columns)
    bars = [line for line in found.splitlines() if set(line) & set("░▒▓█") and "gone" not in line]
    assert len(bars) == 1
    assert len(bars[0]) <= columns
    assert sum(bars[0].count(cell) for cell in "░▒▓█") >= 14


def test_what_is_not_known_is_said() -> None:
    found = as_table(status(experiment(change(ago=None), trials=(trial(quiet=None),))))
    assert "since when is not known" in found
    assert "quiet days not known" in found
    assert "░" not in found


def test_nothing_is_on_trial() -> None:
    assert "experiment.create" in as_table(status())
    assert "experiment.create" in as_markdown(status())


def test_an_outdated_trial() -> None:
    found = status(experiment(change(), trials=(trial(outdated=True),), stage="built"))
    assert "on other pins" in as_table(found)
    assert "on other pins" in as_markdown(found)
    assert "invoke experiment.try --hub example/staging" in as_table(found)


# --- Markdown ------------------------------------------------------------------------------------


def test_a_chart() -> None:
    found = as_markdown(status(experiment(change(), change("late", 40), trials=(trial(),))))
    chart = found.partition("```mermaid\n")[2].partition("\n```")[0]
    assert chart.splitlines() == [
        "gantt",
        "    dateFormat YYYY-MM-DD",
        "    axisFormat %Y-%m-%d",
        "    section hub-experimental",
        "    other thing :active, c0, 2024-01-20, 2024-02-17",
        "    watch thing :w0, 2024-01-29, 2024-02-05",
        "    other late :crit, c1, 2023-12-23, 2024-01-20",
        "    watch late :w1, 2024-01-29, 2024-02-05",
    ]


@pytest.mark.parametrize(
    "name", ["a:b", "a;b#c", "%%{init}", "a\nb", "section x", "```", "a|b", "<b>", "", ":"]
)
def test_odd_names_break_no_chart_and_no_table(name: str) -> None:
    found = as_markdown(status(experiment(change(name), image=f"i{name}")))
    chart = found.partition("```mermaid\n")[2].partition("\n```")[0].splitlines()
    assert len(chart) == 6
    for line in chart[4:]:
        assert line.count(":") == 1
        assert line.split()[0] in {"other", "watch"}
        assert not set(line) & set("#;%`<>|")
    assert found.count("```") == 2
    (row,) = [line for line in found.splitlines() if line.startswith("| `i")]
    assert row.replace("\\|", "").count("|") == 5


def test_no_dates_no_chart() -> None:
    assert "mermaid" not in as_markdown(status(experiment(change(ago=None))))
    assert "mermaid" not in as_markdown(status(experiment(stage="same")))


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (0, "day 0 of 28, 28 left"),
        (0.1, "day 1 of 28, 27 left"),
        (28, "day 28 of 28, 0 left"),
        (28.1, "day 29 of 28, 1 over"),
        (131.4, "day 132 of 28, 104 over"),
        (-3, "day 0 of 28, 31 left"),
    ],
)
def test_days_and_what_is_left_of_them_agree(ago: float, said: str) -> None:
    assert day(change(ago=ago), 28) == said
