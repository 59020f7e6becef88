"""The configuration file: one TOML with plain values that stand in for options nobody typed.

Options win over environment variables, those over the file, the file over what is built in. Values reach
every command through click's table of defaults, so that no command knows of the file.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import click

from ._streams import printable
from .messages import LANGUAGES

VARIABLE: Final = "CONTRASPEC_CONFIG"
"""Environment variable that names the file."""
FILE_NAME: Final = "contraspec.toml"
MAX_BYTES: Final = 2**20
_NEARNESS: Final = 0.6

Kind = Literal["text", "path", "texts", "libraries", "number"]


@dataclass(frozen=True)
class Key:
    """One value of the file.

    Attributes
    ----------
    name : str
        Dotted where it stands in a table.
    kind : str
        What it must be; a ``path`` is taken from the folder of the file, and so are ``libraries``.
    option : str
        Name of the parameter whose default it is; empty for one that no option has.
    choices : tuple of str
        All that it may be; empty for anything.
    low, high : float
        Bounds of a number.
    variable : str
        Environment variable that wins over it.
    default : str
        What holds without it, in words.
    """

    name: str
    kind: Kind = "text"
    option: str = ""
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = math.inf
    variable: str = ""
    default: str = "none"


KEYS: Final = (
    Key("library", "libraries", "libraries", default="the built-in starter"),
    Key("language", "text", "language", choices=LANGUAGES, default="that of the system"),
    Key("policy", "text", "policy", choices=("integrity", "signed"), default="integrity"),
    Key("trust", "path", "trust", variable="CONTRASPEC_TRUST"),
    Key("prior", "number", "prior", high=1.0, default="that of the library's calibration"),
    Key("watch", "texts", "watched"),
    Key("watchlist.file", "path"),
    Key("watchlist.service"),
    Key("watchlist.country"),
    Key("instrument.store", "path", variable="CONTRASPEC_INSTRUMENTS"),
    Key(
        "instrument.policy",
        option="instrument_policy",
        choices=("warn", "refuse"),
        default="warn, where checks are kept",
    ),
    Key("instrument.valid_days", "number", "valid_days", default="30"),
    Key("instrument.limits.max_offset_cm1", "number", "max_offset_cm1", default="3"),
    Key("instrument.limits.max_residual_cm1", "number", "max_residual_cm1", default="1.5"),
    Key("instrument.limits.max_resolution_cm1", "number", "max_resolution_cm1", default="15"),
    Key("instrument.limits.min_snr", "number", "min_snr", default="30"),
    Key("instrument.limits.max_height_ratio", "number", "max_height_ratio", low=1.0, default="1.3"),
    Key("instrument.limits.max_brightness_ratio", "number", "max_brightness_ratio", low=1.0, default="2"),
)
_BY_NAME: Final = {key.name: key for key in KEYS}
_TABLES: Final = frozenset(
    name.rsplit(".", depth)[0] for name in _BY_NAME for depth in range(1, name.count(".") + 1)
)
_NOT_FOR: Final = {"replay": frozenset({"libraries", "prior", "watched", "policy"})}
"""Options that a command takes from elsewhere: a replay has those of its evidence."""


@dataclass(frozen=True)
class Config:
    """What a configuration file says.

    Attributes
    ----------
    path : str or None
        Of the file; None without one.
    values : mapping
        By dotted name, as they stand in the file.
    """

    path: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the values, whatever their order and the comments; empty without any."""
        if not self.values:
            return ""
        import hashlib
        import json

        text = json.dumps(dict(self.values), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def value(self, name: str) -> Any:
        """Return a value as it is used: paths from the folder of the file; None where nothing is said."""
        said = self.values.get(name)
        if said is None or self.path is None:
            return said
        folder = os.path.dirname(os.path.abspath(self.path))
        if _BY_NAME[name].kind == "path":
            return os.path.join(folder, said)
        if _BY_NAME[name].kind == "libraries":
            return [each if each == "starter" else os.path.join(folder, each) for each in _listed(said)]
        return _listed(said) if _BY_NAME[name].kind == "texts" else said

    def defaults(self) -> dict[str, Any]:
        """Return values by the name of the parameter that they are the default of."""
        keys = [key for key in KEYS if key.option and key.name in self.values]
        return {key.option: self.value(key.name) for key in keys if not os.environ.get(key.variable)}


class ConfigError(click.UsageError):
    """A configuration file that cannot be used."""


def config_path(given: str | None = None) -> str | None:
    """Path of the file that holds: as given, that of the environment, or the user's own if there is one."""
    stated = given or os.environ.get(VARIABLE)
    if stated:
        return stated
    own = user_path()
    return own if os.path.isfile(own) else None


def user_path() -> str:
    """Where the user's own file stands, or would."""
    return os.path.join(click.get_app_dir("contraspec"), FILE_NAME)


def read_config(path: str | None) -> Config:
    """Read a configuration file.

    Parameters
    ----------
    path : str or None
        None for no file.

    Raises
    ------
    ConfigError
        The file is missing, no TOML, or has a key nobody knows or a value that cannot be.
    """
    if path is None:
        return Config()
    import tomllib  # 8 ms, only where there is a file

    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConfigError(printable(f"{path}: larger than {MAX_BYTES} bytes; is this the right file?"))
        plain = tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(printable(f"{path}: cannot be read ({error.strerror}); check the path")) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(printable(f"{path}: {error}; expected TOML, mend that line")) from error
    values = dict(_flat(plain, path))
    for name, value in values.items():
        wrong = _fault(_BY_NAME[name], value)
        if wrong:
            raise ConfigError(printable(f"{path}: {name} = {value!r}: {wrong}"))
    return Config(path, values)


def _flat(plain: Mapping[str, Any], path: str, prefix: str = "") -> list[tuple[str, Any]]:
    """Values by dotted name; a name that nobody knows is an error that names the nearest."""
    found: list[tuple[str, Any]] = []
    for word, value in plain.items():
        name = f"{prefix}{word}"
        if name in _TABLES and isinstance(value, Mapping):
            found += _flat(value, path, f"{name}.")
        elif name in _BY_NAME:
            found.append((name, value))
        else:
            import difflib  # only for a name that is wrong

            near = difflib.get_close_matches(name, [*_BY_NAME, *_TABLES], 1, _NEARNESS)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(_BY_NAME)}"
            raise ConfigError(printable(f"{path}: unknown key {name}; {hint}"))
    return found


