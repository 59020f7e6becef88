"""SAPIENT against a fusion node in another process, which holds each message against the standard's rules."""

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bridge.peers import stamps
from cli.bridge.peers.mqtt_settings import KNOWN as MQTT_KNOWN
from cli.bridge.peers.sapient import open_peer
from cli.bridge.peers.sapient_messages import INFO, envelope
from cli.bridge.peers.sapient_reports import alert_for, detection_report
from cli.bridge.peers.sapient_settings import KNOWN, read_settings
from cli.messages import message
from spectra.errors import BridgeError
from spectra.label import ROLES
from tests.architecture.tree import ROOT, bare_environment
from tests.commands.bridge_lab import SCHEMAS, question, running, spectra, write_library
from tests.commands.mqtt_lab import Broker, Listener, free_port, needs_broker, wait_for
from tests.commands.sapient_node import ULID, wrong_with
from tests.commands.test_bridge_process import certificates, refused, served

ME = "a8654cdf-4328-47de-81fa-c495589e30c9"
TASK = "01H4R63D7NVN8444Z5M77WEBY8"


class Node:
    """The other side, as a process."""

    def __init__(self, *args, port=0):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.commands.sapient_node", "--port", str(port), *map(str, args)],
            cwd=ROOT,
            env=bare_environment(PYTHONPATH=str(ROOT)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.events = []
        threading.Thread(target=self._read, daemon=True).start()
        wait_for(lambda: self.events)
        self.port = self.events[0]["port"]

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()

    def url(self, **settings):
        more = "".join(f"&{name}={value}" for name, value in settings.items())
        return f"sapient://127.0.0.1:{self.port}?node={ME}&lat=52.31&lon=4.76{more}"

    def of(self, kind):
        """Messages of a kind; each kept to the rules."""
        found = [each for each in tuple(self.events) if each.get("kind") == kind]
        assert not [each["wrong"] for each in found if each["wrong"]]
        return [each["message"] for each in found]

    def count(self, event):
        return sum(each["event"] == event for each in tuple(self.events))

    def do(self, **order):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()

    def send(self, **message):
        self.do(send={"destinationId": ME, **message})

    def tasks(self, **task):
        """What is answered to a task: status and reasons."""
        before = len(self.of("task_ack"))
        self.send(task={"taskId": TASK, "control": "CONTROL_START", **task})
        wait_for(lambda: len(self.of("task_ack")) > before)
        time.sleep(0.2)
        return [
            each["taskAck"]["taskStatus"].removeprefix("TASK_STATUS_")
            for each in self.of("task_ack")[before:]
        ]

    def registered(self, times=1):
        wait_for(lambda: len(self.of("status_report")) >= times, "it does not register")


@pytest.fixture
def node():
    with Node() as one:
        yield one


@contextlib.contextmanager
def bridged(path, url, **more):
    with running(path, peers=(open_peer(url),), **more) as bridge:
        yield bridge


def info(report):
    """Other than classes: values by type."""
    found = {}
    for each in report["detectionReport"]["objectInfo"]:
        found.setdefault(each["type"], []).append(each["value"])
    return found


def count(bridge, name, label="sapient"):
    return bridge.desk.metrics._counts[name].get(label, 0)


class TestNode:
    def test_it_registers_says_how_it_is_reports_and_says_goodbye(self, node, bridge_path):
        with bridged(bridge_path, node.url(interval=1, name="lane 3")) as bridge, bridge.client() as client:
            node.registered()
            (hello,) = node.of("registration")
            assert hello["nodeId"] == ME
            said = hello["registration"]
            assert (said["icdVersion"], said["name"]) == ("BSI Flex 335 v2.0", "lane 3")
            assert said["nodeDefinition"] == [
                {"nodeType": "NODE_TYPE_CHEMICAL", "nodeSubType": ["Raman spectroscopy"]}
            ]
            assert any(bridge.desk.libraries[0]["sha256"] in each["value"] for each in said["capabilities"])
            answer = client.ask(question("q1", 3))["result"]
            wait_for(lambda: node.of("detection_report"))
            (report,) = node.of("detection_report")
            found = report["detectionReport"]
            assert ULID.fullmatch(found["reportId"])
            assert ULID.fullmatch(found["objectId"])
            assert found["id"] == "q1"
            assert (found["location"]["x"], found["location"]["y"]) == (4.76, 52.31)
            assert info(report)["verdict"] == [answer["verdict"]]
            assert info(report)["request"] == ["q1"]
            assert answer["provenance"]["library"][0]["sha256"] in info(report)["library"][0]
            declared = said["modeDefinition"][0]["detectionDefinition"][0]["detectionReport"]
            assert set(info(report)) <= {each["type"] for each in declared} == set(INFO)
            wait_for(lambda: len(node.of("status_report")) >= 3)
            infos = [each["statusReport"]["info"] for each in node.of("status_report")]
            assert infos[:2] == ["INFO_NEW", "INFO_UNCHANGED"]
        wait_for(lambda: node.count("ended"))
        assert node.of("status_report")[-1]["statusReport"]["system"] == "SYSTEM_GOODBYE"
        assert node.events[-1] == {"event": "ended", "left": 0}
        assert count(bridge, "peer_sent_total") == 1

    def test_every_result_is_a_report_whoever_asked(self, node, bridge_path):
        with bridged(bridge_path, node.url()) as bridge, bridge.client() as client:
            for number in range(12):
                client.ask(question(f"n{number}", number))
            client.ask(question("n0", 0))  # from memory: reported once
            wait_for(lambda: len(node.of("detection_report")) == 12)
            reports = [each["detectionReport"] for each in node.of("detection_report")]
            assert (
                len({each["reportId"] for each in reports})
                == len({each["objectId"] for each in reports})
                == 12
            )

    def test_scans_of_one_item_have_one_object(self, node, bridge_path):
        with bridged(bridge_path, node.url()) as bridge, bridge.client() as client:
            for number in range(4):
                client.ask(question(f"i{number}", number, metadata={"item": f"parcel {number % 2}"}))
            wait_for(lambda: len(node.of("detection_report")) == 4)
            objects = [each["detectionReport"]["objectId"] for each in node.of("detection_report")]
            assert objects[0] == objects[2] != objects[1] == objects[3]

    def test_tasks_are_done_or_refused_with_a_reason(self, node, bridge_path):
        with bridged(bridge_path, node.url(interval=3600)):
            node.registered()
            assert node.tasks(command={"request": "Status"}) == ["ACCEPTED", "COMPLETED"]
            wait_for(lambda: len(node.of("status_report")) == 2)
            assert node.tasks(command={"request": "registration"}) == ["ACCEPTED", "COMPLETED"]
            wait_for(lambda: len(node.of("registration")) == 2)
            assert node.tasks(command={"modeChange": "identify"}) == ["ACCEPTED", "COMPLETED"]
            refused_ones = (
                {"command": {"request": "Reset"}},
                {"command": {"modeChange": "sleep"}},
                {"command": {"detectionThreshold": "DISCRETE_THRESHOLD_LOW"}},
                {"control": "CONTROL_STOP"},
                {},
                {"region": [{"type": "REGION_TYPE_IGNORE"}], "command": {"request": "Status"}},
            )
            for task in refused_ones:
                assert node.tasks(**task) == ["REJECTED"]
            reasons = [each["taskAck"].get("reason") for each in node.of("task_ack")]
            assert all(reasons[-len(refused_ones) :])
            node.do(send={"destinationId": str(uuid.uuid4()), "task": {"taskId": TASK, "control": 1}})
            node.send(task={"taskId": "nonsense", "control": 1})
            wait_for(lambda: node.of("error"))
            assert len(node.of("task_ack")) == 6 + len(refused_ones)

    def test_a_new_library_is_a_new_registration(self, node, tmp_path):
        path = write_library(tmp_path / "own.h5")
        with bridged(path, node.url(interval=3600), reload_s=0.1) as bridge:
            node.registered()
            write_library(tmp_path / "next.h5", 6, "next").replace(path)
            wait_for(lambda: len(node.of("registration")) == 2)
            assert bridge.desk.libraries[0]["sha256"] in json.dumps(node.of("registration")[1])
            path.write_bytes(b"nothing")
            wait_for(lambda: node.of("status_report")[-1]["statusReport"]["system"] == "SYSTEM_WARNING")
            assert "old_libraries" in node.of("status_report")[-1]["statusReport"]["status"][0]["statusValue"]

    @pytest.mark.parametrize("step", [1, 3, 1000])
    def test_messages_in_pieces(self, bridge_path, step):
        with Node("--fragment", step) as node, bridged(bridge_path, node.url()):
            node.registered()
            assert node.tasks(command={"request": "Status"}) == ["ACCEPTED", "COMPLETED"]


class TestTrouble:
    def test_garbage_is_answered_by_an_error_and_the_rest_goes_on(self, node, bridge_path):
        with bridged(bridge_path, node.url()) as bridge, bridge.client() as client:
            node.registered()
            garbage = [b"\xff" * 9, b"\x0a\x05ab", b"", b"\xf8\x07\x01"]
            for data in garbage:
                node.do(raw=(len(data).to_bytes(4, "little") + data).hex())
            node.send(error={"packet": "AA==", "errorMessage": ["what was that?"]})
            wait_for(lambda: len(node.of("error")) == 3)  # an empty one is nothing, an error is not answered
            assert node.tasks(command={"request": "Status"}) == ["ACCEPTED", "COMPLETED"]
            client.ask(question("after"))
            wait_for(lambda: node.of("detection_report"))
            assert count(bridge, "errors_total", "malformed") == 3
            assert any("what was that?" in line for line in bridge.said)
            assert len(node.of("error")) == 3

    def test_too_much_garbage_and_oversized_lengths_end_the_connection(self, node, bridge_path):
        with bridged(bridge_path, node.url()) as bridge:
            node.registered()
            node.do(raw=(b"\x02\0\0\0\xff\xff" * 40).hex())
            wait_for(lambda: len(node.of("registration")) == 2)
            node.registered(2)
            node.do(raw="ffffffff00")
            wait_for(lambda: len(node.of("registration")) == 3)
            assert any("4294967295 bytes" in line for line in bridge.said)

    def test_nothing_is_said_before_the_registration_is_accepted(self, bridge_path):
        with Node("--registration", "other") as node, bridged(bridge_path, node.url()) as bridge:
            with bridge.client() as client:
                client.ask(question("early"))
            wait_for(lambda: node.of("registration"))
            time.sleep(0.5)
            assert not node.of("detection_report")
            node.send(registrationAck={"acceptance": True})
            wait_for(lambda: node.of("detection_report"))

    def test_a_refused_registration_is_said_and_tried_again(self, bridge_path):
        with Node("--registration", "refuse") as node, bridged(bridge_path, node.url()) as bridge:
            wait_for(lambda: len(node.of("registration")) >= 2)
            assert sum("refused: not today" in line for line in bridge.said) == 1
            assert not node.of("status_report")

    def test_a_node_that_is_killed_and_comes_back_gets_every_report(self, bridge_path):
        seen, port = set(), free_port()
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(Node(port=port))
            bridge = stack.enter_context(bridged(bridge_path, first.url()))
            client = stack.enter_context(bridge.client())
            for number in range(10):
                client.ask(question(f"k{number}", number))
            first.process.kill()
            first.process.wait(10)
            for number in range(10, 20):
                client.ask(question(f"k{number}", number % 12))
            second = stack.enter_context(Node(port=port))
            client.ask(question("k20"))

            def all_seen():
                reports = [*first.of("detection_report"), *second.of("detection_report")]
                seen.update(each["detectionReport"]["id"] for each in reports)
                return len(seen) == 21

            wait_for(all_seen)
            every = [*first.of("detection_report"), *second.of("detection_report")]
            assert (
                len({each["detectionReport"]["reportId"] for each in every}) == 21
            )  # twice is the same report
            assert count(bridge, "peer_dropped_total") == 0

    def test_beyond_the_bound_the_oldest_go_and_it_is_said(self, bridge_path):
        port = free_port()
        url = f"sapient://127.0.0.1:{port}?node={ME}&lat=0&lon=0&keep=10"
        with bridged(bridge_path, url) as bridge, bridge.client() as client:
            for number in range(25):
                client.ask(question(f"k{number}", number % 12))
            assert count(bridge, "peer_dropped_total") == 15
            with Node(port=port) as node:
                wait_for(lambda: len(node.of("detection_report")) == 10)
                status = node.of("status_report")[0]["statusReport"]
                assert status["system"] == "SYSTEM_WARNING"
                assert status["status"][0]["statusValue"].startswith("15 reports")
        assert not any("before the end" in line for line in bridge.said)

    def test_what_is_left_at_the_end_is_said(self, bridge_path):
        url = f"sapient://127.0.0.1:{free_port()}?node={ME}&lat=0&lon=0"
        with bridged(bridge_path, url) as bridge, bridge.client() as client:
            client.ask(question("late"))
        assert "sapient: 1 reports were not taken before the end" in bridge.said

    def test_encrypted_with_the_right_certificates_only(self, tmp_path, bridge_path):
        files = certificates(tmp_path)
        with Node("--tls", files["server.pem"], files["server.key"], files["ca.pem"]) as node:
            url = node.url(ca=files["ca.pem"]).replace("sapient://127.0.0.1", "sapients://localhost")
            shown = f"{url}&cert={files['client.pem']}&key={files['client.key']}"
            with bridged(bridge_path, shown):
                node.registered()
            stranger = f"{url}&cert={files['stranger.pem']}&key={files['stranger.key']}"
            untrusted = shown.replace(f"&ca={files['ca.pem']}", "")
            for wrong in (url, stranger, untrusted):
                before = len(node.of("registration"))
                with bridged(bridge_path, wrong) as bridge:
                    wait_for(lambda: any("trying again" in line for line in bridge.said))
                assert len(node.of("registration")) == before


class TestProcess:
    @needs_broker
    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot send SIGTERM to one process")
    def test_both_peers_from_the_command_line(self, tmp_path, node, bridge_path):
        with Broker(tmp_path) as broker, Listener(broker) as listener:
            args = ("-l", bridge_path, "--mqtt", broker.url(), "--sapient", node.url())
            with served(*args) as (process, _):
                wait_for(lambda: listener.status() == "online")
                node.registered()
                listener.ask(question("both"), reply_to="me/x")
                wait_for(lambda: listener.results() == {"both"})
                wait_for(lambda: node.of("detection_report"))
                assert node.of("detection_report")[0]["detectionReport"]["id"] == "both"
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
                wait_for(lambda: listener.status() == "offline stopped")
                assert node.of("status_report")[-1]["statusReport"]["system"] == "SYSTEM_GOODBYE"

    def test_wrong_addresses_are_one_line(self, bridge_path):
        code, said = refused("-l", bridge_path, "--sapient", "sapient://203.0.113.5?lat=1&lon=1")
        assert code == 2
        assert "use sapients://" in said
        assert "Traceback" not in said

    @pytest.mark.parametrize(
        ("rest", "message"),
        [
            ("?lat=1&lon=1", "a UUID of version 4"),
            ("?node=31dfb260-e693-11f1-9c63-02fc00000001&lat=1&lon=1", "a UUID of version 4"),
            (f"?node={ME}&lon=1", "from -90"),
            (f"?node={ME}&lat=91&lon=1", "from -90"),
            (f"?node={ME}&lat=1&lon=1&alt=high", "a number"),
            (f"?node={ME}&lat=1&lon=1&name=", "name"),
            (f"/path?node={ME}&lat=1&lon=1", "without user and path"),
            (f"?node={ME}&lat=1&lon=1&password=x", "no setting"),
        ],
    )
    def test_settings(self, rest, message):
        with pytest.raises(BridgeError, match=message):
            open_peer(f"sapient://127.0.0.1:1{rest}")

    def test_the_pages_name_every_setting(self):
        for page, known in (("sapient.md", KNOWN), ("mqtt.md", MQTT_KNOWN)):
            text = (SCHEMAS.parents[2] / "docs" / page).read_text(encoding="utf-8")
            assert [name for name in known if f"`{name}`" not in text] == []

    def test_the_page_says_what_each_verdict_becomes(self):
        text = (SCHEMAS.parents[2] / "docs" / "sapient.md").read_text(encoding="utf-8")
        for verdict in ("match", "mixture", "group", "inconclusive", "no_match", "unusable"):
            assert f"`{verdict}`" in text


SETTINGS = read_settings(f"sapient://127.0.0.1:1?node={ME}&lat=52.31&lon=4.76&alt=-3.5")
FEW = st.sampled_from(["heroin", "caffeine", "ephedrine"])
CHANCE = st.none() | st.floats(0.001, 1)
SUBSTANCE = st.fixed_dictionaries(
    {
        "name": FEW,
        "form": st.sampled_from(["", "base"]),
        "role": st.sampled_from(ROLES),
        "probability": CHANCE,
        "hqi": st.floats(0, 1),
    }
)
RECORD = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(["match", "mixture", "group", "inconclusive", "no_match", "unusable"]),
        "alert": st.booleans(),
        "probability": CHANCE,
        "prior": st.none() | st.just(0.5),
        "substances": st.lists(SUBSTANCE, min_size=1, max_size=3),
        "safety": st.lists(
            st.sampled_from(["possible_explosive", "explosive_precursor", "no_laser"]), max_size=2
        ),
        "reasons": st.lists(st.sampled_from(["low_probability", "weak_signal"]), max_size=2),
        "next_action": st.just("send_to_lab"),
        "technique": st.sampled_from(["raman", "nir"]),
        "provenance": st.just(
            {"library": [{"name": "lab", "sha256": "0" * 64, "release": ""}], "engine": "0"}
        ),
    }
)


