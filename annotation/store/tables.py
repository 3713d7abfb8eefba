"""The tables of a study.

Nothing in `factor_values`, `replies`, `preferences`, `answers`, `judgements` and `mentions` is ever
overwritten (but for what erasing a person takes away): a change is a new row, and the row with the highest
id is the one that stands. The indexes named
`..._last` hold all that finding it takes, so that counting and loading never touch the rows themselves, which
are long.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

metadata: Final = MetaData()

# One row, id 1. `settings` is `annotation.settings.StudySettings` as JSON.
study = Table(
    "study",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("task", String(40), nullable=False),
    Column("created", String(32), nullable=False),
    Column("settings", JSON, nullable=False),
)

# The study's factors in their order; `definition` is `profile_engine.taxonomy.Factor` as JSON.
factors = Table(
    "factors",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("definition", JSON, nullable=False),
)

# One row a file read; `report` counts what was read, added, left out and why.
imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("card", Text),
    Column("files", JSON, nullable=False),
    Column("created", String(32), nullable=False),
    Column("report", JSON, nullable=False),
)

# `key` is the SHA-256 of the text: equal texts are one source.
sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("external_id", Text),
    Column("title", Text),
    Column("text", Text, nullable=False),
    Column("evidence", JSON(none_as_null=True)),  # atomic facts of the source, where there are any
)

# Authors of responses, judges, reward models, annotators. One model in two settings is two agents.
agents = Table(
    "agents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("simulated", Boolean, nullable=False, default=False),
    Index("agents_name_kind", "name", "kind", unique=True),
)

# `key` is the SHA-256 over source, author, score and text.
responses = Table(
    "responses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id")),
    Column("score", Float),
    Column("external_id", Text),
    Column("text", Text, nullable=False),
    Index("responses_source", "source_id"),
    Index("responses_author", "agent_id", "id", "score"),
)
_EMPTY = text("text = ''")
Index("responses_empty", responses.c.id, sqlite_where=_EMPTY, postgresql_where=_EMPTY)

# `key` is the data set's own id of the pair where it has one, else made of its two responses.
pairs = Table(
    "pairs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("external_id", Text),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("left_id", ForeignKey("responses.id"), nullable=False),
    Column("right_id", ForeignKey("responses.id"), nullable=False),
    Column("import_id", ForeignKey("imports.id")),
    Index("pairs_source", "source_id"),
)

# A value or the reason why there is none. `label` is the class of yes/no and ordered classes.
factor_values = Table(
    "factor_values",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("response_id", ForeignKey("responses.id"), nullable=False),
    Column("factor", ForeignKey("factors.name"), nullable=False),
    Column("value", Float),
    Column("label", Text),
    Column("reason", Text),
    Column("method", String(40), nullable=False),  # rule, external, hand-written, ...
    Column("version", String(80), nullable=False),
    Column("created", String(32), nullable=False),
    Column("evidence", JSON(none_as_null=True)),
    Column("model", Text, nullable=False, server_default=""),  # as it was asked for; empty: by none
    Column("attempt", Integer, nullable=False, server_default="1"),  # more: what failed was tried again
    Index(
        "factor_values_once", "response_id", "factor", "method", "version", "model", "attempt", unique=True
    ),
    Index("factor_values_last", "factor", "response_id", "id", "value"),
)

# What models answered, each paid for once. `key` is the SHA-256 of the whole request; a request that was
# asked anew has several. `model` was asked for, `answered_by` is what the endpoint says.
replies = Table(
    "replies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("finish_reason", Text),
    Column("created", String(32), nullable=False),
    Index("replies_last", "key", "id"),
)

# What models prefer, as told by the data or by the model. `value` -1/0/1; NULL: asked, no preference
# (`raw` says what came).
preferences = Table(
    "preferences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pair_id", ForeignKey("pairs.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("value", SmallInteger),
    Column("raw", Text),
    Column("justification", Text),
    Column("created", String(32), nullable=False),
    Column("import_id", ForeignKey("imports.id")),
    Index("preferences_last", "pair_id", "agent_id", "id", "value"),
)

# The append-only log of people's answers. Each entry says how one thing of (pair, annotator) stands from
# now on: the label (`choice`, NULL = withdrawn), skipped, flagged, the note. An undo is an entry of the
# same kind with what stood before, and names in `undoes` the entry it takes back.
answers = Table(
    "answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(32), nullable=False, unique=True),  # made by who answers: sent twice, stored once
    Column("pair_id", ForeignKey("pairs.id"), nullable=False),
    Column("annotator_id", ForeignKey("agents.id"), nullable=False),
    Column("kind", String(10), nullable=False),  # label, skip, flag, note
    Column("choice", SmallInteger),  # canonical: 1 left, 0 tie, -1 right
    Column("shown_first", SmallInteger),  # canonical side shown first: 1 left, -1 right; NULL: not by us
    Column("shown_choice", SmallInteger),  # 1 first, 0 tie, -1 second, as pressed
    Column("sure", Boolean),
    Column("set", Boolean),  # skip and flag: on or off
    Column("note", Text),
    Column("seconds", Float),
    Column("undoes", ForeignKey("answers.id"), unique=True),
    Column("origin", String(20), nullable=False),  # terminal, import, ...
    Column("created", String(32), nullable=False),
    Column("about", String(64)),  # a digest of its pair as it was: `annotation.store.contents`
    Column("salt", String(32)),  # NULL once its annotator was erased; these three: `annotation.store.chain`
    Column("seal", String(64)),
    Column("link", String(64)),
    Index("answers_last", "pair_id", "kind", "annotator_id", "id", "choice"),
    Index("answers_in_order", "annotator_id", "id"),
)

# One row, id 1: where the chain of answers begins, how many it holds, and its last link; how many entries
# `participation` holds, and its last link.
answer_log = Table(
    "answer_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("root", String(64), nullable=False),
    Column("entries", Integer, nullable=False),
    Column("link", String(64), nullable=False),
    Column("decisions", Integer, nullable=False, server_default="0"),
    Column("decided", String(64)),
)

# How many rows each table that only grows has, and a digest of them all: `annotation.store.seals`.
table_seals = Table(
    "table_seals",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("taken_over", Integer, nullable=False),  # rows from before there were seals
    Column("since", String(32), nullable=False),
)

# What was drawn to be validated: values of one factor, or single facts behind them. `design` is
# `annotation.validation.design.Design` without factor and level, `strata` what was drawn of how many.
validations = Table(
    "validations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("factor", ForeignKey("factors.name"), nullable=False),
    Column("level", String(10), nullable=False),  # response, fact
    Column("design", JSON, nullable=False),
    Column("strata", JSON, nullable=False),
    Column("created", String(32), nullable=False),
)

# `value_id` is the value that stood when it was drawn, and is what is judged.
validation_items = Table(
    "validation_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("validation_id", ForeignKey("validations.id"), nullable=False),
    Column("position", Integer, nullable=False),  # from 1, in the order in which they are judged
    Column("response_id", ForeignKey("responses.id"), nullable=False),
    Column("value_id", ForeignKey("factor_values.id"), nullable=False),
    Column("fact", Integer),  # its place in the value's list, from 0; NULL: the response
    Column("stratum", Text, nullable=False),
    Column("probability", Float, nullable=False),  # with which it was drawn
    Index("validation_items_order", "validation_id", "position", unique=True),
    Index("validation_items_response", "response_id"),
)

# The append-only log of what people say of the items; as `answers`, each entry says how one thing of
# (item, validator) stands from now on.
judgements = Table(
    "judgements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(32), nullable=False, unique=True),
    Column("item_id", ForeignKey("validation_items.id"), nullable=False),
    Column("validator_id", ForeignKey("agents.id"), nullable=False),
    Column("kind", String(12), nullable=False),  # blind, judgement, adjudication, reason, note, skip, flag
    Column("verdict", String(12)),  # correct, wrong, cannot_tell; NULL: withdrawn
    Column("value", Float),  # the right value
    Column("label", Text),  # and its class, where it has one
    Column("facts", JSON(none_as_null=True)),  # what was said of single facts
    Column("reason", Text),
    Column("note", Text),
    Column("set", Boolean),
    Column("seconds", Float),  # without idle time
    Column("undoes", ForeignKey("judgements.id"), unique=True),
    Column("origin", String(20), nullable=False),
    Column("created", String(32), nullable=False),
    Index("judgements_last", "item_id", "kind", "validator_id", "id"),
    Index("judgements_in_order", "validator_id", "id"),
)

# A set of feedback texts to be coded. `design` says where they come from and how they were drawn; `judge`
# is who wrote them, where that is one of the study's agents.
codings = Table(
    "codings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("judge_id", ForeignKey("agents.id")),
    Column("design", JSON, nullable=False),
    Column("created", String(32), nullable=False),
)

coding_texts = Table(
    "coding_texts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("coding_id", ForeignKey("codings.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("preference_id", ForeignKey("preferences.id")),  # whose justification it is
    Column("text", Text, nullable=False),
    Index("coding_texts_order", "coding_id", "position", unique=True),
)

# The append-only log of which factors a text mentions.
mentions = Table(
    "mentions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(32), nullable=False, unique=True),
    Column("text_id", ForeignKey("coding_texts.id"), nullable=False),
    Column("coder_id", ForeignKey("agents.id"), nullable=False),
    Column("kind", String(10), nullable=False),  # mentions, note, skip, flag
    Column("factors", JSON(none_as_null=True)),  # names, in the study's order; NULL: withdrawn
    Column("note", Text),
    Column("set", Boolean),
    Column("seconds", Float),
    Column("undoes", ForeignKey("mentions.id"), unique=True),
    Column("origin", String(20), nullable=False),
    Column("created", String(32), nullable=False),
    Index("mentions_last", "text_id", "kind", "coder_id", "id"),
    Index("mentions_in_order", "coder_id", "id"),
)

# How people are to work: `design` is `annotation.planning.design.PlanDesign` as JSON. The newest one stands.
plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("design", JSON, nullable=False),
    Column("created", String(32), nullable=False),
    Column("digest", String(64)),  # of design and items: `annotation.store.contents`
)

# The pairs of a plan. `expected` is the known answer of gold and training items, `explanation` what a person
# in training is told afterwards.
plan_items = Table(
    "plan_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("plans.id"), nullable=False),
    Column("position", Integer, nullable=False),  # from 1; pairs of one source stand together
    Column("pair_id", ForeignKey("pairs.id"), nullable=False),
    Column("role", String(10), nullable=False),  # work, gold, training
    Column("expected", SmallInteger),  # canonical
    Column("explanation", Text),
    Index("plan_items_order", "plan_id", "position", unique=True),
    Index("plan_items_pair", "plan_id", "pair_id", unique=True),
)

# Who has which of an item's seats; as many as its plan wants labels. The two indexes alone keep a seat from
# being had twice and a person from having two: whatever several processes do at once.
seats = Table(
    "seats",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("plan_items.id"), nullable=False),
    Column("annotator_id", ForeignKey("agents.id"), nullable=False),
    Column("number", SmallInteger, nullable=False),  # from 0
    Column("shown_first", SmallInteger, nullable=False),  # canonical: 1 left, -1 right
    Column("state", String(12), nullable=False),  # held, taken (labelled), given_back
    Column("until", String(32)),  # when a held one may be had by another
    Column("created", String(32), nullable=False),
)
_OCCUPIED = text("state <> 'given_back'")
for _name, _column in (("seats_once", seats.c.number), ("seats_one_each", seats.c.annotator_id)):
    Index(_name, seats.c.item_id, _column, unique=True, sqlite_where=_OCCUPIED, postgresql_where=_OCCUPIED)
Index("seats_annotator", seats.c.annotator_id, seats.c.state)

# What lets an annotator in: never the code, only its salted hash. The newest one stands.
access_codes = Table(
    "access_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("annotator_id", ForeignKey("agents.id"), nullable=False),
    Column("salt", String(64), nullable=False),
    Column("hash", String(128), nullable=False),
    Column("created", String(32), nullable=False),
    Index("access_codes_last", "annotator_id", "id"),
)

# The append-only log of whether somebody takes part (matter `consent`: accepted, withdrawn, erased) and
# whether their answers count (matter `counting`: left_out, taken_in). Of each matter the last entry stands.
participation = Table(
    "participation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("annotator_id", ForeignKey("agents.id"), nullable=False),
    Column("matter", String(10), nullable=False),
    Column("event", String(12), nullable=False),
    Column("version", String(64)),  # SHA-256 of the text accepted; of who was erased, a hash of the name
    Column("reason", Text),
    Column("created", String(32), nullable=False),
    Column("link", String(64)),  # `annotation.store.decisions`
    Index("participation_last", "annotator_id", "matter", "id", "event"),
)

# The append-only log of what was settled on pairs without a majority; the last word stands. NULL: reopened.
adjudications = Table(
    "adjudications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pair_id", ForeignKey("pairs.id"), nullable=False),
    Column("adjudicator_id", ForeignKey("agents.id"), nullable=False),
    Column("choice", SmallInteger),  # canonical
    Column("note", Text),
    Column("created", String(32), nullable=False),
    Index("adjudications_last", "pair_id", "id", "choice"),
)
