"""kill -9 of the collector at random moments: the test's own proof, repeated more often."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from data.settings import ROOT

TEST = "tests/ingest/test_collector.py::test_kill_9_at_any_moment_loses_no_acknowledged_frame"


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Runs that survived; each compares every acknowledged frame with the lake."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", TEST, "-q", "--timeout", "1200"],
        cwd=ROOT,
        env=os.environ | {"PUMPHOUSE_TEST_KILLS": str(options.kills)},
        check=False,
    )
    return {"crash.kills": float(options.kills), "crash.failures": float(done.returncode != 0)}
