"""`profile-tui models`: the models that can be asked."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli.options import PlainFormatOption, closest
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.models import ConfiguredModel, ModelBook
    from profile_engine.backends.openai_chat import OpenAIChat
    from profile_engine.ports import ChatReply, ChatRequest

_COLUMNS: Final = (
    Column("Model", "name"),
    Column("Kind", "kind"),
    Column("Asked for as", "model"),
    Column("At", "base_url"),
    Column("Key from", "key_env"),
    Column("JSON", "ability"),
    Column("In / million", "price_in"),
    Column("Out / million", "price_out"),
)


class Action(StrEnum):
    """What to do with models."""

    LIST = "list"
    ADD = "add"
    CHECK = "check"
    REMOVE = "remove"
    PRESETS = "presets"


def models(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="What the model is called.", show_default=False)
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", help="Its OpenAI-compatible address, usually ending in /v1."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="What the endpoint calls it.")] = None,
    key_env: Annotated[
        str | None,
        typer.Option("--key-env", help="The environment variable that holds the key, which is never stored."),
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="Begin with a model of the paper; see `models presets`.")
    ] = None,
    temperature: Annotated[
        str | None, typer.Option("--temperature", help="0.6 unless given; unset: leave it to the endpoint.")
    ] = None,
    top_p: Annotated[
        str | None, typer.Option("--top-p", help="0.9 unless given; unset: leave it to the endpoint.")
    ] = None,
    max_tokens: Annotated[
        str | None,
        typer.Option("--max-tokens", help="Of an answer, 1024 unless given; unset: as the endpoint has it."),
    ] = None,
    price_in: Annotated[
        float | None, typer.Option("--price-in", help="Of a million tokens sent, in your currency.")
    ] = None,
    price_out: Annotated[
        float | None, typer.Option("--price-out", help="Of a million tokens received.")
    ] = None,
    study: Annotated[
        str | None, typer.Option("--study", help="Keep the model beside this study, for all who open it.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a model of this name.")] = False,
    output_format: PlainFormatOption = Format.TABLE,
) -> None:
    """Configure the models that judge responses.

    `presets` lists the models of the paper and what each needs to be reached; `check` asks one small
    question and says what it found. A key is named by its environment variable only, and never stored.

    Example: profile-tui models add judge --preset gpt-4o
    """
    from annotation.models import ModelBook

    book = ModelBook.of(study)
    if action is Action.LIST:
        publish(_listed(book), output_format)
    elif action is Action.PRESETS:
        publish(_presets(), output_format)
    elif name is None:
        raise UsageError(f"models {action}: name the model")
    elif action is Action.ADD:
        given = {
            "base_url": base_url,
            "model": model,
            "key_env": key_env,
            "temperature": _number(temperature, float, "--temperature"),
            "top_p": _number(top_p, float, "--top-p"),
            "max_tokens": _number(max_tokens, int, "--max-tokens"),
            "price_in": price_in,
            "price_out": price_out,
        }
        _add(book, name, preset, {key: value for key, value in given.items() if value is not None}, replace)
    elif action is Action.REMOVE:
        say(f"Removed {name} from {book.remove(name)}.")
    else:
        publish(_checked(book, name), output_format)


def _number(text: str | None, kind: type[float] | type[int], option: str) -> float | str | None:
    if text is None or text == "unset":
        return text
    try:
        return kind(text)
    except ValueError as error:
        raise UsageError(f"{option}: a number, or unset") from error


def _add(
    book: "ModelBook", name: str, preset: str | None, given: Mapping[str, object], replace: bool
) -> None:
    from annotation.models import make_model, presets

    fields: dict[str, object] = {}
    needs = None
    if preset is not None:
        known = presets()
        if preset not in known:
            raise UsageError(f"--preset {preset}: {closest(preset, tuple(known))}")
        fields = known[preset].model.model_dump(exclude_defaults=True)
        needs = known[preset].needs
    elif missing := [
        option for option, key in (("--base-url", "base_url"), ("--model", "model")) if key not in given
    ]:
        raise UsageError(f"models add {name}: give {' and '.join(missing)}, or --preset")
    path = book.add(make_model(name, {**fields, **given}), replace=replace)
    say(f"Added {name} to {path}.")
    if needs:
        say(f"It needs {needs}.")
    say(f"Try it with profile-tui models check {name}")


def _listed(book: "ModelBook") -> Result:
    models = book.models()
    note = () if models else ("None yet: profile-tui models add NAME --base-url URL --model ID, or --preset",)
    table = ResultTable("Models", _COLUMNS, tuple(map(_row, models.values())), note)
    document = {"files": [str(path) for path in book.paths], "models": list(map(_fields, models.values()))}
    return Result(document, (table,))


def _presets() -> Result:
    from annotation.models import presets

    found = presets()
    columns = (Column("Preset", "preset"), Column("Model", "title"), Column("What it needs", "needs"))
    rows = tuple((name, preset.title, preset.needs) for name, preset in found.items())
    document = {
        "presets": [
            {"preset": name, "title": preset.title, "needs": preset.needs, **_fields(preset.model)}
            for name, preset in found.items()
        ]
    }
    return Result(document, (ResultTable("The models of the paper", columns, rows),))


def _row(model: "ConfiguredModel") -> tuple[Cell, ...]:
    ability = None if model.ability is None else model.ability.value
    key = model.key_env or "none needed"
    return (
        model.name,
        model.kind.value,
        model.model,
        model.base_url,
        key,
        ability,
        model.price_in,
        model.price_out,
    )


def _fields(model: "ConfiguredModel") -> dict[str, Any]:
    return {"name": model.name, **model.model_dump(mode="json")}


def _checked(book: "ModelBook", name: str) -> Result:
    """Ask, remember and tell."""
    import asyncio

    chat = book.find(name).chat()
    reply, seconds = asyncio.run(_asked(chat))
    ability = chat.ability
    book.remember(chat, seconds)
    counts = reply.prompt_tokens is not None and reply.completion_tokens is not None
    rows: tuple[tuple[Cell, ...], ...] = (
        ("answered", f"in {seconds:.1f} s"),
        ("says it is", reply.model),
        ("held to JSON by", ability.value if ability else "not certain yet: a first run finds out"),
        ("takes a system turn", "no: it begins the first question" if chat.folds_system else "yes"),
        ("counts tokens", "yes" if counts else "no: prices are estimated from the texts"),
        ("its answer", " ".join(reply.text.split())[:80]),
    )
    document = {
        "name": name,
        "seconds": round(seconds, 3),
        "answered_by": reply.model,
        "ability": ability and ability.value,
        "folds_system": chat.folds_system,
        "counts_tokens": counts,
        "answer": reply.text,
    }
    return Result(document, (ResultTable(name, (Column("", "what"), Column("", "found")), rows),))


async def _asked(chat: "OpenAIChat") -> "tuple[ChatReply, float]":
    """A reply and the seconds it took; asked again while it is not certain how to ask for JSON."""
    from time import monotonic

    from profile_engine.backends.openai_chat import ENOUGH_DOUBT

    try:
        for _ in range(ENOUGH_DOUBT):
            began = monotonic()
            reply = await chat.complete(_question())
            seconds = monotonic() - began
            if chat.ability is not None:
                break
        return reply, seconds
    finally:
        await chat.close()


def _question() -> "ChatRequest":
    """A small one, of the turns that an extraction has: instructions, an example, the question."""
    from profile_engine.ports import AnswerSchema, ChatMessage, ChatRequest, Speaker

    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    turns = (
        ChatMessage(Speaker.SYSTEM, 'Answer with JSON: {"answer": "yes"} or {"answer": "no"}.'),
        ChatMessage(Speaker.USER, "Is fire cold?"),
        ChatMessage(Speaker.ASSISTANT, '{"answer": "no"}'),
        ChatMessage(Speaker.USER, "Is water wet?"),
    )
    return ChatRequest(turns, AnswerSchema("check", schema))
