"""Several processes and a Dask cluster give the bytes of one process, whoever dies on the way."""

import contextlib
import datetime
import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli._question import Question
from cli.batch.answering import Task
from cli.batch.cluster import Tls, check_address
from cli.batch.workers import Processes
from spectra.errors import BatchError, LibraryError
from tests.commands.field_scans import write_field_day

ROOT = Path(__file__).parents[2]
CLUSTER = """
import sys
from distributed import LocalCluster
from distributed.security import Security
if __name__ == "__main__":
    security = None
    if sys.argv[1:]:
        ends = ("client", "scheduler", "worker")
        pairs = list(zip(("cert", "key"), sys.argv[2:4]))
        files = {f"tls_{end}_{what}": file for end in ends for what, file in pairs}
        security = Security(tls_ca_file=sys.argv[1], require_encryption=True, **files)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
        protocol="tls://" if security else "tcp://", security=security,
    ) as cluster:
        print(cluster.scheduler_address, *(worker.pid for worker in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""
N_FILES = 40
LIMIT_S = 120


def start(cwd: Path, *args: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "batch", *args],
        cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def batch(cwd: Path, *args: str) -> str:
    process = start(cwd, *args)
    out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 3, err  # there are damaged files
    assert err == ""
    return out


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with scans in ``in`` and what one process makes of them."""
    folder = tmp_path_factory.mktemp("field")
    write_field_day(folder / "in", N_FILES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C.UTF-8")
        for ending in ("jsonl", "csv", "parquet"):
            batch(folder, "in", "-o", f"one.{ending}", "--workers", "1")
    return folder


@contextlib.contextmanager
def cluster(*certificates: Path) -> Iterator[tuple[str, list[int]]]:
    """Scheduler and two worker processes on the loopback, with certificates over TLS."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER, *map(str, certificates)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address, *pids = process.stdout.readline().split()
        try:
            yield address, [int(pid) for pid in pids]
        finally:
            process.communicate(timeout=LIMIT_S)


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_two_processes_give_the_same_bytes(field: Path, ending: str) -> None:
    batch(field, "in", "-o", f"two.{ending}", "--workers", "2")
    assert (field / f"two.{ending}").read_bytes() == (field / f"one.{ending}").read_bytes()


def wait_for_lines(path: Path, n: int) -> None:
    end = time.monotonic() + LIMIT_S
    while not path.exists() or path.read_bytes().count(b"\n") < n:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_cluster_gives_the_same_bytes_and_a_killed_worker_loses_nothing(field: Path) -> None:
    pytest.importorskip("distributed")
    with cluster() as (address, pids):
        process = start(field, "in", "-o", "many.jsonl", "--scheduler", address)
        wait_for_lines(field / "many.jsonl.journal", 4)
        os.kill(pids[0], getattr(signal, "SIGKILL", signal.SIGTERM))
        _, err = process.communicate(timeout=LIMIT_S)
        for output in ("many.csv", "many.parquet"):
            batch(field, "in", "-o", output, "--scheduler", address)
    assert process.returncode == 3, err
    for ending in ("jsonl", "csv", "parquet"):
        assert (field / f"many.{ending}").read_bytes() == (field / f"one.{ending}").read_bytes()


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Write an authority that has signed itself, and a certificate and key of it for all ends."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "127.0.0.1")])
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([loopback]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, certificate, private


def test_over_tls_with_certificates_of_both_ends_and_not_without(field: Path) -> None:
    pytest.importorskip("distributed")
    ca, cert, key = certificates(field)
    with cluster(ca, cert, key) as (address, _):
        assert address.startswith("tls://")
        known = ("--tls-ca", str(ca), "--tls-cert", str(cert), "--tls-key", str(key))
        batch(field, "in", "-o", "tls.jsonl", "--scheduler", address, *known)
        plain = start(field, "in", "-o", "tcp.jsonl", "--scheduler", address.replace("tls://", "tcp://"))
        _, err = plain.communicate(timeout=LIMIT_S)
    assert (field / "tls.jsonl").read_bytes() == (field / "one.jsonl").read_bytes()
    assert plain.returncode == 2, err
    assert not (field / "tcp.jsonl").exists()


EXPECTED = {"engine": "no such version"}


def test_a_process_that_would_answer_otherwise_is_refused() -> None:
    workers = Processes(1, Question(), EXPECTED)
    try:
        workers.submit(Task(0, 0, "a.csv", "a.csv"))
        with pytest.raises(LibraryError, match="other engine"):
            list(workers.answers())
    finally:
        workers.close()


def test_a_file_that_ends_its_processes_gets_an_error_and_the_others_their_answers(field: Path) -> None:
    """One process is killed while it has the file, twice; then the file is given up."""
    from cli.batch.answering import identity_of
    from libraries.engine import Engine

    workers = Processes(1, Question(), identity_of(Engine.open()))
    good = str(next((field / "in").rglob("*0.csv")))
    try:
        workers.submit(Task(0, 0, "bad.csv", good))
        workers.submit(Task(1, 0, "good.csv", good))
        for _ in range(2):
            worker = workers._workers[0]
            worker.ready = True
            worker.process.kill()
            worker.process.join()
            answers = list(workers.answers())
        while workers.n_pending:
            answers += workers.answers()
    finally:
        workers.close()
    assert [answer.task.file for answer in answers] == ["bad.csv", "good.csv"]
    assert answers[0].rows[0]["error"] == "internal"
    assert answers[0].identity.sha256 == answers[1].identity.sha256
    assert "verdict" in answers[1].rows[0]


def test_processes_that_cannot_begin_end_the_batch() -> None:
    workers = Processes(1, Question(), {})
    try:
        workers._workers[0].process.kill()
        workers.submit(Task(0, 0, "a.csv", "a.csv"))
        with pytest.raises(BatchError, match="--workers"):
            list(workers.answers())
    finally:
        workers.close()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786"])
def test_the_loopback_needs_no_certificates(address: str) -> None:
    check_address(address, Tls())


@pytest.mark.parametrize(
    ("address", "tls", "why"),
    [
        ("tcp://10.0.0.5:8786", Tls("a", "b", "c"), "use tls://"),
        ("tcp://cluster.example:8786", Tls("a", "b", "c"), "use tls://"),
        ("tcp://127.0.0.1.example:8786", Tls(), "use tls://"),
        ("tls://10.0.0.5:8786", Tls(), "--tls-ca"),
        ("tls://10.0.0.5:8786", Tls("a"), "--tls-cert"),
        ("ucx://127.0.0.1:8786", Tls(), "expected tcp"),
        ("127.0.0.1:8786", Tls(), "expected tcp"),
        ("tcp://127.0.0.1", Tls(), "expected tcp"),
        ("", Tls(), "expected tcp"),
    ],
)
def test_other_addresses_are_refused(address: str, tls: Tls, why: str) -> None:
    with pytest.raises(BatchError, match=why):
        check_address(address, tls)


def test_nobody_at_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    from cli.batch import cluster as clusters

    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.5)
    with pytest.raises(BatchError, match="does not answer"):
        clusters.Cluster("tcp://127.0.0.1:9", Tls(), question=Question(), expected={})


def test_ctrl_c_ends_processes_and_the_next_run_goes_on(field: Path) -> None:
    if os.name == "nt":
        pytest.skip("a process of its own group gets no Ctrl-C there")
    process = start(field, "in", "-o", "stopped.jsonl", "--workers", "2")
    wait_for_lines(field / "stopped.jsonl.journal", 6)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130, err
    assert not (field / "stopped.jsonl").exists()
    told = json.loads(batch(field, "in", "-o", "stopped.jsonl", "--workers", "2", "--format", "json"))
    assert told["done_before"] >= 5
    assert (field / "stopped.jsonl").read_bytes() == (field / "one.jsonl").read_bytes()
