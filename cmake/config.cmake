# SPDX-License-Identifier: Apache-2.0
#
# Turns a prj.conf into the header that every file is compiled with: the defaults, then the
# overrides. "CONFIG_X=n" leaves CONFIG_X undefined; a disabled option is never 0.
#
# prj.conf has Kconfig's syntax: CONFIG_NAME=value with y, n, a number or a "string" as the value,
# one a line, and comments on lines of their own.

# Sets OUT to the C lines for one assignment, or ends the configuration with FILE:NUMBER.
function(_fav_config_line out file number line)
	if(NOT line MATCHES "^(CONFIG_[A-Za-z0-9_]+)=(.*)$")
		message(FATAL_ERROR "${file}:${number}: expected CONFIG_NAME=value, found '${line}'")
	endif()
	set(name "${CMAKE_MATCH_1}")
	set(value "${CMAKE_MATCH_2}")
	if(value STREQUAL "y")
		set(define "#define ${name} 1\n")
	elseif(value STREQUAL "n")
		set(define "")
	elseif(value MATCHES "^-?[0-9]+$" OR value MATCHES "^0[xX][0-9a-fA-F]+$"
			OR value MATCHES "^\"([^\"\\]|\\\\.)*\"$")
		set(define "#define ${name} ${value}\n")
	else()
		message(FATAL_ERROR "${file}:${number}: ${name}: the value is y, n, a number or a "
			"\"string\", found '${value}'")
	endif()
	set(${out} "#undef ${name}\n${define}" PARENT_SCOPE)
endfunction()

# Sets OUT to the C lines for all of FILE. Not a CMake list at any point: a list would split at ';',
# merge at '[' and lose empty lines, and with them the line numbers.
function(fav_config_read out file)
	file(READ "${file}" text)
	string(REPLACE "\r\n" "\n" text "${text}")
	set(lines "")
	set(number 0)
	while(NOT text STREQUAL "")
		math(EXPR number "${number} + 1")
		string(FIND "${text}" "\n" end)
		if(end EQUAL -1)
			set(line "${text}")
			set(text "")
		else()
			string(SUBSTRING "${text}" 0 ${end} line)
			math(EXPR end "${end} + 1")
			string(SUBSTRING "${text}" ${end} -1 text)
		endif()
		string(STRIP "${line}" line)
		if(NOT line STREQUAL "" AND NOT line MATCHES "^#")
			_fav_config_line(define "${file}" ${number} "${line}")
			string(APPEND lines "${define}")
		endif()
	endwhile()
	set(${out} "${lines}" PARENT_SCOPE)
endfunction()

# Writes HEADER from CONF (which may be empty), touching it only when it changes.
function(fav_config_write header conf)
	set(lines "")
	if(NOT conf STREQUAL "")
		if(NOT EXISTS "${conf}" OR IS_DIRECTORY "${conf}")
			message(FATAL_ERROR "FAVONIUS_CONF: there is no file ${conf}")
		endif()
		fav_config_read(lines "${conf}")
	endif()
	file(CONFIGURE OUTPUT "${header}" @ONLY CONTENT
"/* Generated from prj.conf by cmake/config.cmake. */
#ifndef FAVONIUS_CONFIG_GENERATED_H_
#define FAVONIUS_CONFIG_GENERATED_H_
#include <favonius/config.h>
@lines@#endif
")
endfunction()
