"""From what a person types to a pin: an address or a name in, one commit out.

requests reads what was typed, resolving asks the remote; pin and location are read by others too.
"""
