#ifndef PERENNIAL_LIB_BASE_JSON_H_
#define PERENNIAL_LIB_BASE_JSON_H_

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <string>

namespace perennial {

// Equal messages become equal text: maps are written by their keys, in order. The message has no
// Any of a type that is not compiled in.
std::string ToJson(const google::protobuf::Message& message,
                   const google::protobuf::util::JsonPrintOptions& options = {});

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_JSON_H_
