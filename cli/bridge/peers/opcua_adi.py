"""The parts of OPC 10020 (Analyser Devices) and OPC 10000-100 (Devices) that the analyser has.

Names, value ranks and numbers of states are those of the specifications; the namespace is our own.
"""

from typing import Final

from .opcua_shapes import ARRAY, SCALAR, Member, Type, grouped_, groups_, method_, object_, property_

ENUMERATIONS: Final[dict[str, dict[str, int]]] = {
    "DeviceHealthEnumeration": {
        "NORMAL": 0,
        "FAILURE": 1,
        "CHECK_FUNCTION": 2,
        "OFF_SPEC": 3,
        "MAINTENANCE_REQUIRED": 4,
    },
    "ExecutionCycleEnumeration": {
        "IDLE": 0,
        "DIAGNOSTIC": 1,
        "CLEANING": 2,
        "CALIBRATION": 4,
        "VALIDATION": 8,
        "SAMPLING": 16,
        "DIAGNOSTIC_WITH_GRAB_SAMPLE": 32769,
        "CLEANING_WITH_GRAB_SAMPLE": 32770,
        "CALIBRATION_WITH_GRAB_SAMPLE": 32772,
        "VALIDATION_WITH_GRAB_SAMPLE": 32776,
        "SAMPLING_WITH_GRAB_SAMPLE": 32784,
    },
    "AcquisitionResultStatusEnumeration": {"NOT_USED": 0, "GOOD": 1, "BAD": 2, "UNKNOWN": 3, "PARTIAL": 4},
    "AlarmStateEnumeration": {
        "NORMAL": 0,
        "WARNING_LOW": 1,
        "WARNING_HIGH": 2,
        "WARNING": 4,
        "ALARM_LOW": 8,
        "ALARM_HIGH": 16,
        "ALARM": 32,
    },
}

REFERENCES: Final[dict[str, tuple[str, str]]] = {
    "HasInput": ("HasOrderedComponent", "InputOf"),
    "HasOutput": ("HasOrderedComponent", "OutputOf"),
}
"""Own reference types: base and name in the other direction."""

DEVICE_STATES: Final = (
    ("Powerup", 100),
    ("Operating", 200),
    ("Local", 300),
    ("Maintenance", 400),
    ("Shutdown", 500),
)
CHANNEL_STATES: Final = (("SlaveMode", 100), ("Operating", 200), ("Local", 300), ("Maintenance", 400))
OPERATING_STATES: Final = (
    *(("Clearing", 1), ("Stopped", 2), ("Starting", 3), ("Idle", 4), ("Suspended", 5), ("Execute", 6)),
    *(("Stopping", 7), ("Aborting", 8), ("Aborted", 9), ("Holding", 10), ("Held", 11), ("Unholding", 12)),
    *(("Suspending", 13), ("Unsuspending", 14), ("Resetting", 15), ("Completing", 16), ("Complete", 17)),
)

BASE_NAMES: Final = frozenset(
    {
        *("CurrentState", "Id", "Number", "StateNumber", "InputArguments", "OutputArguments", "EnumValues"),
        *("XAxisDefinition", "Title", "EngineeringUnits", "EURange", "AxisScaleType"),
        *("EventId", "EventType", "SourceNode", "SourceName", "Time", "ReceiveTime", "Message", "Severity"),
        *("ConditionClassId", "ConditionClassName", "ConditionName", "BranchId", "Retain", "EnabledState"),
        *(
            "Quality",
            "SourceTimestamp",
            "LastSeverity",
            "Comment",
            "ClientUserId",
            "AckedState",
            "ActiveState",
        ),
        *(
            "InputNode",
            "SuppressedOrShelved",
            "NormalState",
            "Acknowledge",
            "AddComment",
            "Enable",
            "Disable",
        ),
    }
)
"""Names that the base namespace defines."""

_STATE: Final = (
    Member(
        "CurrentState",
        type="FiniteStateVariableType",
        data="LocalizedText",
        members=(property_("Id", "NodeId"), property_("Number", "UInt32")),
    ),
)
_OPERATING: Final = "AnalyserChannel_OperatingModeSubStateMachineType"

_NAMEPLATE: Final = (
    property_("Manufacturer", "LocalizedText"),
    property_("Model", "LocalizedText"),
    property_("HardwareRevision"),
    property_("SoftwareRevision", about="version of contraspec"),
    property_("DeviceRevision"),
    property_("DeviceManual"),
    property_("SerialNumber"),
    property_("RevisionCounter", "Int32", about="goes up whenever a library is loaded anew"),
    Member("DeviceHealth", type="BaseDataVariableType", data="DeviceHealthEnumeration"),
)

