# trecvit_layer(NAME FOLDERS folder... DEPENDS layer... LIBRARIES target... EXCLUDE file...)
# Builds the static library trecvit_NAME from all sources in src/trecvit/NAME and in its subfolders FOLDERS, except the
# files EXCLUDE. A layer links only the layers that it may include, so the tests of a layer with a forbidden dependency
# fail to link; tools/check_includes.py reports such a dependency earlier, with a message.
function(trecvit_layer NAME)
  cmake_parse_arguments(ARG "" "" "FOLDERS;DEPENDS;LIBRARIES;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*.cc)
  foreach(folder ${ARG_FOLDERS})
    file(GLOB more CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/${folder}/*.cc)
    list(APPEND sources ${more})
  endforeach()
  foreach(file ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/${file})
  endforeach()
  add_library(trecvit_${NAME} STATIC ${sources})
  list(TRANSFORM ARG_DEPENDS PREPEND trecvit_)
  target_link_libraries(trecvit_${NAME} PUBLIC ${ARG_DEPENDS} ${ARG_LIBRARIES} PRIVATE trecvit_flags)
  target_include_directories(trecvit_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src)
endfunction()

# Tests that take many seconds, by name: the largest reference fixtures, and commands that are killed or get failing
# system calls many times. They have the label `long` in every test program.
set(TRECVIT_LONG_TESTS
  */b_2d_* */l_2d_* */ti_2d_reference *.KilledAt* *.AfterACallThatFailed* *FailedReads* AllocationFailure.LoadingAModel
  Options.EachHasItsDocumentedEffect MaskedEncoder.IsTestedUsedAndTrainedFurther */ConvertOntoFolder
  *StepEqualsClipGolden.*/ti_2d_*)
list(JOIN TRECVIT_LONG_TESTS ":" TRECVIT_LONG_TESTS)

# trecvit_discover_tests(TARGET PREFIX LABEL TIMEOUT [property value...]): registers each test of a program. The random
# cases of properties have a fixed seed, so that every run tries the same cases; script/soak uses other seeds. The seed is
# not in ENVIRONMENT, because callers set that property.
function(trecvit_discover_tests TARGET PREFIX LABEL TIMEOUT)
  set(seed ENVIRONMENT_MODIFICATION RC_PARAMS=set:seed=1)
  gtest_discover_tests(${TARGET} TEST_PREFIX ${PREFIX}. DISCOVERY_MODE PRE_TEST TEST_FILTER "-${TRECVIT_LONG_TESTS}"
    TEST_LIST ${TARGET}_list PROPERTIES LABELS ${LABEL} TIMEOUT ${TIMEOUT} ${seed} ${ARGN})
  gtest_discover_tests(${TARGET} TEST_PREFIX ${PREFIX}. DISCOVERY_MODE PRE_TEST TEST_FILTER "${TRECVIT_LONG_TESTS}"
    TEST_LIST ${TARGET}_long_list PROPERTIES LABELS long TIMEOUT 7200 ${seed} ${ARGN})
endfunction()

# trecvit_sharded_tests(TARGET PREFIX LABEL TIMEOUT SHARDS [property value...]): registers the tests of a program in SHARDS
# parts, each of which is one process: for programs that take longer to start than to run a test. The long tests are
# registered one by one, as above.
function(trecvit_sharded_tests TARGET PREFIX LABEL TIMEOUT SHARDS)
  math(EXPR last "${SHARDS} - 1")
  foreach(shard RANGE ${last})
    math(EXPR number "${shard} + 1")
    set(name ${PREFIX}.${LABEL}_${number}_of_${SHARDS})
    add_test(NAME ${name} COMMAND ${TARGET} "--gtest_filter=-${TRECVIT_LONG_TESTS}")
    set_tests_properties(${name} PROPERTIES LABELS ${LABEL} TIMEOUT ${TIMEOUT} ${ARGN} ENVIRONMENT_MODIFICATION
      "RC_PARAMS=set:seed=1;GTEST_TOTAL_SHARDS=set:${SHARDS};GTEST_SHARD_INDEX=set:${shard}")
  endforeach()
  gtest_discover_tests(${TARGET} TEST_PREFIX ${PREFIX}. DISCOVERY_MODE PRE_TEST TEST_FILTER "${TRECVIT_LONG_TESTS}"
    TEST_LIST ${TARGET}_long_list PROPERTIES LABELS long TIMEOUT 7200 ENVIRONMENT_MODIFICATION RC_PARAMS=set:seed=1 ${ARGN})
endfunction()

# trecvit_layer_tests(NAME): test programs that link only layer NAME and the layers below it, from tests/NAME and its
# subfolders: *_test.cc, which take seconds, and *_golden.cc, which compare with stored results, most of them from the
# published implementation.
function(trecvit_layer_tests NAME)
  file(GLOB_RECURSE fast CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*_test.cc)
  file(GLOB_RECURSE golden CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*_golden.cc)
  if(NOT TRECVIT_WITH_FFMPEG)
    list(FILTER fast EXCLUDE REGEX "/ffmpeg_test\\.cc$")
  endif()
  foreach(label fast golden)
    if(${label})
      set(target trecvit_${NAME}_${label}_tests)
      add_executable(${target} ${${label}})
      target_link_libraries(${target} PRIVATE trecvit_${NAME} trecvit_test_support rapidcheck GTest::gtest_main trecvit_flags)
      if(NAME STREQUAL model OR NAME STREQUAL train)
        trecvit_cold(${target})
        trecvit_torch_headers(${target})
        # Loading LibTorch takes longer than most of the tests. Several processes run at a time, and LibTorch's threads wait
        # for each other by spinning, so each process gets one thread. Tests of threads set a higher number themselves.
        trecvit_sharded_tests(${target} ${NAME} ${label} 1800 8 ENVIRONMENT OMP_NUM_THREADS=1)
      else()
        trecvit_unoptimised(${target})
        trecvit_share_headers(${target} trecvit_test_support)
        trecvit_discover_tests(${target} ${NAME} ${label} 900)
      endif()
    endif()
  endforeach()
endfunction()

# Flags of the instruction sets, for trecvit_simd_source.
set(TRECVIT_AVX2_FLAGS -mavx2 -mfma)
# g++ 12 warns about the deliberately undefined vectors in its own intrinsics.
set(TRECVIT_AVX512_FLAGS -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>)

# trecvit_simd_source(TARGET SOURCE flag...): adds a source, which is compiled for its own instruction set.
function(trecvit_simd_source NAME SOURCE)
  target_sources(${NAME} PRIVATE ${SOURCE})
  set_source_files_properties(${SOURCE} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "${ARGN}")
endfunction()
