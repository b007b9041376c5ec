"""Where every experiment stands, read back from git, the files and the registry."""
