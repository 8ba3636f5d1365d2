"""subscriptions: everyone's indicators, boards, mailed reports"""

from alembic import op
import sqlalchemy as sa

import data.tables

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('subscriptions',
    sa.Column('id', KEY, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('indicator', sa.String(length=64), nullable=False),
    sa.Column('place', sa.String(length=64), nullable=False),
    sa.Column('period', sa.String(length=16), nullable=False),
    sa.Column('compare', sa.String(length=8), nullable=False),
    sa.Column('pinned', sa.Boolean(), nullable=False),
    sa.Column('warn', sa.Float(), nullable=True),
    sa.Column('bad', sa.Float(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('username', 'indicator', 'place', 'period', name='uq_subscriptions_card')
    )
    op.create_index('ix_subscriptions_username', 'subscriptions', ['username'], unique=False)

    op.create_table('boards',
    sa.Column('id', KEY, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('cards', sa.JSON(), nullable=False),
    sa.Column('shared_with', sa.JSON(), nullable=False),
    sa.Column('created_at', data.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('username', 'name', name='uq_boards_name')
    )
    op.create_index('ix_boards_username', 'boards', ['username'], unique=False)

    op.create_table('reports',
    sa.Column('id', KEY, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('board_id', KEY, nullable=True),
    sa.Column('every', sa.String(length=8), nullable=False),
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('next_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('paused', sa.String(length=16), nullable=False),
    sa.Column('created_at', data.tables.Utc(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_reports_username', 'reports', ['username'], unique=False)
    op.create_index('ix_reports_next_at', 'reports', ['next_at'], unique=False)

    op.create_table('report_runs',
    sa.Column('id', KEY, nullable=False),
    sa.Column('report_id', KEY, nullable=False),
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('due_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('seen_as', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('file', sa.String(length=128), nullable=False),
    sa.Column('contact_id', KEY, nullable=True),
    sa.Column('tried', sa.JSON(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('next_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('sent_at', data.tables.Utc(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('report_id', 'due_at', name='uq_report_runs_due')
    )
    op.create_index('ix_report_runs_next', 'report_runs', ['state', 'next_at'], unique=False)


def downgrade() -> None:
    op.drop_table('report_runs')
    op.drop_table('reports')
    op.drop_table('boards')
    op.drop_table('subscriptions')
