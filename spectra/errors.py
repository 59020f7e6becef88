"""The exceptions of contraspec, one tree.

::

    SpectraError
    ├── GridError            (ValueError)   a grid that cannot exist
    ├── SpectrumError        (ValueError)   arrays that are not a spectrum
    ├── PipelineError        (ValueError)   an unknown step or a wrong parameter
    ├── PipelineMismatchError (ValueError)  query and library were prepared differently
    ├── LabelError           (ValueError)   a reference with an unknown role or grade
    ├── CalibrationError     (ValueError)   a calibration that cannot be fitted or used
    ├── ReadError            (ValueError)   a file gave no spectrum; ``.code`` says how
    │   ├── NotFoundError    (FileNotFoundError)   "not_found"
    │   ├── EmptyFileError                         "empty"
    │   ├── UnrecognisedError                      "unrecognised"
    │   ├── UnsupportedError                       "unsupported"
    │   └── DamagedError                           "damaged"
    ├── WriteError           (OSError)      a file that cannot be written
    ├── LibraryError         (ValueError)   a library that cannot be opened or written
    ├── CaseError            (ValueError)   an evidence file or case log that cannot be used
    ├── BatchError           (ValueError)   a batch that cannot be begun or gone on with
    ├── EngineError          (RuntimeError) a wrong deadline, or a fault inside an embedded engine
    ├── BridgeError          (ValueError)   a bridge that cannot be opened as it was asked for
    ├── StreamError          (ValueError)   a stream that cannot be set up, or goes on after its end
    └── ExtraError           (ImportError)  a package of an optional extra is not installed

Every message names the value, what was expected and what to do. ``code`` is the word
that the JSON error record carries.
"""


class SpectraError(Exception):
    """Base of everything contraspec raises on purpose."""

    code = "internal"


class GridError(SpectraError, ValueError):
    """A grid that cannot exist."""


class SpectrumError(SpectraError, ValueError):
    """Arrays that are not a spectrum."""

    code = "damaged"


class PipelineError(SpectraError, ValueError):
    """An unknown preprocessing step or a wrong parameter."""


class PipelineMismatchError(SpectraError, ValueError):
    """Query and library were prepared by different pipelines."""

    code = "library"


class LabelError(SpectraError, ValueError):
    """A reference with an unknown role or grade, or without a name."""

    code = "library"


class CalibrationError(SpectraError, ValueError):
    """A calibration that cannot be fitted, read or applied."""

    code = "library"


class ReadError(SpectraError, ValueError):
    """A file that gave no spectrum."""

    code = "damaged"


class NotFoundError(ReadError, FileNotFoundError):
    """No file stands at the path."""

    code = "not_found"


class EmptyFileError(ReadError):
    """The file holds no data at all."""

    code = "empty"


class UnrecognisedError(ReadError):
    """The content is of no format that contraspec knows."""

    code = "unrecognised"


class UnsupportedError(ReadError):
    """The format is known, but this variant of it is not read."""

    code = "unsupported"


class DamagedError(ReadError):
    """The format is known, but its content contradicts itself or stops early."""

    code = "damaged"


class WriteError(SpectraError, OSError):
    """A file that cannot be written, or spectra that its format cannot hold."""

    code = "unsupported"


class LibraryError(SpectraError, ValueError):
    """A library that is missing, damaged, foreign or not authorised."""

    code = "library"


class CaseError(SpectraError, ValueError):
    """An evidence file or a case log that is missing, altered or cannot be written."""

    code = "damaged"


class BatchError(SpectraError, ValueError):
    """A batch that cannot be begun or gone on with as it was asked for."""


class EngineError(SpectraError, RuntimeError):
    """An embedded engine was asked for what cannot be, or has a fault."""


class BridgeError(SpectraError, ValueError):
    """A bridge that cannot be opened as it was asked for."""


class StreamError(SpectraError, ValueError):
    """A stream of frames that cannot be as it was asked for, or has ended."""


class ExtraError(SpectraError, ImportError):
    """A package that an optional extra brings is not installed."""

    code = "unsupported"
