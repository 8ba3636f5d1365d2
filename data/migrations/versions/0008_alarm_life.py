"""life of alarms: shelving, out of service, modes set by people, polarity of contacts"""

from alembic import op
import sqlalchemy as sa

import data.tables

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('actions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('permit_id', KEY, nullable=True))
        batch_op.add_column(sa.Column('until_at', data.tables.Utc(timezone=True), nullable=True))

    with op.batch_alter_table('alarms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lifted', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('tags', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('shelved_until', data.tables.Utc(timezone=True), nullable=True))

    op.create_table('permits',
    sa.Column('id', KEY, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('rule', sa.String(length=16), nullable=False),
    sa.Column('station_id', sa.Integer(), nullable=True),
    sa.Column('place', sa.String(length=8), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('created_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('until_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('ended_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('ended_by', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['station_id'], ['stations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('permits', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_permits_station_id'), ['station_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_permits_until_at'), ['until_at'], unique=False)

    op.create_table('polarities',
    sa.Column('id', KEY, nullable=False),
    sa.Column('station_id', sa.Integer(), nullable=False),
    sa.Column('point', sa.String(length=32), nullable=False),
    sa.Column('inverted', sa.Boolean(), nullable=False),
    sa.Column('since_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['station_id'], ['stations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('polarities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_polarities_station_id'), ['station_id'], unique=False)


def downgrade() -> None:
    op.drop_table('polarities')
    op.drop_table('permits')
    with op.batch_alter_table('alarms', schema=None) as batch_op:
        batch_op.drop_column('shelved_until')
        batch_op.drop_column('tags')
        batch_op.drop_column('lifted')
    with op.batch_alter_table('actions', schema=None) as batch_op:
        batch_op.drop_column('until_at')
        batch_op.drop_column('permit_id')
