#include "server/handlers/handlers.h"

namespace perennial {

void RegisterHandlers(Registry&, Store&, ManualClock*) {}

}  // namespace perennial
