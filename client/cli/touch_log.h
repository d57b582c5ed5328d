#ifndef PERENNIAL_CLIENT_CLI_TOUCH_LOG_H_
#define PERENNIAL_CLIENT_CLI_TOUCH_LOG_H_

// A line of what somebody remembers of a call, a mail or a visit:
//
//   called jane, gave benchmark figures
//   mailed jane doe "sent the renewal offer" ask no-reply yesterday
//   jane called us: "worried about price" competitor Zephyr 2025-01-31 does t1
//
// It is made of the words that TouchWords lists, days and times, in any order, and between them of
//
//   names of contacts  before the verb, directly behind it, or behind `with` or `to`; `and` between
//   the summary        in quotes; or behind `about`, `gave`, `asked` and their like
//
// Each of these ends with a comma or colon, with the next word of the list, or with a text in
// quotes. Nothing is guessed: a word that cannot stand where it stands is an error.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial::cli {

struct TouchLine {
  v1::Touch touch;  // but its contacts and its time
  // As they were written.
  std::vector<std::string> contacts;  // for FindContact
  std::vector<std::string> tasks;     // names, ids alone, or parts of their titles
  std::string day;                    // "yesterday", "monday", "3d", "2025-01-31"; "" for today
  std::string time;                   // "14:30"; "" where it was not given
};

// `arguments` as the shell parts them: one with a blank in it was in quotes. INVALID_ARGUMENT says
// which word was not understood, and what would be right.
absl::StatusOr<TouchLine> ParseTouchLine(const std::vector<std::string>& arguments);

// When it was, in UTC: at noon where the line has a day alone. Nothing means `now`.
std::optional<absl::Time> TimeOf(const TouchLine& line, absl::Time now);

// The vocabulary, for help.
std::string TouchWords();

// The name of the one contact that is meant: see BestMatches. AmbiguousName where several may
// be, NOT_FOUND with those that there are where none is.
// A whole name is answered as it is.
absl::StatusOr<std::string> FindContact(const std::string& written,
                                        const std::vector<v1::Contact>& contacts);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_TOUCH_LOG_H_
