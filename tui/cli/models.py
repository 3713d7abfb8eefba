"""`profile-tui models`: the models that can be asked."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tui.cli.options import PlainFormatOption, closest
from tui.cli.output import Cell, Column, Format, Result, ResultTable, publish, say
from tui.errors import UsageError

if TYPE_CHECKING:
    from annotation.models import ConfiguredModel, ModelBook, ModelKind
    from profile_engine.backends.openai_chat import OpenAIChat
    from profile_engine.ports import ChatReply, ChatRequest

_COLUMNS: Final = (
    Column("Model", "name"),
    Column("Kind", "kind"),
    Column("Asked for as, at", "model"),
    Column("Key from", "key_env"),
    Column("JSON", "ability"),
    Column("Price in, out", "prices"),
)

models = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]}, rich_markup_mode=None)
"""The command and its actions."""

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="What the model is called here.", show_default=False)
]
StudyOption = Annotated[
    str | None,
    typer.Option(
        "--study",
        metavar="STUDY",
        help="Those beside this study, too, which all have who open it.",
    ),
]


@models.callback(invoke_without_command=True)
def list_without_action(context: typer.Context) -> None:
    """Configure the models that judge responses.

    Without an action: list them. A key is named by its environment variable only, and
    never stored.

    Example: profile-tui models add judge --preset gpt-4o
    """
    if context.invoked_subcommand is None:
        list_models()


@models.command("list")
def list_models(study: StudyOption = None, output_format: PlainFormatOption = Format.TABLE) -> None:
    """List the models that are configured.

    Example: profile-tui models list --study study.db
    """
    from annotation.models import ModelBook

    publish(_listed(ModelBook.of(study)), output_format)


@models.command("presets")
def list_presets(output_format: PlainFormatOption = Format.TABLE) -> None:
    """List the models of the paper, and what each needs to be reached.

    Example: profile-tui models presets
    """
    publish(_presets(), output_format)


@models.command("add")
def add_model(
    name: NameArgument,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url", metavar="URL", help="Its OpenAI-compatible address, usually ending in /v1."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="ID", help="What the endpoint calls it.")
    ] = None,
    key_env: Annotated[
        str | None,
        typer.Option(
            "--key-env",
            metavar="VAR",
            help="The environment variable that holds the key, which is never stored.",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset", metavar="PRESET", help="Begin with a model of the paper: `models presets` lists them."
        ),
    ] = None,
    temperature: Annotated[
        str | None, typer.Option("--temperature", help="0.6 unless given; unset: leave it to the endpoint.")
    ] = None,
    top_p: Annotated[
        str | None, typer.Option("--top-p", help="0.9 unless given; unset: leave it to the endpoint.")
    ] = None,
    max_tokens: Annotated[
        str | None,
        typer.Option(
            "--max-tokens",
            help="Of an answer, 1024 unless given; more where answers are cut off. unset: as the endpoint "
            "has it.",
        ),
    ] = None,
    price_in: Annotated[
        float | None, typer.Option("--price-in", help="Of a million tokens sent, in your currency.")
    ] = None,
    price_out: Annotated[
        float | None, typer.Option("--price-out", help="Of a million tokens received.")
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            "--study", metavar="STUDY", help="Keep the model beside this study, for all who open it."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Change a model of this name; what is not given stays.")
    ] = False,
) -> None:
    """Add a model, or change one.

    It takes an address and the name that the endpoint has for the model, or a preset. Any server that
    speaks OpenAI's chat API will do: a hosted one, vLLM, llama.cpp.

    Example: profile-tui models add judge --base-url http://127.0.0.1:8000/v1 --model ID
    """
    from annotation.models import ModelBook, ModelKind

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
    fields = {key: value for key, value in given.items() if value is not None}
    kind = _add(ModelBook.of(study), name, preset, fields, replace)
    beside = "" if study is None else f" --study {shlex.quote(study)}"
    if kind is ModelKind.CHAT:
        say(f"Try it with profile-tui models check {name}{beside}")


@models.command("check")
def check_model(
    name: NameArgument, study: StudyOption = None, output_format: PlainFormatOption = Format.TABLE
) -> None:
    """Ask a model one small question, and say what it found.

    How the endpoint is held to JSON, whether it takes instructions, and how long it took are remembered.

    Example: profile-tui models check judge
    """
    from annotation.models import ModelBook

    publish(_checked(ModelBook.of(study), name), output_format)


@models.command("remove")
def remove_model(name: NameArgument, study: StudyOption = None) -> None:
    """Forget a model; what it judged stays.

    Example: profile-tui models remove judge
    """
    from annotation.models import ModelBook

    say(f"Removed {name} from {ModelBook.of(study).remove(name)}.")


def _number(text: str | None, kind: type[float] | type[int], option: str) -> float | str | None:
    if text is None or text == "unset":
        return text
    try:
        return kind(text)
    except ValueError as error:
        raise UsageError(f"{option}: a number, or unset") from error


def _add(
    book: "ModelBook", name: str, preset: str | None, given: Mapping[str, object], replace: bool
) -> "ModelKind":
    from annotation.models import FOUND_OUT, make_model, presets

    there = book.models().get(name)
    before = there if replace else None
    fields: dict[str, object] = (
        {} if before is None else before.model_dump(mode="json", exclude_defaults=True)
    )
    needs = None
    if preset is not None:
        known = presets()
        if preset not in known:
            raise UsageError(f"--preset {preset}: {closest(preset, tuple(known))}")
        fields |= known[preset].model.model_dump(exclude_defaults=True)
        needs = known[preset].needs
    elif missing := [
        option
        for option, key in (("--base-url", "base_url"), ("--model", "model"))
        if key not in {**fields, **given}
    ]:
        change = f"; or --replace, to change the {name} that there is" if there else ""
        raise UsageError(f"models add {name}: give {' and '.join(missing)}, or --preset{change}")
    fields |= given
    if before is not None and (before.base_url, before.model) != (fields["base_url"], fields["model"]):
        fields = {key: value for key, value in fields.items() if key not in FOUND_OUT}
    model = make_model(name, fields)
    path = book.add(model, replace=replace)
    say(f"Changed {name} in {path}." if before else f"Added {name} to {path}.")
    if needs:
        say(f"It needs {needs}.")
    return model.kind


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
    prices = [f"{price:g}" for price in (model.price_in, model.price_out) if price is not None]
    asked = f"{model.model}\n{model.base_url}"  # beneath each other: side by side they are broken
    return model.name, model.kind.value, asked, key, ability, ", ".join(prices) or None


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
