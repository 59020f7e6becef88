"""The page as HTML: one file, no script, nothing from outside, prints on one A4 page."""

from html import escape
from typing import Final

from .._streams import printable
from .fitting import letters
from .sheet import Block, Sheet

_STYLE: Final = """\
@page { size: A4; margin: 9mm 11mm; }
* { box-sizing: border-box; }
html { background: #ffffff; }
body { font: SIZEpt/1.17 Helvetica, Arial, "DejaVu Sans", sans-serif; color: #1d1d1b; max-width: 188mm;
  margin: 0 auto; overflow-wrap: break-word; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1.2pt solid; }
h1 { font-size: 1.75em; margin: 0 0 .15em; }
h2 { font-size: .88em; letter-spacing: .04em; margin: .6em 0 .15em; }
header span, dt, th, figcaption { color: #555555; }
dl { display: grid; grid-template-columns: auto 1fr; column-gap: .8em; row-gap: .05em; margin: .25em 0; }
dt, dd { margin: 0; } dd.code { font: .7em/1.75 "DejaVu Sans Mono", Consolas, monospace; }
.two { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1.6em; }
.two > * { min-width: 0; }
.alert { background: #000000; color: #ffffff; font-size: 1.3em; font-weight: bold; padding: .3em .6em;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.verdict { background: #f1f1ef; border: 1pt solid; padding: .35em .7em; margin: 0 0 .4em; }
.verdict p { margin: .15em 0; } .verdict b { font-size: 1.4em; margin-right: .6em; }
.verdict .names { font-size: 1.25em; }
ul { margin: .15em 0; padding-left: 1em; list-style: "– "; } li { margin: .06em 0; }
table { border-collapse: collapse; width: 100%; font-size: .9em; }
table { border-top: .7pt solid; border-bottom: .7pt solid; }
th { text-align: left; font-weight: normal; border-bottom: .5pt solid #8a8a8a; }
th, td { padding: .06em .4em; vertical-align: top; }
td:first-child { overflow-wrap: anywhere; }
table.blank { border: 0; } table.blank th, table.blank td { border: .5pt solid #8a8a8a; }
table.blank td { height: 2.4em; vertical-align: middle; }
figure { margin: .4em 0 0; } figure svg { width: 100%; height: auto; display: block; }
figcaption { text-align: center; font-size: .9em; }
.last { border-top: .5pt solid #8a8a8a; margin-top: .5em; }
em { display: block; margin: .5em 0 .4em; }"""


def html_of(sheet: Sheet) -> str:
    """HTML of one page; the same to the byte for the same sheet."""
    half = -(-len(sheet.head) // 2)
    parts = [
        f"<header><h1>{_text(sheet.title)}</h1><span>{_text(sheet.engine)}</span></header>",
        f'<div class="two">{_rows(sheet.head[:half])}{_rows(sheet.head[half:])}</div>',
        f'<div class="alert">{_text(sheet.alert)}</div>' if sheet.alert else "",
        _verdict(sheet),
        _part(sheet.substances),
        f"<figure>{sheet.picture}<figcaption>{_text(sheet.caption)}</figcaption></figure>",
        f'<div class="two"><div>{"".join(map(_part, sheet.left))}</div>'
        f"<div>{''.join(map(_part, sheet.right))}</div></div>",
        f'<div class="two last"><div>{_part(sheet.override)}</div><div>{_part(sheet.prints)}</div></div>',
        f"<h2>{_text(sheet.second.heading)}</h2>{_blank(sheet.second.columns, ())}",
        f"<em>{_text(sheet.statement)}</em>",
        _blank(sheet.signatures.columns, sheet.signatures.items),
    ]
    body = "\n".join(part for part in parts if part)
    style = _STYLE.replace("SIZE", f"{letters(sheet):g}")
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(sheet.language)}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_text(sheet.title)}</title>\n<style>\n{style}\n</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _verdict(sheet: Sheet) -> str:
    return (
        f'<div class="verdict"><p><b>{_text(sheet.word)}</b> '
        f'<span class="names">{_text(sheet.names)}</span></p>'
        f"<p>{_text(' '.join(sheet.meaning))}</p>"
        f"<p><strong>{_text(sheet.action_heading)}:</strong> {_text(sheet.action)}</p></div>"
    )


def _part(block: Block) -> str:
    table = ""
    if block.table:
        head = "".join(f"<th>{_text(each)}</th>" for each in block.columns)
        rows = "".join(
            f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in block.table
        )
        table = f"<table><tr>{head}</tr>{rows}</table>"
    items = "".join(f"<li>{_text(each)}</li>" for each in block.items)
    listed = f"<ul>{items}</ul>" if items else ""
    return f"<h2>{_text(block.heading)}</h2>{_rows(block.rows, code=block.code)}{table}{listed}"


def _rows(rows: tuple[tuple[str, str], ...], *, code: bool = False) -> str:
    if not rows:
        return ""
    kind = ' class="code"' if code else ""
    return f"<dl>{''.join(f'<dt>{_text(key)}</dt><dd{kind}>{_text(value)}</dd>' for key, value in rows)}</dl>"


def _blank(columns: tuple[str, ...], lead: tuple[str, ...]) -> str:
    """Table to be filled in by hand."""
    heads = ("", *columns) if lead else columns
    empty = "<td></td>" * len(columns)
    rows = "".join(f"<tr><td>{_text(each)}</td>{empty}</tr>" for each in lead) or f"<tr>{empty}</tr>"
    return (
        f'<table class="blank"><tr>{"".join(f"<th>{_text(each)}</th>" for each in heads)}</tr>{rows}</table>'
    )


def _text(words: str) -> str:
    return escape(printable(words))
