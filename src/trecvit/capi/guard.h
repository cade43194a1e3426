// The boundary between C and C++: exceptions become a status and a message, arguments are checked, and use of one
// handle by two threads is detected.
#pragma once

#include <trecvit/trecvit.h>

#include <atomic>

#include "trecvit/base/error.h"

namespace trecvit::capi {

// Returns the status for the exception being handled and stores its text as this thread's last error. Allocates
// nothing.
trecvit_status report_current_exception() noexcept;

// Runs the body of an API function.
template <class Body>
trecvit_status guarded(Body&& body) noexcept {
  try {
    body();
    return TRECVIT_OK;
  } catch (...) {
    return report_current_exception();
  }
}

// The same for functions that return a value.
template <class Value, class Body>
Value guarded_value(Value on_failure, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    report_current_exception();
    return on_failure;
  }
}

// Throws Error(kUsage) if the pointer is NULL.
template <class T>
T& require(T* pointer, const char* function, const char* what) {
  if (pointer == nullptr) fail_usage(function, "expected {}, got NULL", what);
  return *pointer;
}

// Holds a handle for the duration of a call. Throws Error(kUsage) if another thread holds it.
class Exclusive {
 public:
  Exclusive(std::atomic<bool>& in_use, const char* function, const char* what) : in_use_(in_use) {
    if (in_use.exchange(true, std::memory_order_acquire)) {
      fail_usage(function, "expected {} that no other thread is using, got one in use; create one per thread", what);
    }
  }
  ~Exclusive() { in_use_.store(false, std::memory_order_release); }
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;

 private:
  std::atomic<bool>& in_use_;
};

}  // namespace trecvit::capi