_DEVICE_METHODS: Final = (
    method_("GetConfiguration", (), (("ConfigData", "ByteString", SCALAR),)),
    method_(
        "SetConfiguration", (("ConfigData", "ByteString", SCALAR),), (("ConfigDataDigest", "String", SCALAR),)
    ),
    method_("GetConfigDataDigest", (), (("ConfigDataDigest", "String", SCALAR),)),
    method_(
        "CompareConfigDataDigest",
        (("ConfigDataDigest", "String", SCALAR),),
        (("IsEqual", "Boolean", SCALAR),),
    ),
    *(method_(f"{name}AllChannels") for name in ("Reset", "Start", "Stop", "Abort")),
    *(method_(name) for name in ("GotoOperating", "GotoMaintenance")),
)
_CHANNEL_METHODS: Final = (
    *(method_(name) for name in ("GotoOperating", "GotoMaintenance")),
    method_(
        "StartSingleAcquisition",
        (
            ("ExecutionCycle", "ExecutionCycleEnumeration", SCALAR),
            ("ExecutionCycleSubcode", "UInt32", SCALAR),
            ("SelectedStream", "String", SCALAR),
        ),
    ),
    *(method_(name) for name in ("Reset", "Start", "Stop", "Hold", "Unhold")),
    *(method_(name) for name in ("Suspend", "Unsuspend", "Abort", "Clear")),
)

ARRAY_PROPERTIES: Final = (
    property_("Title", "LocalizedText"),
    property_("EngineeringUnits", "EUInformation"),
    property_("EURange", "Range"),
    property_("AxisScaleType", "AxisScaleEnumeration"),
)

_STREAM: Final = (
    *grouped_("Configuration", Member("IsEnabled", data="Boolean")),
    *grouped_(
        "Status",
        Member("DiagnosticStatus", data="DeviceHealthEnumeration"),
        Member("LastSampleTime", data="DateTime"),
    ),
    *grouped_(
        "AcquisitionStatus",
        Member("IsActive", data="Boolean"),
        Member("ExecutionCycle", data="ExecutionCycleEnumeration"),
        Member("ExecutionCycleSubcode", data="UInt32"),
        Member("Progress", data="Float"),
    ),
    *grouped_(
        "AcquisitionData",
        Member("AcquisitionCounter", data="UInt32", about="goes up last: with a new number all is there"),
        Member("AcquisitionResultStatus", data="AcquisitionResultStatusEnumeration"),
        Member(
            "ScaledData",
            type="YArrayItemType",
            data="Double",
            rank=ARRAY,
            about="the spectrum that was judged",
            members=(property_("XAxisDefinition", "AxisInformation"), *ARRAY_PROPERTIES),
        ),
        Member("AcquisitionEndTime", data="DateTime"),
    ),
    *grouped_("Context", Member("SampleId", about="item that was judged")),
)

ADI_TYPES: Final = (
    # OPC 10000-100
    Type("TopologyElementType", "BaseObjectType", abstract=True),
    Type("DeviceType", "TopologyElementType", _NAMEPLATE, abstract=True),
    Type("FunctionalGroupType", "FolderType"),
    # OPC 10020
    Type("AnalyserDeviceStateMachineType", "FiniteStateMachineType", _STATE, states=DEVICE_STATES),
    Type(_OPERATING, "FiniteStateMachineType", _STATE, states=OPERATING_STATES),
    Type(
        "AnalyserChannelStateMachineType",
        "FiniteStateMachineType",
        (*_STATE, object_("OperatingSubStateMachine", _OPERATING)),
        states=CHANNEL_STATES,
    ),
    Type(
        "ChemometricModelType",
        "BaseDataVariableType",
        (
            property_("Name", "LocalizedText"),
            property_("CreationDate", "DateTime", about="when these libraries were loaded"),
            property_("ModelDescription", "LocalizedText"),
        ),
        abstract=True,
        variable=True,
    ),
    Type(
        "MVAModelType",
        "ChemometricModelType",
        (property_("MainDataIndex", "Int32", about="output that matters most"),),
        variable=True,
    ),
    Type(
        "MVAOutputParameterType",
        "DataItemType",
        (property_("AlarmState", "AlarmStateEnumeration"),),
        variable=True,
    ),
    Type(
        "StreamType",
        "TopologyElementType",
        (
            object_("ParameterSet", "BaseObjectType", *_STREAM),
            *groups_("Configuration", "Status", "AcquisitionSettings", "AcquisitionStatus"),
            *groups_("AcquisitionData", "ChemometricModelSettings", "Context"),
        ),
    ),
    Type(
        "AnalyserChannelType",
        "TopologyElementType",
        (
            object_("MethodSet", "BaseObjectType", *_CHANNEL_METHODS),
            object_(
                "ParameterSet",
                "BaseObjectType",
                *grouped_("Configuration", Member("IsEnabled", data="Boolean")),
                *grouped_(
                    "Status",
                    Member("DiagnosticStatus", data="DeviceHealthEnumeration"),
                    Member("ActiveStream"),
                ),
            ),
            *groups_("Configuration", "Status"),
            object_("ChannelStateMachine", "AnalyserChannelStateMachineType"),
        ),
    ),
    Type(
        "AnalyserDeviceType",
        "DeviceType",
        (
            object_("MethodSet", "BaseObjectType", *_DEVICE_METHODS),
            object_(
                "ParameterSet",
                "BaseObjectType",
                *grouped_("Status", Member("DiagnosticStatus", data="DeviceHealthEnumeration")),
            ),
            *groups_("Identification", "Configuration", "Status", "FactorySettings"),
            object_("AnalyserStateMachine", "AnalyserDeviceStateMachineType"),
        ),
        abstract=True,
    ),
)
"""Types of the specifications, bases first."""
