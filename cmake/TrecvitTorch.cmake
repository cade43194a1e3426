# LibTorch for the training layers, as the target trecvit::torch: its headers and the libraries torch, torch_cpu and c10.
# LibTorch's own CMake package looks for CUDA where the library was built with it, which would break the build of a machine
# without the toolkit; nothing of that is needed here.
#
# Looked for in TRECVIT_TORCH_ROOT (the folder that holds include/ and lib/), Torch_DIR and CMAKE_PREFIX_PATH of CMake or of
# the environment, and the folder
# build/torch that script/test makes. Sets TRECVIT_TORCH_FOUND and TRECVIT_TORCH_VERSION.
set(TRECVIT_TORCH_ROOT "" CACHE PATH "Folder of LibTorch, with include/ and lib/")
option(TRECVIT_TORCH_REQUIRED "Stop where LibTorch is not found" OFF)
set(TRECVIT_TORCH_LEAST 2.7.0)  # the first with the standard library's strings in its binaries

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
    # LibTorch brings headers of another fmt, without its code, which would come before the system's.
    get_target_property(fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/fmt_first)
    file(CREATE_LINK ${fmt_include}/fmt ${PROJECT_BINARY_DIR}/fmt_first/fmt SYMBOLIC)
    target_include_directories(trecvit::torch SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/fmt_first
      ${TRECVIT_TORCH_INCLUDE} ${TRECVIT_TORCH_INCLUDE}/torch/csrc/api/include)
    # at::parallel_for is a template over OpenMP: without the flag it compiles, and runs on one thread.
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

# Torch's headers take some fifteen seconds a file: they are compiled once and shared by all targets that use them. Only
# those in use: whatever else is in them costs time in every file again (torch/torch.h: two seconds).
function(trecvit_torch_headers NAME)
  trecvit_share_headers(${NAME} trecvit_model <ATen/ATen.h> <torch/nn/module.h>)
  # Their templates take five seconds of every compilation, however little uses them.
  set_target_properties(${NAME} PROPERTIES UNITY_BUILD_BATCH_SIZE 16)
endfunction()
