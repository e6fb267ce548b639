"""docs/RESULTS.md from docs/results/*.json and docs/published.json: nothing in it is typed."""
import json
import pathlib
import textwrap

from . import rows
from .claims import CLAIMS, LOSSES

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE, RESULTS, PUBLISHED = ROOT / "docs" / "RESULTS.md", ROOT / "docs" / "results", ROOT / "docs" / "published.json"
WRITTEN = {"nats": ", nats", "%": ", %"}  # behind a label
SHORT = {"li2023": "Li", "nanda2023": "Nanda", "hazineh2023": "Hazineh", "vafa2024": "Vafa",
         "deconstruction": "Hravan"}

HEAD = """# The published results, measured again

Written by `scripts/reproduce` from [docs/results/](results); a test holds every number against its file. A cell is a mean
with its 95 % interval, over games, positions or cases (docs/architecture.md, "No number without its controls"); the commands
below each table tell how many. **seeds** is the mean over the models of three seeds of the same training, with Student's
interval over seeds. The published column gives the paper's value: models of 8 layers of 512 that saw 20 million games and
more, so differences in size and games are expected everywhere; the last section shows which way they go.

| model | board, size | trained on |
|---|---|---|
"""


def published_text(papers, reference):
    if not reference:
        return ""
    paper, path = reference
    value = rows.find(papers[paper], path)
    return "" if value is None else f"{value:,} ({SHORT[paper]})".replace(",", " ")


def cells_of(table, row):
    return {cell["column"]: cell for cell in table["cells"] if cell["row"] == row}


def table_text(table, papers):
    units = {cell["column"]: cell["unit"] for cell in table["cells"]}
    same = all(row["unit"] for row in table["rows"])  # of a row, else of a column
    headings = ["", *(column if same else column + WRITTEN.get(units[column], "") for column in table["columns"])]
    has_published = any(row["published"] for row in table["rows"])
    lines = [f"**{table['caption']}**", ""]
    lines.append("| " + " | ".join([*headings, *(["published"] if has_published else [])]) + " |")
    lines.append("|---" * (len(headings) + has_published) + "|")
    for row in table["rows"]:
        cells = cells_of(table, row["label"])
        values = [rows.text(cells[column]["value"], cells[column]["unit"]) if column in cells else "–"
                  for column in table["columns"]]
        if all(value == "–" for value in values):
            continue  # a layer that none of the models has
        paper = [published_text(papers, row["published"])] if has_published else []
        label = row["label"] + WRITTEN.get(row["unit"], "")
        lines.append("| " + " | ".join([label, *values, *paper]) + " |")
    return "\n".join(lines)


def commands_text(claim):
    lines = []
    for source in claim["sources"]:
        lines.append(f"| `{source['subject']}` | `{source['command']}` | {source['commit']} | {source['seconds']:.0f} |")
    return "<details><summary>Commands</summary>\n\n| model | command | version | seconds |\n|---|---|---|---|\n" + \
        "\n".join(lines) + "\n\n</details>"


def page(documents, papers):
    """The whole page; `documents` are those of docs/results/, in the order of the claims."""
    models = {}
    for claim in documents:
        models.update(claim["models"])
    text = HEAD
    for name, model in models.items():
        text += f"| `{name}` | {model['size']} | {model['trained']} |\n"
    for claim in documents:
        prose = "\n\n".join(textwrap.fill(paragraph, 120) for paragraph in claim["prose"].split("\n\n"))
        text += f"\n## {claim['title']}\n\n{prose}\n"
        for table in claim["tables"]:
            if table["cells"]:
                text += f"\n{table_text(table, papers)}\n"
        text += f"\n{commands_text(claim)}\n"
    text += "\n## Sources\n\n" + "".join(
        f"- {SHORT[name]}: {paper['source']}. {paper.get('note', '')}".rstrip() + "\n" for name, paper in papers.items())
    return text


def stored(folder):
    """The claims' documents that are there, in order."""
    files = [folder / f"{claim.name}.json" for claim in CLAIMS]
    return [json.loads(file.read_text()) for file in files if file.exists()]


def papers():
    found = json.loads(PUBLISHED.read_text())
    curve = found["hazineh2023"]["curve_8L8H"]
    # The first evaluation at or below the value, as for our own curves.
    found["hazineh2023"]["games_to_loss"] = [
        {"loss": loss, "games": next((games for games, value, _ in curve if value <= loss), None)}
        for loss in LOSSES]
    return found


