// SPDX-License-Identifier: BSL-1.0

#include <connectex/retry_policy.hpp>

#include <cmath>
#include <exception>
#include <random>

namespace connectex
{

namespace
{

unsigned seed()
{
  try
  {
    return std::random_device{}();
  }
  catch (const std::exception&)
  {
    // Worse, but enough to keep clients apart.
    return static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
  }
}

double default_random()
{
  thread_local std::minstd_rand generator{seed()};
  return std::generate_canonical<double, 32>(generator);
}

/// Not std::clamp, because a NaN has to become a number too.
double clamp_fraction(double value) noexcept
{
  if (!(value > 0))
    return 0;
  return value < 1 ? value : 1;
}

} // namespace

exponential_backoff::duration exponential_backoff::delay(unsigned failed_attempts) const
{
  using floating = std::chrono::duration<double, duration::period>;
  if (initial <= duration::zero())
    return duration::zero();

  // In floating point, where growth ends in infinity instead of wrapping around.
  const double growth = std::pow(multiplier, failed_attempts - 1.0);
  const floating grown = floating(initial) * growth;
  const duration bound = grown < floating(max) ? std::chrono::duration_cast<duration>(grown) : max;

  const double chance = clamp_fraction(random ? random() : default_random());
  const floating spared = floating(bound) * (jitter * (1 - chance));
  return spared < floating(bound) ? bound - std::chrono::duration_cast<duration>(spared)
                                  : duration::zero();
}

std::string_view retry_policy::validate() const noexcept
{
  using duration = exponential_backoff::duration;
  if (backoff.initial < duration::zero())
    return "retry.backoff.initial";
  if (!(backoff.multiplier >= 1 && std::isfinite(backoff.multiplier)))
    return "retry.backoff.multiplier";
  if (backoff.max < backoff.initial)
    return "retry.backoff.max";
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1))
    return "retry.backoff.jitter";
  return {};
}

} // namespace connectex
