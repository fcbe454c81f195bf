// SPDX-License-Identifier: BSL-1.0

// Asks a DNS server for the IPv4 addresses of a name. The server is the socket's default peer: what
// others send to the socket is not heard, so nobody else can answer. Without arguments it asks a
// tiny server of its own.
//
// There is no co_await before the question is sent: giving a socket a peer never waits.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

using addresses = std::vector<asio::ip::address_v4>;

/// RFC 1035, section 4.1: a header of six numbers, then the question.
std::string make_question(const std::string& name)
{
  // A number that is hard to guess; recursion desired, one question, no records.
  std::random_device random;
  std::string message{static_cast<char>(random()), static_cast<char>(random())};
  message += std::string("\1\0\0\1\0\0\0\0\0\0", 10);
  for (std::size_t begin = 0; begin < name.size();)
  {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (end == begin || end - begin > 63)
      throw std::invalid_argument("not a name of hosts: " + name);
    message += static_cast<char>(end - begin);
    message.append(name, begin, end - begin);
    begin = end + 1;
  }

  // The end of the name, type A, class IN.
  return message + std::string("\0\0\1\0\1", 5);
}

std::size_t number_at(const std::string& message, std::size_t position)
{
  return static_cast<unsigned char>(message.at(position)) * 256u
      + static_cast<unsigned char>(message.at(position + 1));
}

/// The position behind a name, which may end in a pointer to another.
std::size_t skip_name(const std::string& message, std::size_t position)
{
  for (;;)
  {
    const auto length = static_cast<unsigned char>(message.at(position));
    if (length >= 0xC0)
      return position + 2;
    position += length + 1u;
    if (length == 0)
      return position;
  }
}

addresses read_answer(const std::string& question, const std::string& answer)
{
  if (answer.substr(0, 2) != question.substr(0, 2) || number_at(answer, 2) < 0x8000)
    throw std::runtime_error("this answers another question");
  if (const std::size_t code = number_at(answer, 2) % 16)
    throw std::runtime_error("the server refuses with code " + std::to_string(code));

  addresses found;
  std::size_t position = skip_name(answer, 12) + 4;
  for (std::size_t records = number_at(answer, 6); records != 0; --records)
  {
    position = skip_name(answer, position);
    const std::size_t type = number_at(answer, position);
    const std::size_t size = number_at(answer, position + 8);
    position += 10;
    if (type == 1 && size == 4)
    {
      asio::ip::address_v4::bytes_type bytes;
      for (std::size_t i = 0; i != size; ++i)
        bytes[i] = static_cast<unsigned char>(answer.at(position + i));
      found.emplace_back(bytes);
    }
    position += size;
  }
  return found;
}

asio::awaitable<std::string> receive(udp::socket& socket)
{
  std::string datagram(512, '\0');
  datagram.resize(co_await socket.async_receive(asio::buffer(datagram), asio::use_awaitable));
  co_return datagram;
}

/// Makes the first of the servers that this machine has a way to the socket's peer.
void connect_any(udp::socket& socket, const std::vector<udp::endpoint>& servers)
{
  error_code error = asio::error::host_not_found;
  for (const udp::endpoint& server : servers)
  {
    socket.close();
    connectex::connect_ex(socket, server, error);
    if (!error)
      return;
  }
  throw boost::system::system_error(error);
}

asio::awaitable<addresses> look_up(std::vector<udp::endpoint> servers, std::string name)
{
  const auto executor = co_await asio::this_coro::executor;
  udp::socket socket(executor);
  connect_any(socket, servers);

  // A datagram may be lost, so the question is asked again.
  const std::string question = make_question(name);
  for (int tries = 0; tries != 3; ++tries)
  {
    co_await socket.async_send(asio::buffer(question), asio::use_awaitable);
    asio::steady_timer timer(executor, 2s);
    auto result = co_await (receive(socket) || timer.async_wait(asio::use_awaitable));
    if (const std::string* answer = std::get_if<0>(&result))
      co_return read_answer(question, *answer);
  }
  throw std::runtime_error("no answer");
}

/// Answers each question with two addresses of the network that is kept for documents.
class own_server
{
public:
  own_server()
  {
    asio::co_spawn(context_, answer(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }

  own_server(const own_server&) = delete;
  own_server& operator=(const own_server&) = delete;

  ~own_server()
  {
    context_.stop();
    thread_.join();
  }

  const udp::endpoint& endpoint() const { return endpoint_; }

private:
  asio::awaitable<void> answer()
  {
    for (;;)
    {
      std::string message(512, '\0');
      udp::endpoint client;
      message.resize(
          co_await socket_.async_receive_from(asio::buffer(message), client, asio::use_awaitable));

      // A response, recursion available, with two records.
      message[2] = '\x81';
      message[3] = '\x80';
      message[7] = '\2';
      for (const char last : {'\1', '\2'})
      {
        // The name of the question, type A, class IN, for a minute, four bytes.
        message += std::string("\xC0\x0C\0\1\0\1\0\0\0\x3C\0\4\xC0\0\2", 15) + last;
      }
      co_await socket_.async_send_to(asio::buffer(message), client, asio::use_awaitable);
    }
  }

  asio::io_context context_;
  udp::socket socket_{context_, {asio::ip::address_v4::loopback(), 0}};
  const udp::endpoint endpoint_ = socket_.local_endpoint();
  std::thread thread_;
};

addresses run(const std::vector<udp::endpoint>& servers, const std::string& name)
{
  asio::io_context context;
  auto result = asio::co_spawn(context, look_up(servers, name), asio::use_future);
  context.run();
  return result.get();
}

addresses ask_own_server()
{
  const own_server server;
  return run({server.endpoint()}, "www.example.com");
}

addresses ask(const std::string& server, const std::string& name)
{
  asio::io_context context;
  error_code error;
  const auto found = udp::resolver(context).resolve(server, "53", error);
  if (error)
    throw std::runtime_error(server + ": " + error.message());
  return run({found.begin(), found.end()}, name);
}

int main(int argc, char* argv[])
{
  if (argc != 1 && argc != 3)
  {
    std::cerr << "usage: dns_over_udp [SERVER NAME]\n";
    return EXIT_FAILURE;
  }

  try
  {
    const addresses found = argc == 1 ? ask_own_server() : ask(argv[1], argv[2]);
    for (const asio::ip::address_v4& address : found)
      std::cout << address << '\n';
    return found.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
