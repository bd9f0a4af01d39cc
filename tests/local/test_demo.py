import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.local


def test_the_demo_plays_the_guide_to_its_three_invoices(tmp_path: Path) -> None:
    played = subprocess.run(
        [sys.executable, "-m", "local.demo"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )

    assert (played.returncode, played.stderr) == (0, "")
    told = [line.split() for line in played.stdout.splitlines()]
    assert [line[-1] for line in told if line[:1] == ["due"]] == ["$1,800.00", "$1,274.00", "$800.00"]
    copies = sorted((tmp_path / ".local" / "demo").iterdir())
    assert [copy.name for copy in copies] == ["INV-000001.pdf", "INV-000002.pdf", "INV-000003.pdf"]
    assert all(copy.read_bytes().startswith(b"%PDF-") for copy in copies)
