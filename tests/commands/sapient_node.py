"""A fusion node as a process of its own: says on stdout what it hears and what is wrong with it.

What it does is told on stdin, a line of JSON each: ``{"send": MESSAGE}`` (protobuf's JSON), ``{"raw": HEX}``
or ``{"close": true}``. It knows nothing of contraspec: its rules are the standard's own field options.
"""

import argparse
import asyncio
import json
import re
import ssl
import sys
import time
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.unknown_fields import UnknownFieldSet
from sapient_msg import proto_options_pb2
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg_pydantic.bsi_flex_335_v2_0 import sapient_message as icd

ULID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
UUID4 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NODE = "6f582b41-6c88-481c-bb0f-6021a1739f57"


def say(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def wrong_with(message: Any, path: str = "") -> list[str]:
    """What of a message the options of its fields forbid."""
    found = [f"{path}: unknown field {each.field_number}" for each in UnknownFieldSet(message)]
    for oneof in message.DESCRIPTOR.oneofs:
        options = oneof.GetOptions().Extensions[proto_options_pb2.oneof_options]
        if options.is_mandatory and message.WhichOneof(oneof.name) is None:
            found.append(f"{path}.{oneof.name}: missing")
    present = dict(message.ListFields())
    for field in message.DESCRIPTOR.fields:
        options = field.GetOptions().Extensions[proto_options_pb2.field_options]
        value, where = present.get(field), f"{path}.{field.name}"
        if value is None:
            if options.is_mandatory:
                found.append(f"{where}: missing")
            continue
        for one in value if field.is_repeated else [value]:
            if (options.is_ulid and not ULID.fullmatch(one)) or (
                options.is_uuid and not UUID4.fullmatch(one)
            ):
                found.append(f"{where}: {one} is no identifier")
            if field.enum_type and (one == 0 or one not in field.enum_type.values_by_number):
                found.append(f"{where}: {one} is no value")
            if field.message_type and field.message_type.full_name.startswith("sapient_msg."):
                found += wrong_with(one, where)
    return found


class Node:
    """One connection at a time, and what was said on it."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        say(event="connected")
        registered, status = False, None
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(4), "little")
                message = SapientMessage.FromString(await reader.readexactly(length))
                kind = message.WhichOneof("content")
                wrong = self.judged(message)
                if not registered and kind != "registration":
                    wrong.append(f"{kind} before the registration")
                if kind == "status_report":
                    now = message.status_report
                    if now.info == now.INFO_UNCHANGED and status != now.system:
                        wrong.append("unchanged, and it was not")
                    status = now.system
                registered = registered or kind == "registration"
                status = None if kind == "registration" else status
                say(event="message", kind=kind, wrong=wrong, message=MessageToDict(message))
                if kind == "registration":
                    await self.acknowledge(message)
        except (OSError, asyncio.IncompleteReadError) as error:
            left = len(error.partial) if isinstance(error, asyncio.IncompleteReadError) else 0
            say(event="ended", left=left)
        writer.close()

    def judged(self, message: Any) -> list[str]:
        wrong = wrong_with(message)
        try:
            icd.SapientMessage.from_pb2(message)
        except ValueError as error:
            wrong.append(f"ICD: {error}"[:300])
        if abs(message.timestamp.ToNanoseconds() / 1e9 - time.time()) > 5:
            wrong.append("timestamp: not of now")
        return wrong

    async def acknowledge(self, message: Any) -> None:
        how = self.args.registration
        if how == "silent":
            return
        said = {"nodeId": NODE, "destinationId": message.node_id, "timestamp": now()}
        if how == "other":  # for somebody else, and something that is no acknowledgement
            await self.send({**said, "destinationId": NODE, "registrationAck": {"acceptance": True}})
            await self.send({**said, "alertAck": {"alertId": "", "alertAckStatus": 1}})
            return
        ack = {"acceptance": how == "accept", "ackResponseReason": [] if how == "accept" else ["not today"]}
        await self.send({**said, "registrationAck": ack})

    async def send(self, message: dict[str, Any]) -> None:
        data = ParseDict(
            {"timestamp": now(), "nodeId": NODE, **message}, SapientMessage()
        ).SerializeToString()
        await self.raw(len(data).to_bytes(4, "little") + data)

    async def raw(self, data: bytes) -> None:
        if self.writer is None:
            return
        step = self.args.fragment or len(data) or 1
        for place in range(0, len(data), step):
            self.writer.write(data[place : place + step])
            await self.writer.drain()
            if self.args.fragment:
                await asyncio.sleep(0.001)

    async def obey(self) -> None:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            if "send" in order:
                await self.send(order["send"])
            elif "raw" in order:
                await self.raw(bytes.fromhex(order["raw"]))
            elif self.writer is not None:
                self.writer.close()


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--registration", default="accept")
    parser.add_argument("--fragment", type=int, default=0)
    parser.add_argument("--tls", nargs=3)
    args = parser.parse_args()
    context = None
    if args.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.tls[0], args.tls[1])
        context.load_verify_locations(args.tls[2])
        context.verify_mode = ssl.CERT_REQUIRED
    node = Node(args)
    server = await asyncio.start_server(node.serve, "127.0.0.1", args.port, ssl=context)
    say(event="listening", port=server.sockets[0].getsockname()[1])
    await node.obey()


if __name__ == "__main__":
    asyncio.run(main())
