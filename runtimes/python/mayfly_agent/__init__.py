"""The agent's own package; nothing in it is for functions."""
