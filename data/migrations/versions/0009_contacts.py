"""contacts that are probably wired the other way round; turns of alarms"""

from alembic import op
import sqlalchemy as sa

import data.tables

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('contact_notices',
    sa.Column('id', KEY, nullable=False),
    sa.Column('point', sa.String(length=32), nullable=False),
    sa.Column('profile', sa.String(length=32), nullable=False),
    sa.Column('cells', sa.JSON(), nullable=False),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('share', sa.Float(), nullable=False),
    sa.Column('found_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('until_at', data.tables.Utc(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('decided_at', data.tables.Utc(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=64), nullable=False),
    sa.Column('settled_at', data.tables.Utc(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('contact_notices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_notices_state'), ['state'], unique=False)

    with op.batch_alter_table('permits', schema=None) as batch_op:
        batch_op.add_column(sa.Column('notice_id', KEY, nullable=True))
        batch_op.create_index(batch_op.f('ix_permits_notice_id'), ['notice_id'], unique=False)

    with op.batch_alter_table('alarms', schema=None) as batch_op:
        batch_op.add_column(sa.Column('turns', sa.JSON(), nullable=False, server_default='[]'))


def downgrade() -> None:
    with op.batch_alter_table('alarms', schema=None) as batch_op:
        batch_op.drop_column('turns')
    with op.batch_alter_table('permits', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_permits_notice_id'))
        batch_op.drop_column('notice_id')
    op.drop_table('contact_notices')
