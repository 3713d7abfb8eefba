"""The tables of what models do in a study: generate, judge, reward, improve; what was tagged; experiments.

Append-only as those of `annotation.store.tables`: of each thing the row with the highest id stands. What a
model said comes with its provenance: `version` of the prompt, `model` as it was asked for, `answered_by` as
the endpoint says, or `reason` why there is nothing.
"""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, SmallInteger, String, Table, Text

from annotation.store.tables import metadata


def _provenance() -> tuple[Column[str], ...]:
    return (
        Column("reason", Text),  # why there is nothing; NULL where there is
        Column("version", String(40), nullable=False),
        Column("model", Text, nullable=False),
        Column("answered_by", Text),
        Column("created", String(32), nullable=False),
    )


# Responses asked of a model for a source. `number` is the score of a scored one, else counted from 1.
generations = Table(
    "generations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("purpose", String(10), nullable=False),  # scored, direct, initial
    Column("number", SmallInteger, nullable=False),
    Column("response_id", ForeignKey("responses.id")),
    *_provenance(),
    Index("generations_last", "agent_id", "source_id", "purpose", "number", "id"),
)

# What a model chose of a pair, in one order. `condition` is empty for its plain judgement, which is what
# enters `preferences`; else it names what was added to the prompt, such as guidance on a factor.
judgings = Table(
    "judgings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pair_id", ForeignKey("pairs.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("condition", String(100), nullable=False, server_default=""),
    Column("shown_first", SmallInteger, nullable=False),  # canonical: 1 left, -1 right
    Column("choice", SmallInteger),  # canonical: 1 left, 0 tie, -1 right
    Column("justification", Text),
    *_provenance(),
    Index("judgings_last", "agent_id", "condition", "pair_id", "shown_first", "id"),
)

rewards = Table(
    "rewards",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("response_id", ForeignKey("responses.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("reward", Float),
    *_provenance(),
    Index("rewards_last", "agent_id", "response_id", "id", "reward"),
)

# Improved responses. `method`: feedback (of the evaluator, on the pair of initial responses), both (without
# feedback, from both), single (without feedback, from `initial_id` alone). `agent_id` is the improver, whose
# improved response is preferred over each initial one that it was made from (F.2.2).
improvements = Table(
    "improvements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("pair_id", ForeignKey("pairs.id"), nullable=False),
    Column("method", String(10), nullable=False),
    Column("initial_id", ForeignKey("responses.id")),
    Column("judging_id", ForeignKey("judgings.id")),
    Column("response_id", ForeignKey("responses.id")),
    *_provenance(),
    Index("improvements_last", "agent_id", "pair_id", "method", "initial_id", "id"),
)

# What a researcher says of a pair: a tag that is set or taken away, or a note (`tag` empty).
pair_tags = Table(
    "pair_tags",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pair_id", ForeignKey("pairs.id"), nullable=False),
    Column("tag", String(80), nullable=False),
    Column("text", Text),  # of the note, or anything for a tag that is set; NULL: taken away
    Column("created", String(32), nullable=False),
    Index("pair_tags_last", "pair_id", "tag", "id"),
)

# An experiment: what it was run on, completely enough to run it again, and what came out.
experiments = Table(
    "experiments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(20), nullable=False),
    Column("design", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    Column("created", String(32), nullable=False),
    Index("experiments_last", "name", "id"),
)
