"""An OPC UA analyser in a process of its own, and what a client of it needs."""

import asyncio
import contextlib
import datetime
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from asyncua import Client, Node, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from libraries.library import Library, save_library
from libraries.reference import Naming, make_reference
from tests.architecture.tree import ROOT, bare_environment
from tests.commands.bridge_lab import N
from tests.core.synthetic import library

NAMESPACE = "urn:contraspec:opcua:analyser"
DEVICE = "DeviceSet.contraspec"
CHANNEL = f"{DEVICE}.Channel1"
STREAM = f"{CHANNEL}.Stream1"
PARAMETERS = f"{STREAM}.ParameterSet"
MODEL = f"{PARAMETERS}.Identification"
CONTROLLED = 3
"""Number of the reference that raises the alert."""


def write_watched_library(path: Path, name: str = "lab") -> Path:
    """Library in which one substance is controlled."""
    references = [
        make_reference(each.spectrum, Naming(each.label.substance, form="solid", role="controlled"))
        if number == CONTROLLED
        else each
        for number, each in enumerate(library(N).references)
    ]
    save_library(Library(name, "raman", tuple(references)), path)
    return path


def rename_library(path: Path, name: str) -> None:
    """Put a library with another name, so with another hash, in place of one."""
    fresh = write_watched_library(path.with_suffix(".new"), name)
    os.replace(fresh, path)


@contextlib.contextmanager
def served(*args: Any):
    """Process, the OPC UA address and the others that it has said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", *map(str, args)],
        cwd=ROOT,
        env=bare_environment(PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, addresses = [], {}
    try:
        for line in iter(process.stderr.readline, b""):
            said.append(line.decode())
            found = re.search(r"listening on (\S+)://(\S+)", said[-1])
            if found:
                addresses[found[1]] = f"{found[1]}://{found[2]}" if found[1] == "opc.tcp" else found[2]
            if "opc.tcp" in addresses or "trying again" in said[-1]:
                break
        assert "opc.tcp" in addresses, said
        yield process, addresses
    finally:
        process.kill()
        process.communicate()


class Analyser:
    """What a client sees of the analyser."""

    def __init__(self, client: Client, index: int) -> None:
        self.client, self.index = client, index

    def node(self, path: str) -> Node:
        return self.client.get_node(ua.NodeId(path, self.index))

    async def read(self, path: str) -> ua.DataValue:
        return await self.node(path).read_data_value(raise_on_bad_status=False)

    async def value(self, path: str) -> Any:
        found = await self.read(path)
        assert found.StatusCode.is_good(), (path, found)
        return found.Value.Value

    async def status(self, path: str) -> str:
        return (await self.read(path)).StatusCode.name

    async def call(self, path: str, *arguments: Any) -> Any:
        parent, _, _ = path.rpartition(".")
        return await self.node(parent).call_method(self.node(path).nodeid, *arguments)

    async def identify(self, question: dict[str, Any], **more: Any) -> Any:
        return await self.call(f"{CHANNEL}.MethodSet.Identify", *arguments_of(question, **more))

    async def until(self, path: str, wanted: Any) -> Any:
        for _ in range(300):
            found = await self.value(path)
            if found == wanted:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError((path, found, wanted))


@contextlib.asynccontextmanager
async def connected(url: str, *, certificate: "tuple[Path, Path] | None" = None, server: Path | None = None):
    """Client of an analyser; with certificates over an encrypted channel."""
    client = Client(url, timeout=20)
    client.session_timeout = 60_000
    if certificate:
        client.application_uri = "urn:lab:client"
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=str(certificate[0]),
            private_key=str(certificate[1]),
            server_certificate=str(server),
        )
    async with client:
        yield Analyser(client, await client.get_namespace_index(NAMESPACE))


def arguments_of(question: dict[str, Any], **more: Any) -> list[Any]:
    """Arguments of ``Identify`` for a question of the bridge."""
    said = {"metadata": "", "technique": "", "unit": "", "deadline_ms": 0.0, **more}
    return [
        ua.Variant(np.asarray(question["axis"]).tolist(), ua.VariantType.Double),
        ua.Variant(np.asarray(question["intensity"]).tolist(), ua.VariantType.Double),
        *(ua.Variant(said[name], ua.VariantType.String) for name in ("metadata", "technique", "unit")),
        ua.Variant(said["deadline_ms"], ua.VariantType.Double),
        ua.Variant(question["id"], ua.VariantType.String),
    ]


class Heard:
    """What a subscription brings."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.events: list[Any] = []
        self.statuses: list[str] = []

    def datachange_notification(self, node: Node, value: Any, data: Any) -> None:
        self.values.append(value)
        self.statuses.append(data.monitored_item.Value.StatusCode.name)

    def event_notification(self, event: Any) -> None:
        self.events.append(event)

    async def wait(self, done: Any) -> None:
        for _ in range(300):
            if done(self):
                return
            await asyncio.sleep(0.05)
        raise AssertionError((self.values, self.events))


def make_certificate(folder: Path, name: str, uri: str, days: int = 10) -> tuple[Path, Path]:
    """Self-signed certificate and key, as files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=20))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.pem", folder / f"{name}-key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
