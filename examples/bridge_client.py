"""Asks a bridge what a scan is: ``python bridge_client.py 127.0.0.1:7345 scan.csv``."""

import json
import socket
import sys
import uuid


def identify(address, axis, intensity, **more):
    """Give the reply: a message of type result, error or busy."""
    host, _, port = address.rpartition(":")
    question = {"type": "identify", "id": uuid.uuid4().hex, "axis": axis, "intensity": intensity, **more}
    for attempt in range(3):  # asked again under the same id, it is answered once
        try:
            with socket.create_connection((host, int(port)), timeout=30) as connection:
                connection.sendall(json.dumps(question).encode() + b"\n")
                for reply in map(json.loads, connection.makefile("rb")):
                    if reply.get("id") == question["id"]:
                        return reply
        except OSError as error:
            print(f"attempt {attempt + 1}: {error}", file=sys.stderr)
    raise SystemExit("the bridge does not answer")


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        rows = [line.split(",") for line in file if line[:1].isdigit()]
    reply = identify(sys.argv[1], *([float(row[column]) for row in rows] for column in (0, 1)))
    said = reply.get("result") or sys.exit(str(reply))
    print(said["verdict"], *(each["name"] for each in said["substances"]), *said["reasons"], sep="\n")
