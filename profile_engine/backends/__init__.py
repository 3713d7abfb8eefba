"""What talks to a model; each module implements one port of `profile_engine.ports`."""
