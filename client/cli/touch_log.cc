#include "client/cli/touch_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli/find_name.h"
#include "client/cli/name_match.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/reason.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using v1::Contact;
using v1::Touch;

// A word that sets a field.
struct Word {
  const char* text;
  const char* field;
  int value;
};

constexpr Word kWords[] = {
    {"called", "channel", v1::PHONE},
    {"phoned", "channel", v1::PHONE},
    {"mailed", "channel", v1::EMAIL},
    {"emailed", "channel", v1::EMAIL},
    {"met", "channel", v1::IN_PERSON},
    {"video", "channel", v1::VIDEO},
    {"chatted", "channel", v1::CHAT},
    {"wrote", "channel", v1::LETTER},
    {"outbound", "direction", Touch::OUTBOUND},
    {"inbound", "direction", Touch::INBOUND},
    {"talked", "disposition", Touch::CONNECTED},
    {"connected", "disposition", Touch::CONNECTED},
    {"replied", "disposition", Touch::CONNECTED},
    {"voicemail", "disposition", Touch::LEFT_MESSAGE},
    {"message", "disposition", Touch::LEFT_MESSAGE},
    {"no-answer", "disposition", Touch::NO_ANSWER},
    {"busy", "disposition", Touch::BUSY},
    {"wrong-number", "disposition", Touch::WRONG_CONTACT},
    {"bounced", "disposition", Touch::BOUNCED},
    {"no-reply", "disposition", Touch::NO_REPLY},
    {"gave", "intent", Touch::GIVE},
    {"give", "intent", Touch::GIVE},
    {"asked", "intent", Touch::ASK},
    {"ask", "intent", Touch::ASK},
    {"checked-in", "intent", Touch::CHECK_IN},
    {"check-in", "intent", Touch::CHECK_IN},
    {"answered", "intent", Touch::RESPOND},
    {"respond", "intent", Touch::RESPOND},
};

const google::protobuf::FieldDescriptor& FieldOf(const Word& word) {
  return *Touch::descriptor()->FindFieldByName(word.field);
}

const std::string& ValueName(const Word& word) {
  return FieldOf(word).enum_type()->FindValueByNumber(word.value)->name();
}

const Word* FindWord(absl::string_view text) {
  const auto* word = std::find_if(std::begin(kWords), std::end(kWords),
                                  [&](const Word& each) { return each.text == text; });
  return word == std::end(kWords) ? nullptr : word;
}

// What a word that is on no list belongs to.
enum class Clause { kNone, kVerb, kName, kSummary, kCompetitor, kTask };

std::optional<Clause> ClauseBehind(absl::string_view text) {
  if (text == "with" || text == "to") return Clause::kName;
  if (text == "about") return Clause::kSummary;
  if (text == "competitor") return Clause::kCompetitor;
  if (text == "does" || text == "did" || text == "done") return Clause::kTask;
  return std::nullopt;
}

std::optional<absl::Weekday> WeekdayOf(absl::string_view text) {
  constexpr std::pair<const char*, absl::Weekday> kDays[] = {
      {"monday", absl::Weekday::monday},       {"tuesday", absl::Weekday::tuesday},
      {"wednesday", absl::Weekday::wednesday}, {"thursday", absl::Weekday::thursday},
      {"friday", absl::Weekday::friday},       {"saturday", absl::Weekday::saturday},
      {"sunday", absl::Weekday::sunday}};
  for (const auto& [name, day] : kDays) {
    if (text == name) return day;
  }
  return std::nullopt;
}

std::optional<absl::CivilDay> DayOf(absl::string_view text, absl::CivilDay today) {
  if (text == "today") return today;
  if (text == "yesterday") return today - 1;
  if (const auto weekday = WeekdayOf(text)) return absl::PrevWeekday(today, *weekday);
  int days;
  if (absl::ConsumeSuffix(&text, "d")) {
    const bool is_count = text.size() <= 4 && absl::SimpleAtoi(text, &days) && days >= 0;
    return is_count ? std::optional<absl::CivilDay>(today - days) : std::nullopt;
  }
  const absl::StatusOr<v1::Date> date = ParseDate(text);
  return date.ok() ? std::optional<absl::CivilDay>(ToCivilDay(*date)) : std::nullopt;
}

