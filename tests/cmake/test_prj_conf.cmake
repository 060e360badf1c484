# SPDX-License-Identifier: Apache-2.0

# read_conf(TEXT): sets status, header (what was generated) and error.
function(read_conf text)
	set(conf "${WORK}/a prj.conf")
	file(WRITE "${conf}" "${text}")
	file(REMOVE "${WORK}/a header.h")
	execute_process(COMMAND ${CMAKE_COMMAND} -DSOURCE=${SOURCE} -DCONF=${conf}
		"-DHEADER=${WORK}/a header.h" -P ${SOURCE}/tests/cmake/read.cmake
		RESULT_VARIABLE result ERROR_VARIABLE error_text)
	# CMake breaks long messages into lines.
	string(REGEX REPLACE "[ \n]+" " " error_text "${error_text}")
	set(generated "")
	if(EXISTS "${WORK}/a header.h")
		file(READ "${WORK}/a header.h" generated)
	endif()
	set(status "${result}" PARENT_SCOPE)
	set(header "${generated}" PARENT_SCOPE)
	set(error "${error_text}" PARENT_SCOPE)
endfunction()

function(expect what text part)
	string(FIND "${text}" "${part}" at)
	if(at EQUAL -1)
		message(SEND_ERROR "${what}: expected '${part}' in '${text}'")
	endif()
endfunction()

read_conf("# comment\n\nCONFIG_A=y\n  CONFIG_B=n  \r\nCONFIG_C=12\nCONFIG_D=\"a;b [c] # d\"\nCONFIG_E=0x1F\nCONFIG_F=-3")
expect("a good file" "${status}" "0")
expect("y defines 1" "${header}" "#undef CONFIG_A\n#define CONFIG_A 1\n")
expect("n undefines" "${header}" "#undef CONFIG_B\n#undef CONFIG_C\n#define CONFIG_C 12\n")
expect("a string keeps its characters" "${header}" "#define CONFIG_D \"a;b [c] # d\"\n")
expect("hexadecimal" "${header}" "#define CONFIG_E 0x1F\n")
expect("the last line needs no end" "${header}" "#define CONFIG_F -3\n")
expect("the defaults come first" "${header}" "#include <favonius/config.h>\n#undef CONFIG_A\n")

read_conf("\n\n# [ ; \n\nCONFIG_A y\n")
expect("a line without = fails" "${status}" "1")
expect("empty lines count" "${error}" "a prj.conf:5: expected CONFIG_NAME=value, found 'CONFIG_A y'")

read_conf("CONFIG_A=yes\n")
expect("another value fails" "${error}" "a prj.conf:1: CONFIG_A: the value is y, n, a number")

read_conf("CONFIG_A=\n")
expect("no value fails" "${error}" "found ''")

read_conf("CONFIG_A=\"x\ny\"\n")
expect("an open string fails" "${error}" "a prj.conf:1: CONFIG_A")
