"""One self-contained HTML page: figures inline, tables that sort, nothing from elsewhere.

Every text is escaped. A Content-Security-Policy lets the page load nothing and run no script but its own.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Final

_SCRIPT: Final = (files("annotation.reporting") / "page.js").read_text("utf-8")
_ROOM: Final = 95
"""Letters that a row has room for; a table of wider rows is set smaller."""
_FOLDED: Final = 28
"""Letters from which on a cell is folded."""

_CSS: Final = (files("annotation.reporting") / "page.css").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as people read it, and what its column is sorted by; None where there is no value."""

    text: str
    value: float | str | None


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table.

    Attributes:
        name: of its files.
        numeric: one a column: whether it holds numbers.
        notes: said beneath it.
    """

    name: str
    title: str
    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Shown, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, drawn.

    Attributes:
        name: of its files.
        svg: as matplotlib writes it.
    """

    name: str
    title: str
    caption: str
    svg: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; a `str` among its parts is a paragraph."""

    anchor: str
    title: str
    parts: tuple[str | PageTable | Picture, ...]


def write_page(title: str, lead: str, sections: tuple[Section, ...]) -> str:
    """The page as HTML, without any address of another place."""
    links = "\n".join(f'<li><a href="#{escape(one.anchor)}">{escape(one.title)}</a></li>' for one in sections)
    body = "\n".join(_section(one) for one in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>
{_CSS}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p class="lead">{escape(lead)}</p>
</header>
<nav aria-label="Contents"><ul>
{links}
</ul></nav>
<main>
{body}
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _section(section: Section) -> str:
    parts = "\n".join(_part(part) for part in section.parts)
    return f'<section id="{escape(section.anchor)}">\n<h2>{escape(section.title)}</h2>\n{parts}\n</section>'


def _part(part: str | PageTable | Picture) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    return _picture(part) if isinstance(part, Picture) else _table(part)


def _picture(picture: Picture) -> str:
    name = escape(picture.name)
    return (
        f'<figure id="figure-{name}">\n{_inlined(picture)}\n'
        f"<figcaption><b>{escape(picture.title)}.</b> {escape(picture.caption)} "
        f'<span class="files">{_links("figures", picture.name, ("svg", "png", "pdf"))}</span></figcaption>\n'
        "</figure>"
    )


def _inlined(picture: Picture) -> str:
    """The drawing as part of a page: ids of its own, no names of namespaces, read aloud by its title."""
    svg = picture.svg.decode()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg, count=2)
    svg = svg.replace("xlink:href=", "href=")
    svg = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{picture.name}-", svg)
    label = escape(f"{picture.title}. {picture.caption}")
    return re.sub(
        r'<svg width="([\d.]+)pt" height="[\d.]+pt"',
        rf'<svg role="img" aria-label="{_literal(label)}" style="max-width: calc(1.18 * \1pt)"',
        svg,
        count=1,
    ).strip()


def _literal(text: str) -> str:
    return text.replace("\\", r"\\")


def _table(table: PageTable) -> str:
    heads = "".join(
        f'<th scope="col"{_right(numeric)}><button type="button">{escape(head)}</button></th>'
        for head, numeric in zip(table.heads, table.numeric, strict=True)
    )
    rows = "\n".join(f"<tr>{''.join(map(_cell, row, table.numeric))}</tr>" for row in table.rows)
    wide = ' class="wide"' if _width(table) > _ROOM else ""
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    name = escape(table.name)
    return (
        f'<div class="table"><p class="caption" id="table-{name}">{escape(table.title)} '
        f'<span class="files">{_links("tables", table.name, ("csv", "tex"))}</span></p>\n'
        f'<div class="scroll"><table{wide} aria-labelledby="table-{name}">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div></div>\n{notes}"
    )


def _width(table: PageTable) -> int:
    """Letters that a row takes: of each column its longest cell or word of the head, and a gap."""
    columns = ([max(head.split(), key=len, default=""), *texts] for head, *texts in _columns(table))
    return sum(2 + min(_FOLDED, max(map(len, column))) for column in columns)


def _columns(table: PageTable) -> Iterator[tuple[str, ...]]:
    return zip(table.heads, *([cell.text for cell in row] for row in table.rows), strict=True)


def _cell(cell: Shown, numeric: bool) -> str:
    value = "" if cell.value is None else f' data-value="{escape(str(cell.value))}"'
    return f"<td{_right(numeric)}{value}>{escape(cell.text)}</td>"


def _right(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _links(folder: str, name: str, endings: tuple[str, ...]) -> str:
    return " ".join(f'<a href="{folder}/{escape(name)}.{ending}">{ending}</a>' for ending in endings)
