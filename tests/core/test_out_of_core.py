"""A matrix several times larger than the memory that may be used is searched from its map, exactly."""

import json
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "benchmarks.speed.out_of_core"]
ENVIRONMENT = os.environ | {"OPENBLAS_NUM_THREADS": "1"}


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA holds for maps of memory on Linux only")
def test_search_in_a_quarter_of_the_matrix(tmp_path):
    sizes = ["--rows", "25000", "--columns", "1024", "--room-mb", "25", "--folder", str(tmp_path)]
    done = subprocess.run([*COMMAND, *sizes], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["job"].split()[1] for row in rows] == ["build", "product", "pearson"]
    assert rows[0]["index_mb"] <= 0.12 * rows[0]["matrix_mb"]
    for row in rows:
        assert row["equal"]
        assert row["matrix_mb"] > 4 * 25
    assert list(tmp_path.iterdir()) == []
