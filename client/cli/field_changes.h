#ifndef PERENNIAL_CLIENT_CLI_FIELD_CHANGES_H_
#define PERENNIAL_CLIENT_CLI_FIELD_CHANGES_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace perennial::cli {

// A field that is another than it was. Texts are as `Style` has them; empty for what is not set.
struct FieldChange {
  std::string path;  // "next_step", "labels.tier", "standing.state"
  std::string before;
  std::string after;
};

enum class TextStyle {
  kDisplay,  // for people
  kExact,    // as flags and CSV have it
};

// What differs between two states of one resource, in the order of its fields, what people set
// before what follows from that. Passed over is what differs after every write, such as the etag,
// and what the server keeps for itself beside the fields that tell: times and lists of messages.
std::vector<FieldChange> ChangesBetween(const google::protobuf::Message& before,
                                        const google::protobuf::Message& after, TextStyle style);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_FIELD_CHANGES_H_
