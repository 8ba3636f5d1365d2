"""Any analysis on one's own file: `python -m analytics NAME FILE.csv|xlsx`; alone it lists all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from analytics.quantities import UNITS, UnknownUnit, factor, ours
from analytics.results import Figure
from analytics.user_analyses import ANALYSES, Analysis
from analytics.user_results import Outcome, svg
from analytics.user_tables import Columns, Need, TableError, places, read, split_head
from data.user_tables import UnreadableTable, read_table, write_csv, write_excel, write_text

SHOWN = 20
"""Rows of the result, and of the problems, on the terminal."""
WORDS = {
    "list": (
        "可用的分析（python -m analytics 名称 文件）",
        "Analyses (python -m analytics NAME FILE)",
    ),
    "needs": ("需要", "needs"),
    "may": ("可选", "may have"),
    "set": ("参数", "options"),
    "rows": ("读入 {good} 行，跳过 {bad} 行", "{good} rows used, {bad} left out"),
    "problem": ("第 {line} 行 {column}：{why}", "line {line}, {column}: {why}"),
    "more": ("… 另有 {n} 行", "... {n} more"),
    "ask": (
        "列“{head}”（{quantity}）的单位？[{known}] ",
        "Column '{head}' is {quantity}; unit? [{known}] ",
    ),
    "unit": ("列“{head}”没有单位：写进表头（{name} [m3/h]）或 --unit {name}=…；可用：{known}",
             "column '{head}' has no unit: write it in the head ({name} [m3/h]) or "
             "--unit {name}=...; known: {known}"),
    "wrote": ("已写入 {path}", "wrote {path}"),
    "from": ("{low} … {high}", "{low} to {high}"),
    "none": ("无法给出", "can't be told"),
}  # fmt: skip


WHY = (
    ("is no number", "不是数字"), ("is no finite number", "不是有限的数"),
    ("is no time", "不是时间"), ("no time", "没有时间"), ("empty", "空白"),
)  # fmt: skip


def main(words: Sequence[str] | None = None) -> int:
    """0 done, 1 the file or the request can't be used, 2 wrong arguments."""
    asked = _arguments(words)
    if not asked.name:
        say(_listed(asked.lang))
        return 0
    analysis = ANALYSES[asked.name]
    try:
        columns, outcome = _done(analysis, asked)
    except (TableError, UnreadableTable, UnknownUnit) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{asked.file}: {error.strerror}")
    say(_told(asked.lang, columns, outcome))
    if asked.out:
        for path in _files(asked, analysis, columns, outcome):
            say(_word(asked.lang, "wrote", path=path))
    return 0


def say(text: str) -> None:
    """To the terminal."""
    sys.stdout.write(text + "\n")


def _fail(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m analytics", description=__doc__)
    parser.add_argument("name", nargs="?", choices=[*ANALYSES, []], default=[], metavar="NAME")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("--unit", action="append", default=[], metavar="COLUMN=UNIT")
    parser.add_argument("--column", action="append", default=[], metavar="COLUMN=HEAD")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="options")
    parser.add_argument("--out", type=Path, metavar="DIR", help="CSV, Excel and picture go there")
    parser.add_argument("--lang", choices=("zh", "en"), default="en")
    asked = parser.parse_args(words)
    if asked.name and asked.file is None:
        parser.error("FILE is needed")
    for name in ("unit", "column", "options"):
        given = getattr(asked, name)
        if any("=" not in word for word in given):
            parser.error(f"--{name} wants NAME=VALUE")
        setattr(asked, name, dict(word.split("=", 1) for word in given))
    return asked


def _done(analysis: Analysis, asked: argparse.Namespace) -> tuple[Columns, Outcome]:
    heads, rows = read_table(asked.file)
    at = places(heads, analysis.needs, asked.column)
    units = {
        need.name: _unit(asked, need, heads[at[need.name]])
        for need in analysis.needs
        if need.name in at
    }
    columns = read(rows, at, analysis.needs, units)
    return columns, analysis.run(columns, asked.options)


def _unit(asked: argparse.Namespace, need: Need, head: str) -> str:
    """As told, as written in the head, else as the person at the terminal answers."""
    unit: str = asked.unit.get(need.name) or split_head(head)[1]
    if need.quantity in ("time", "any") or unit:
        return unit
    known = ", ".join(UNITS[need.quantity])
    if not sys.stdin.isatty():
        raise TableError(_word(asked.lang, "unit", head=head, name=need.name, known=known))
    while True:
        sys.stderr.write(_word(asked.lang, "ask", head=head, quantity=need.quantity, known=known))
        sys.stderr.flush()
        unit = sys.stdin.readline().strip() or ours(need.quantity)
        try:
            factor(need.quantity, unit)
        except UnknownUnit as error:
            sys.stderr.write(f"{error}\n")
            continue
        return unit


