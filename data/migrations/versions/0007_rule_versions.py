"""rules: versions, parameters of utilities, back-tests"""

from alembic import op
import sqlalchemy as sa

import data.tables

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('rule_versions',
    sa.Column('id', KEY, nullable=False),
    sa.Column('rule', sa.String(length=16), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('change', sa.JSON(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('created_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('replay', sa.JSON(), nullable=True),
    sa.Column('replayed', sa.String(length=64), nullable=False),
    sa.Column('replayed_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('deployed_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('deployed_by', sa.String(length=64), nullable=False),
    sa.Column('ended_at', data.tables.Utc(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('rule', 'number', name='uq_rule_versions_number')
    )
    with op.batch_alter_table('rule_versions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rule_versions_rule'), ['rule'], unique=False)
        batch_op.create_index(batch_op.f('ix_rule_versions_state'), ['state'], unique=False)


def downgrade() -> None:
    op.drop_table('rule_versions')
