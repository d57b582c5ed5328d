# Defines Perennial::client, the client library, and Perennial::testing, throw-away servers for
# integration tests.

include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(absl)
find_dependency(Protobuf)
find_dependency(gRPC)

include(${CMAKE_CURRENT_LIST_DIR}/PerennialTargets.cmake)
