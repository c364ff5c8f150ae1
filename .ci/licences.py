"""Refuses a dependency whose licence nobody has agreed to. Reads only what cargo already has; no network."""

import json
import re
import subprocess
import sys

AGREED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "Unicode-3.0", "Unlicense", "Zlib",
}


def agreed(expression):
    """An OR needs one agreed side, an AND both; `/` is the old way to write OR."""
    text = expression.replace("/", " OR ").strip()
    while text.startswith("(") and matching(text) == len(text) - 1:
        text = text[1:-1].strip()
    for word, enough in ((" OR ", any), (" AND ", all)):
        sides = split(text, word)
        if len(sides) > 1:
            return enough(agreed(side) for side in sides)
    return re.sub(r"\s+", " ", text) in AGREED


def matching(text):
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place
    return -1


def split(text, word):
    """Splits at `word` outside of brackets."""
    sides, depth, begin = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and text.startswith(word, place):
            sides.append(text[begin:place])
            begin = place + len(word)
    return sides + [text[begin:]]


def main():
    call = ["cargo", "metadata", "--format-version", "1", "--locked"]
    packages = json.loads(subprocess.run(call, check=True, capture_output=True).stdout)["packages"]
    bad = [f"{p['name']} {p['version']}: {p['license']}" for p in packages if not agreed(p["license"] or "none given")]
    if bad:
        sys.exit("licences that nobody has agreed to:\n  " + "\n  ".join(bad))
    print(f"{len(packages)} packages, all under agreed licences")


main()
