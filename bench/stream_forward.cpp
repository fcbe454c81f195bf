// SPDX-License-Identifier: BSL-1.0

// stream_forward bare|lazy write|read COUNT: reads or writes 64 bytes COUNT times on a connected
// socket, or on a lazy_connect_stream that has connected it, and prints what these transfers take
// from the heap. Whoever counts instructions takes the difference of two COUNTs.

#include "heap.hpp"

#include <connectex/lazy_connect_stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/config.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int warm_up = 20;

std::array<char, 64> bytes{};

void check(const error_code& error, std::size_t bytes_transferred)
{
  if (error)
    throw boost::system::system_error(error);
  if (bytes_transferred != bytes.size())
    throw std::runtime_error("a short transfer");
}

// What follows is kept out of line, lest the two ways differ in what the compiler makes of it.

template <typename Sequence>
struct transferred
{
  BOOST_NOINLINE void operator()(const error_code& error, std::size_t bytes_transferred) const
  {
    check(error, bytes_transferred);
    self->end();
  }

  Sequence* self;
};

/// Transfers one after the other within one run of the context, whose thread keeps the memory for
/// the next one. Derived says what a transfer is.
template <typename Derived, typename Stream>
class sequence
{
public:
  explicit sequence(int count) : left_(warm_up + 1 + count), count_(count) {}

  double run()
  {
    const tcp::endpoint peer = acceptor_.local_endpoint();
    if constexpr (requires { stream.connect_on_write(peer); })
      stream.connect_on_write(peer);
    else
      stream.connect(peer);
    stream.async_write_some(asio::buffer(bytes),
        [this](const error_code& error, std::size_t bytes_transferred)
        {
          check(error, bytes_transferred);
          other = acceptor_.accept();
          drain();
          asio::post(context_, [this] { next(); });
        });
    context_.run();
    return static_cast<double>(bench::heap().allocations - before_) / count_;
  }

  BOOST_NOINLINE void next()
  {
    if (--left_ == count_)
      before_ = bench::heap().allocations;
    if (left_ != 0)
    {
      static_cast<Derived&>(*this).begin();
      static_cast<Derived&>(*this).transfer();
    }
  }

  void begin() {}

protected:
  void drain() { asio::read(other, asio::buffer(bytes)); }

private:
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  long before_ = 0;
  int left_;
  int count_;

protected:
  Stream stream{context_};
  tcp::socket other{context_};
};

template <typename Stream>
class writes : public sequence<writes<Stream>, Stream>
{
public:
  using sequence<writes, Stream>::sequence;

  BOOST_NOINLINE void transfer()
  {
    this->stream.async_write_some(asio::buffer(bytes), transferred<writes>{this});
  }

  void end()
  {
    this->drain();
    this->next();
  }
};

template <typename Stream>
class reads : public sequence<reads<Stream>, Stream>
{
public:
  using sequence<reads, Stream>::sequence;

  void begin() { asio::write(this->other, asio::buffer(bytes)); }

  BOOST_NOINLINE void transfer()
  {
    this->stream.async_read_some(asio::buffer(bytes), transferred<reads>{this});
  }

  void end() { this->next(); }
};

using lazy = connectex::lazy_connect_stream<>;

double run(const std::string& way, const std::string& transfer, int count)
{
  if (way == "bare" && transfer == "write")
    return writes<tcp::socket>(count).run();
  if (way == "bare" && transfer == "read")
    return reads<tcp::socket>(count).run();
  if (way == "lazy" && transfer == "write")
    return writes<lazy>(count).run();
  if (way == "lazy" && transfer == "read")
    return reads<lazy>(count).run();
  throw std::invalid_argument("usage: stream_forward bare|lazy write|read COUNT");
}

} // namespace

int main(int argc, char* argv[])
try
{
  if (argc != 4)
    throw std::invalid_argument("usage: stream_forward bare|lazy write|read COUNT");
  std::cout << run(argv[1], argv[2], std::atoi(argv[3])) << '\n';
  return EXIT_SUCCESS;
}
catch (const std::exception& error)
{
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
