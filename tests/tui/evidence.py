"""Evidence for tests that need no study."""

from annotation.evidence import ResponseEvidence


def evidence(text: str, source: str = "") -> ResponseEvidence:
    """A response of which nothing is known."""
    return ResponseEvidence(1, None, None, text, 1, source, (), (), (), ())
