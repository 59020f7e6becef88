"""``contraspec serve`` as a process of its own: streams, signals, kills, tokens, certificates."""

import contextlib
import datetime
import json
import os
import re
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, bare_environment, run_python
from tests.commands.bridge_lab import Client, N, check_reply, question, record_without_name, write_library

TOKEN = "correct horse battery staple"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_library(tmp_path_factory.mktemp("served") / "lab.h5")


@contextlib.contextmanager
def served(*args, **more):
    """Process and the addresses that it has said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", *map(str, args)],
        cwd=ROOT,
        env=bare_environment(PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1", **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, addresses = [], {}
    try:
        for line in iter(process.stderr.readline, b""):
            said.append(line.decode())
            found = re.search(r"listening on (\w+)(?:://|:)(\S+)", said[-1])
            if found:
                addresses[found[1]] = found[2]
            if said[-1].endswith(": ready\n"):
                break
        assert process.poll() is None, said
        yield process, addresses
    finally:
        process.kill()
        process.communicate()


def refused(*args, **more):
    """What it says when it does not start, and its exit code."""
    done = run_python("-m", "cli", "serve", *map(str, args), **more)
    return done.returncode, done.stderr


def test_stdio_answers_and_ends_with_its_input(path):
    with served("-l", path) as (process, _):
        asked = [question(f"s{number}", number) for number in range(3)]
        process.stdin.write(b"".join(json.dumps(each).encode() + b"\n" for each in asked))
        out, err = process.communicate(timeout=60)
        replies = [check_reply(json.loads(line)) for line in out.splitlines()]
        assert replies[0]["type"] == "ready"
        assert {reply["id"] for reply in replies if reply["type"] == "result"} == {"s0", "s1", "s2"}
        assert process.returncode == 0
        assert b"stopped" in err


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to send these to one process")
def test_a_signal_ends_it_in_order_although_its_input_stays_open(path, name):
    with served("-l", path, "--tcp", "127.0.0.1:0", "--stdio") as (process, addresses):
        with Client(addresses["tcp"]) as client:
            assert client.ask(question("before"))["type"] == "result"
            process.send_signal(getattr(signal, name))
            assert client.until(None, "stopping")
            assert client.receive() is None
        assert process.wait(30) == 0


def test_a_killed_one_answers_the_same_after_its_restart(path):
    answers = []
    for _ in range(2):
        with served("-l", path, "--tcp", "127.0.0.1:0") as (process, addresses):
            with Client(addresses["tcp"]) as client:
                replies = [client.ask(question(f"k{number}", number)) for number in range(N)]
            answers.append([record_without_name(each) for each in replies])
            process.kill()
    assert json.dumps(answers[0]) == json.dumps(answers[1])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no Unix sockets here")
def test_a_unix_socket_is_its_owners_and_what_a_killed_one_left_is_replaced(path, tmp_path):
    import socket

    place = tmp_path / "s"
    for _ in range(2):
        with served("-l", path, "--unix", place):
            assert place.stat().st_mode & 0o777 == 0o600
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(place))
                client.sendall(b'{"type": "health", "id": "u"}\n')
                lines = client.makefile("rb")
                assert json.loads(lines.readline())["type"] == "ready"
                assert json.loads(lines.readline())["id"] == "u"
            code, said = refused("-l", path, "--unix", place)
            assert code == 2
            assert "another process listens" in said
    (tmp_path / "file").write_bytes(b"precious")
    assert refused("-l", path, "--unix", tmp_path / "file")[0] == 2
    assert (tmp_path / "file").read_bytes() == b"precious"


class TestAccess:
    @pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", ":::0"])
    def test_off_this_machine_only_with_token_or_certificates(self, path, address):
        code, said = refused("-l", path, "--tcp", address)
        assert code == 2
        assert "--token-file" in said or "no such address" in said

    def test_metrics_stay_on_this_machine(self, path, tmp_path):
        (tmp_path / "t").write_text(TOKEN)
        code, said = refused("-l", path, "--tcp", "127.0.0.1:0", "--metrics", "0.0.0.0:0", "--token-file",
                             tmp_path / "t")  # fmt: skip
        assert code == 2
        assert "of this machine" in said

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["--tcp", "nonsense"], "HOST:PORT"),
            (["--tcp", "127.0.0.1:99999"], "HOST:PORT"),
            (["--tls-cert", "a"], "belong together"),
            (["--tcp", "127.0.0.1:0", "--token-file", "absent"], "cannot be read"),
        ],
    )
    def test_wrong_usage(self, path, args, message):
        code, said = refused("-l", path, *args)
        assert (code, message in said) == (2, True), said

    def test_a_bad_library_is_an_exit_code(self, tmp_path):
        (tmp_path / "bad.h5").write_bytes(b"nothing")
        code, said = refused("-l", tmp_path / "bad.h5")
        assert code == 4
        assert "bad.h5" in said

    def test_a_short_token_is_none(self, path):
        code, said = refused("-l", path, "--tcp", "127.0.0.1:0", CONTRASPEC_BRIDGE_TOKEN="short")
        assert code == 2
        assert "16 characters" in said

    def test_a_token_must_be_said_first(self, path, tmp_path):
        (tmp_path / "t").write_text(TOKEN + "\n")
        with served("-l", path, "--tcp", "0.0.0.0:0", "--token-file", tmp_path / "t") as (_, addresses):
            address = addresses["tcp"].replace("0.0.0.0", "127.0.0.1")
            for first in (question("q"), {"type": "hello", "id": "h", "token": "wrong"}):
                with Client(address) as client:
                    client.send(first)
                    ready = client.receive()
                    assert (ready["authorised"], ready["libraries"]) == (False, [])
                    assert client.receive()["error"] == "unauthorised"
                    assert client.receive() is None
            with Client(address) as client:
                ready = client.ask({"type": "hello", "id": "h", "token": TOKEN})
                assert (ready["type"], ready["authorised"]) == ("ready", True)
                assert client.ask(question("q"))["type"] == "result"

    def test_only_certificates_of_the_right_authority(self, path, tmp_path):
        files = certificates(tmp_path)
        args = ["--tls-cert", files["server.pem"], "--tls-key", files["server.key"]]
        args += ["--tls-client-ca", files["ca.pem"]]
        with served("-l", path, "--tcp", "0.0.0.0:0", *args) as (_, addresses):
            port = addresses["tcp"].rpartition(":")[2]
            assert secure(port, files, "client") == "result"
            for stranger in ("stranger", None):
                with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
                    secure(port, files, stranger)


def secure(port, files, who):
    """Type of the reply that somebody gets over TLS."""
    context = ssl.create_default_context(cafile=files["ca.pem"])
    if who:
        context.load_cert_chain(files[f"{who}.pem"], files[f"{who}.key"])
    with Client(f"127.0.0.1:{port}") as client:
        client.socket = context.wrap_socket(client.socket, server_hostname="localhost")
        client.file = client.socket.makefile("rb")
        return client.ask(question("t"))["type"]


def certificates(folder: Path) -> dict[str, str]:
    """Authority, server, client, and a client of nobody's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    made, files = {}, {}
    now = datetime.datetime.now(datetime.UTC)
    for name, by in (("ca", "ca"), ("server", "ca"), ("client", "ca"), ("stranger", "stranger")):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer_key, issuer = made.get(by, (key, subject))
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=name == by, path_length=None), critical=True)
        )
        certificate = builder.sign(issuer_key, hashes.SHA256())
        made[name] = key, subject
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        pem = serialization.Encoding.PEM
        for ending, data in (
            ("pem", certificate.public_bytes(pem)),
            ("key", key.private_bytes(pem, form, plain)),
        ):
            files[f"{name}.{ending}"] = str(folder / f"{name}.{ending}")
            (folder / f"{name}.{ending}").write_bytes(data)
    return files


def test_the_example_client(path):
    example, scan = ROOT / "examples" / "bridge_client.py", ROOT / "examples" / "synthetic_caffeine.csv"
    assert len(example.read_text().splitlines()) <= 30
    with served("--tcp", "127.0.0.1:0") as (_, addresses):
        done = run_python(str(example), addresses["tcp"], str(scan))
        assert done.stdout.splitlines()[:2] == ["match", "caffeine"]
    assert run_python(str(example), addresses["tcp"], str(scan)).returncode != 0
