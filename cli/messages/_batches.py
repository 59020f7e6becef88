"""English: what batches and watched folders say."""

from typing import Final

BATCH_SENTENCES: Final[dict[str, str]] = {
    "batch.before": "{n} files were done before and are not done again.",
    "batch.done": "{files} files: {results} results, {errors} without a result, {alerts} alerts.",
    "batch.written": "Written: {output}",
    "batch.label": "batch",
    "batch.rate": "{rate} files/s",
    "watch.waiting": "Watching {folder}. Ctrl-C ends it.",
    "watch.gone": "{folder} cannot be reached. Waiting until it is there again.",
    "watch.back": "{folder} is there again.",
    "watch.ended": "Ended: {results} results, {errors} without a result, {alerts} alerts.",
}
