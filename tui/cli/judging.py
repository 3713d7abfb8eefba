"""Opening the screens on which people judge: extracted values, feedback texts."""

from tui.cli.opening import run_app


def judge_values(study: str, validator: str | None = None, validation_id: int | None = None) -> None:
    """Open the Validate screen until the person leaves; what is not given is asked for there."""
    from tui.app import Mode
    from tui.session import Role

    run_app(study, Role.RESEARCHER, _named(validator), start=Mode.VALIDATE, work_id=validation_id)


def code_feedback(study: str, coder: str | None = None, coding_id: int | None = None) -> None:
    """Open the Coding screen until the person leaves; what is not given is asked for there."""
    from tui.app import Mode
    from tui.session import Role

    run_app(study, Role.RESEARCHER, _named(coder), start=Mode.CODING, work_id=coding_id)


def _named(person: str | None) -> str | None:
    from tui.config import load_config

    return person or load_config().annotator
