#ifndef PERENNIAL_CLIENT_CLI_IMPORT_IMPORTER_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_IMPORTER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "client/cli/import/file_rows.h"
#include "client/cli/import/planned_rows.h"
#include "perennial/client/connection.h"
#include "perennial/client/import_client.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

struct SendOptions {
  int chunk_size = 500;
  // Has the server check everything and write nothing.
  bool dry_run = false;
  // A row that the server rejects takes the other rows of its chunk with it.
  bool strict = false;
  // Whose rows they are, and what becomes of what both they and somebody here have changed.
  std::string origin;
  v1::ImportRequest::OnConflict on_conflict = v1::ImportRequest::KEEP;
  // The `request_id` that the history has for all that is written.
  std::string run;
  // Why, for the history.
  std::string reason;
  // Is told the number of rows that the server has answered to, from any thread, one at a time.
  std::function<void(int64_t)> on_progress = [](int64_t) {};
};

// What became of the rows that were sent.
struct SentRows {
  int64_t created = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  // Good ones that were not written because of others of their chunk.
  int64_t held_back = 0;
  std::vector<RejectedRow> rejected;
  std::vector<v1::ImportResponse::Conflict> conflicts;
};

// Sends rows to ImportService, file by file.
class Importer {
 public:
  Importer(std::shared_ptr<client::Connection> connection, client::CallOptions call_options,
           SendOptions options)
      : client_(std::move(connection), std::move(call_options)), options_(std::move(options)) {}

  // Which rows the server took before, from this origin: the rest may be sent.
  absl::Status FindKnown(std::vector<RowKey>& rows) const;

  // Nothing is sent from now on that is below one of these: it is not clear who is meant.
  void HoldBackBelow(const std::vector<std::string>& unclear) {
    unclear_.insert(unclear.begin(), unclear.end());
  }

  // Adds to `sent` what became of the rows. Where `in_order` is set they go behind those that
  // they refer to, and otherwise in the order of
  // their names, for which databases are faster, and several chunks at a time. Answers with
  // the error that broke off the import, if one did: what was written until then stays, and running
  // the import again skips it.
  absl::Status Send(std::vector<v1::ImportRow> rows, bool in_order, SentRows& sent);

 private:
  struct Work;
  // Rows below one of which the server could not tell who is meant are not sent: they would be
  // booked on whoever has its name.
  void RejectBelowUnclear(std::vector<v1::ImportRow>& rows, SentRows& sent) const;
  void SendChunks(Work& work);
  // Counts what the server answered to the chunk, and leaves those rows of it that are to be sent
  // again.
  void Settle(const v1::ImportResponse& response, v1::ImportRequest& chunk, SentRows& sent);

  const client::ImportClient client_;
  const SendOptions options_;
  PlannedRows planned_;
  absl::flat_hash_set<std::string> unclear_;  // names of such rows, of the files before
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_IMPORTER_H_