def confidences(message):
    """Every number in a message that says how sure something is."""
    found = []
    for field, value in message.ListFields():
        if "confidence" in field.name:
            found.append(value)
        elif field.message_type:
            for one in value if field.is_repeated else [value]:
                found += confidences(one)
    return found


class TestReports:
    @given(RECORD)
    def test_a_confidence_is_a_calibrated_probability_or_absent(self, record):
        if record["verdict"] in ("no_match", "unusable"):
            record = {**record, "substances": [], "probability": None}
        report = detection_report(
            SETTINGS, record, request_id="r", object_id=stamps.new_ulid(), degraded=["degraded_limits"]
        )
        alert = alert_for(SETTINGS, record, report)
        for kind, content in (("detection_report", report), ("alert", alert)):
            if content is not None:
                assert wrong_with(envelope(SETTINGS, **{kind: content})) == []
        chances = [record["probability"], *(each["probability"] for each in record["substances"])]
        allowed = [each for each in chances if each is not None]
        said = confidences(report) + (confidences(alert) if alert is not None else [])
        assert all(any(abs(each - one) < 1e-6 for one in allowed) for each in said)
        stated = record["verdict"] in ("match", "mixture", "group")
        assert stated or not said
        assert report.HasField("detection_confidence") == (stated and record["probability"] is not None)
        assert report.state == ("" if stated else record["verdict"])
        names = {
            leaf.type for each in report.classification for role in each.sub_class for leaf in role.sub_class
        }
        assert names == ({each["name"] for each in record["substances"]} if stated else set())
        values = {each.type: each.value for each in report.object_info}
        assert values["verdict"] == record["verdict"]
        assert "Not an identification on its own" in values["presumptive"]
        assert ("candidate" in values) == (record["verdict"] == "inconclusive")

    @given(RECORD)
    def test_who_has_to_act_is_called(self, record):
        report = detection_report(SETTINGS, record, request_id="r", object_id=stamps.new_ulid(), degraded=[])
        alert = alert_for(SETTINGS, record, report)
        danger = {"possible_explosive", "explosive_precursor"} & set(record["safety"])
        assert (alert is not None) == bool(record["alert"] or danger or record["verdict"] == "unusable")
        if alert is not None:
            assert alert.associated_detection[0].object_id == report.object_id
            assert alert.HasField("confidence") <= (record["verdict"] in ("match", "mixture") and not danger)
            assert (alert.alert_type == alert.ALERT_TYPE_CRITICAL) == bool(danger)
            assert all(message(f"safety.{code}") in alert.description for code in record["safety"])

    def test_alerts_are_said_again_until_they_are_acknowledged(self, node, tmp_path):
        flat = {"axis": spectra()[0].axis.tolist(), "intensity": [1.0] * len(spectra()[0].axis)}
        with bridged(write_library(tmp_path / "l.h5"), node.url()) as bridge, bridge.client() as client:
            node.registered()
            said = client.ask({"type": "identify", "id": "flat", **flat})["result"]
            assert said["verdict"] == "unusable"
            wait_for(lambda: node.of("alert"))
            (report,) = node.of("detection_report")
            assert report["detectionReport"]["state"] == "unusable"
            assert "classification" not in report["detectionReport"]
            alert = node.of("alert")[0]["alert"]
            assert "could not be judged" in alert["description"]
            assert alert["associatedDetection"][0]["objectId"] == report["detectionReport"]["objectId"]
            node.do(close=True)
            wait_for(lambda: len(node.of("alert")) == 2)
            assert node.of("alert")[1]["alert"]["alertId"] == alert["alertId"]
            ack = {
                "alertId": alert["alertId"],
                "alertAckStatus": "ALERT_ACK_STATUS_REJECTED",
                "reason": ["no"],
            }
            node.send(alertAck=ack)
            wait_for(lambda: any("was not accepted: no" in line for line in bridge.said))
            node.do(close=True)
            wait_for(lambda: len(node.of("registration")) == 3)
            client.ask(question("later"))
            wait_for(lambda: any(e["detectionReport"]["id"] == "later" for e in node.of("detection_report")))
            assert len(node.of("alert")) == 2


def test_ulids_sort_by_time_and_are_ulids():
    found = [stamps.new_ulid() for _ in range(1000)]
    assert len(set(found)) == 1000
    assert all(ULID.fullmatch(each) and stamps.is_ulid(each.lower()) for each in found)
    assert [each[:10] for each in found] == sorted(each[:10] for each in found)
    assert not any(map(stamps.is_ulid, ["", "8" + found[0][1:], found[0][:-1], found[0] + "0", "U" * 26]))
    ulid = pytest.importorskip("ulid")
    assert abs(ulid.ULID.from_str(found[0]).timestamp - time.time()) < 60


def test_the_checker_sees():
    message = envelope(SETTINGS, task_ack={"task_id": "x"})
    assert re.search("task_id.*no identifier", "\n".join(wrong_with(message)))
    assert "task_status: missing" in "\n".join(wrong_with(message))
