"""``contraspec serve``: answer other programs over stdio, TCP or a Unix socket."""

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import click

from .. import _engine
from .._errors import Settings, failure_of, say_error, show_traceback
from .._options import library_option, policy_option, prior_option, trust_option, watch_option
from .._streams import printable, silence_stdout

if TYPE_CHECKING:
    from collections.abc import Callable

    from libraries.embedded import Config, Embedded
    from libraries.releases.policy import Policy

    from ..bridge.access import Tls
    from ..bridge.framing import Framing
    from ..bridge.server import Listening
    from ..bridge.session import Limits

_SECONDS: Final = click.FloatRange(0.0, 3600.0)


@click.command("serve")
@click.option("--stdio", is_flag=True, help="One client: the process that started this one. The default.")
@click.option(
    "--tcp", metavar="HOST:PORT", help="Listen there; port 0 takes any that is free and says which."
)
@click.option("--unix", metavar="PATH", help="Listen on a Unix socket that only its owner may open.")
@library_option
@click.option(
    "--framing",
    type=click.Choice(["auto", "json", "msgpack"]),
    help="How messages are written; auto: as a client's first byte says. Default: json on stdio, else auto.",
)
@click.option("--queue", type=click.IntRange(1, 100_000), default=64, show_default=True, metavar="N",
              help="Requests that may wait; more are told busy.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, metavar="N",
              help="Requests that are worked on at a time.")  # fmt: skip
@click.option("--connections", type=click.IntRange(1, 10_000), default=64, show_default=True, metavar="N",
              help="Clients at a time; one more takes the place of the one silent longest.")  # fmt: skip
@click.option("--remember", type=click.IntRange(1, 1_000_000), default=1024, show_default=True, metavar="N",
              help="Answers kept for who asks again with the same id.")  # fmt: skip
@click.option("--max-message", type=click.IntRange(4096, 16_000_000), default=1_048_576, show_default=True,
              metavar="BYTES", help="Largest message.")  # fmt: skip
@click.option("--deadline", type=click.FloatRange(0.0, 3600.0, min_open=True), metavar="SECONDS",
              help="For requests that state none. Default: none.")  # fmt: skip
@click.option("--message-timeout", type=click.FloatRange(0.05, 3600.0), default=30.0, show_default=True,
              metavar="SECONDS", help="How long one message may take to arrive or to be taken.")  # fmt: skip
@click.option("--heartbeat", type=_SECONDS, default=10.0, show_default=True, metavar="SECONDS",
              help="Time between heartbeats; 0 for none.")  # fmt: skip
@click.option("--reload-every", type=_SECONDS, default=2.0, show_default=True, metavar="SECONDS",
              help="How often to look whether a library file was replaced; 0 for never.")  # fmt: skip
@click.option("--grace", type=_SECONDS, default=10.0, show_default=True, metavar="SECONDS",
              help="How long requests in flight have at the end.")  # fmt: skip
@click.option("--metrics", metavar="HOST:PORT",
              help="/metrics for Prometheus and /health over HTTP, on this machine only.")  # fmt: skip
@click.option("--token-file", metavar="FILE",
              help="What clients must say first. Default: CONTRASPEC_BRIDGE_TOKEN, if set.")  # fmt: skip
