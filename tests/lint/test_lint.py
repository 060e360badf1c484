#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each lint finds a file that breaks its rule, with the right line, and passes one that does not."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */\n"


class LintTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="favonius lint ")
        self.root = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_lint(self, name, *args):
        done = subprocess.run([sys.executable, TOOLS / f"lint_{name}.py", *(args or [self.root])],
                              capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def assert_clean(self, name, *args):
        self.assertEqual(self.run_lint(name, *args), (0, ""))

    def assert_found(self, name, *parts, args=()):
        status, out = self.run_lint(name, *args)
        self.assertEqual(status, 1)
        self.assertEqual(len(out.splitlines()), 1, out)
        for part in parts:
            self.assertIn(part, out)


class Includes(LintTest):
    def test_downward_includes_pass(self):
        self.write("src/hci/h4.h", LICENCE)
        self.write("src/hci/h4.c", '#include <errno.h>\n#include <zephyr/net_buf.h>\n'
                                   '#include "h4.h"\n#include "hci/h4.h"\n')
        self.write("src/port/posix/idle.c", "#include <poll.h>\n#include <favonius/port.h>\n")
        self.write("src/air/medium.c", '#include "controller/radio.h"\n')
        self.write("src/controller/radio.h", LICENCE)
        self.write("micropython/bluetooth/a.c", '#include "py/runtime.h"\n'
                                                '#include <zephyr/bluetooth/gatt.h>\n')
        self.write("micropython/unix/wait.c", "#include <poll.h>\n")
        self.assert_clean("includes")

    def test_host_including_the_controller_is_found(self):
        self.write("src/controller/ll.h", LICENCE)
        self.write("src/host/conn.c", '#include <errno.h>\n#include "controller/ll.h"\n')
        self.assert_found("includes", "src/host/conn.c:2:", "private header of controller")

    def test_a_relative_way_to_another_room_is_found(self):
        self.write("src/controller/ll.h", LICENCE)
        self.write("src/host/conn.c", '#include "../controller/ll.h"\n')
        self.assert_found("includes", "src/host/conn.c:1:")

    def test_an_upper_rooms_public_header_is_found(self):
        self.write("src/hci/h4.c", "#include <zephyr/bluetooth/gatt.h>\n")
        self.assert_found("includes", "gatt.h of host included by hci")

    def test_an_operating_system_header_outside_port_is_found(self):
        self.write("src/hci/uart.c", "#include <termios.h>\n")
        self.assert_found("includes", "<termios.h> is neither ISO C nor ours")

    def test_a_public_header_obeys_its_room(self):
        self.write("include/favonius/hci.h", "#include <zephyr/bluetooth/conn.h>\n")
        self.assert_found("includes", "include/favonius/hci.h:1:", "conn.h of host")

    def test_a_room_outside_the_table_is_found(self):
        self.write("src/attic/old.c", LICENCE)
        self.assert_found("includes", "room attic")

    def test_micropython_reaches_public_headers_only(self):
        self.write("src/host/host.h", LICENCE)
        self.write("micropython/bluetooth/a.c", '#include "host/host.h"\n')
        self.assert_found("includes", "private header of host included by micropython")


class Headers(LintTest):
    GOOD = """/** Do it.
 * @retval 0 Done.
 * @retval -EINVAL Not so.
 * Context: any.
 * Spec: Core 6.0 Vol 3 Part F 3.4.
 */
int bt_x_do(struct bt_x *x, void (*cb)(int))
\t__attribute__((warn_unused_result));
"""

    def header(self, text, name="include/zephyr/bluetooth/x.h"):
        self.write(name, LICENCE + "#ifndef X_H_\n" + text + "#endif\n")

    def test_a_documented_prototype_passes(self):
        self.header(self.GOOD)
        self.assert_clean("headers")

    def test_declarations_that_are_no_functions_pass(self):
        self.header("struct bt_x {\n\tint (*cb)(int);\n};\ntypedef void (*bt_cb)(int);\n"
                    "extern const struct bt_x bt_x_all;\n#define X(a) int a(int)\n"
                    "enum bt_y { BT_Y_A = (1), };\nBUILD_ASSERT(1);\n")
        self.assert_clean("headers")

    def test_a_missing_comment_is_found(self):
        self.header("\nint bt_x_do(int a);\n")
        self.assert_found("headers", "x.h:4:", "no doc comment")

    def test_a_plain_comment_is_none(self):
        self.header("/* Do it. @retval 0 Context: any. Spec: x */\nvoid bt_x_do(int a);\n")
        self.assert_found("headers", "no doc comment")

    def test_missing_results_are_found(self):
        self.header(self.GOOD.replace("@retval", "result"))
        self.assert_found("headers", "tells no result")

    def test_a_missing_context_is_found(self):
        self.header(self.GOOD.replace("Context:", "From:"))
        self.assert_found("headers", "calling context")

    def test_a_missing_section_is_found_in_the_host_only(self):
        self.header(self.GOOD.replace("Spec:", "See:"), "include/zephyr/sys/x.h")
        self.assert_clean("headers")
        self.header(self.GOOD.replace("Spec:", "See:"))
        self.assert_found("headers", "section of the specification")

    def test_the_files_comment_can_tell_the_context_of_all(self):
        self.header("/** @file\n * Lists. Context: any.\n */\n/** Do it. */\nvoid sys_x(int a);\n",
                    "include/zephyr/sys/x.h")
        self.assert_clean("headers")

    def test_an_inline_function_needs_a_comment(self):
        self.header("static inline int sys_x(int a)\n{\n\tif (a) {\n\t\treturn 1;\n\t}\n"
                    "\treturn 0;\n}\n", "include/zephyr/sys/x.h")
        self.assert_found("headers", "sys_x() has no doc comment")

    def test_a_family_shares_a_comment_and_a_blank_line_ends_it(self):
        self.header("/** All. Context: any. */\nvoid sys_a(int a);\nvoid sys_b(int b);\n"
                    "\nvoid sys_c(int c);\n", "include/zephyr/sys/x.h")
        self.assert_found("headers", "sys_c() has no doc comment")

    def test_what_follows_extern_c_is_seen(self):
        self.header('#ifdef __cplusplus\nextern "C" {\n#endif\nvoid sys_a(int a);\n'
                    "#ifdef __cplusplus\n}\n#endif\n", "include/zephyr/sys/x.h")
        self.assert_found("headers", "x.h:6:", "sys_a() has no doc comment")


class Text(LintTest):
    def test_a_tidy_file_passes(self):
        self.write("src/a.c", LICENCE + "int a;\n")
        self.write("docs/a.md", "Sockets may lie in /tmp/air; see include/zephyr/work/x.\n")
        self.assert_clean("text")

    def test_a_missing_licence_is_found(self):
        self.write("src/a.c", "int a;\n")
        self.assert_found("text", "src/a.c:1: no licence line")

    def test_unfinished_work_is_found(self):
        self.write("src/a.c", LICENCE + "/* TODO: later */\n")
        self.assert_found("text", "src/a.c:2: unfinished-work marker")

    def test_a_machines_own_path_is_found(self):
        self.write("docs/a.md", "Look into /ho" "me/me/x.\n")
        self.assert_found("text", "docs/a.md:1: path of one machine")

    def test_trailing_space_and_a_missing_newline_are_found(self):
        self.write("a.md", "a \n")
        self.assert_found("text", "a.md:1: white space")
        self.write("a.md", "a")
        self.assert_found("text", "a.md:1: the last line has no end")


class Data(LintTest):
    def archive(self, name, code):
        self.write("a.c", code)
        subprocess.run([os.environ.get("CC", "cc"), "-fPIC", "-c", "a.c", "-o", "a.o"],
                       cwd=self.root, check=True)
        (self.root / name).unlink(missing_ok=True)
        subprocess.run(["ar", "rcs", name, "a.o"], cwd=self.root, check=True)
        return [str(self.root / name)]

    def test_constants_pass(self):
        self.assert_clean("data", *self.archive(
            "libfav_host.a", 'const int a = 1; static const char *const n[] = {"a"};\n'
                             "int f(int i) { return a + n[0][i]; }\n"))

    def test_each_kind_of_writable_data_is_found(self):
        for code in ("int a = 1;", "int a;", 'const char *a = "x";', "static int a[4];"
                     "int f(void) { return a[0]++; }", "_Thread_local int a;",
                     "int f(void) { static int a; return a++; }"):
            with self.subTest(code):
                self.assert_found("data", "libfav_host.a(a.o)", "a",
                                  args=self.archive("libfav_host.a", code + "\n"))

    def test_the_default_host_is_allowed_in_its_place_only(self):
        self.assert_clean("data", *self.archive("libfav_host.a", "int default_host;\n"))
        self.assert_found("data", "default_host",
                          args=self.archive("libfav_hci.a", "int default_host;\n"))


class Attacks(LintTest):
    ROW = "| an attack | CVE-2001-1 | `{}` | `tests/host/test_a.c` |\n"
    CODE = "static void {0}(void **state)\n{{\n}}\n\nint main(void)\n{{\n\treturn RUN({0});\n}}\n"

    def test_what_is_listed_and_run_passes(self):
        self.write("docs/security.md", self.ROW.format("cve_2001_1_a"))
        self.write("tests/host/test_a.c", self.CODE.format("cve_2001_1_a"))
        self.assert_clean("attacks")

    def test_a_row_without_its_test_is_found(self):
        self.write("docs/security.md", "#\n" + self.ROW.format("cve_2001_1_a"))
        self.write("tests/host/test_a.c", self.CODE.format("another"))
        self.assert_found("attacks", "docs/security.md:2:", "cve_2001_1_a")

    def test_a_test_that_is_not_run_is_found(self):
        self.write("docs/security.md", self.ROW.format("cve_2001_1_a"))
        self.write("tests/host/test_a.c", "static void cve_2001_1_a(void **state)\n{\n}\n")
        self.assert_found("attacks", "is not run")

    def test_a_test_of_an_attack_that_is_not_listed_is_found(self):
        self.write("docs/security.md", "nothing\n")
        self.write("tests/host/test_a.c", "\n" + self.CODE.format("blesa_again"))
        self.assert_found("attacks", "tests/host/test_a.c:2:", "blesa_again")


if __name__ == "__main__":
    unittest.main()
