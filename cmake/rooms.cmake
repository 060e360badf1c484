# SPDX-License-Identifier: Apache-2.0
#
# fav_room(NAME SOURCES... [LIBS rooms...]): one static library for a room of src/.
# fav_test(NAME SOURCES... [LIBS rooms...] [TIMEOUT seconds]): one cmocka program under CTest.
# fav_fuzz(NAME SOURCES... [LIBS rooms...] [CORPUS folder]): one fuzz target, tests/fuzz/README.md.
#
# LIBS are names of rooms; architecture.md says which may be named by which.

add_library(fav_options INTERFACE)
target_include_directories(fav_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
# SHELL keeps the option and its argument together where several are merged; the quotes keep a
# build folder's name with spaces whole.
target_compile_options(fav_options INTERFACE
	"SHELL:-include \"${FAVONIUS_CONFIG_HEADER}\""
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
	-Wno-unused-parameter -Wvla -Wundef -fno-common)
if(FAVONIUS_WERROR)
	target_compile_options(fav_options INTERFACE -Werror)
endif()
if(FAVONIUS_SANITIZE)
	target_compile_options(fav_options INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(fav_options INTERFACE -fsanitize=address,undefined)
endif()
if(FAVONIUS_LIBFUZZER)
	target_compile_options(fav_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# All rooms' libraries, for who links them from outside CMake.
add_custom_target(fav_rooms)

function(fav_room name)
	cmake_parse_arguments(R "" "" "SOURCES;LIBS" ${ARGN})
	add_library(fav_${name} STATIC ${R_SOURCES})
	add_dependencies(fav_rooms fav_${name})
	target_include_directories(fav_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
	target_link_libraries(fav_${name} PUBLIC fav_options)
	foreach(lib IN LISTS R_LIBS)
		target_link_libraries(fav_${name} PUBLIC fav_${lib})
	endforeach()
endfunction()

# What fav_test and fav_fuzz share: the program, with the rooms and the tests' own headers.
function(_fav_test_program target sources libs)
	add_executable(${target} ${sources})
	target_include_directories(${target} PRIVATE
		${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
	target_link_libraries(${target} PRIVATE fav_options)
	foreach(lib IN LISTS libs)
		target_link_libraries(${target} PRIVATE fav_${lib})
	endforeach()
endfunction()

# Labels the test with its folder under tests/, so that "ctest -L sim" runs one kind.
function(_fav_label name)
	file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
	string(REGEX REPLACE "/.*" "" folder "${folder}")
	set_property(TEST ${name} APPEND PROPERTY LABELS "${folder}")
endfunction()

function(fav_test name)
	cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
	if(NOT T_TIMEOUT)
		set(T_TIMEOUT 120)
	endif()
	_fav_test_program(test_${name} "${T_SOURCES}" "${T_LIBS}")
	target_link_libraries(test_${name} PRIVATE PkgConfig::CMOCKA)
	add_test(NAME ${name} COMMAND test_${name})
	set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT})
	_fav_label(${name})
endfunction()

function(fav_fuzz name)
	cmake_parse_arguments(F "" "TIMEOUT;CORPUS" "SOURCES;LIBS" ${ARGN})
	if(NOT F_TIMEOUT)
		set(F_TIMEOUT 120)
	endif()
	if(NOT FAVONIUS_LIBFUZZER)
		list(APPEND F_SOURCES ${PROJECT_SOURCE_DIR}/tests/fuzz/standalone.c)
	endif()
	_fav_test_program(fuzz_${name} "${F_SOURCES}" "${F_LIBS}")
	# libFuzzer calls a function that no header declares.
	target_compile_options(fuzz_${name} PRIVATE -Wno-missing-prototypes)
	if(FAVONIUS_LIBFUZZER)
		target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
	endif()
	if(F_CORPUS)
		get_filename_component(F_CORPUS ${F_CORPUS} ABSOLUTE)
	endif()
	# tools/fuzz.sh reads this list.
	set_property(GLOBAL APPEND_STRING PROPERTY FAV_FUZZ_LIST
		"$<TARGET_FILE:fuzz_${name}>\t${F_CORPUS}\n")
	if(NOT FAVONIUS_LIBFUZZER)
		add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${F_CORPUS})
		set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT ${F_TIMEOUT})
		_fav_label(fuzz_${name})
	endif()
endfunction()
