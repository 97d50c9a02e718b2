# Manual pages and completions, made by a program that links the very tables by
# which options are parsed. The table is in main.c, whose main() is renamed there.
add_library(describe_table OBJECT ${RULEGAP_MAIN})
target_include_directories(describe_table PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(describe_table PRIVATE main=program_main _GNU_SOURCE RULEGAP_VERSION="${PROJECT_VERSION}")
add_executable(describe ${PROJECT_SOURCE_DIR}/tools/describe.c ${PROJECT_SOURCE_DIR}/tools/man.c
	${PROJECT_SOURCE_DIR}/tools/completion.c $<TARGET_OBJECTS:describe_table>)
target_include_directories(describe PRIVATE ${PROJECT_SOURCE_DIR}/tools)
target_link_libraries(describe PRIVATE rg_all)
if(RULEGAP_WHOLE)
	target_link_options(describe PRIVATE -fno-lto)
endif()

set(described ${PROJECT_BINARY_DIR}/described)
set(sections ${PROJECT_SOURCE_DIR}/docs/man/sections.man)
file(MAKE_DIRECTORY ${described})
file(STRINGS ${RULEGAP_MAIN} command_rows REGEX "^\t&command_[a-z]+,")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${RULEGAP_MAIN})
set(manual_pages ${described}/rulegap.1)
add_custom_command(OUTPUT ${described}/rulegap.1 COMMAND describe man ${sections} > ${described}/rulegap.1
	DEPENDS describe ${sections} VERBATIM)
foreach(row ${command_rows})
	string(REGEX REPLACE "^\t&command_([a-z]+),.*" "\\1" name "${row}")
	set(page ${described}/rulegap-${name}.1)
	add_custom_command(OUTPUT ${page} COMMAND describe man-${name} > ${page} DEPENDS describe VERBATIM)
	list(APPEND manual_pages ${page})
endforeach()
foreach(shell bash zsh)
	add_custom_command(OUTPUT ${described}/completion.${shell} COMMAND describe ${shell} > ${described}/completion.${shell}
		DEPENDS describe VERBATIM)
endforeach()
add_custom_target(described ALL DEPENDS ${manual_pages} ${described}/completion.bash ${described}/completion.zsh)
