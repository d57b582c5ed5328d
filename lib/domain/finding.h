#ifndef PERENNIAL_LIB_DOMAIN_FINDING_H_
#define PERENNIAL_LIB_DOMAIN_FINDING_H_

// What the reasons of a standing and the risks of a renewal have in common.

#include <string>
#include <utility>

namespace perennial {

// Today and the days before that count as "12 months".
inline constexpr int kTwelveMonths = 365;

inline constexpr int kMostEvidence = 10;

// Says what was found and names what shows it, as far as there is room. `Finding` is a
// RelationshipStanding.Reason or an Opportunity.Risk.
template <class Finding, class Names>
void Explain(std::string description, const Names& evidence, Finding& finding) {
  finding.set_description(std::move(description));
  for (const std::string& name : evidence) {
    if (finding.evidence_size() == kMostEvidence) return;
    finding.add_evidence(name);
  }
}

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_FINDING_H_
