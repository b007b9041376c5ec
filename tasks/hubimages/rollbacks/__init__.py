"""Giving hubs the image back that they had before."""
