"""What the tasks do, apart from their declarations.

A declaration (one folder up) imports its body when it runs: `invoke --list` and completion read
all declarations at every call, and need none of what the bodies import.
"""