def _word(lang: str, key: str, **values: object) -> str:
    return WORDS[key][lang == "en"].format(**values)


def _why(lang: str, why: str) -> str:
    """The reason of a row in words."""
    if lang == "en":
        return why
    for said, instead in WHY:
        why = why.replace(said, instead)
    return why


def _listed(lang: str) -> str:
    lines = [_word(lang, "list"), ""]
    for row in ANALYSES.values():
        lines.append(f"{row.name:<12}{row.zh if lang == 'zh' else row.en}")
        for word, wanted in (("needs", True), ("may", False)):
            some = [n for n in row.needs if n.required is wanted]
            told = ", ".join(f"{n.name} [{n.quantity}: {ours(n.quantity)}]" if n.quantity in UNITS
                             else n.name for n in some)  # fmt: skip
            lines += [f"{'':<12}{_word(lang, word)}: {told}"] if some else []
        for name, zh, en in row.options:
            lines.append(f"{'':<12}--set {name}=…  {zh if lang == 'zh' else en}")
    return "\n".join(lines)


def _told(lang: str, columns: Columns, outcome: Outcome) -> str:
    lines = [_word(lang, "rows", good=len(columns.lines), bad=len(columns.problems))]
    for problem in columns.problems[:SHOWN]:
        said = {"line": problem.line, "column": problem.column, "why": _why(lang, problem.why)}
        lines.append("  " + _word(lang, "problem", **said))
    if len(columns.problems) > SHOWN:
        lines.append("  " + _word(lang, "more", n=len(columns.problems) - SHOWN))
    lines += ["", *(f"{name:<36}{_figure(lang, told)}" for name, told in outcome.figures)]
    if outcome.rows:
        lines += ["", *_table(outcome.heads, outcome.rows[:SHOWN])]
    if len(outcome.rows) > SHOWN:
        lines.append(_word(lang, "more", n=len(outcome.rows) - SHOWN))
    return "\n".join(lines)


def _figure(lang: str, told: Figure) -> str:
    parts = [_word(lang, "none") if told.value is None else f"{told.value:.5g} {told.unit}".strip()]
    if told.low is not None and told.high is not None:
        parts.append(f"({_word(lang, 'from', low=f'{told.low:.5g}', high=f'{told.high:.5g}')})")
    if told.quality != "GOOD":
        parts.append(f"{told.quality.value}: {', '.join(told.reasons)}")
    return "  ".join([*parts, f"[{told.formula}]"])


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    cells = [[_cell(cell) for cell in row] for row in rows]
    width = [max(len(h), *(len(r[i]) for r in cells)) for i, h in enumerate(heads)]
    return ["  ".join(c.rjust(w) for c, w in zip(line, width, strict=True))
            for line in (list(heads), *cells)]  # fmt: skip


def _cell(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124
        return "—"
    return f"{cell:.5g}" if isinstance(cell, float) else str(cell)


def _files(
    asked: argparse.Namespace, analysis: Analysis, columns: Columns, outcome: Outcome
) -> list[Path]:
    """CSV and Excel of the table and of the figures, SVG of the picture."""
    stem = f"{asked.file.stem}_{analysis.name}"
    title = analysis.zh if asked.lang == "zh" else analysis.en
    asked.out.mkdir(parents=True, exist_ok=True)
    told: Mapping[str, str] = {n: _figure(asked.lang, f) for n, f in outcome.figures}
    facts = [
        ("analysis", f"{analysis.name}: {title}"), ("file", str(asked.file)),
        ("units of the file", ", ".join(f"{k}: {v or '-'}" for k, v in columns.units.items())),
        ("options", ", ".join(f"{k}={v}" for k, v in asked.options.items()) or "-"),
        ("rows used", str(len(columns.lines))), ("rows left out", str(len(columns.problems))),
        *told.items(),
        *((f"line {p.line}", f"{p.column}: {p.why}") for p in columns.problems[:1000]),
    ]  # fmt: skip
    heads, rows = outcome.heads, outcome.rows
    if not rows:
        heads = ["figure", "value", "unit", "from", "to", "quality"]
        rows = [[n, f.value, f.unit, f.low, f.high, f.quality.value] for n, f in outcome.figures]
    made = [asked.out / f"{stem}.csv", asked.out / f"{stem}.xlsx"]
    write_csv(made[0], heads, rows)
    write_excel(made[1], analysis.name, heads, rows, facts)
    if outcome.picture:
        made.append(asked.out / f"{stem}.svg")
        write_text(made[-1], svg(outcome.picture, title))
    return made


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
