"""completion: what a shell offers at the Tab key."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from hubimages.commands.boundary import guarded


@task(
    auto_shortflags=False,
    help={
        "shell": "bash, zsh or fish",
        "line": "print what can stand at the end of this command line, as the script asks",
    },
)
@guarded
def completion(c: Context, shell: str = "", line: str = "") -> None:
    """Print the script that completes commands, flags and values in a shell.

    Images, hubs, clusters, tags and packages are offered from this repository's files and git; no
    registry is asked. To install it, for `invoke` or for `hubimages`, as you typed it here:

      bash  append it to ~/.bashrc
      zsh   append it to ~/.zshrc
      fish  write it to ~/.config/fish/completions/hubimages.fish (or invoke.fish)

    Example: invoke completion --shell bash >> ~/.bashrc
    Example: invoke completion --shell fish > ~/.config/fish/completions/invoke.fish
    """
    from hubimages.commands.bodies import completion

    completion.completion(c, shell=shell, line=line)
