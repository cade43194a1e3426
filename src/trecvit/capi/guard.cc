#include "trecvit/capi/guard.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <new>

namespace trecvit::capi {
namespace {

// A plain array: it needs no allocation when memory has run out, and it has no destructor, so late calls at thread exit
// are safe.
constexpr size_t kMaxMessage = 8192;
thread_local char last_error[kMaxMessage] = "";

void set_last_error(const char* text) noexcept {
  size_t length = std::strlen(text);
  if (length >= kMaxMessage) {
    length = kMaxMessage - 1;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;  // keep characters whole
  }
  std::memcpy(last_error, text, length);
  last_error[length] = '\0';
}

trecvit_status status_of(ErrorKind kind) noexcept { return static_cast<trecvit_status>(kind); }
static_assert(static_cast<int>(ErrorKind::kCheckFailed) == TRECVIT_CHECK_FAILED);
static_assert(static_cast<int>(ErrorKind::kUsage) == TRECVIT_USAGE);
static_assert(static_cast<int>(ErrorKind::kInput) == TRECVIT_INPUT);
static_assert(static_cast<int>(ErrorKind::kUnavailable) == TRECVIT_UNAVAILABLE);
static_assert(static_cast<int>(ErrorKind::kResource) == TRECVIT_RESOURCE);

}  // namespace

trecvit_status report_current_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    set_last_error(error.what());
    return status_of(error.kind());
  } catch (const std::bad_alloc&) {
    set_last_error("[memory] expected more memory, got none");
    return TRECVIT_RESOURCE;
  } catch (const std::filesystem::filesystem_error& error) {
    set_last_error(error.what());
    return TRECVIT_INPUT;
  } catch (const std::exception& error) {
    set_last_error(error.what());
    return TRECVIT_CHECK_FAILED;
  } catch (...) {
    set_last_error("[trecvit] expected an error with a message, got one of unknown type");
    return TRECVIT_CHECK_FAILED;
  }
}

}  // namespace trecvit::capi

extern "C" const char* trecvit_last_error(void) noexcept { return trecvit::capi::last_error; }
