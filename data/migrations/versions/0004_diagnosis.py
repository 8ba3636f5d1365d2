"""diagnosis: evidence, solutions, priorities"""

from alembic import op
import sqlalchemy as sa

import data.tables

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('diagnoses',
    sa.Column('id', KEY, nullable=False),
    sa.Column('alarm_id', KEY, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=64), nullable=False),
    sa.Column('rule', sa.String(length=16), nullable=False),
    sa.Column('rule_version', sa.Integer(), nullable=False),
    sa.Column('causes', sa.JSON(), nullable=False),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.Column('separating', sa.String(length=32), nullable=False),
    sa.Column('around', sa.JSON(), nullable=False),
    sa.Column('maintenance', sa.JSON(), nullable=False),
    sa.Column('evidence', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('alarm_id', 'version', name='uq_diagnoses_version')
    )
    with op.batch_alter_table('diagnoses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_diagnoses_alarm_id'), ['alarm_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_diagnoses_made_at'), ['made_at'], unique=False)

    op.create_table('solutions',
    sa.Column('id', KEY, nullable=False),
    sa.Column('fault', sa.String(length=32), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('steps_zh', sa.Text(), nullable=False),
    sa.Column('steps_en', sa.Text(), nullable=False),
    sa.Column('parts_zh', sa.String(length=200), nullable=False),
    sa.Column('parts_en', sa.String(length=200), nullable=False),
    sa.Column('symptoms', sa.JSON(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('applies', sa.String(length=64), nullable=False),
    sa.Column('author', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('created_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('reviewed_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('reviewed_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('solutions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_solutions_fault'), ['fault'], unique=False)
        batch_op.create_index(batch_op.f('ix_solutions_state'), ['state'], unique=False)

    op.create_table('solution_uses',
    sa.Column('id', KEY, nullable=False),
    sa.Column('work_order_id', KEY, nullable=False),
    sa.Column('solution_id', KEY, nullable=False),
    sa.Column('rule', sa.String(length=16), nullable=False),
    sa.Column('fault', sa.String(length=32), nullable=False),
    sa.Column('solved', sa.Boolean(), nullable=False),
    sa.Column('at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['solution_id'], ['solutions.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('work_order_id')
    )
    with op.batch_alter_table('solution_uses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_solution_uses_rule'), ['rule'], unique=False)
        batch_op.create_index(batch_op.f('ix_solution_uses_solution_id'), ['solution_id'], unique=False)

    op.create_table('sites',
    sa.Column('station_id', sa.Integer(), nullable=False),
    sa.Column('vulnerable', sa.String(length=16), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('changed_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['station_id'], ['stations.id'], ),
    sa.PrimaryKeyConstraint('station_id')
    )


def downgrade() -> None:
    op.drop_table('sites')
    op.drop_table('solution_uses')
    op.drop_table('solutions')
    op.drop_table('diagnoses')
