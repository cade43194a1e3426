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

# trecvit_layer_tests(NAME): tests/NAME/*_test.cc against layer NAME alone.
function(trecvit_layer_tests NAME)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(trecvit_${NAME}_tests ${sources})
  target_link_libraries(trecvit_${NAME}_tests PRIVATE trecvit_${NAME} trecvit_test_support ${ARG_LIBRARIES} GTest::gtest_main trecvit_flags)
  target_include_directories(trecvit_${NAME}_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  gtest_discover_tests(trecvit_${NAME}_tests TEST_PREFIX ${NAME}. DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS fast TIMEOUT 300)
endfunction()
