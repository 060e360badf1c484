#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public headers are the manual: each function prototype in include/ has a doc comment that tells
its results (@retval or @return, when it returns an error), its calling context ("Context:"), and in
include/zephyr/bluetooth/ its section of the specification ("Spec:").

Context and Spec may stand once in the file's comment (@file) when they hold for all of it. Inline
functions and names with a double underscore need a comment only. One comment may stand before a
family: functions that follow it without a blank line, or inline functions one after another.

usage: lint_headers.py [ROOT]
"""

import pathlib
import re
import sys

import lint_common

TOKEN = re.compile(
    r'(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<directive>^[ \t]*#(?:\\\n|[^\n])*)'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")|(?P<char>[{}();]|.|\n)', re.S | re.M)
PROTOTYPE = re.compile(r"^(?P<type>[\w\s*]*?[\w*][\s*]+)(?P<name>\w+)\s*\(")


# Bookkeeping of the host's objects, of which the specification says nothing.
NO_SECTION = re.compile(
    r"bt_\w*(_ref|_unref|_foreach|_lookup_\w+|_to_str|_from_str|_(un)?register|_index|_user_data\w*)"
    r"|bt_conn_get_(info|dst)|bt_is_ready|bt_data_\w+|bt_(get|set)_(name|appearance)"
    r"|bt_gatt_attr_(next|get_handle|value_handle)|bt_gatt_service_(un)?register")


class Declaration:
    """One declaration at file scope, with the doc comment right before it."""

    def __init__(self, text, line, end, doc, body):
        self.text, self.line, self.end, self.doc, self.body = text, line, end, doc, body

    def inherit(self, previous):
        """Takes the comment of the family that it goes on with."""
        if not self.doc and previous and (
                self.line - previous.end <= 1 or (self.body and previous.body)):
            self.doc = previous.doc


def declarations(text):
    """Yields each Declaration; a struct's members and a function's body are left out."""
    text = re.sub(r"^#ifdef __cplusplus\n.*?^#endif[^\n]*$",
                  lambda m: "\n" * m.group().count("\n"), text, flags=re.S | re.M)
    statement, line, doc, braces, parens, body = "", 0, None, 0, 0, False
    pending = None
    for match in TOKEN.finditer(text):
        token = match.group()
        end = text.count("\n", 0, match.start()) + 1
        if match.lastgroup == "directive":
            continue
        if match.lastgroup == "comment":
            if token.startswith("/**") and not statement.strip() and braces == 0:
                pending = token
            continue
        if not statement.strip() and not token.strip():
            continue
        if not statement.strip() and braces == 0:
            line, doc, pending, body = end, pending, None, False
        if token == "{":
            if braces == 0:
                body = re.search(r"\)[\s\w()]*$", statement) is not None
            braces += 1
        elif token == "}":
            braces -= 1
            if braces == 0 and body:
                yield Declaration(statement, line, end, doc, True)
                statement = ""
            continue
        if braces == 0:
            parens += (token == "(") - (token == ")")
            if token == ";" and parens == 0:
                yield Declaration(statement, line, end, doc, False)
                statement = ""
            else:
                statement += token


def function(declaration):
    """(name, return type) when it declares a function, or None."""
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)\s*\)?", " ", declaration.text)
    match = PROTOTYPE.match(" ".join(text.split()))
    if not match or match.group("type").split()[0] in ("typedef", "return", "struct;"):
        return None
    return match.group("name"), match.group("type")


def lacks(declaration, name, kind, path, file_doc):
    """Yields (what, what to do) for each part that a function's comment lacks."""
    doc = declaration.doc
    if not doc:
        yield f"{name}() has no doc comment", "say what it does: /** ... */"
        return
    if declaration.body or "__" in name or name.startswith(("_", "z_")):
        return
    words = kind.replace("extern", "").split()
    if words == ["int"] and not re.search(r"@(retval|returns?)\b", doc):
        yield f"{name}() returns int and tells no result", "add @retval for 0 and each errno"
    if "Context:" not in doc and "Context:" not in file_doc:
        yield f"{name}() tells no calling context", \
            "add Context: (any including ISR; thread, never waits; thread, may wait; loop only)"
    if path.match("include/zephyr/bluetooth/*") and "Spec:" not in doc + file_doc \
            and not NO_SECTION.fullmatch(name):
        yield f"{name}() names no section of the specification", \
            "add Spec: Core 6.0 Vol ... Part ..."


def main(argv):
    root = pathlib.Path(argv[1] if len(argv) > 1 else ".").resolve()
    findings = lint_common.Findings()
    for path in lint_common.files(root, "include/**"):
        if path.suffix != ".h":
            continue
        text = (root / path).read_text()
        file_doc = "".join(c for c in re.findall(r"/\*\*.*?\*/", text, re.S) if "@file" in c)
        previous = None
        seen = set()
        for declaration in declarations(text):
            declaration.inherit(previous)
            previous = declaration
            found = function(declaration)
            # The other branch of an #if needs no second comment.
            if found and found[0] not in seen:
                seen.add(found[0])
                for why in lacks(declaration, *found, path, file_doc):
                    findings.add(path, declaration.line, *why)
    findings.exit()


if __name__ == "__main__":
    main(sys.argv)
