"""What is our own: inputs, outputs, diagnostics, the alarm, and the types they belong to."""

from dataclasses import replace
from typing import Final

from .opcua_adi import ADI_TYPES, ARRAY_PROPERTIES
from .opcua_shapes import ARRAY, SCALAR, Member, Type, grouped_, groups_, method_, object_, property_

NAMESPACE: Final = "urn:contraspec:opcua:analyser"

_INPUTS: Final = grouped_(
    "AcquisitionSettings",
    Member(
        "ScaledSpectrum",
        type="YArrayItemType",
        data="Double",
        rank=ARRAY,
        writable=True,
        about="spectrum to judge; used up by the next start",
        members=(replace(property_("XAxisDefinition", "AxisInformation"), writable=True), *ARRAY_PROPERTIES),
    ),
    Member("NextSampleId", writable=True, about="its item; used up by the next start"),
    Member("Metadata", writable=True, about="JSON object; names as in docs/formats.md"),
    Member("Technique", writable=True, about="raman or nir"),
    Member("AxisUnit", writable=True, about="raman_shift_cm-1, wavenumber_cm-1 or wavelength_nm"),
    Member("DeadlineMs", data="Double", writable=True, about="0 for none"),
)
_RESULT: Final = grouped_(
    "AcquisitionData",
    Member("Result", about="contraspec.result/1 as JSON"),
    Member("Alarm", data="Boolean", about="true from an alert on until acknowledged and followed by none"),
    Member("LastError", about="why the last question had no answer; empty when it had one"),
    Member("JudgedTechnique"),
    Member("Degraded", rank=ARRAY, about="what was left out to keep to a deadline"),
    Member("ElapsedMs", data="Double"),
    Member("OverrunMs", data="Double"),
    Member("EngineVersion"),
    Member("LibraryNames", rank=ARRAY, about="that answered"),
    Member("LibraryFingerprints", rank=ARRAY, about="SHA-256 of what answered"),
    Member("LibraryReleases", rank=ARRAY),
    Member("PipelineFingerprint"),
    Member("ConfigFingerprint"),
)
_DIAGNOSTICS: Final = grouped_(
    "Diagnostics",
    Member("Heartbeat", data="UInt32", about="goes up every second"),
    Member("UptimeSeconds", data="Double"),
    Member("QueueLength", data="UInt32", about="requests that wait or run, whoever asked"),
    Member("QueueSize", data="UInt32"),
    Member("LoadedLibraryNames", rank=ARRAY),
    Member("LoadedLibraryFingerprints", rank=ARRAY),
    Member("LoadedLibraryReleases", rank=ARRAY),
    Member("LastReloadOk", data="Boolean"),
    Member("LastReloadMessage"),
)

OUTPUTS: Final = tuple(
    replace(each, type="MVAOutputParameterType", reference="HasOutput")
    for each in (
        Member("Verdict", about="match, mixture, group, inconclusive, no_match or unusable"),
        Member("Alert", data="Boolean", about="a controlled substance or precursor is among the substances"),
        Member("Probability", data="Double", about="calibrated; bad when there is none"),
        Member("Substances", rank=ARRAY),
        Member("SubstanceIds", rank=ARRAY),
        Member("Reasons", rank=ARRAY),
        Member("NextAction"),
        Member("SignalToNoise", data="Double"),
        Member("Saturated", data="Boolean"),
        Member("Coverage", data="Double"),
    )
)
"""What the chemometric model says."""

_MODEL: Final = Member(
    "Identification",
    type="MVAModelType",
    data="ByteString",
    group="ChemometricModelSettings",
    about="engine and libraries, as JSON",
    members=OUTPUTS,
)
IDENTIFY: Final = method_(
    "Identify",
    (
        ("Axis", "Double", ARRAY),
        ("Intensity", "Double", ARRAY),
        ("Metadata", "String", SCALAR),
        ("Technique", "String", SCALAR),
        ("Unit", "String", SCALAR),
        ("DeadlineMs", "Double", SCALAR),
        ("SampleId", "String", SCALAR),
    ),
    (
        ("Result", "String", SCALAR),
        ("Verdict", "String", SCALAR),
        ("Alert", "Boolean", SCALAR),
        ("Probability", "Double", SCALAR),
        ("Substances", "String", ARRAY),
        ("NextAction", "String", SCALAR),
    ),
    "Judge one spectrum and wait for the answer; empty texts and 0 stand for what is not stated.",
)

_ALARM_FIELDS: Final = (property_("SampleId"), property_("Verdict"), property_("Substances", rank=ARRAY))

ALARM: Final = Member(
    "SubstanceAlarm",
    "object",
    "SubstanceAlarmType",
    members=(
        *(property_(name, "ByteString") for name in ("EventId",)),
        *(property_(name, "NodeId") for name in ("EventType", "SourceNode", "InputNode", "NormalState")),
        *(property_(name) for name in ("SourceName", "ConditionName", "ClientUserId")),
        *(property_(name, "DateTime") for name in ("Time", "ReceiveTime")),
        *(property_(name, "Boolean") for name in ("Retain", "SuppressedOrShelved")),
        property_("Message", "LocalizedText"),
        property_("Severity", "UInt16"),
        Member("Quality", type="ConditionVariableType", data="StatusCode"),
        Member("Comment", type="ConditionVariableType", data="LocalizedText"),
        *(
            Member(
                name,
                type="TwoStateVariableType",
                data="LocalizedText",
                members=(property_("Id", "Boolean"),),
            )
            for name in ("EnabledState", "ActiveState", "AckedState")
        ),
        method_("Acknowledge", (("EventId", "ByteString", SCALAR), ("Comment", "LocalizedText", SCALAR))),
    ),
)
"""The alarm, with what the base namespace asks of one."""

TYPES: Final = (
    *ADI_TYPES,
    Type(
        "IdentificationStreamType",
        "StreamType",
        (object_("ParameterSet", "BaseObjectType", *_INPUTS, *_RESULT, _MODEL),),
    ),
    Type(
        "IdentificationChannelType",
        "AnalyserChannelType",
        (object_("MethodSet", "BaseObjectType", IDENTIFY), object_("Stream1", "IdentificationStreamType")),
    ),
    Type(
        "IdentificationAnalyserType",
        "AnalyserDeviceType",
        (
            object_("ParameterSet", "BaseObjectType", *_DIAGNOSTICS),
            *groups_("Diagnostics"),
            object_("Channel1", "IdentificationChannelType"),
        ),
    ),
    Type("SubstanceAlarmType", "OffNormalAlarmType", _ALARM_FIELDS),
    Type(
        "ResultEventType",
        "BaseEventType",
        (
            *_ALARM_FIELDS,
            property_("Alert", "Boolean"),
            property_("Probability", "Double"),
            property_("NextAction"),
            property_("Result"),
            property_("AcquisitionCounter", "UInt32"),
        ),
    ),
)
