"""Files on their way between this machine and Spark's: a folder on this one, or one that all of them see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession

from recsource.engine.spark_reading import as_path


@dataclass(frozen=True, slots=True)
class Exchange:
    """A folder for one engine.

    Attributes:
        here: this machine's, for what comes or goes.
        there: what Spark's machines call the folder that they see: `here`'s path, or a URL.
    """

    _session: SparkSession
    _here: TemporaryDirectory[str]
    there: str

    @classmethod
    def open(cls, session: SparkSession, shared: str | None) -> Self:
        """Make the folder, below `shared` where that is given."""
        local = None if shared is None or "://" in shared else shared
        here = TemporaryDirectory(prefix="winddown-spark-", dir=local)
        remote = shared is not None and "://" in shared
        return cls(
            session, here, f"{shared.rstrip('/')}/winddown-{uuid4().hex}" if remote and shared else here.name
        )

    @property
    def here(self) -> Path:
        """This machine's folder."""
        return Path(self._here.name)

    @property
    def _is_remote(self) -> bool:
        return self.there != self._here.name

    def close(self) -> None:
        """Remove all of it, on both sides."""
        if self._is_remote:
            folder = self._path(self.there)
            self._files_of(folder).delete(folder, True)  # noqa: FBT003 - Hadoop's Java has no names for it
        self._here.cleanup()

    def new(self, name: str) -> str:
        """A folder of Spark's that is not there yet."""
        return f"{self.there}/{name}"

    def take_in(self, name: str, lines: Iterable[str]) -> str:
        """Write lines to a file, and put it where Spark's machines see it."""
        file = self.here / name
        with file.open("w", encoding="utf-8") as written:
            written.writelines(lines)
        if not self._is_remote:
            return as_path(file)
        there = self._path(self.new(name))
        self._files_of(there).copyFromLocalFile(True, self._path(f"file://{file}"), there)  # noqa: FBT003 - as above
        return self.new(name)

    def hand_out(self, table: DataFrame, name: str) -> Path:
        """Write a table as Parquet files into a folder on this machine; whoever asked for it removes it."""
        folder, here = self.new(name), self.here / name
        table.write.parquet(folder)
        if self._is_remote:
            there = self._path(folder)
            self._files_of(there).copyToLocalFile(True, there, self._path(f"file://{here}"))  # noqa: FBT003 - as above
        return here

    def _path(self, path: str) -> Any:  # noqa: ANN401 - Java's objects have no types
        return self._session.sparkContext._jvm.org.apache.hadoop.fs.Path(path)  # type: ignore[union-attr]  # noqa: SLF001 - PySpark has no other door to Hadoop's file systems

    def _files_of(self, path: Any) -> Any:  # noqa: ANN401 - as above
        configuration = self._session.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001 - as above
        return path.getFileSystem(configuration)
