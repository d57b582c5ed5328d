#ifndef PERENNIAL_SERVER_WORKFLOWS_RELATIONSHIPS_H_
#define PERENNIAL_SERVER_WORKFLOWS_RELATIONSHIPS_H_

#include "lib/storage/tx.h"

namespace perennial {

// Whatever is written about a customer changes how things stand with it: the standing of the
// account, and whether its open renewals were reached and what stands against them.
Consequences RelationshipConsequences();

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_RELATIONSHIPS_H_
