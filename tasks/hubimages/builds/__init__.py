"""Building one hub image: look, preflight, build, prove, push, record."""
