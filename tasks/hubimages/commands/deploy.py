"""deploy and rollback: what was built reaches the hubs."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded
from hubimages.commands.help import COMMITTING, HELP

_SCOPE = {
    "hub": "one hub or several, as CLUSTER/HUB,CLUSTER/HUB (asked for on a terminal)",
    "cluster": "every hub of a cluster",
    "all": "every hub",
    "context": "the kubeconfig's context instead of the current one; `matching` takes for each "
    "cluster the one that its cluster.yaml names",
}


@task(
    auto_shortflags=False,
    help={
        **_SCOPE,
        "canary": "this hub first; the others follow once it stayed healthy for `canary_wait` seconds",
        "force": "deploy also where nothing changes, and take a pending deployment for cut off",
        "dry_run": "show the plan and stop; what the cluster does not say is unknown",
        "yes": HELP["yes"],
        "json": "print hubs, images and outcomes as JSON on standard output",
    },
)
@guarded
def deploy(
    c: Context,
    hub: str = "",
    cluster: str = "",
    all_: bool = False,
    canary: str = "",
    context: str = "",
    force: bool = False,
    dry_run: bool = False,
    yes: bool = False,
    json: bool = False,
) -> None:
    """Deploy what is committed to hubs, with Helm, and see that they answer.

    The plan is shown first: hubs, images old and new, what else changes. Then, for each hub, Helm
    upgrades it, or takes it back where that fails; its rollout is waited for, and its
    /hub/health. After a failure no further hub is begun; the same command continues. A hub whose
    cluster.yaml names another cluster than the context leads to is refused.

    Example: invoke deploy --all --canary example/staging
    """
    from hubimages.commands.bodies import deploying
    from hubimages.commands.bodies.scoping import Scope

    deploying.deploy(
        c,
        scope=Scope(hub=hub, cluster=cluster, everything=all_),
        canary=canary,
        context=context,
        force=force,
        dry_run=dry_run,
        yes=yes,
        json=json,
    )


@task(
    auto_shortflags=False,
    help={
        **_SCOPE,
        "tag": "this tag instead of the one before",
        "canary": "when deploying, this hub first",
        "force": "go on where the registry does not have the image, or the chart is of another version",
        **COMMITTING,
    },
)
@guarded
def rollback(
    c: Context,
    hub: str = "",
    cluster: str = "",
    all_: bool = False,
    tag: str = "",
    canary: str = "",
    context: str = "",
    force: bool = False,
    dry_run: bool = False,
    no_commit: bool = False,
    pr: bool = False,
    yes: bool = False,
) -> None:
    """Give hubs the image that they had before, from git's history, and deploy them.

    An edit and a commit like any other, then a deployment. A line of the chart's values is edited
    where all hubs that follow it go back; else each hub gets an override of its own. The same
    command again finishes a rollback that was interrupted, and goes no further back.

    Example: invoke rollback --hub example/staging
    """
    from hubimages.commands.bodies import rollingback
    from hubimages.commands.bodies.scoping import Scope

    rollingback.rollback(
        c,
        scope=Scope(hub=hub, cluster=cluster, everything=all_),
        tag=tag,
        canary=canary,
        context=context,
        force=force,
        dry_run=dry_run,
        no_commit=no_commit,
        pr=pr,
        yes=yes,
    )
