#!/usr/bin/env python3
"""Fails for a known answer of tests/data/crypto_vectors.json that no test case has as its parameter.

Takes the test programs; they list a vector by its id as GetParam() of each test that it runs.
"""
import json
import pathlib
import re
import subprocess
import sys

# What no code of ours computes, by the beginning of the id, and why.
NOT_OURS = {
    "rfc4493-": "AES-CMAC is inside OpenSSL's AES-SIV: we call it nowhere",
    "cryptopan-": "ipcrypt-pfx does what Crypto-PAn did, under a published draft; no old traces to join",
    "scheme-audit-chain": "one chain, not one answer: AuditChain.HashesAsTheKnownAnswersDo reads it",
    "scheme-tink-keyset": "there is no export for Tink yet",
}


def claimed(program: str) -> set[str]:
    listed = subprocess.run([program, "--gtest_list_tests"], check=True, capture_output=True,
                            text=True).stdout
    return set(re.findall(r"# GetParam\(\) = (\S+)$", listed, re.MULTILINE))


def main() -> str:
    file = pathlib.Path(__file__).parents[1] / "data/crypto_vectors.json"
    ids = [vector["id"] for vector in json.loads(file.read_text())["vectors"]]
    cases = set().union(*map(claimed, sys.argv[1:]))
    faults = [f"{i} is no test case" for i in ids
              if i not in cases and not i.startswith(tuple(NOT_OURS))]
    faults += [f"{i} stands twice" for i in set(ids) if ids.count(i) > 1]
    for prefix in NOT_OURS:
        excused = [i for i in ids if i.startswith(prefix)]
        faults += [] if excused else [f"no vector begins with {prefix}"]
        faults += [f"{i} is a test case after all" for i in excused if i in cases]
    print(f"{len(ids)} known answers, {len(cases & set(ids))} of them test cases")
    return "\n".join(faults)


sys.exit(main() or None)
