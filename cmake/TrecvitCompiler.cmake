# One place for the language standard, warnings, sanitizers and the compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(TRECVIT_CCACHE ccache)
if(TRECVIT_CCACHE)
  # With this sloppiness a precompiled header does not defeat the cache; with the base folder another checkout hits it.
  set(TRECVIT_CACHED ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${TRECVIT_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TRECVIT_CACHED})
  set(CMAKE_C_COMPILER_LAUNCHER ${TRECVIT_CACHED})
endif()

# Every target of ours links this one. -ffp-contract=off: a product and a sum are fused only where the code says fma, so
# the reference provider computes the written equation on every compiler.
add_library(trecvit_flags INTERFACE)
target_include_directories(trecvit_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(trecvit_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough $<$<BOOL:${TRECVIT_WERROR}>:-Werror> -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of g++ 12 inside libstdc++, fmt and its own intrinsics when it inlines deeply.
  target_compile_options(trecvit_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-maybe-uninitialized
      -Wno-uninitialized>)
  # Sources that are compiled together are included by a generated file. g++ takes them for headers, in which a type should
  # have no members from an anonymous namespace.
  target_compile_options(trecvit_flags INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>)
endif()

# trecvit_cold(TARGET): code that no frame waits for is optimised little. That halves the time its compilation takes.
function(trecvit_cold NAME)
  target_compile_options(${NAME} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# trecvit_share_headers(TARGET OWNER header...): the headers are compiled once, for OWNER, and used by TARGET too, which may
# be OWNER itself.
function(trecvit_share_headers NAME OWNER)
  if(NAME STREQUAL OWNER)
    target_precompile_headers(${NAME} PRIVATE ${ARGN})
  else()
    target_precompile_headers(${NAME} REUSE_FROM ${OWNER})
    # Programs would be compiled with -fPIE, for which the header of a library does not fit.
    set_target_properties(${NAME} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${NAME} PRIVATE -fPIC)
  endif()
endfunction()

if(TRECVIT_SANITIZE)
  add_compile_options(-fsanitize=${TRECVIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRECVIT_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

# The AVX2 and AVX-512 kernels are compiled wherever the compiler knows the flags; whether to run them is decided at start.
include(CheckCXXCompilerFlag)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  check_cxx_compiler_flag("-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma" TRECVIT_X86_SIMD)
endif()
