#include "lib/storage/requests.h"

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/status.h"

namespace perennial {

absl::StatusOr<std::optional<std::string>> BeginRequest(sql::Connection& connection,
                                                        const Call& call,
                                                        absl::string_view request_id,
                                                        uint64_t time_line, absl::Time now) {
  const int64_t fingerprint = static_cast<int64_t>(call.fingerprint);
  const auto inserted = connection.Execute(
      "INSERT INTO requests (actor, request_id, method, fingerprint, create_time, history_id, "
      "response) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {call.actor, request_id, call.method, fingerprint, absl::ToUnixMicros(now),
       static_cast<int64_t>(time_line), sql::Bind::Bytes("")});
  if (inserted.ok()) return std::optional<std::string>();
  if (!absl::IsAlreadyExists(inserted.status())) return inserted.status();

  std::optional<std::string> answer;
  bool same = false;
  bool lost = false;
  RETURN_IF_ERROR(
      connection.Query("SELECT method, fingerprint, response, history_id FROM requests "
                       "WHERE actor = ? AND request_id = ?",
                       {call.actor, request_id}, [&](const sql::Row& row) {
                         same = row.Text(0) == call.method && row.Integer(1) == fingerprint;
                         answer = std::string(row.Text(2));
                         lost = static_cast<uint64_t>(row.Integer(3)) != time_line;
                         return absl::OkStatus();
                       }));
  if (!answer.has_value()) return absl::AbortedError("the request's row went away");
  if (lost) return TimeLineChanged(absl::StrCat("The request_id ", request_id, " was used"));
  if (same) return answer;
  return MakeError(absl::StatusCode::kAlreadyExists, v1::REQUEST_ID_REUSED,
                   absl::StrCat("The request_id ", request_id,
                                " was used for another request: make a new one for each"));
}

absl::Status FinishRequest(sql::Connection& connection, const Call& call,
                           absl::string_view request_id, absl::string_view response) {
  return connection
      .Execute("UPDATE requests SET response = ? WHERE actor = ? AND request_id = ?",
               {sql::Bind::Bytes(response), call.actor, request_id})
      .status();
}

absl::StatusOr<int64_t> ForgetRequests(sql::Connection& connection, absl::Time time, int limit) {
  std::vector<std::pair<std::string, std::string>> old;
  RETURN_IF_ERROR(
      connection.Query(absl::StrCat("SELECT actor, request_id FROM requests WHERE create_time < ? "
                                    "ORDER BY create_time LIMIT ",
                                    limit),
                       {absl::ToUnixMicros(time)}, [&](const sql::Row& row) {
                         std::string actor(row.Text(0));
                         old.emplace_back(std::move(actor), row.Text(1));
                         return absl::OkStatus();
                       }));
  for (const auto& [actor, request_id] : old) {
    RETURN_IF_ERROR(
        connection
            .Execute("DELETE FROM requests WHERE actor = ? AND request_id = ?", {actor, request_id})
            .status());
  }
  return static_cast<int64_t>(old.size());
}

}  // namespace perennial
