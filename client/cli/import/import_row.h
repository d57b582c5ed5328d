#ifndef PERENNIAL_CLIENT_CLI_IMPORT_IMPORT_ROW_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_IMPORT_ROW_H_

#include <string>

#include "google/protobuf/message.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// The resource in the row; null where it has none.
const google::protobuf::Message* ResourceIn(const v1::ImportRow& row);
google::protobuf::Message* ResourceIn(v1::Resource& resource);

// Its name; empty where there is none.
std::string NameOf(const v1::ImportRow& row);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_IMPORT_ROW_H_
