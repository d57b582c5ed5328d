#include "tests/support/tcp_proxy.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace perennial {
namespace {

sockaddr_in LocalAddress(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool SendAll(int socket, const std::string& message) {
  size_t sent = 0;
  while (sent < message.size()) {
    const ssize_t n = send(socket, message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

// Empty at the end of the connection.
std::string Receive(int socket) {
  std::string message(1 << 16, '\0');
  const ssize_t n = recv(socket, message.data(), message.size(), 0);
  message.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return message;
}

}  // namespace

TcpProxy::TcpProxy(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = LocalAddress(0);
  socklen_t length = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TcpProxy::~TcpProxy() {
  stopping_.Notify();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    absl::MutexLock lock(&mutex_);
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  // Nobody adds to it any more.
  for (std::thread& server : servers_) server.join();
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

void TcpProxy::LoseAnswerTo(const std::string& text) {
  absl::MutexLock lock(&mutex_);
  lose_answer_to_ = text;
}

void TcpProxy::EditGreeting(std::function<void(std::string&)> edit) {
  absl::MutexLock lock(&mutex_);
  edit_greeting_ = std::move(edit);
}

void TcpProxy::Accept() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    Remember(client);
    servers_.emplace_back([this, client] { Serve(client); });
  }
}

void TcpProxy::Serve(int client) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Remember(server);
  const sockaddr_in address = LocalAddress(server_port_);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  bool greeted = false;
  while (open) {
    pollfd sockets[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(sockets, 2, -1) < 0) break;
    if (frozen_) stopping_.WaitForNotification();
    if (sockets[0].revents != 0) open = PassRequest(client, server);
    if (open && sockets[1].revents != 0) open = PassAnswer(server, client, greeted);
  }
  shutdown(client, SHUT_RDWR);
  shutdown(server, SHUT_RDWR);
}

bool TcpProxy::PassRequest(int client, int server) {
  const std::string message = Receive(client);
  if (message.empty() || !SendAll(server, message)) return false;
  if (!LosesAnswerTo(message)) return true;
  Receive(server);
  return false;
}

bool TcpProxy::PassAnswer(int server, int client, bool& greeted) {
  std::string message = Receive(server);
  if (!greeted) {
    absl::MutexLock lock(&mutex_);
    if (edit_greeting_ != nullptr) edit_greeting_(message);
  }
  greeted = true;
  return !message.empty() && SendAll(client, message);
}

bool TcpProxy::LosesAnswerTo(const std::string& message) {
  absl::MutexLock lock(&mutex_);
  if (lose_answer_to_.empty() || message.find(lose_answer_to_) == std::string::npos) return false;
  lose_answer_to_.clear();
  return true;
}

void TcpProxy::Remember(int socket) {
  absl::MutexLock lock(&mutex_);
  sockets_.push_back(socket);
  if (stopping_.HasBeenNotified()) shutdown(socket, SHUT_RDWR);
}

}  // namespace perennial
