"""Run every benchmark, or the one named: `make bench`, `make bench NAME=plan`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Each in a process of its own, so that none inherits another's memory."""
    names = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    unknown = [name for name in names if not (HERE / f"{name}.py").is_file()]
    if unknown:
        print(f"there is no benchmark {unknown[0]!r}", file=sys.stderr)
        return 2
    for name in names:
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
