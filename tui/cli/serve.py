"""`profile-tui serve`: people label in their browsers."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli.options import StudyArgument
from tui.cli.output import say
from tui.errors import TuiError, UsageError

if TYPE_CHECKING:
    from annotation.study import Study
    from tui.serving.server import Service


def serve(
    study: StudyArgument,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where to listen.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="On which address; 0.0.0.0 on all, for other machines.")
    ] = "127.0.0.1",
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            help="The address people open, where something that adds TLS stands in between.",
            show_default=False,
        ),
    ] = None,
    grace: Annotated[
        float,
        typer.Option("--grace", min=0, help="How many seconds the place of a lost connection is kept."),
    ] = 60.0,
    most: Annotated[
        int, typer.Option("--most", min=1, help="How many people may be there at once; each is a process.")
    ] = 16,
) -> None:
    """Let people label in their browsers, by name and access code.

    Example: profile-tui serve study.db --port 8000
    """
    service_class = _need_extra()
    if url is not None and not url.startswith(("http://", "https://")):
        raise UsageError(f"--url {url}: begin it with https:// or http://")
    from annotation.study import Study

    with Study.open(study) as opened:
        _run(opened, service_class(study, host, port, url, grace, most))


def _need_extra() -> "type[Service]":
    try:
        from tui.serving.server import Service
    except ModuleNotFoundError as error:
        raise TuiError(f"serving needs {error.name}: pip install '.[serve]'") from error
    return Service


def _run(study: "Study", service: "Service") -> None:
    import asyncio
    import os

    from aiohttp import web

    from tui.outside import safe
    from tui.serving.door import Door
    from tui.serving.server import Server

    _warn(study, service)
    try:
        web.run_app(
            Server(service, Door(study), _log).app(),
            host=service.host,
            port=service.port,
            print=lambda _: print(
                f"Serving {safe(study.name)} at {service.address} (Ctrl+C ends it)", flush=True
            ),
            access_log=None,
            shutdown_timeout=2,
            loop=asyncio.new_event_loop(),
        )
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise TuiError(f"{service.host}:{service.port}: {reason}; choose another --port or --host") from error
    _log("stopped; every answer is saved")


def _warn(study: "Study", service: "Service") -> None:
    from annotation.people.accounts import accounts
    from tui.serving.origins import is_loopback

    if not is_loopback(service.host) and not (service.url or "").startswith("https://"):
        say(
            f"warning: {service.host} can be reached from other machines, and names, codes and texts travel "
            "there unencrypted; put something that adds TLS in between and name its address with --url"
        )
    if not any(account.since for account in accounts(study)):
        say("warning: nobody has an access code yet: profile-tui study annotators add STUDY NAME makes one")


def _log(line: str) -> None:
    print(f"{datetime.now():%Y-%m-%d %H:%M:%S} {line}", flush=True)
