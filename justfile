# Recipes for those who work on contraspec; `just` alone lists them. Needs an environment with .[dev].

python := env("PYTHON", "python")

[private]
default:
    @just --list --unsorted

# style, types and who may import whom
lint:
    {{ python }} -m ruff check .
    {{ python }} -m ruff format --check .
    {{ python }} -m mypy
    lint-imports

# what ruff can mend by itself
fix:
    {{ python }} -m ruff check --fix .
    {{ python }} -m ruff format .

# the whole suite; the lint checks are tests too
test *args:
    {{ python }} -m pytest -q {{ args }}

# numerical core with numba switched off: kernels as plain Python
test-nojit *args:
    NUMBA_DISABLE_JIT=1 {{ python }} -m pytest -q tests/core tests/naive {{ args }}

# one benchmark by the name of its module, as in `just bench accuracy --help`; needs .[bench]
bench name *args:
    {{ python }} -m benchmarks.{{ name }} {{ args }}

# write the golden files anew; read the difference before committing it
golden:
    CONTRASPEC_UPDATE_GOLDEN=1 {{ python }} -m pytest -q tests/commands/test_identify_text.py
    git diff --stat -- tests/golden

# bring the catalogues of the languages up to date and compile them
messages:
    {{ python }} -m cli.messages.catalogues

# check that the documents name every command, option and recipe
docs:
    {{ python }} -m pytest -q tests/commands/test_docs.py tests/architecture/test_documents.py

# draw the starter libraries from their tables
starter *TECHNIQUE:
    {{ python }} -m libraries.starter.build {{ TECHNIQUE }}

# wheel into dist/, checked and tried outside the checkout
wheel:
    {{ python }} -m build --wheel --no-isolation
    {{ python }} -m pytest -q tests/architecture/test_wheel.py
