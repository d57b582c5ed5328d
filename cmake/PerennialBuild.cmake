# How everything is compiled, and two functions that keep the lists of files
# out of the folders' CMakeLists.txt.

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# Assertions of the C library are for faults of ours: they stay on.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

option(PERENNIAL_SANITIZE "Build with AddressSanitizer and UBSan" OFF)
if(PERENNIAL_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
  # g++ 12 warns falsely where the sanitizers' code stands between.
  add_compile_options(-Wno-maybe-uninitialized)
  add_link_options(-fsanitize=address,undefined)
endif()

# Some dependencies ask for it, and compiled headers fit only where the options are the same.
add_compile_options(-pthread)

find_program(CCACHE ccache)
if(CCACHE)
  # The settings make hits possible from any folder and with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE})
  add_compile_options(-fpch-preprocess)
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(GTest REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_library(UTF8PROC utf8proc REQUIRED)
find_path(XXHASH xxhash.h REQUIRED)

option(PERENNIAL_PCH "Precompile the headers that nearly every file includes" ON)

function(perennial_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
endfunction()

# perennial_precompiled_headers(NAME dep...): an empty library whose only use is
# that others reuse NAME.h of this folder in its compiled form.
function(perennial_precompiled_headers name)
  if(PERENNIAL_PCH)
    file(CONFIGURE OUTPUT ${name}.cc CONTENT "")
    add_library(${name} STATIC ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
    target_link_libraries(${name} PRIVATE ${ARGN})
    perennial_warnings(${name})  # g++ takes it up only under the same options
    target_precompile_headers(${name} PRIVATE ${name}.h)
  endif()
endfunction()

function(perennial_reuse_headers target name)
  if(PERENNIAL_PCH)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

# perennial_library(NAME [WHOLE] dep... [FOLDERS folder...]): every .cc of this folder, and of the
# given ones below it, in one static library, and every *_test.cc in one test program NAME_test.
# WHOLE: programs link all of it, so that files which register themselves need nobody to name them.
function(perennial_library name)
  cmake_parse_arguments(arg "WHOLE" "" "FOLDERS" ${ARGN})
  set(deps ${arg_UNPARSED_ARGUMENTS})
  list(TRANSFORM arg_FOLDERS APPEND "/*.cc")
  file(GLOB sources CONFIGURE_DEPENDS *.cc ${arg_FOLDERS})
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(NOT sources)  # nothing in the folder yet
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${deps})
    return()
  endif()
  set(files ${name})
  if(arg_WHOLE)
    set(files ${name}_files)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${files}>")
  endif()
  add_library(${files} STATIC ${sources})
  target_link_libraries(${files} PUBLIC ${deps})
  target_include_directories(${files} PUBLIC ${CMAKE_SOURCE_DIR})
  perennial_warnings(${files})
  perennial_reuse_headers(${files} perennial_pch)
  if(tests)
    perennial_test(${name}_test ${name} SOURCES ${tests})
  endif()
endfunction()

# perennial_test(NAME dep... SOURCES file... [COMMAND word...]): one GoogleTest program, and the
# command that runs it as a test.
function(perennial_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;COMMAND" ${ARGN})
  if(NOT arg_COMMAND)
    set(arg_COMMAND ${name})
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_UNPARSED_ARGUMENTS} GTest::gmock GTest::gtest_main)
  perennial_warnings(${name})
  perennial_reuse_headers(${name} perennial_test_pch)
  add_test(NAME ${name} COMMAND ${arg_COMMAND})
endfunction()
