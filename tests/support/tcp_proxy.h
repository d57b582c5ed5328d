#ifndef PERENNIAL_TESTS_SUPPORT_TCP_PROXY_H_
#define PERENNIAL_TESTS_SUPPORT_TCP_PROXY_H_

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

namespace perennial {

// Stands between a client and a server of this machine, and disturbs what passes in chosen ways.
// Thread-safe.
class TcpProxy {
 public:
  // Forwards to 127.0.0.1:`server_port`.
  explicit TcpProxy(int server_port);
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;
  // Closes every connection.
  ~TcpProxy();

  // Of 127.0.0.1, where it listens.
  int port() const { return port_; }

  // Once: the server gets the next message that has `text` in it, and the client loses the
  // connection instead of getting the answer.
  void LoseAnswerTo(const std::string& text);

  // From now on `edit` changes the first message that a server sends on a new connection.
  void EditGreeting(std::function<void(std::string&)> edit);

  // From now on nothing passes any more; connections stay open and new ones are accepted.
  void Freeze() { frozen_ = true; }

 private:
  void Accept();
  void Serve(int client);
  // False at the end of the connection.
  bool PassRequest(int client, int server);
  bool PassAnswer(int server, int client, bool& greeted);
  bool LosesAnswerTo(const std::string& message);
  void Remember(int socket);

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> frozen_{false};
  absl::Notification stopping_;
  absl::Mutex mutex_;
  std::string lose_answer_to_ ABSL_GUARDED_BY(mutex_);
  std::function<void(std::string&)> edit_greeting_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> servers_;  // the acceptor's, until it ended
  std::thread acceptor_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_TCP_PROXY_H_
