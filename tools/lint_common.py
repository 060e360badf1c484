# SPDX-License-Identifier: Apache-2.0
"""What the lints share: which files there are, how a finding is printed, how C is read."""

import pathlib
import re
import subprocess
import sys


def files(root, *patterns):
    """The repository's files (tracked, or new and not ignored) that match a pattern, sorted.

    Bad samples for the lints' own tests are left out. Outside a repository: every file.
    """
    root = pathlib.Path(root)
    try:
        out = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"],
            check=True, capture_output=True).stdout.decode()
        names = [name for name in out.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names:
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
    found = sorted({pathlib.PurePosixPath(name) for name in names})
    return [p for p in found if any(matches(p, pattern) for pattern in patterns)
            and not matches(p, "tests/lint/bad/**") and (root / p).is_file()]


def matches(path, pattern):
    """Glob with ** for any folders; a pattern without a slash matches the name alone."""
    if "/" not in pattern:
        return path.match(pattern)
    regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
    return re.fullmatch(regex.replace(r"\*", "[^/]*"), str(path)) is not None


class Findings:
    """Prints file:line: what: what to do, and counts."""

    def __init__(self):
        self.count = 0

    def add(self, path, line, what, todo):
        self.count += 1
        print(f"{path}:{line}: {what}: {todo}")

    def exit(self):
        sys.exit(1 if self.count else 0)


def blank_comments(text):
    """The C text with comments and string contents blanked, line numbers kept."""
    def blank(match):
        token = match.group()
        if token.startswith("/"):
            return re.sub(r"[^\n]", " ", token)
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)
