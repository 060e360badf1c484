# SPDX-License-Identifier: Apache-2.0
#
# The tests, where they are wanted and cmocka is there.

if(NOT FAVONIUS_TESTS)
	return()
endif()

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
	pkg_check_modules(CMOCKA QUIET IMPORTED_TARGET cmocka)
endif()
if(NOT CMOCKA_FOUND)
	set(_why "pkg-config does not find cmocka; Debian and Ubuntu: "
		"apt-get install pkg-config libcmocka-dev")
	if(FAVONIUS_TESTS STREQUAL "AUTO")
		message(STATUS "Not building the tests: " ${_why})
		return()
	endif()
	message(FATAL_ERROR "FAVONIUS_TESTS is ON, but " ${_why} ", or -DFAVONIUS_TESTS=OFF")
endif()

enable_testing()
add_subdirectory(tests)

get_property(_fuzz_list GLOBAL PROPERTY FAV_FUZZ_LIST)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/fuzz-targets.txt CONTENT "${_fuzz_list}")
