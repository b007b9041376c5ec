"""What is in a tag: read from the registry, from git, and from the hubs' values."""
