"""Deploying hubs: look at what they run, plan, install, and look again."""
