# What `cmake --install` installs of the client library: one archive that holds everything of
# ours it needs, one for tests, the headers, the protos, and a package for find_package(Perennial).

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(objects)
foreach(part perennial_client perennial_api perennial_base perennial_internal_protos perennial_protos google_rpc_protos)
  list(APPEND objects $<TARGET_OBJECTS:${part}>)
endforeach()
add_library(perennial_client_archive STATIC ${objects})
set_target_properties(perennial_client_archive PROPERTIES
  LINKER_LANGUAGE CXX OUTPUT_NAME perennial_client EXPORT_NAME client)
target_compile_features(perennial_client_archive INTERFACE cxx_std_17)
target_link_libraries(perennial_client_archive INTERFACE
  gRPC::grpc++ protobuf::libprotobuf
  absl::flat_hash_map absl::flat_hash_set absl::hash absl::random_random absl::status absl::statusor
  absl::str_format absl::strings absl::synchronization absl::time)

add_library(perennial_testing_archive STATIC $<TARGET_OBJECTS:perennial_throwaway_server>)
set_target_properties(perennial_testing_archive PROPERTIES
  LINKER_LANGUAGE CXX OUTPUT_NAME perennial_testing EXPORT_NAME testing)
target_link_libraries(perennial_testing_archive INTERFACE perennial_client_archive)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Perennial)
write_basic_package_version_file(PerennialConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(TARGETS perennial_client_archive perennial_testing_archive EXPORT PerennialTargets COMPONENT client
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT PerennialTargets NAMESPACE Perennial:: DESTINATION ${package_dir} COMPONENT client)
install(FILES cmake/PerennialConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/PerennialConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT client)
install(DIRECTORY perennial DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client
  FILES_MATCHING PATTERN *.h)
install(DIRECTORY ${PROJECT_BINARY_DIR}/protos/perennial DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT client FILES_MATCHING PATTERN *.pb.h)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/protos/perennial DESTINATION ${CMAKE_INSTALL_DATADIR}/perennial/protos
  COMPONENT client FILES_MATCHING PATTERN *.proto)
