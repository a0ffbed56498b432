"""A disk under SQLite that fails when told to: full after so many bytes, or unable to sync."""

from __future__ import annotations

import apsw

FileName = str | apsw.URIFilename | None


class FaultyDisk(apsw.VFS):
    """A VFS over the default one; its name is handed to the store."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sync_fails = False
        self.torn = False
        """Whether the failing write leaves half of its bytes, as a power cut does."""
        self.bytes_left: int | None = None
        super().__init__(name, "")

    def xOpen(self, name: FileName, flags: list[int]) -> apsw.VFSFile:
        return FaultyFile(self, name, flags)


class FaultyFile(apsw.VFSFile):
    """One file on that disk."""

    def __init__(self, disk: FaultyDisk, name: FileName, flags: list[int]) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        left = self.disk.bytes_left
        if left is not None:
            if left < len(data):
                if self.disk.torn:
                    super().xWrite(data[:left], offset)
                self.disk.bytes_left = 0
                raise apsw.FullError("database or disk is full")
            self.disk.bytes_left = left - len(data)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self.disk.sync_fails:
            raise apsw.IOError("the disk did not sync")
        super().xSync(flags)
