# Rules for `cmake --install`: libtrecvit with its headers, CMake package and pkg-config file (component library), the
# command (component command), and the part of the command that needs LibTorch (component training). No installed file
# contains the prefix, so the installed tree may be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/trecvit)
install(TARGETS trecvit_shared EXPORT trecvitTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(FILES ${PROJECT_SOURCE_DIR}/include/trecvit/trecvit.h ${PROJECT_SOURCE_DIR}/include/trecvit/trecvit.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/trecvit COMPONENT library)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT library)

install(EXPORT trecvitTargets NAMESPACE trecvit:: DESTINATION ${package_dir} COMPONENT library)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/trecvitConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/trecvitConfig.cmake INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/trecvitConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/trecvitConfig.cmake ${PROJECT_BINARY_DIR}/package/trecvitConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT library)

# The relative path from the folder of trecvit.pc to the prefix.
file(RELATIVE_PATH TRECVIT_PC_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" TRECVIT_PC_TO_PREFIX ${TRECVIT_PC_TO_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/trecvit.pc.in ${PROJECT_BINARY_DIR}/package/trecvit.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/trecvit.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)

if(TARGET trecvit)
  install(TARGETS trecvit RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
  # The manual page and the completion for shells, which the command itself writes.
  if(NOT CMAKE_CROSSCOMPILING AND NOT TRECVIT_SANITIZE)
    set(share ${PROJECT_BINARY_DIR}/share)
    set(files ${share}/trecvit.1 ${share}/trecvit ${share}/_trecvit ${share}/trecvit.fish)
    add_custom_command(OUTPUT ${files} DEPENDS trecvit ${CMAKE_CURRENT_LIST_DIR}/shell_files.cmake
      COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:trecvit> -DFOLDER=${share} -P ${CMAKE_CURRENT_LIST_DIR}/shell_files.cmake)
    add_custom_target(trecvit_shell_files ALL DEPENDS ${files})
    # Optional, because a build may have made other targets only.
    install(FILES ${share}/trecvit.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT command OPTIONAL)
    install(FILES ${share}/trecvit DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT command OPTIONAL)
    install(FILES ${share}/_trecvit DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT command OPTIONAL)
    install(FILES ${share}/trecvit.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
      COMPONENT command OPTIONAL)
  endif()
endif()
if(TARGET trecvit-train)
  # The path where LibTorch was at build time; CMake's own list omits folders inside the source tree.
  get_filename_component(torch_libraries ${TRECVIT_TORCH_INCLUDE}/../lib ABSOLUTE)
  set_target_properties(trecvit-train PROPERTIES INSTALL_RPATH ${torch_libraries})
  install(TARGETS trecvit-train RUNTIME DESTINATION libexec/trecvit COMPONENT training)
endif()
