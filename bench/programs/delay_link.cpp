// SPDX-License-Identifier: BSL-1.0

// A cable between two network namespaces of this machine that takes a set time from end to end: two
// TUN devices, each packet of the one delivered at the other in order and without loss. For
// measurements on kernels that come without netem.
//
// delay_link NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B RTT_MS: prints `ready`, and ends with its
// input.

#include "support.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace
{

using namespace bench;
using clock_type = std::chrono::steady_clock;
using descriptor = asio::posix::stream_descriptor;

descriptor open_file(asio::io_context& context, const std::string& path, int flags)
{
  return descriptor(context, checked(path.c_str(), ::open(path.c_str(), flags | O_CLOEXEC)));
}

/// Puts the thread into a network namespace, and back again.
class namespace_visit
{
public:
  namespace_visit(asio::io_context& context, const std::string& name)
    : home_(open_file(context, "/proc/thread-self/ns/net", O_RDONLY))
  {
    descriptor there = open_file(context, "/var/run/netns/" + name, O_RDONLY);
    checked(name.c_str(), ::setns(there.native_handle(), CLONE_NEWNET));
  }

  ~namespace_visit()
  {
    // Everything after it would happen in the wrong place.
    if (::setns(home_.native_handle(), CLONE_NEWNET) != 0)
      std::abort();
  }

  namespace_visit(const namespace_visit&) = delete;
  namespace_visit& operator=(const namespace_visit&) = delete;

private:
  descriptor home_;
};

descriptor create_tun(
    asio::io_context& context, const std::string& namespace_name, const std::string& device)
{
  ifreq request{};
  if (device.empty() || device.size() >= sizeof(request.ifr_name))
    throw std::invalid_argument("not the name of a device: " + device);
  device.copy(request.ifr_name, device.size());
  request.ifr_flags = IFF_TUN | IFF_NO_PI;

  // A TUN device belongs to the namespace that its file was opened in.
  const namespace_visit visit(context, namespace_name);
  descriptor file = open_file(context, "/dev/net/tun", O_RDWR);
  checked(device.c_str(), ::ioctl(file.native_handle(), TUNSETIFF, &request));

  // A file that epoll has met before it was a device never wakes anybody.
  return descriptor(context, file.release());
}

/// One direction of the link.
class conveyor
{
public:
  conveyor(descriptor& from, descriptor& to, clock_type::duration delay)
    : from_(from), to_(to), delay_(delay), timer_(from.get_executor())
  {
  }

  void start() { receive(); }

private:
  struct packet
  {
    clock_type::time_point due;
    std::vector<unsigned char> bytes;
  };

  void receive()
  {
    from_.async_read_some(asio::buffer(buffer_),
        [this](const error_code& error, std::size_t size)
        {
          if (error)
            throw boost::system::system_error(error, "receiving");
          on_received(size);
        });
  }

  void on_received(std::size_t size)
  {
    const auto begin = buffer_.begin();
    packets_.push_back({clock_type::now() + delay_, {begin, begin + std::ptrdiff_t(size)}});
    if (packets_.size() == 1)
      wait();
    receive();
  }

  void wait()
  {
    timer_.expires_at(packets_.front().due);
    timer_.async_wait([this](const error_code&) { deliver_due(); });
  }

  void deliver_due()
  {
    while (!packets_.empty() && packets_.front().due <= clock_type::now())
    {
      deliver(packets_.front().bytes);
      packets_.pop_front();
    }
    if (!packets_.empty())
      wait();
  }

  void deliver(const std::vector<unsigned char>& bytes)
  {
    error_code error;
    to_.write_some(asio::buffer(bytes), error);
    // That is how a device that is down answers, and nobody misses the packet.
    if (error && error != error_code(EIO, boost::system::system_category()))
      throw boost::system::system_error(error, "delivering");
  }

  descriptor& from_;
  descriptor& to_;
  clock_type::duration delay_;
  asio::steady_timer timer_;
  std::deque<packet> packets_;
  std::array<unsigned char, 65536> buffer_;
};

/// Waits for the end of the standard input, which comes also when whoever started the link is
/// killed.
void watch_input(asio::io_context& context, descriptor& input)
{
  // Not an asynchronous read, which would leave a terminal in non-blocking mode.
  input.async_wait(descriptor::wait_read,
      [&context, &input](const error_code&)
      {
        std::array<char, 256> ignored;
        if (::read(input.native_handle(), ignored.data(), ignored.size()) > 0)
          watch_input(context, input);
        else
          context.stop();
      });
}

/// Other work on the machine must not lengthen the link; where that is not allowed it may.
void ask_for_precedence()
{
  sched_param parameters{};
  parameters.sched_priority = 1;
  static_cast<void>(::sched_setscheduler(0, SCHED_FIFO, &parameters));
}

void run(const arguments& arguments)
{
  ask_for_precedence();
  asio::io_context context(1);
  const std::chrono::duration<double, std::milli> round_trip(std::stod(arguments.at(4)));
  const auto one_way = std::chrono::duration_cast<clock_type::duration>(round_trip / 2);
  descriptor a = create_tun(context, arguments[0], arguments[1]);
  descriptor b = create_tun(context, arguments[2], arguments[3]);

  conveyor a_to_b(a, b, one_way);
  conveyor b_to_a(b, a, one_way);
  a_to_b.start();
  b_to_a.start();

  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&context](const error_code&, int) { context.stop(); });
  descriptor input(context, checked("dup", ::dup(STDIN_FILENO)));
  watch_input(context, input);

  std::cout << "ready" << std::endl;
  context.run();
}

} // namespace

int main(int argc, char* argv[]) { return run_main(argc, argv, run); }
