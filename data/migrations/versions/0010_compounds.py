"""compounds, and which of them a pump house stands in"""

import re

from alembic import op
import sqlalchemy as sa

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

OUTLYING = ('REGIONAL', 'RURAL')
"""Types that serve a part of a city or a village, no compound."""
PART_ZH = re.compile(r'\s*([一二三四五六七八九十\d]+[号#座])?\s*([高中低]区)?(加压|二次供水)?泵房$')
PART_EN = re.compile(r'\s*(no\.? ?\d+)?\s*((low|mid|high) zone)?\s*pump (house|room)( (no\.? ?)?\d+)?$', re.I)


def whole(name: str, part: re.Pattern[str]) -> str:
    """The compound that a pump house's name names: 湖滨花园2号泵房 > 湖滨花园."""
    return part.sub('', name).strip() or name


def upgrade() -> None:
    op.create_table('compounds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('name_zh', sa.String(length=128), nullable=False),
    sa.Column('name_en', sa.String(length=128), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.Column('households', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_index('ix_compounds_district_id', 'compounds', ['district_id'])
    # one sentence that both databases know; Alembic would copy the whole table on SQLite
    op.execute('ALTER TABLE stations ADD COLUMN compound_id INTEGER REFERENCES compounds (id)')
    op.create_index('ix_stations_compound_id', 'stations', ['compound_id'])
    fill()


def fill() -> None:
    """Each pump house its compound: those of a district whose names tell the same one share it."""
    names = ('id', 'code', 'name_zh', 'name_en', 'district_id')
    compounds = sa.table('compounds', *map(sa.column, names))
    stations = sa.table('stations', *map(sa.column, (*names, 'type', 'compound_id')))
    link = op.get_bind()
    query = sa.select(stations).where(stations.c.type.not_in(OUTLYING)).order_by(stations.c.id)
    new, of = {}, []
    for row in link.execute(query).all():
        key = row.district_id, whole(row.name_zh, PART_ZH)
        new.setdefault(key, {'code': f'C-{row.code}', 'name_zh': key[1],
                             'name_en': whole(row.name_en, PART_EN), 'district_id': key[0]})
        of.append((row.id, new[key]['code']))
    if not of:
        return
    link.execute(sa.insert(compounds), list(new.values()))
    ids = {row.code: row.id for row in link.execute(sa.select(compounds))}
    put = sa.update(stations).where(stations.c.id == sa.bindparam('one'))
    link.execute(put.values(compound_id=sa.bindparam('its')),
                 [{'one': id, 'its': ids[code]} for id, code in of])


def downgrade() -> None:
    op.drop_index('ix_stations_compound_id', 'stations')
    with op.batch_alter_table('stations', schema=None) as batch_op:
        batch_op.drop_column('compound_id')
    op.drop_table('compounds')
