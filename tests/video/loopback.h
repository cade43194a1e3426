// Servers on the loopback interface for tests of network sources.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace trecvit::test {

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Binds a socket to a free port, which it returns.
inline int bind_to_any(int socket) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

// Accepts one connection after another, and calls a function with each on a thread of its own.
class TcpServer {
 public:
  // A client, until the function returns.
  class Client {
   public:
    Client(int socket, const std::atomic<bool>& ends) : socket_(socket), ends_(ends) {}
    // False once the client or the server has gone.
    bool send(std::string_view bytes) const {
      while (!bytes.empty() && !ends_) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(sent));
      }
      return !ends_;
    }
    // Up to a blank line, as the head of an HTTP request.
    std::string read_head() const {
      std::string head;
      for (char c = 0; head.find("\r\n\r\n") == std::string::npos && recv(socket_, &c, 1, 0) == 1;) head += c;
      return head;
    }
    void wait_for_the_end() const {
      while (!ends_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }

   private:
    int socket_;
    const std::atomic<bool>& ends_;
  };
  using Serve = std::function<void(const Client& client, int number)>;

  explicit TcpServer(Serve serve) : serve_(std::move(serve)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    port_ = bind_to_any(listener_);
    EXPECT_EQ(listen(listener_, 8), 0);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~TcpServer() {
    ends_ = true;
    thread_.join();
    close(listener_);
  }
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  int port() const { return port_; }
  int connections() const { return connections_; }
  std::string url(const std::string& scheme, const std::string& rest) const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + rest;
  }

 private:
  void accept_all() {
    while (!ends_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (poll(&waiting, 1, 5) <= 0) continue;
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) continue;
      serve_({client, ends_}, connections_++);
      close(client);
    }
  }

  Serve serve_;
  int listener_, port_ = 0;
  std::atomic<bool> ends_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

// Sends datagrams to a port that nobody needs to listen on.
class UdpSender {
 public:
  UdpSender() : socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    // A port that was free just now.
    const int probe = socket(AF_INET, SOCK_DGRAM, 0);
    port_ = bind_to_any(probe);
    close(probe);
  }
  ~UdpSender() { close(socket_); }
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  int port() const { return port_; }
  void send(std::string_view bytes) const {
    const sockaddr_in to = loopback(port_);
    sendto(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

 private:
  int socket_, port_ = 0;
};

}  // namespace trecvit::test
