"""``contraspec case stats``: how often the answers held, over confirmed cases."""

from typing import TYPE_CHECKING, Any, Final

import click

from ..._cases import run_on_file, say
from ..._options import format_option
from ..._records import rounded

if TYPE_CHECKING:
    from libraries.casework.confirming import CaseStats
    from libraries.validation.shares import Share

STATS_SCHEMA: Final = "contraspec.case-stats/1"


@click.command("stats")
@click.argument("file", metavar="LOG")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, file: str, output_format: str) -> None:
    """Count how often the answers held, over the cases that the laboratory has confirmed.

    Each rate comes with its number of cases and its 95 % Wilson interval. Which cases are sent to the
    laboratory is no random choice: the rates are those of the cases that were.

    \b
    Examples:
      contraspec case stats case.log
      contraspec case stats case.log --format json
    """  # noqa: D301  # click reads the escape
    from libraries.casework.confirming import case_stats
    from libraries.casework.log import read_log

    found = run_on_file(ctx, file, output_format, lambda: case_stats(read_log(file)))
    say(_plain(file, found), _lines(file, found), output_format)


def _plain(file: str, found: "CaseStats") -> dict[str, Any]:
    return {
        "schema": STATS_SCHEMA,
        "file": file,
        "results": found.n_results,
        "items": found.n_items,
        "confirmed": found.n_confirmed,
        "right": {verdict: _share(share) for verdict, share in found.right.items()},
        "complete": _share(found.complete),
        "alerts_right": _share(found.alerts_right),
        "found": _share(found.found),
        "wrong": [dict(each) for each in found.wrong],
    }


def _share(share: "Share") -> dict[str, Any]:
    low, high = share.interval if share.n else (None, None)
    return {
        "k": share.k,
        "n": share.n,
        "share": rounded(share.value),
        "low": rounded(low),
        "high": rounded(high),
    }


def _lines(file: str, found: "CaseStats") -> list[str]:
    rows = [
        *((f"{verdict}: what it names was found", share) for verdict, share in found.right.items()),
        ("statements that name all that was found", found.complete),
        ("alerts with a controlled substance or precursor", found.alerts_right),
        ("controlled substances and precursors with an alert", found.found),
    ]
    lines = [f"{file}: {found.n_confirmed} of {found.n_items} items confirmed, {found.n_results} answers"]
    lines += [f"  {title:<52} {_shown(share)}" for title, share in rows]
    for each in found.wrong:
        called = " / ".join(part for part in (each["item"], each["subsample"]) if part)
        named, true = " + ".join(each["named"]) or "-", " + ".join(each["found"]) or "nothing"
        lines.append(f"  look at {called}: {each['verdict']}, named {named}, found {true}")
    return lines


def _shown(share: "Share") -> str:
    if not share.n:
        return "no cases"
    low, high = share.interval
    return f"{share.k} of {share.n} ({100 * low:.1f} to {100 * high:.1f} %)"
