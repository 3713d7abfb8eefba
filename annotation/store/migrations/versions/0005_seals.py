"""Seals of the tables that only grow."""

import sqlalchemy as sa
from alembic import op

from annotation.store.database import timestamp
from annotation.store.seals import seal_all

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the seals, over what is there."""
    op.create_table(
        "table_seals",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("taken_over", sa.Integer, nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
    )
    seal_all(op.get_bind(), timestamp())
