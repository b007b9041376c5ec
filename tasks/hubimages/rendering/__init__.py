"""What Helm makes of a hub's chart and values, and how two of these differ."""
