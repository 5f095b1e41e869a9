#pragma once

#include <cstddef>
#include <new>

namespace sagad::http {

/// Room for the one asynchronous operation of a kind that a connection has under way: taken and given back in turn,
/// from the heap only when it is taken or too small. (The idea is Asio's "allocation" example.)
class handler_memory {
 public:
  handler_memory() = default;
  handler_memory(const handler_memory&) = delete;
  handler_memory& operator=(const handler_memory&) = delete;

  void* take(std::size_t size) {
    if (!taken_ && size <= sizeof(storage_)) {
      taken_ = true;
      return storage_;
    }
    return ::operator new(size);
  }
  void give_back(void* at) noexcept {
    if (at == storage_) {
      taken_ = false;
    } else {
      ::operator delete(at);
    }
  }

 private:
  alignas(std::max_align_t) std::byte storage_[256];
  bool taken_ = false;
};

template <class T>
class handler_allocator {
 public:
  using value_type = T;
  explicit handler_allocator(handler_memory& from) noexcept : from_(&from) {}
  template <class U>
  handler_allocator(const handler_allocator<U>& other) noexcept : from_(other.from_) {}  // NOLINT: converts by contract

  T* allocate(std::size_t n) { return static_cast<T*>(from_->take(sizeof(T) * n)); }
  void deallocate(T* at, std::size_t) noexcept { from_->give_back(at); }
  bool operator==(const handler_allocator&) const noexcept = default;

 private:
  template <class>
  friend class handler_allocator;
  handler_memory* from_;
};

}  // namespace sagad::http
