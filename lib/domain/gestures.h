#ifndef PERENNIAL_LIB_DOMAIN_GESTURES_H_
#define PERENNIAL_LIB_DOMAIN_GESTURES_H_

#include <vector>

#include "perennial/v1/engagement_service.pb.h"

namespace perennial {

// Whether a customer was asked for something in these touches and given nothing.
bool OwesAGift(const std::vector<v1::Touch>& touches);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_GESTURES_H_
