"""devices: tokens of wall screens"""

import sqlalchemy as sa
from alembic import op

import data.tables

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('devices',
    sa.Column('id', KEY, nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('theme', sa.String(length=8), nullable=False),
    sa.Column('created_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('expires_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('seen_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('seen_from', sa.String(length=64), nullable=False),
    sa.Column('revoked_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('revoked_by', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('digest')
    )


def downgrade() -> None:
    op.drop_table('devices')
