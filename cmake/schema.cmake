# The schema's files become one C file, so that the program needs no file of its
# own to make a database. Run as a script (with OUTPUT, SCHEMA) to write it.
if(CMAKE_SCRIPT_MODE_FILE)
	function(schema_text file out)
		file(READ ${file} text)
		string(REPLACE "\\" "\\\\" text "${text}")
		string(REPLACE "\"" "\\\"" text "${text}")
		string(REPLACE "\n" "\\n\"\n\t\"" text "${text}")
		set(${out} "\"${text}\"" PARENT_SCOPE)
	endfunction()

	file(GLOB files ${SCHEMA}/[0-9][0-9][0-9]_*.sql)
	list(SORT files)
	set(rows "")
	set(number 0)
	foreach(file ${files})
		math(EXPR number "${number} + 1")
		get_filename_component(name ${file} NAME)
		string(SUBSTRING ${name} 0 3 prefix)
		if(NOT prefix EQUAL number)
			message(FATAL_ERROR "${name}: the numbers of migrations must follow each other")
		endif()
		schema_text(${file} text)
		string(APPEND rows "\t/* ${name} */\n\t${text},\n")
	endforeach()
	schema_text(${SCHEMA}/views.sql views)
	file(WRITE ${OUTPUT} "/* Made from schema/ by cmake/schema.cmake. */\n#include \"record/schema.h\"\n\n"
		"const char *const schema_migrations[] = {\n${rows}};\n"
		"const int schema_version = ${number};\nconst char *const schema_views =\n\t${views};\n")
	return()
endif()

file(GLOB schema_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/schema/*.sql)
set(schema_source ${PROJECT_BINARY_DIR}/generated/schema.c)
add_custom_command(OUTPUT ${schema_source}
	COMMAND ${CMAKE_COMMAND} -DOUTPUT=${schema_source} -DSCHEMA=${PROJECT_SOURCE_DIR}/schema
		-P ${PROJECT_SOURCE_DIR}/cmake/schema.cmake
	DEPENDS ${schema_files} ${PROJECT_SOURCE_DIR}/cmake/schema.cmake VERBATIM)
target_sources(rg_record PRIVATE ${schema_source})
