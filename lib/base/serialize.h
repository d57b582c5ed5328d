#ifndef PERENNIAL_LIB_BASE_SERIALIZE_H_
#define PERENNIAL_LIB_BASE_SERIALIZE_H_

#include <string>

#include "google/protobuf/message.h"

namespace perennial {

// Equal messages become equal bytes, in whatever order their maps were filled.
std::string SerializeDeterministic(const google::protobuf::Message& message);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_SERIALIZE_H_
