// SPDX-License-Identifier: BSL-1.0

// stream_forward bare|lazy write|read COUNT: reads or writes 64 bytes COUNT times on a connected
// socket, or on a lazy_connect_stream that has connected it, and prints what these transfers take
// from the heap. Whoever counts instructions takes the difference of two COUNTs.

#include "heap.hpp"
#include "support.hpp"

#include <connectex/lazy_connect_stream.hpp>

#include <boost/config.hpp>

#include <string>

namespace
{

using namespace bench;

constexpr int warm_up = 20;

std::array<char, flight_size> bytes{};

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
    return static_cast<double>(heap().allocations - before_) / count_;
  }

  BOOST_NOINLINE void next()
  {
    if (--left_ == count_)
      before_ = heap().allocations;
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

template <template <typename> typename Transfers>
double run(const std::string& stream, int count)
{
  return stream == "lazy" ? Transfers<connectex::lazy_connect_stream<>>(count).run()
                          : Transfers<tcp::socket>(count).run();
}

void run(const arguments& arguments)
{
  const std::string& stream = arguments.at(0);
  const int count = std::stoi(arguments.at(2));
  std::cout << (arguments.at(1) == "write" ? run<writes>(stream, count) : run<reads>(stream, count))
            << '\n';
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
