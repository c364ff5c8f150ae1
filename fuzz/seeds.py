"""Lays the recorded deliveries where the fuzzers begin: as they came for the parsers, and behind the byte that says
how much of the rest is signature for the checks of signatures. The other targets begin with the files of `fuzz/seeds`, which
are kept: what a fuzzer finds is put there when it is mended."""

import hashlib
import json
import pathlib
import sys

corpus = pathlib.Path(sys.argv[1])
for kept in sorted(pathlib.Path("fuzz/seeds").glob("*/*")):
    (corpus / kept.parent.name).mkdir(parents=True, exist_ok=True)
    (corpus / kept.parent.name / kept.name).write_bytes(kept.read_bytes())
for target in ("parse", "verify", "speak"):
    (corpus / target).mkdir(parents=True, exist_ok=True)
for recorded in sorted(pathlib.Path("tests/data/webhooks").glob("*/*.json")):
    told = json.loads(recorded.read_text())
    body = told.get("xml") or told["body"]
    body = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
    name = hashlib.sha1(body).hexdigest()
    (corpus / "parse" / name).write_bytes(body)
    (corpus / "speak" / name).write_bytes(body)
    (corpus / "verify" / name).write_bytes(b"\x40" + body)
