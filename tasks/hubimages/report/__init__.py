"""Texts that people read: what `status` found as a table, and as Markdown that GitHub draws."""
