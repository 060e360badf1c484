# fav_room(NAME SOURCES... [LIBS rooms below...]): one static library for a room of src/.
# fav_test(NAME SOURCES... [LIBS rooms...]): one cmocka program, registered with CTest.

add_library(fav_options INTERFACE)
target_include_directories(fav_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(fav_options INTERFACE
	-include ${FAVONIUS_CONFIG_HEADER}
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
	-Wno-unused-parameter -Wvla -Wundef -fno-common)
if(FAVONIUS_SANITIZE)
	target_compile_options(fav_options INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(fav_options INTERFACE -fsanitize=address,undefined)
endif()

function(fav_room name)
	cmake_parse_arguments(R "" "" "SOURCES;LIBS" ${ARGN})
	add_library(fav_${name} STATIC ${R_SOURCES})
	target_include_directories(fav_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
	target_link_libraries(fav_${name} PUBLIC fav_options)
	foreach(lib IN LISTS R_LIBS)
		target_link_libraries(fav_${name} PUBLIC fav_${lib})
	endforeach()
endfunction()

function(fav_test name)
	cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
	if(NOT T_TIMEOUT)
		set(T_TIMEOUT 120)
	endif()
	add_executable(test_${name} ${T_SOURCES})
	target_include_directories(test_${name} PRIVATE
		${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
	foreach(lib IN LISTS T_LIBS)
		target_link_libraries(test_${name} PRIVATE fav_${lib})
	endforeach()
	target_link_libraries(test_${name} PRIVATE cmocka)
	add_test(NAME ${name} COMMAND test_${name})
	set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT})
endfunction()
