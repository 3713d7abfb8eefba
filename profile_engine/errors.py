"""What the engine can refuse."""


class EngineError(Exception):
    """Root of everything the engine refuses; its message says what happened and what to do."""


class UnknownFactorError(EngineError):
    """A factor was named that the study does not have."""


class UnknownAgentError(EngineError):
    """An agent was named that the profile does not have."""
