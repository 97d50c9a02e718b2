# The shipped endpoint lists become part of the program, so that they are found
# wherever it is. This file is both: included (adds the step), and run by
# cmake -P for the step itself.
if(CMAKE_SCRIPT_MODE_FILE)
	set(text "#include \"attribute/list_shipped.h\"\n\n")
	set(rows "")
	set(number 0)
	foreach(file ${LISTS})
		get_filename_component(name ${file} NAME_WLE)
		file(READ ${file} bytes HEX)
		string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
		string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
		string(APPEND text "static const unsigned char list_${number}[] = {\n${bytes}\n};\n\n")
		string(APPEND rows "\t{\"${name}\", list_${number}, sizeof list_${number}},\n")
		math(EXPR number "${number} + 1")
	endforeach()
	file(WRITE ${OUTPUT} "${text}const struct shipped_list shipped_lists[] = {\n${rows}\t{0},\n};\n")
	return()
endif()

file(GLOB shipped_lists CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/schema/endpoints/*.yaml)
set(shipped_source ${PROJECT_BINARY_DIR}/generated/shipped_lists.c)
add_custom_command(OUTPUT ${shipped_source}
	COMMAND ${CMAKE_COMMAND} "-DLISTS=${shipped_lists}" -DOUTPUT=${shipped_source}
		-P ${CMAKE_CURRENT_LIST_DIR}/shipped.cmake
	DEPENDS ${shipped_lists} ${CMAKE_CURRENT_LIST_DIR}/shipped.cmake
	COMMENT "Embedding the shipped endpoint lists" VERBATIM)
target_sources(rg_attribute PRIVATE ${shipped_source})
target_compile_definitions(rg_attribute PRIVATE
	RULEGAP_LISTS_DIR="${CMAKE_INSTALL_FULL_DATADIR}/rulegap/endpoints")
