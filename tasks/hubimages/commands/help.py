"""What flags that several commands have say of themselves."""

HELP = {
    "dry_run": "show what would be done and stop; needs no engine and no registry",
    "no_commit": "leave the edit in the work tree, uncommitted",
    "yes": "answer questions with yes; refusals stay refusals",
}
# for commands that commit and can propose it instead
COMMITTING = {**HELP, "pr": "open a pull request instead of committing here; needs gh"}
