"""Moving an image folder out of a repository into its own; why so: docs/decisions/split-verification.md."""
