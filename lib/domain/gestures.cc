#include "lib/domain/gestures.h"

#include <algorithm>

#include "lib/domain/gates.h"

namespace perennial {

bool OwesAGift(const std::vector<v1::Touch>& touches) {
  const bool asked = std::any_of(touches.begin(), touches.end(), [](const v1::Touch& touch) {
    return touch.intent() == v1::Touch::ASK;
  });
  return asked && std::none_of(touches.begin(), touches.end(), WasGiven);
}

}  // namespace perennial
