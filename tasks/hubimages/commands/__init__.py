"""The tasks, as Invoke finds them; one module per collection."""

from invoke.collection import Collection

from hubimages import config
from hubimages.commands import (
    check,
    deploy,
    experiment,
    explain,
    hubs,
    promotion,
    render,
    status,
    userimage,
    userimage_set,
    userimage_split,
)
from hubimages.commands.build import build_hub
from hubimages.commands.machine import doctor, upgrade_base

namespace = Collection(
    build_hub,
    check.check,
    doctor,
    upgrade_base,
    status.status,
    explain.explain,
    render.render,
    deploy.deploy,
    deploy.rollback,
    Collection(
        "experiment",
        experiment.create,
        experiment.add,
        experiment.remove,
        experiment.try_,
        experiment.stop,
        promotion.promote,
        promotion.drop,
    ),
    Collection("hubs", hubs.list_),
    Collection(
        "user-image",
        userimage.check,
        userimage_set.set_,
        userimage_set.bump,
        userimage_split.split,
    ),
)
namespace.configure({"hubimages": config.defaults()})

__all__ = ["namespace"]
