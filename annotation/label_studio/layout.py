"""How a pair looks in Label Studio: the labelling configuration, a task, a prediction, the instructions."""

import html
from collections.abc import Mapping
from typing import Any, Final

from annotation.exporters.blinded import BlindedPair
from annotation.importers.label_studio import NOTE, PREFERENCE, TIE
from annotation.importers.study_rows import SIDE_NAMES

_CONFIG: Final = """<View>
  <Header value="$question"/>
  <View style="border: 1px solid #8884; border-radius: 4px; padding: 0 1em; margin-bottom: 1em">
    <Text name="source" value="$text"/>
  </View>
  <Pairwise name="{preference}" toName="response_1,response_2"/>
  <View style="display: grid; grid-template: auto / 1fr 1fr; column-gap: 1em">
    <Text name="response_1" value="$response_1"/>
    <Text name="response_2" value="$response_2"/>
  </View>
{ties}  <TextArea name="{note}" toName="source" placeholder="Note" rows="2" maxSubmissions="1"/>
</View>
"""
_TIES: Final = """  <Choices name="{tie}" toName="source" choice="single" showInline="true">
    <Choice value="{tie}" hint="neither response is better: click on neither" hotkey="3"/>
  </Choices>
"""


def labelling_config(*, ties: bool) -> str:
    """Two texts of which one is clicked on, a tie beside them where the study has ties, and a note.

    Texts stand in the task, so nothing in them can be markup.
    """
    choices = _TIES.format(tie=TIE) if ties else ""
    return _CONFIG.format(preference=PREFERENCE, ties=choices, note=NOTE)


def instructions(*texts: str) -> str:
    """What people read first, as HTML that shows the texts as they are."""
    shown = (html.escape(text.strip()).replace("\n", "<br>") for text in texts if text.strip())
    return "".join(f"<p>{text}</p>" for text in shown)


def task_of(pair: BlindedPair, question: str) -> dict[str, str]:
    """What people are shown, and the id that leads back; nothing says who wrote what."""
    return {
        "item": pair.id,
        "question": question,
        "text": pair.source,  # `$source` is a task of its own, as JSON
        "response_1": pair.response_1,
        "response_2": pair.response_2,
    }


def prediction_of(pair: BlindedPair, model: str) -> dict[str, Any] | None:
    """What a model said of a pair, as it is shown; None where it said nothing, or gave no preference."""
    told: Mapping[str, Any] = next(
        (verdict for verdict in pair.row["verdicts"] if verdict["agent"] == model), {}
    )
    choice = told.get("choice")
    if choice is None:
        return None
    if choice == TIE:
        region = {"from_name": TIE, "to_name": "source", "type": "choices", "value": {"choices": [TIE]}}
    else:
        side = "left" if choice == SIDE_NAMES[pair.first] else "right"
        # A <Pairwise> names itself as what it is about.
        region = {
            "from_name": PREFERENCE,
            "to_name": PREFERENCE,
            "type": "pairwise",
            "value": {"selected": side},
        }
    return {"model_version": model, "result": [region]}
