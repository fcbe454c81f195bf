// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_THIN_PTR_HPP
#define CONNECTEX_DETAIL_THIN_PTR_HPP

#include <memory>
#include <utility>

namespace connectex::detail
{

template <typename T>
class thin_ptr;

/// Base of what a thin_ptr may own.
template <typename T>
class thin_ptr_target
{
  friend class thin_ptr<T>;

  std::shared_ptr<T> self_;
};

/// One owner of a shared object, in one word instead of two: a pending operation carries it, and it is
/// moved from step to step. The object keeps itself alive until this owner lets go.
template <typename T>
class thin_ptr
{
public:
  thin_ptr() = default;

  explicit thin_ptr(std::shared_ptr<T> object) noexcept : object_(object.get())
  {
    if (object_)
      object_->thin_ptr_target<T>::self_ = std::move(object);
  }

  thin_ptr(thin_ptr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}

  thin_ptr& operator=(thin_ptr&& other) noexcept
  {
    thin_ptr former(std::move(*this));
    object_ = std::exchange(other.object_, nullptr);
    return *this;
  }

  ~thin_ptr()
  {
    // Moved out first: the object must not go while its own member is being destroyed.
    if (object_)
      const std::shared_ptr<T> last = std::move(object_->thin_ptr_target<T>::self_);
  }

  void reset() noexcept { thin_ptr former(std::move(*this)); }

  std::shared_ptr<T> share() const noexcept
  {
    return object_ ? object_->thin_ptr_target<T>::self_ : nullptr;
  }

  explicit operator bool() const noexcept { return object_ != nullptr; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

private:
  T* object_ = nullptr;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_THIN_PTR_HPP
