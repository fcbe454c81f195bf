// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_PARTIAL_FLIGHT_HPP
#define CONNECTEX_DETAIL_DECIDE_PARTIAL_FLIGHT_HPP

#include <connectex/detail/decide/first_flight.hpp>

namespace connectex::detail
{

/// Buffers of which a connect is to hand over as much as it can at once, and at least one byte: as
/// write_some() writes.
/**
 * Handing over all of them could last for ever: the peer, too, may write first, and read nothing
 * before its own bytes are read.
 */
template <typename ConstBufferSequence>
struct partial_flight
{
  partial_flight() = default;
  explicit partial_flight(const ConstBufferSequence& given) : buffers(given) {}

  ConstBufferSequence buffers = {};
};

template <typename ConstBufferSequence, typename Allocator>
class first_flight<partial_flight<ConstBufferSequence>, Allocator, false>
  : public first_flight<ConstBufferSequence, Allocator>
{
  using base = first_flight<ConstBufferSequence, Allocator>;

public:
  first_flight(const partial_flight<ConstBufferSequence>& flight, const Allocator& allocator)
    : base(flight.buffers, allocator)
  {
  }

  bool is_sent() const { return base::sent() != 0 || base::size() == 0; }
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_PARTIAL_FLIGHT_HPP
