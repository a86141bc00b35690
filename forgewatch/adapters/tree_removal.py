"""Removing a folder that somebody else filled: any depth, any mode, no symlink followed."""

from __future__ import annotations

import os
import stat
from itertools import count

from forgewatch.adapters.files import DIRECTORY

_OURS = 0o700


def empty_folder(path: str) -> None:
    """Remove everything in the folder at `path`, which has to be one that only our user may enter. Raises OSError.

    Folders below folders are moved up before they are emptied, so that no depth takes us beyond what a path or a stack can hold. If we
    die here, what is left is emptied the next time in the same way.
    """
    top = os.open(path, DIRECTORY)
    try:
        numbers = count()
        while folders := _unlink_files(top):
            for name in folders:
                _dissolve(top, name, numbers)
    finally:
        os.close(top)


def remove_folder(path: str) -> None:
    """Remove the folder at `path` with everything in it; one that is not there is no error. Raises OSError."""
    try:
        empty_folder(path)
        os.rmdir(path)
    except FileNotFoundError:
        return


def _unlink_files(folder: int) -> list[str]:
    """Unlink what is no folder, and return the names of the folders."""
    folders = []
    for name in os.listdir(folder):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            folders.append(name)
        else:
            os.unlink(name, dir_fd=folder)
    return folders


def _dissolve(top: int, name: str, numbers: count[int]) -> None:
    """Remove one folder of `top`; the folders in it become folders of `top`."""
    # A folder without permissions could neither be opened nor, as its `..` changes, be moved.
    os.chmod(name, _OURS, dir_fd=top)
    handle = os.open(name, DIRECTORY, dir_fd=top)
    try:
        for below in _unlink_files(handle):
            os.chmod(below, _OURS, dir_fd=handle)
            os.rename(below, _free(top, numbers), src_dir_fd=handle, dst_dir_fd=top)
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=top)


def _free(top: int, numbers: count[int]) -> str:
    while True:
        name = f".moved-{next(numbers)}"
        try:
            os.stat(name, dir_fd=top, follow_symlinks=False)
        except FileNotFoundError:
            return name
