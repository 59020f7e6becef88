"""Nodes from the tables: types first, then one instance of each; all before the first client."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua

from .opcua_adi import BASE_NAMES, ENUMERATIONS, REFERENCES
from .opcua_model import TYPES
from .opcua_shapes import Argument, Member, Type

if TYPE_CHECKING:
    from asyncua.server.internal_session import InternalSession

_BY_NAME: Final[Mapping[str, Type]] = {each.name: each for each in TYPES}
_READ: Final = 1
_WRITE: Final = 2
_CLASSES: Final = {
    "object": (ua.NodeClass.Object, ua.ObjectAttributes, "HasComponent"),
    "variable": (ua.NodeClass.Variable, ua.VariableAttributes, "HasComponent"),
    "property": (ua.NodeClass.Variable, ua.VariableAttributes, "HasProperty"),
    "method": (ua.NodeClass.Method, ua.MethodAttributes, "HasComponent"),
}


class Nodes:
    """Adds nodes to a server that is being built.

    Parameters
    ----------
    session : InternalSession
        Of the server itself.
    index : int
        Of our namespace.

    Attributes
    ----------
    kinds : dict
        Type of the values of a variable, and whether they are lists, by path.
    """

    def __init__(self, session: "InternalSession", index: int) -> None:
        self._session, self._index = session, index
        self.kinds: dict[str, tuple[ua.VariantType, bool]] = {}

    def id_of(self, path: str) -> ua.NodeId:
        """Node id of one of our nodes."""
        return ua.NodeId(path, self._index)

    def named(self, name: str) -> ua.NodeId:
        """Node id of a type, ours or of the base namespace."""
        if name in _BY_NAME or name in ENUMERATIONS or name in REFERENCES:
            return self.id_of(name)
        return ua.NodeId(getattr(ua.ObjectIds, name))

    async def add_types(self) -> None:
        """Add all types of the tables."""
        for name, values in ENUMERATIONS.items():
            await self._add_enumeration(name, values)
        for name, (base, inverse) in REFERENCES.items():
            attributes = ua.ReferenceTypeAttributes()
            attributes.InverseName = ua.LocalizedText(inverse)
            await self._add(name, self.named(base), "HasSubtype", ua.NodeClass.ReferenceType, attributes)
        for each in TYPES:
            kind = ua.NodeClass.VariableType if each.variable else ua.NodeClass.ObjectType
            described = ua.VariableTypeAttributes() if each.variable else ua.ObjectTypeAttributes()
            described.IsAbstract = each.abstract
            await self._add(each.name, self.named(each.base), "HasSubtype", kind, described)
            for state, number in each.states:
                await self._add_state(each.name, state, number)
        for each in TYPES:
            await self.add_members(each.name, each.members, declared=True)

    async def add_members(self, path: str, members: tuple[Member, ...], *, declared: bool = False) -> None:
        """Add what is below a node.

        Parameters
        ----------
        path : str
            Of the node.
        members : tuple of Member
            What to add.
        declared : bool
            Whether it is below a type: then nothing is repeated that the members' own types declare.
        """
        for each in members:
            await self.add(path, each, declared=declared)
        for each in members:
            if each.name == "ParameterSet":
                for parameter in each.members:
                    if parameter.group and any(group.name == parameter.group for group in members):
                        await self.refer(
                            f"{path}.{parameter.group}", "Organizes", f"{path}.ParameterSet.{parameter.name}"
                        )

    async def add(self, parent: str, member: Member, *, declared: bool = False) -> None:
        """Add a node and all that is below it."""
        path = f"{parent}.{member.name}"
        kind, attributes_of, reference = _CLASSES[member.kind]
        attributes = attributes_of()
        attributes.Description = ua.LocalizedText(member.about)
        if member.kind == "method":
            attributes.Executable = attributes.UserExecutable = True
        elif member.kind != "object":
            self._describe_value(attributes, member)
            self.kinds[path] = (_variant_type(member.data), member.rank > 0)
        await self._add(
            path,
            self.id_of(parent),
            member.reference or reference,
            kind,
            attributes,
            ua.NodeId() if member.kind == "method" else self.named(member.type),
        )
        await self._add_arguments(path, member)
        if declared:
            await self._refer(self.id_of(path), "HasModellingRule", self.named("ModellingRule_Mandatory"))
        await self.add_members(path, member.members if declared else merged(member), declared=declared)

    async def refer(self, source: str, reference: str, target: str) -> None:
        """Add a reference between two of our nodes, to be seen from both."""
        await self._refer(self.id_of(source), reference, self.id_of(target))

    async def attach(self, parent: ua.NodeId, reference: str, path: str, type_: str) -> None:
        """Add an object below a node of the base namespace."""
        attributes = ua.ObjectAttributes()
        await self._add(path, parent, reference, ua.NodeClass.Object, attributes, self.named(type_))

    async def _add(
        self,
        path: str,
        parent: ua.NodeId,
        reference: str,
        kind: ua.NodeClass,
        attributes: Any,
        type_: ua.NodeId | None = None,
    ) -> None:
        name = path.rpartition(".")[2]
        attributes.DisplayName = ua.LocalizedText(name)
        item = ua.AddNodesItem()
        item.RequestedNewNodeId = self.id_of(path)
        item.BrowseName = ua.QualifiedName(name, 0 if name in BASE_NAMES else self._index)
        item.ParentNodeId, item.ReferenceTypeId = parent, self.named(reference)
        item.NodeClass, item.NodeAttributes = kind, attributes
        item.TypeDefinition = type_ or ua.NodeId()
        for result in await self._session.add_nodes([item]):
            result.StatusCode.check()

    async def _refer(self, source: ua.NodeId, reference: str, target: ua.NodeId) -> None:
        for start, end, forward in ((source, target, True), (target, source, False)):
            item = ua.AddReferencesItem()
            item.SourceNodeId, item.TargetNodeId, item.IsForward = start, end, forward
            item.ReferenceTypeId = self.named(reference)
            for result in await self._session.add_references([item]):
                result.check()

    async def _add_state(self, machine: str, name: str, number: int) -> None:
        path = f"{machine}.{name}"
        kind = "InitialStateType" if name in ("Powerup", "SlaveMode", "Stopped") else "StateType"
        await self._add(
            path,
            self.id_of(machine),
            "HasComponent",
            ua.NodeClass.Object,
            ua.ObjectAttributes(),
            self.named(kind),
        )
        await self._add_property(path, "StateNumber", ua.Variant(number, ua.VariantType.UInt32), "UInt32")

    async def _add_enumeration(self, name: str, values: Mapping[str, int]) -> None:
        await self._add(
            name,
            self.named("Enumeration"),
            "HasSubtype",
            ua.NodeClass.DataType,
            ua.DataTypeAttributes(),
        )
        listed = [ua.EnumValueType(number, ua.LocalizedText(text)) for text, number in values.items()]
        await self._add_property(name, "EnumValues", ua.Variant(listed), "EnumValueType")

    async def _add_arguments(self, path: str, member: Member) -> None:
        for name, arguments in (("InputArguments", member.inputs), ("OutputArguments", member.outputs)):
            if arguments:
                listed = [self._argument(each) for each in arguments]
                await self._add_property(path, name, ua.Variant(listed), "Argument")

    async def _add_property(self, path: str, name: str, value: ua.Variant, data: str) -> None:
        attributes = ua.VariableAttributes()
        attributes.Value, attributes.DataType = value, self.named(data)
        attributes.ValueRank = 1 if isinstance(value.Value, list) else -1
        await self._add(
            f"{path}.{name}",
            self.id_of(path),
            "HasProperty",
            ua.NodeClass.Variable,
            attributes,
            self.named("PropertyType"),
        )

    def _argument(self, said: Argument) -> ua.Argument:
        argument = ua.Argument()
        argument.Name, argument.DataType, argument.ValueRank = said[0], self.named(said[1]), said[2]
        if said[2] > 0:
            argument.ArrayDimensions = [0]
        return argument

    def _describe_value(self, attributes: Any, member: Member) -> None:
        attributes.DataType, attributes.ValueRank = self.named(member.data), member.rank
        attributes.Value = ua.Variant(None, ua.VariantType.Null)
        attributes.AccessLevel = attributes.UserAccessLevel = _READ | (_WRITE if member.writable else 0)


def _variant_type(data: str) -> ua.VariantType:
    if data.endswith("Enumeration"):
        return ua.VariantType.Int32
    found = getattr(ua.VariantType, data, None)
    return ua.VariantType.ExtensionObject if found is None else found


def merged(member: Member) -> tuple[Member, ...]:
    """Members of an instance: its own, then those of its type and of what that comes from, each name once.

    Parameters
    ----------
    member : Member
        An instance.
    """
    found: dict[str, Member] = {}
    for each in (*member.members, *_declared(member.type)):
        before = found.get(each.name)
        if before is None:
            found[each.name] = each
        elif each.members:
            found[each.name] = _joined(before, each)
    return tuple(found.values())


def _joined(special: Member, general: Member) -> Member:
    """Return what a type and the one it comes from say of the same member, as one."""
    names = {each.name for each in special.members}
    more = tuple(each for each in general.members if each.name not in names)
    return replace(special, members=(*special.members, *more))


def _declared(name: str) -> Iterator[Member]:
    while name in _BY_NAME:
        yield from _BY_NAME[name].members
        name = _BY_NAME[name].base
