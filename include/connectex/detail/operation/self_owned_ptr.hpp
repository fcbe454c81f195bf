// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_SELF_OWNED_PTR_HPP
#define CONNECTEX_DETAIL_OPERATION_SELF_OWNED_PTR_HPP

#include <memory>
#include <utility>

namespace connectex::detail
{

template <typename T>
class self_owned_ptr;

/// Base of what a self_owned_ptr may own.
template <typename T>
class self_owned
{
  friend class self_owned_ptr<T>;

  std::shared_ptr<T> self_;
};

/// A pointer that owns a shared object and is only one pointer wide, because each pending operation
/// keeps it: the object holds a shared_ptr to itself until this owner lets go.
template <typename T>
class self_owned_ptr
{
public:
  self_owned_ptr() = default;

  explicit self_owned_ptr(std::shared_ptr<T> object) noexcept : object_(object.get())
  {
    if (object_)
      object_->self_owned<T>::self_ = std::move(object);
  }

  self_owned_ptr(self_owned_ptr&& other) noexcept : object_(std::exchange(other.object_, nullptr))
  {
  }

  self_owned_ptr& operator=(self_owned_ptr&& other) noexcept
  {
    self_owned_ptr former(std::move(*this));
    object_ = std::exchange(other.object_, nullptr);
    return *this;
  }

  ~self_owned_ptr()
  {
    // Moved out first: the object must not go while its own member is being destroyed.
    if (object_)
      const std::shared_ptr<T> last = std::move(object_->self_owned<T>::self_);
  }

  void reset() noexcept
  {
    if (object_)
      self_owned_ptr former(std::move(*this));
  }

  std::shared_ptr<T> share() const noexcept
  {
    return object_ ? object_->self_owned<T>::self_ : nullptr;
  }

  explicit operator bool() const noexcept { return object_ != nullptr; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

private:
  T* object_ = nullptr;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_SELF_OWNED_PTR_HPP
