# The language standard, warnings, sanitizers and the compiler cache, for all targets.
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
  # This sloppiness lets ccache work with precompiled headers. With the base folder, checkouts share cache entries.
  set(TRECVIT_CACHED ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${TRECVIT_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TRECVIT_CACHED})
  set(CMAKE_C_COMPILER_LAUNCHER ${TRECVIT_CACHED})
endif()

# Every target of this project links this one. -ffp-contract=off: a product and a sum are fused only if the code calls
# fma, so the reference provider computes the written equation with every compiler.
add_library(trecvit_flags INTERFACE)
target_include_directories(trecvit_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(trecvit_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough $<$<BOOL:${TRECVIT_WERROR}>:-Werror> -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of g++ 12 in libstdc++, fmt and its own intrinsics after deep inlining.
  target_compile_options(trecvit_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-maybe-uninitialized
      -Wno-uninitialized>)
  # g++ warns about types in headers with members from anonymous namespaces. A unity build includes sources in another
  # file, so g++ treats them as headers.
  target_compile_options(trecvit_flags INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>)
endif()

# trecvit_cold(TARGET): little optimisation, for code that does not affect the time per frame. This halves its compile
# time.
function(trecvit_cold NAME)
  target_compile_options(${NAME} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# trecvit_unoptimised(TARGET): no optimisation, for tests, which take longer to compile than to run.
function(trecvit_unoptimised NAME)
  target_compile_options(${NAME} PRIVATE $<$<CONFIG:Release>:-O0>)
endfunction()

# trecvit_share_headers(TARGET OWNER header...): precompiles the headers once, for OWNER, and uses them in TARGET, which
# may be OWNER itself.
function(trecvit_share_headers NAME OWNER)
  if(NAME STREQUAL OWNER)
    target_precompile_headers(${NAME} PRIVATE ${ARGN})
  else()
    target_precompile_headers(${NAME} REUSE_FROM ${OWNER})
    # Programs would be compiled with -fPIE, but the precompiled header of a library has -fPIC.
    set_target_properties(${NAME} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${NAME} PRIVATE -fPIC)
  endif()
endfunction()

if(TRECVIT_SANITIZE)
  add_compile_options(-fsanitize=${TRECVIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRECVIT_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

# The AVX2 and AVX-512 kernels are compiled if the compiler knows the flags; whether they run is decided at start.
include(CheckCXXCompilerFlag)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  check_cxx_compiler_flag("-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma" TRECVIT_X86_SIMD)
endif()
