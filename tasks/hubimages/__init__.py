"""The hub-image workflow of a JupyterHub operator, as Invoke tasks."""

__version__ = "0.1.0"
