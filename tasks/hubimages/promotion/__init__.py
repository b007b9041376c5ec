"""The end of an experiment: its changes go to the production image, or are dropped."""
