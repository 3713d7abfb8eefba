"""The page that an MTurk worker sees: a form whose texts MTurk puts in, without a script from elsewhere."""

import re
from string import Template
from types import MappingProxyType
from typing import Final

VARIABLES: Final = ("item", "source", "response_1", "response_2")
"""The columns of the input file that the page shows, as `${source}` and so on."""

_UNSHOWABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Beside what HTML itself means: what begins a formula, a variable of MTurk's, a new line of a table.
_WRITTEN: Final = MappingProxyType({ord(mark): f"&#{ord(mark)};" for mark in "&<>\"'=+-@$\t\n"})


def escaped(text: str) -> str:
    """A text that is shown as it is wherever it is put into HTML, in ASCII and on one line.

    No spreadsheet computes it, and no `${variable}` in it is filled. Control characters become U+FFFD.
    """
    shown = _UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return shown.translate(_WRITTEN).encode("ascii", "xmlcharrefreplace").decode("ascii")


def layout(
    question: str,
    instructions: str,
    *,
    ties: bool,
    consent: str = "",
    warning: str = "",
    consent_version: str = "",
    crowd_elements: bool = False,
) -> str:
    """The page as HTML.

    Args:
        question: above every pair.
        instructions: shown before it.
        ties: whether neither may be better.
        consent: to be accepted; empty: nothing is.
        warning: of content.
        consent_version: comes back with every answer for which consent was given.
        crowd_elements: whether to use Amazon's `crowd-form`, whose script comes from Amazon.
    """
    form = _CROWD if crowd_elements else _PLAIN
    choices = [("first", "Response 1"), ("second", "Response 2"), *([("tie", "Neither")] if ties else ())]
    parts = {
        "style": _STYLE,
        "intro": _intro(instructions, consent, warning, consent_version),
        "question": escaped(question),
        "choices": "\n".join(_CHOICE.substitute(value=value, said=said) for value, said in choices),
    }
    return form.substitute(body=_BODY.substitute(parts))


def _intro(instructions: str, consent: str, warning: str, version: str) -> str:
    parts = [f'<div class="text">{escaped(text)}</div>' for text in (instructions, warning, consent) if text]
    if consent or warning:
        parts.append(_ACCEPT.substitute(version=version))
    return "\n".join(parts)


_STYLE: Final = """body { font: 16px/1.5 sans-serif; margin: 1em; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 1em; }
.sides { display: flex; flex-wrap: wrap; gap: 1em; }
.sides section { flex: 1 1 20em; border: 1px solid #888; padding: 0 1em; }
h2 { font-size: 1em; } label { display: block; margin: .5em 0; }"""

_CHOICE: Final = Template('<label><input type="radio" name="choice" value="$value" required> $said</label>')

_ACCEPT: Final = Template(
    '<label><input type="checkbox" name="consent" value="$version" required> '
    "I have read this and take part.</label>"
)

_BODY: Final = Template("""<style>
$style
</style>
<input type="hidden" name="item" value="$${item}">
$intro
<section><h2>Source</h2><div class="text">$${source}</div></section>
<div class="sides">
<section><h2>Response 1</h2><div class="text">$${response_1}</div></section>
<section><h2>Response 2</h2><div class="text">$${response_2}</div></section>
</div>
<fieldset><legend>$question</legend>
$choices
</fieldset>
<label>A note, if you have one<br><textarea name="note" rows="2" cols="60"></textarea></label>
""")

# `turkSubmitTo` comes with the page's address, where anybody can write: only the sandbox is believed.
_PLAIN: Final = Template("""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Which is better?</title></head>
<body>
<form id="mturk_form" method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" id="assignmentId" name="assignmentId" value="">
$body<p><button type="submit" id="submitButton">Submit</button></p>
</form>
<script>
(function () {
  var asked = new URLSearchParams(window.location.search);
  var assignment = asked.get("assignmentId") || "";
  document.getElementById("assignmentId").value = assignment;
  if (assignment === "ASSIGNMENT_ID_NOT_AVAILABLE") {
    document.getElementById("submitButton").disabled = true;
  }
  if (asked.get("turkSubmitTo") === "https://workersandbox.mturk.com") {
    document.getElementById("mturk_form").action = "https://workersandbox.mturk.com/mturk/externalSubmit";
  }
})();
</script>
</body>
</html>
""")

_CROWD: Final = Template("""<!DOCTYPE html>
<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form answer-format="flatten-objects">
$body</crowd-form>
""")
