# trecvit_layer(NAME DEPENDS layer... LIBRARIES target... EXCLUDE file...)
# One static library trecvit_NAME from all sources of src/trecvit/NAME. A layer links only what it may include, so a
# forbidden edge fails to link in the tests of that layer; tools/check_includes.py says so earlier and in words.
function(trecvit_layer NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*.cc)
  foreach(file ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/${file})
  endforeach()
  add_library(trecvit_${NAME} STATIC ${sources})
  list(TRANSFORM ARG_DEPENDS PREPEND trecvit_)
  target_link_libraries(trecvit_${NAME} PUBLIC ${ARG_DEPENDS} ${ARG_LIBRARIES} PRIVATE trecvit_flags)
  target_include_directories(trecvit_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src)
endfunction()

# trecvit_layer_tests(NAME): tests/NAME/*_test.cc against layer NAME alone, in seconds; and *_golden.cc, which compare with
# the published implementation and may take minutes.
function(trecvit_layer_tests NAME)
  file(GLOB fast CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*_test.cc)
  file(GLOB golden CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*_golden.cc)
  if(NOT TRECVIT_WITH_FFMPEG)
    list(FILTER fast EXCLUDE REGEX "/ffmpeg_test\\.cc$")
  endif()
  foreach(label fast golden)
    if(${label})
      set(target trecvit_${NAME}_${label}_tests)
      add_executable(${target} ${${label}})
      target_link_libraries(${target} PRIVATE trecvit_${NAME} trecvit_test_support GTest::gtest_main trecvit_flags)
      gtest_discover_tests(${target} TEST_PREFIX ${NAME}. DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${label} TIMEOUT 900)
    endif()
  endforeach()
endfunction()

# trecvit_simd_sources(TARGET AVX2 AVX512): two sources, each compiled for its instruction set.
function(trecvit_simd_sources NAME AVX2 AVX512)
  target_sources(${NAME} PRIVATE ${AVX2} ${AVX512})
  set_source_files_properties(${AVX2} ${AVX512} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  set_source_files_properties(${AVX2} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  set_source_files_properties(${AVX512} PROPERTIES
    # g++ 12 warns of the deliberately undefined vectors inside its own intrinsics.
    COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mfma;$<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>")
endfunction()
