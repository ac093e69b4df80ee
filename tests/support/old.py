"""A Bauta of an earlier version, built from this repository's own history."""
import os
import pathlib
import subprocess

import pytest

from support import process


def binary(commit: str, variable: str) -> pathlib.Path:
    """`variable` may name one that is built already.  Else minutes, the first time."""
    if chosen := os.environ.get(variable):
        return pathlib.Path(chosen)
    place = process.ROOT / "build/old" / commit
    built = place / "build/release/bauta"
    if built.exists():
        return built
    known = subprocess.run(["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=process.ROOT,
                           capture_output=True)
    if known.returncode:
        pytest.skip(f"no history here that holds {commit}")
    place.mkdir(parents=True, exist_ok=True)
    tree = subprocess.run(["git", "archive", commit], cwd=process.ROOT, capture_output=True,
                          check=True)
    subprocess.run(["tar", "-x", "-C", place], input=tree.stdout, check=True)
    done = subprocess.run(["script/build", "release", "bauta"], cwd=place, capture_output=True,
                          text=True, timeout=3600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return built
