#!/usr/bin/env python3
"""What tokens and sealed records cost one core, the database not counted: bench/*_bench.cc.

An event has two masked columns.  Its tokens alone should be made 2 million times a second and core,
with a sealed record for each, all of them seen for the first time, half a million times.
CPU time counts, so that other work on the machine disturbs little.
"""
import argparse
import datetime
import json
import statistics
import subprocess

from compare import ROOT, circumstances

BUILT = ROOT / "build/release/bench"
ASKED = {"BM_Tokens": 2e6, "BM_TokensAndSealedRecords": 5e5}  # Events a second and core.


def rates(name: str, turns: int) -> dict[str, list[float]]:
    """What each benchmark of a program does in a second of CPU, turn by turn."""
    printed = subprocess.run(
        [BUILT / name, "--benchmark_format=json", f"--benchmark_repetitions={turns}"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    made: dict[str, list[float]] = {}
    for run in json.loads(printed)["benchmarks"]:
        if run["run_type"] == "iteration":
            made.setdefault(run["run_name"], []).append(run["items_per_second"])
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()

    started = datetime.datetime.now(datetime.timezone.utc)
    made = rates("sealing_bench", options.turns) | rates("masking_bench", options.turns)
    print(f"{'a second and core':<28}{'least':>14}{'median':>14}{'asked':>12}")
    for name, turns in made.items():
        asked = f"{ASKED[name]:>12,.0f}" if name in ASKED else ""
        print(f"{name.removeprefix('BM_'):<28}{min(turns):>14,.0f}"
              f"{statistics.median(turns):>14,.0f}{asked}")
    result = circumstances(started) | {"rates": made}
    target = ROOT / f"bench/results/masking-{started:%Y%m%d-%H%M%S}.json"
    target.write_text(json.dumps(result, indent=2) + "\n")
    print(f"{target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