def _fault(key: Key, value: object) -> str:
    """Say what is wrong with a value; empty when nothing is."""
    if key.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float) or not key.low < value < key.high:
            below = f" and below {key.high:g}" if math.isfinite(key.high) else ""
            return f"expected a number above {key.low:g}{below}"
        return ""
    if key.kind in ("texts", "libraries"):
        if not all(isinstance(each, str) and each for each in _listed(value)):
            return "expected a text, or a list of texts"
        return ""
    if not isinstance(value, str) or not value:
        return "expected a text"
    return f"expected one of {', '.join(key.choices)}" if key.choices and value not in key.choices else ""


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


class Defaults(dict[str, Any]):
    """Click's table of defaults, for whatever command is called: made from the parameters that it has."""

    def __init__(self, group: click.Group, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._group, self._values = group, values

    def get(self, name: str, default: Any = None) -> Any:
        """Return the defaults of a command of the group."""
        command = self._group.get_command(click.Context(self._group), name)
        if command is None:
            return default
        if isinstance(command, click.Group):
            return Defaults(command, self._values)
        names = {parameter.name for parameter in command.params} - _NOT_FOR.get(name, frozenset())
        return {option: value for option, value in self._values.items() if option in names}


def use_config(ctx: click.Context, given: str | None) -> None:
    """Let a configuration file be in effect for the command that follows.

    Parameters
    ----------
    ctx : click.Context
        Of the root command.
    given : str or None
        As typed.

    Raises
    ------
    ConfigError
        As for `read_config`.
    """
    from ._settings import note_settings

    note_settings("")
    config = read_config(config_path(given))
    if not config.values or not isinstance(ctx.command, click.Group):
        return
    note_settings(config.fingerprint)
    ctx.meta[__name__] = config
    ctx.default_map = Defaults(ctx.command, config.defaults())
    _use_variables(ctx, config)


def config_in_effect() -> Config:
    """Return the configuration of the command that runs."""
    ctx = click.get_current_context(silent=True)
    found = ctx.meta.get(__name__) if ctx else None
    return found if isinstance(found, Config) else Config()


def _use_variables(ctx: click.Context, config: Config) -> None:
    """Set the variables that code below the commands asks, while the command runs."""
    for key in KEYS:
        value = config.value(key.name)
        if key.variable and value is not None and not os.environ.get(key.variable):
            os.environ[key.variable] = value
            ctx.call_on_close(lambda name=key.variable: os.environ.pop(name, None))


def source_of(key: Key, config: Config) -> tuple[Any, str]:
    """Value of a key, and where it comes from: ``environment``, ``file`` or ``default``."""
    if key.variable and os.environ.get(key.variable):
        return os.environ[key.variable], "environment"
    if key.name in config.values:
        return config.value(key.name), "file"
    return None, "default"


def missing_files(config: Config) -> list[str]:
    """Files that a configuration names and that are not there, each with its key."""
    lacking = []
    for key in KEYS:
        value = config.value(key.name)
        if value is None or key.kind not in ("path", "libraries") or key.name == "instrument.store":
            continue
        paths = [each for each in _listed(value) if each != "starter" and not Path(each).is_file()]
        lacking += [f"{key.name}: {path}: no such file" for path in paths]
    return lacking
