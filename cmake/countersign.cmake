# The compiler's settings, the libraries of the distribution, and the one way a folder becomes a library.

option(COUNTERSIGN_FUZZ "build the fuzz targets (clang)" OFF)
option(COUNTERSIGN_WERROR "warnings are errors" OFF)
option(COUNTERSIGN_UNITY "compile several sources as one unit: a build from nothing takes a third of the time" OFF)
option(COUNTERSIGN_DEBUG_FILES "debug information goes beside the programs; OFF: it stays inside" ON)
set(COUNTERSIGN_SANITIZE "" CACHE STRING "sanitizers to build with, as -fsanitize takes them")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
                    -Wimplicit-fallthrough -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    add_compile_options(-Wthread-safety)  # base/mutex.h
endif()
if(COUNTERSIGN_WERROR)
    add_compile_options(-Werror)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS COUNTERSIGN_VERSION="${PROJECT_VERSION}")
set(CMAKE_CXX_FLAGS_DEBUG "-g1")  # lines for stack traces, and no more to write
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
    add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro,-z,now)
if(COUNTERSIGN_SANITIZE)
    add_compile_options(-fsanitize=${COUNTERSIGN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${COUNTERSIGN_SANITIZE})
endif()
# No object names the place of its checkout, so that ccache knows it again in any other.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=true
        ${CCACHE})
endif()

find_package(Boost 1.81 REQUIRED CONFIG COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(pugixml REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
include(GoogleTest)

# Sources of one target are compiled several at a time, which reads their headers once. A name of an unnamed namespace
# is therefore one of its whole folder.
function(compile_together name)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ${COUNTERSIGN_UNITY} UNITY_BUILD_BATCH_SIZE 13)
endfunction()

# countersign_library(NAME dependency...): every *.cc of the folder and of those inside that are no library of their
# own, but the *_test.cc, is the static library NAME; every *_test.cc is part of the test program NAME_test, registered
# with CTest.
function(countersign_library name)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
    file(GLOB inner ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
    foreach(other ${inner})
        get_filename_component(other ${other} DIRECTORY)
        list(FILTER sources EXCLUDE REGEX "^${other}/")
    endforeach()
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    if(sources)
        add_library(${name} STATIC ${sources})
        target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(${name} PUBLIC ${ARGN})
        compile_together(${name})
    else()
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(${name} INTERFACE ${ARGN})
    endif()
    if(tests AND NOT COUNTERSIGN_FUZZ)
        add_executable(${name}_test ${tests})
        target_link_libraries(${name}_test PRIVATE ${name} GTest::gtest GTest::gmock GTest::gtest_main)
        # Tests run once: that they are built quickly counts more.
        target_compile_options(${name}_test PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0 -U_FORTIFY_SOURCE>)
        foreach(test ${tests})
            file(STRINGS ${test} reads_files REGEX "COUNTERSIGN_SOURCE_DIR|tests/vectors\\.h")
            if(reads_files)
                set_source_files_properties(${test} PROPERTIES COMPILE_DEFINITIONS
                    COUNTERSIGN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
            endif()
        endforeach()
        gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60)
    endif()
endfunction()

# debug_file(TARGET): debug information goes to TARGET.debug beside the program, which says where it is.
find_program(OBJCOPY objcopy REQUIRED)
function(debug_file name)
    if(NOT CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" OR NOT COUNTERSIGN_DEBUG_FILES)
        return()
    endif()
    set(file $<TARGET_FILE:${name}>)
    add_custom_command(TARGET ${name} POST_BUILD
        COMMAND ${OBJCOPY} --only-keep-debug ${file} ${file}.debug
        COMMAND ${OBJCOPY} --strip-debug --add-gnu-debuglink=${file}.debug ${file} ${file}.stripped
        COMMAND ${CMAKE_COMMAND} -E rename ${file}.stripped ${file}  # it may run
        VERBATIM)
endfunction()