@click.option("--tls-cert", metavar="FILE", help="Certificate of this server (PEM): encrypts TCP.")
@click.option("--tls-key", metavar="FILE", help="Key of the certificate.")
@click.option("--tls-client-ca", metavar="FILE", help="Clients must show a certificate that this one signed.")
@click.option(
    "--mqtt", metavar="URL", help="Broker that takes each result and may bring scans (docs/mqtt.md)."
)
@click.option("--opcua", metavar="URL", help="Be an OPC UA analyser at this address (docs/opcua.md).")
@click.option(
    "--sapient", metavar="URL", help="SAPIENT node that takes each result as a detection (docs/sapient.md)."
)
@prior_option
@watch_option
@policy_option
@trust_option
@click.pass_context
def command(
    ctx: click.Context,
    stdio: bool,
    tcp: str | None,
    unix: str | None,
    libraries: tuple[str, ...],
    framing: "Framing | Literal['auto'] | None",
    queue: int,
    threads: int,
    connections: int,
    remember: int,
    max_message: int,
    deadline: float | None,
    message_timeout: float,
    heartbeat: float,
    reload_every: float,
    grace: float,
    metrics: str | None,
    token_file: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    tls_client_ca: str | None,
    mqtt: str | None,
    opcua: str | None,
    sapient: str | None,
    prior: float | None,
    watched: tuple[str, ...],
    policy: "Policy",
    trust: str | None,
) -> None:
    """Answer other programs: load libraries once, then identify what they send.

    Newline JSON or length-prefixed MessagePack; docs/protocol.md is the protocol. A library file that is
    replaced is verified whole and used from then on; a bad one is refused and the old one stays. Ctrl-C,
    SIGTERM or the end of standard input ends it after what is in flight. What happens is said on stderr.

    \b
    Examples:
      contraspec serve -l mylab.h5
      contraspec serve --tcp 127.0.0.1:7345 -l mylab.h5 --metrics 127.0.0.1:9101
      contraspec serve --unix /run/contraspec.sock -l mylab.h5 --policy signed --trust trust.json
      contraspec serve --tcp 0.0.0.0:7345 --token-file token.txt --tls-cert s.pem --tls-key s.key

    \b
    Exit codes:
      0   ended as asked
      2   wrong usage, or an address that cannot be used
      4   a library cannot be used
      70  internal error
    """  # noqa: D301  # click reads the escape
    from libraries.embedded import Config
    from spectra.errors import BridgeError, ExtraError

    from ..bridge.access import parse_address, read_token
    from ..bridge.peers.opening import open_peers
    from ..bridge.server import Listening
    from ..bridge.session import Limits

    config = Config(prior, watched, policy, _engine.trust_file(trust) or None)
    alone, tls = not any((tcp, unix, mqtt, opcua, sapient)), _tls(tls_cert, tls_key, tls_client_ca)
    try:
        listening = Listening(
            stdio=stdio or alone,
            tcp=parse_address(tcp) if tcp else None,
            unix=unix,
            metrics=parse_address(metrics) if metrics else None,
            tls=tls,
            framing=framing or ("json" if stdio or alone else "auto"),
            connections=connections,
            reload_s=reload_every,
            grace_s=grace,
            peers=open_peers({"mqtt": mqtt, "opcua": opcua, "sapient": sapient}),
        )
        # who holds the pipes of this process needs no token
        token = read_token(token_file) if tcp or unix else ""
        limits = Limits(max_message, message_s=message_timeout, heartbeat_s=heartbeat, token=token)
        asked = _Asked(libraries, queue, threads, remember, deadline)
        asyncio.run(_serve(asked, lambda: _load(libraries, config), listening, limits))
    except (BridgeError, ExtraError) as error:
        show_traceback(error, ctx.ensure_object(Settings))
        raise click.UsageError(printable(str(error))) from error
    except Exception as error:  # noqa: BLE001  # told, with its exit code
        failure = _engine.library_failure(libraries, error)
        say_error(failure if failure.error == "library" else failure_of("", error))
        show_traceback(error, ctx.ensure_object(Settings))
        ctx.exit(failure.exit_code)
    finally:
        if stdio or alone:
            silence_stdout()


@dataclass(frozen=True)
class _Asked:
    libraries: tuple[str, ...]
    queue: int
    threads: int
    remember: int
    deadline: float | None


async def _serve(
    asked: _Asked, load: "Callable[[], Embedded]", listening: "Listening", limits: "Limits"
) -> None:
    from ..bridge.desk import Desk
    from ..bridge.framing import decoder_of
    from ..bridge.server import Server
    from ..bridge.watching import Changes, stamp_of

    if listening.framing == "msgpack":
        decoder_of("msgpack", limits.message_bytes)  # its package is missed now or never
    paths = [path for path in asked.libraries if path != _engine.STARTER]
    changes = Changes(paths, stamp_of(paths)) if paths else None
    desk = Desk(
        load,
        queue=asked.queue,
        threads=asked.threads,
        remembered=asked.remember,
        deadline_s=asked.deadline,
    )
    await Server(desk, listening, limits=limits, changes=changes, say=_say).run()


def _load(libraries: tuple[str, ...], config: "Config") -> "Embedded":
    from libraries.embedded import Embedded

    return Embedded(libraries, config)


def _tls(certificate: str | None, key: str | None, client_ca: str | None) -> "Tls | None":
    from ..bridge.access import Tls

    if bool(certificate) != bool(key) or (client_ca and not certificate):
        raise click.UsageError("--tls-cert and --tls-key belong together, and --tls-client-ca needs them.")
    return Tls(certificate, key, client_ca) if certificate and key else None


def _say(line: str) -> None:
    """Say a line on stderr, if anybody still listens."""
    try:
        sys.stderr.write(f"contraspec: {printable(line)}\n")
        sys.stderr.flush()
    except OSError:
        return
