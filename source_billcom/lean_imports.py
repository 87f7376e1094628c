"""Importing the CDK is most of a short command's time; two things in it are for nothing."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# requests_cache, which the CDK imports, loads the client of every store it finds installed. None
# of them is used here, and Amazon's alone takes a tenth of the start-up where PyAirbyte brings it.
_UNUSED = "boto3"


@contextmanager
def lean_imports() -> Iterator[None]:
    """Import without collecting garbage and without Amazon's client, then put both back."""
    collects = gc.isenabled()
    hides = _UNUSED not in sys.modules
    gc.disable()
    if hides:
        sys.modules[_UNUSED] = None  # type: ignore[assignment] # makes `import boto3` fail
    try:
        yield
    finally:
        if hides:
            del sys.modules[_UNUSED]
        if collects:
            gc.enable()
