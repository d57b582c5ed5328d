#include "server/handlers/handlers.h"

#include <vector>

namespace perennial {
namespace {

using Add = void (*)(Registry& registry, const Backend& backend);

std::vector<Add>& Files() {
  static std::vector<Add>& files = *new std::vector<Add>;
  return files;
}

}  // namespace

Handlers::Handlers(Add add) { Files().push_back(add); }

void RegisterHandlers(Registry& registry, const Backend& backend) {
  for (const Add add : Files()) add(registry, backend);
}

}  // namespace perennial
