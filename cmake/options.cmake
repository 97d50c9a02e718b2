# Compiler options shared by everything that is built here.
include(CheckCCompilerFlag)
option(RULEGAP_TESTS "build the tests" ON)
option(RULEGAP_WERROR "warnings are errors" ON)
option(RULEGAP_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(RULEGAP_COVERAGE "count what the tests run" OFF)
option(RULEGAP_FUZZ "libFuzzer targets (clang)" OFF)

add_library(rg_options INTERFACE)
target_compile_definitions(rg_options INTERFACE _GNU_SOURCE RULEGAP_VERSION="${PROJECT_VERSION}")
target_compile_options(rg_options INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wno-missing-field-initializers -fno-strict-aliasing)
if(RULEGAP_WERROR)
	target_compile_options(rg_options INTERFACE -Werror)
endif()
if(RULEGAP_SANITIZE)
	target_compile_options(rg_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
	target_link_options(rg_options INTERFACE -fsanitize=address,undefined)
else()
	target_compile_options(rg_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:-fstack-protector-strong>
		$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
	foreach(flag -fcf-protection=full -fstack-clash-protection) # where the processor and the compiler have them
		string(MAKE_C_IDENTIFIER "RULEGAP_HAS${flag}" has)
		check_c_compiler_flag("-Werror ${flag}" ${has})
		if(${has})
			target_compile_options(rg_options INTERFACE ${flag})
		endif()
	endforeach()
	target_link_options(rg_options INTERFACE -Wl,-z,relro,-z,now)
	# All files at once: for each packet small functions of many files are called, and a library's way of calling (-fPIC)
	# keeps even those of the same file apart. Objects hold both kinds of code: tests are linked in the ordinary way.
	target_compile_options(rg_options INTERFACE -fPIE)
	if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT RULEGAP_COVERAGE)
		# Two functions that are alike stay two (no icf): they return places in different structures, whose
		# sizes _FORTIFY_SOURCE goes by.
		set(RULEGAP_WHOLE -flto=auto -fno-ipa-icf)
		target_compile_options(rg_options INTERFACE ${RULEGAP_WHOLE} -ffat-lto-objects)
	endif()
	# The C library first: most symbols of all libraries are its own, and the loader asks in this order.
	target_link_options(rg_options INTERFACE -Wl,--push-state,--no-as-needed,-lc,--pop-state)
endif()
if(RULEGAP_COVERAGE)
	target_compile_options(rg_options INTERFACE --coverage)
	target_link_options(rg_options INTERFACE --coverage)
endif()
if(RULEGAP_FUZZ)
	target_compile_options(rg_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
