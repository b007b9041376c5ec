"""The images in which people's notebook servers run."""
