# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of Debian packages that are unpacked and not installed."""

import os
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("VITRINE_CACHE", Path.home() / ".cache/vitrine")) / "images"


def unpacked(package):
    """The directory with what is in a package."""
    where = CACHE / package
    if not where.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as new:
            for command in (["apt-get", "download", "-q", package],
                            ["sh", "-c", "dpkg-deb -x ./*.deb tree"]):
                subprocess.run(command, cwd=new, check=True, stdout=subprocess.DEVNULL)
            os.rename(f"{new}/tree", where)
    return where
