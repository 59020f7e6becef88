"""Whether another program still has a file open for writing, where the system can tell."""

import os
import signal
import sys


def has_writer(path: str) -> bool:
    """Whether somebody is known to have a file open for writing.

    Linux grants a read lease only on a local file that nobody has open for writing. Elsewhere, and on files
    of other people and of network shares, this knows nothing and says no.

    Parameters
    ----------
    path : str
        The file.
    """
    if sys.platform != "linux":
        return False
    import errno
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # who opens it to write while we hold the lease would have us sent SIGIO, which ends a process
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except (OSError, ValueError) as error:  # ValueError: signals are for the main thread alone
        return getattr(error, "errno", None) == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
