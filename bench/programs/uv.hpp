// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_UV_HPP
#define CONNECTEX_BENCH_UV_HPP

#include "load.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <stdexcept>
#include <string>

#include <uv.h>

// The contestant `uv`: libuv's uv_tcp_connect, and uv_write in its callback.

namespace bench
{

/// The connections of one thread. No exception may pass through libuv, so errors end the program.
class uv_loop
{
public:
  uv_loop(load& load, int thread) : load_(load)
  {
    check_uv("uv_loop_init", ::uv_loop_init(&loop_));
    for (int i = thread; i < load.in_flight; i += load.threads)
      connections_.push_back({*this, load.peer(i)});
  }

  ~uv_loop() { ::uv_loop_close(&loop_); }

  uv_loop(const uv_loop&) = delete;
  uv_loop& operator=(const uv_loop&) = delete;

  void run()
  {
    for (connection& each : connections_)
      go_on(each);
    ::uv_run(&loop_, UV_RUN_DEFAULT);
  }

private:
  struct connection
  {
    uv_loop& loop;
    tcp::endpoint peer;
    uv_tcp_t socket{};
    uv_connect_t connect_request{};
    uv_write_t write_request{};
    std::array<char, flight_size> answer{};
  };

  static void check_uv(const char* what, ssize_t result) noexcept
  {
    if (result < 0)
      fail(what, static_cast<int>(-result));
  }

  template <typename Handle>
  static connection& connection_of(const Handle* handle)
  {
    return *static_cast<connection*>(handle->data);
  }

  void go_on(connection& each)
  {
    if (!load_.take())
      return;
    check_uv("uv_tcp_init", ::uv_tcp_init(&loop_, &each.socket));
    each.socket.data = each.connect_request.data = each.write_request.data = &each;
    check_uv("uv_tcp_connect",
        ::uv_tcp_connect(&each.connect_request, &each.socket, each.peer.data(), on_connected));
  }

  static uv_stream_t* stream(connection& each)
  {
    return reinterpret_cast<uv_stream_t*>(&each.socket);
  }

  static void on_connected(uv_connect_t* request, int status)
  {
    check_uv("connect", status);
    connection& each = connection_of(request);
    const uv_buf_t bytes =
        ::uv_buf_init(const_cast<char*>(flight.data()), static_cast<unsigned>(flight_size));
    check_uv("uv_write", ::uv_write(&each.write_request, stream(each), &bytes, 1, on_written));
  }

  static void on_written(uv_write_t* request, int status)
  {
    check_uv("write", status);
    connection& each = connection_of(request);
    if (each.loop.load_.answered)
      check_uv("uv_read_start", ::uv_read_start(stream(each), on_alloc, on_read));
    else
      ::uv_close(reinterpret_cast<uv_handle_t*>(&each.socket), on_closed);
  }

  static void on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer)
  {
    connection& each = connection_of(handle);
    *buffer = ::uv_buf_init(each.answer.data(), static_cast<unsigned>(each.answer.size()));
  }

  static void on_read(uv_stream_t* handle, ssize_t size, const uv_buf_t*) noexcept
  {
    if (size == 0)
      return;
    check_uv("read", size);
    if (size != static_cast<ssize_t>(flight_size))
      fail("a short answer", EIO);
    check_uv("uv_tcp_close_reset", ::uv_tcp_close_reset(&connection_of(handle).socket, on_closed));
  }

  static void on_closed(uv_handle_t* handle)
  {
    connection& each = connection_of(handle);
    each.loop.go_on(each);
  }

  load& load_;
  uv_loop_t loop_{};
  std::deque<connection> connections_;
};

} // namespace bench

#endif // CONNECTEX_BENCH_UV_HPP