// "9:30", "14:30": since midnight.
std::optional<absl::Duration> TimeOfDay(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  int hours, minutes;
  if (parts.size() != 2 || parts[0].size() > 2 || parts[1].size() != 2 ||
      !absl::SimpleAtoi(parts[0], &hours) || !absl::SimpleAtoi(parts[1], &minutes) || hours < 0 ||
      hours > 23 || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  return absl::Hours(hours) + absl::Minutes(minutes);
}

template <class... Parts>
absl::Status Error(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

class LineParser {
 public:
  absl::StatusOr<TouchLine> Parse(std::vector<std::string> arguments) {
    // All of it in quotes is the line as well.
    if (arguments.size() == 1) {
      arguments = absl::StrSplit(std::string(arguments[0]), ' ', absl::SkipWhitespace());
    }
    for (const std::string& argument : arguments) {
      if (absl::StrContains(argument, ' ')) {
        RETURN_IF_ERROR(TakeQuoted(argument));
        continue;
      }
      const std::string word = argument.substr(0, argument.find_last_not_of(",:;") + 1);
      if (!word.empty()) RETURN_IF_ERROR(TakeWord(word));
      if (word.size() < argument.size()) RETURN_IF_ERROR(EndClause());
    }
    RETURN_IF_ERROR(EndClause());
    return Completed();
  }

 private:
  Touch& touch() { return line_.touch; }

  // What was gathered goes where it belongs.
  absl::Status EndClause() {
    const std::string text = absl::StrJoin(words_, " ");
    words_.clear();
    const Clause ended = std::exchange(clause_, Clause::kNone);
    if (ended == Clause::kCompetitor) {
      if (text.empty()) return Error("\"competitor\" needs a name behind it");
      return SetOnce(text, *touch().mutable_competitor());
    }
    if (ended == Clause::kTask && text.empty()) return Error("\"does\" needs a task behind it");
    if (text.empty()) return absl::OkStatus();
    if (ended == Clause::kName) line_.contacts.push_back(text);
    if (ended == Clause::kSummary) AddToSummary(text);
    if (ended == Clause::kTask) line_.tasks.push_back(text);
    return absl::OkStatus();
  }

  void AddToSummary(const std::string& text) {
    absl::StrAppend(touch().mutable_summary(), touch().summary().empty() ? "" : "; ", text);
  }

  // Whatever waits for its first word; the summary otherwise.
  absl::Status TakeQuoted(const std::string& text) {
    const bool is_awaited = words_.empty() && clause_ != Clause::kNone && clause_ != Clause::kVerb;
    if (is_awaited) {
      words_.push_back(text);
      // Of names there may be another.
      return clause_ == Clause::kName ? absl::OkStatus() : EndClause();
    }
    RETURN_IF_ERROR(EndClause());
    AddToSummary(text);
    return absl::OkStatus();
  }

  absl::Status TakeWord(const std::string& text) {
    if (clause_ == Clause::kCompetitor || clause_ == Clause::kTask) {
      words_.push_back(text);
      return EndClause();
    }
    const std::string lower = absl::AsciiStrToLower(text);
    const Word* word = FindWord(lower);
    const std::optional<Clause> behind = ClauseBehind(lower);
    const bool is_day = DayOf(lower, absl::CivilDay()).has_value();
    if (word != nullptr || behind.has_value() || is_day || TimeOfDay(lower).has_value()) {
      RETURN_IF_ERROR(CheckSummaryIsOver(text));
      RETURN_IF_ERROR(EndClause());
      if (word != nullptr) return Set(*word);
      if (!behind.has_value()) return SetOnce(lower, is_day ? line_.day : line_.time);
      clause_ = *behind;
      return absl::OkStatus();
    }
    return TakeOther(text, lower);
  }

  // A summary that went on would lose the word to the list, and nobody would notice.
  absl::Status CheckSummaryIsOver(const std::string& text) const {
    if (clause_ != Clause::kSummary || words_.empty()) return absl::OkStatus();
    return Error("\"", text, "\" behind \"", absl::StrJoin(words_, " "),
                 "\" may belong to the summary or not: put the summary in quotes, or a comma "
                 "behind it");
  }

  // A word that is on no list.
  absl::Status TakeOther(const std::string& text, const std::string& lower) {
    if (lower == "us" && clause_ == Clause::kVerb) {
      clause_ = Clause::kNone;
      they_began_ = true;
      return absl::OkStatus();
    }
    if (lower == "and" && clause_ == Clause::kName && !words_.empty()) {
      RETURN_IF_ERROR(EndClause());
      clause_ = Clause::kName;
      return absl::OkStatus();
    }
    if (clause_ == Clause::kNone && touch().channel() == v1::CHANNEL_UNSPECIFIED) {
      // Who stands before the verb did it.
      they_began_ = true;
      clause_ = Clause::kName;
    }
    if (clause_ == Clause::kNone) {
      return Error("\"", text,
                   "\" is not understood here: contacts stand behind the verb or \"with\", the "
                   "summary in quotes or behind \"about\"; --help has the words");
    }
    if (clause_ == Clause::kVerb) clause_ = Clause::kName;
    words_.push_back(text);
    return absl::OkStatus();
  }

  absl::Status Set(const Word& word) {
    const auto& field = FieldOf(word);
    const auto& reflection = *touch().GetReflection();
    const int before = reflection.GetEnumValue(touch(), &field);
    if (before != 0 && before != word.value) {
      return Error("\"", word.text, "\" makes its ", word.field, " ", ValueName(word),
                   ", but it is ", field.enum_type()->FindValueByNumber(before)->name(),
                   " already: leave one of them out, or put it into the summary in quotes");
    }
    reflection.SetEnumValue(&touch(), &field, word.value);
    if (field.name() == "channel") clause_ = Clause::kVerb;
    if (field.name() == "intent") clause_ = Clause::kSummary;
    return absl::OkStatus();
  }

  static absl::Status SetOnce(const std::string& text, std::string& value) {
    if (!value.empty()) return Error("\"", text, "\" and \"", value, "\": one of them only");
    value = text;
    return absl::OkStatus();
  }

  // What the line does not say.
  absl::StatusOr<TouchLine> Completed() {
    if (touch().channel() == v1::CHANNEL_UNSPECIFIED) {
      return Error("how were you in touch? Say called, mailed, met, video, chatted or wrote");
    }
    if (touch().direction() == Touch::DIRECTION_UNSPECIFIED) {
      touch().set_direction(they_began_ ? Touch::INBOUND : Touch::OUTBOUND);
    }
    const bool inbound = touch().direction() == Touch::INBOUND;
    const bool waits = touch().channel() == v1::EMAIL || touch().channel() == v1::LETTER;
    if (touch().disposition() == Touch::DISPOSITION_UNSPECIFIED) {
      touch().set_disposition(waits && !inbound ? Touch::NO_REPLY : Touch::CONNECTED);
    }
    if (touch().intent() == Touch::INTENT_UNSPECIFIED) {
      touch().set_intent(inbound ? Touch::RESPOND : Touch::CHECK_IN);
    }
    return std::move(line_);
  }

  TouchLine line_;
  Clause clause_ = Clause::kNone;
  std::vector<std::string> words_;  // of the clause, so far
  bool they_began_ = false;
};

}  // namespace

absl::StatusOr<TouchLine> ParseTouchLine(const std::vector<std::string>& arguments) {
  return LineParser().Parse(arguments);
}

std::optional<absl::Time> TimeOf(const TouchLine& line, absl::Time now) {
  const absl::CivilDay today = absl::ToCivilDay(now, absl::UTCTimeZone());
  const absl::CivilDay day = line.day.empty() ? today : *DayOf(line.day, today);
  if (day == today && line.time.empty()) return std::nullopt;
  return absl::FromCivil(day, absl::UTCTimeZone()) +
         (line.time.empty() ? absl::Hours(12) : *TimeOfDay(line.time));
}

std::string TouchWords() {
  std::string text;
  absl::string_view field;
  int value = 0;
  for (const Word& word : kWords) {
    const bool is_new_field = field != word.field;
    if (is_new_field)
      absl::StrAppendFormat(&text, "%s  %-12s", text.empty() ? "" : "\n", word.field);
    absl::StrAppend(&text, is_new_field ? "" : word.value == value ? "|" : " ", word.text);
    field = word.field;
    value = word.value;
  }
  return text;
}

namespace {

constexpr size_t kMostCandidates = 10;

std::string Candidates(const std::vector<Candidate>& contacts) {
  std::vector<std::string> names;
  for (const Candidate& contact : contacts) {
    if (names.size() == kMostCandidates) {
      names.push_back("...");
      break;
    }
    names.push_back(absl::StrCat(IdOf(contact.name), " (", contact.display_name, ")"));
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace

absl::StatusOr<std::string> FindContact(const std::string& written,
                                        const std::vector<Contact>& contacts) {
  if (absl::StrContains(written, '/')) return written;
  std::vector<Candidate> all;
  for (const Contact& contact : contacts) all.push_back(CandidateOf(contact));
  const std::vector<Candidate> found = BestMatches(written, all);
  if (found.size() == 1) return found.front().name;
  if (found.size() > 1) return AmbiguousName(written, found);
  return MakeError(
      absl::StatusCode::kNotFound, v1::RESOURCE_NOT_FOUND,
      all.empty()
          ? absl::StrCat("\"", written, "\" is nobody: the account has no active contacts")
          : absl::StrCat("\"", written, "\" is no active contact of the account: there are ",
                         Candidates(all)));
}

}  // namespace perennial::cli
