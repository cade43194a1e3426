# LibTorch for the training layers, as the target trecvit::torch: its headers and the libraries torch, torch_cpu and c10.
# LibTorch's own CMake package is not used: if LibTorch was built with CUDA, that package requires the CUDA toolkit, which
# this project does not need.
#
# Searches TRECVIT_TORCH_ROOT (the folder that holds include/ and lib/), Torch_DIR and CMAKE_PREFIX_PATH, each as a CMake
# variable or an environment variable, and the folder build/torch that script/test makes. Sets TRECVIT_TORCH_FOUND and
# TRECVIT_TORCH_VERSION.
set(TRECVIT_TORCH_ROOT "" CACHE PATH "Folder of LibTorch, with include/ and lib/")
option(TRECVIT_TORCH_REQUIRED "Stop if LibTorch is not found" OFF)
set(TRECVIT_TORCH_LEAST 2.7.0)  # the first version whose binaries use the C++11 string ABI

set(torch_places ${TRECVIT_TORCH_ROOT} ${PROJECT_SOURCE_DIR}/build/torch/torch)
set(torch_named "$ENV{Torch_DIR}:$ENV{CMAKE_PREFIX_PATH}")
string(REPLACE ":" ";" torch_named "${torch_named}")
foreach(place ${Torch_DIR} ${CMAKE_PREFIX_PATH} ${torch_named})
  list(APPEND torch_places ${place} ${place}/.. ${place}/../.. ${place}/../../..)  # root/share/cmake/Torch
endforeach()
find_path(TRECVIT_TORCH_INCLUDE torch/csrc/api/include/torch/torch.h PATHS ${torch_places} PATH_SUFFIXES include
  NO_DEFAULT_PATH)

set(TRECVIT_TORCH_FOUND OFF)
if(TRECVIT_TORCH_INCLUDE)
  get_filename_component(torch_root ${TRECVIT_TORCH_INCLUDE} DIRECTORY)
  find_file(TRECVIT_TORCH_VERSION_FILE NAMES torch/headeronly/version.h torch/csrc/api/include/torch/version.h
    PATHS ${TRECVIT_TORCH_INCLUDE} NO_DEFAULT_PATH)
  file(STRINGS ${TRECVIT_TORCH_VERSION_FILE} torch_version_lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
  string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+).*" "\\1.\\2.\\3" TRECVIT_TORCH_VERSION
    "${torch_version_lines}")
  if(TRECVIT_TORCH_VERSION VERSION_LESS TRECVIT_TORCH_LEAST)
    message(STATUS "LibTorch ${TRECVIT_TORCH_VERSION} in ${torch_root} is older than ${TRECVIT_TORCH_LEAST}: no training")
  else()
    set(TRECVIT_TORCH_FOUND ON)
    add_library(trecvit::torch INTERFACE IMPORTED)
    # LibTorch ships the headers of another version of fmt, without its code; without this link they would be found before
    # the system's headers.
    get_target_property(fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/fmt_first)
    file(CREATE_LINK ${fmt_include}/fmt ${PROJECT_BINARY_DIR}/fmt_first/fmt SYMBOLIC)
    target_include_directories(trecvit::torch SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/fmt_first
      ${TRECVIT_TORCH_INCLUDE} ${TRECVIT_TORCH_INCLUDE}/torch/csrc/api/include)
    # at::parallel_for is a template over OpenMP: without the flag it compiles, but runs on one thread.
    target_compile_options(trecvit::torch INTERFACE -fopenmp)
    target_link_options(trecvit::torch INTERFACE -fopenmp)
    foreach(library torch torch_cpu c10)
      target_link_libraries(trecvit::torch INTERFACE ${torch_root}/lib/lib${library}.so)
    endforeach()
    message(STATUS "LibTorch ${TRECVIT_TORCH_VERSION} in ${torch_root}")
  endif()
endif()

if(NOT TRECVIT_TORCH_FOUND)
  if(TRECVIT_TORCH_REQUIRED)
    message(FATAL_ERROR "expected LibTorch ${TRECVIT_TORCH_LEAST} or later in TRECVIT_TORCH_ROOT, Torch_DIR, CMAKE_PREFIX_PATH or "
      "build/torch, got none; -DTRECVIT_WITH_TORCH=OFF leaves training out")
  endif()
  message(STATUS "LibTorch not found: training is left out")
endif()

# LibTorch's headers take about fifteen seconds per file, so they are precompiled once for all targets that use them. The
# list has only the headers in use, because every further header costs time in each file (torch/torch.h: two seconds).
function(trecvit_torch_headers NAME)
  trecvit_share_headers(${NAME} trecvit_model <ATen/ATen.h> <torch/nn/module.h>)
  # The templates in them take five seconds in every compilation, so more sources are compiled together.
  set_target_properties(${NAME} PROPERTIES UNITY_BUILD_BATCH_SIZE 16)
endfunction()
