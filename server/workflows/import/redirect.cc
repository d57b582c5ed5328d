#include "server/workflows/import/redirect.h"

#include <vector>

#include "internal/import_memory.pb.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"
#include "lib/storage/import_memory.h"
#include "lib/storage/resource_table.h"
#include "perennial/v1/import_service.pb.h"
#include "server/workflows/import/said_fields.h"

namespace perennial {

absl::Status RedirectImports(const google::protobuf::Message& merged, const std::string& target,
                             WriteTx& tx) {
  const auto* ids = ResourceTable::Of(*merged.GetDescriptor()).identity();
  ASSIGN_OR_RETURN(const std::vector<SaidField> fields, SaidFields(merged, v1::ImportRow()));
  // Who it was elsewhere.
  internal::RowMemory had;
  for (const SaidField& field : fields) {
    if (&field.descriptor() != ids) continue;
    internal::FieldMemory& id = *had.add_fields();
    id.set_path(field.path());
    for (const uint64_t value : field.In(merged)) id.add_values(value);
  }
  const auto* name = merged.GetDescriptor()->FindFieldByName("name");
  return RedirectImportedRows(merged.GetReflection()->GetString(merged, name), target,
                              SerializeDeterministic(had), tx);
}

}  // namespace perennial
