"""What `check` looks for: one rule per file, all of them listed in table.py."""
