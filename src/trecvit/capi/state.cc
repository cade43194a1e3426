// The states of the C API (include/trecvit/trecvit.h).
#include "trecvit/capi/guard.h"
#include "trecvit/capi/handles.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"

namespace {

using namespace trecvit;
using capi::Exclusive;
using capi::guarded;
using capi::require;

trecvit_state* make_handle(StreamState state) { return new trecvit_state{std::move(state)}; }

// Runs a body on a state while no other thread may use it.
template <class Body>
auto with_state(trecvit_state* handle, const char* function, Body&& body) {
  trecvit_state& checked = require(handle, function, "a state");
  const Exclusive exclusive(checked.in_use, function, "a state");
  return body(checked.state);
}

}  // namespace

extern "C" {

trecvit_status trecvit_state_create(const trecvit_model* model, const char* readout, trecvit_state** state) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_state_create";
    trecvit_state*& out = require(state, kHere, "a pointer for the state");
    out = nullptr;
    const Model& known = *require(model, kHere, "a model").model;
    out = make_handle(readout ? known.make_state(parse_readout(readout, kHere)) : known.make_state());
  });
}

void trecvit_state_free(trecvit_state* state) noexcept { delete state; }

trecvit_status trecvit_state_reset(trecvit_state* state) noexcept {
  return guarded([&] { with_state(state, "trecvit_state_reset", [](StreamState& known) { known.reset(); }); });
}

trecvit_status trecvit_state_fork(trecvit_state* state, trecvit_state** copy) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_state_fork";
    trecvit_state*& out = require(copy, kHere, "a pointer for the copy");
    out = nullptr;
    out = with_state(state, kHere, [](const StreamState& known) { return make_handle(known.fork()); });
  });
}

trecvit_status trecvit_state_save(trecvit_state* state, const char* path, int32_t replace) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_state_save";
    const std::string file = &require(path, kHere, "a path");
    if (replace != 0 && replace != 1) fail_usage(kHere, "expected replace to be 0 or 1, got {}", replace);
    if (file.empty()) fail_usage(kHere, "expected a path, got an empty one");
    const auto overwrite = replace == 1 ? Overwrite::kYes : Overwrite::kNo;
    with_state(state, kHere, [&](const StreamState& known) { known.save(file, overwrite); });
  });
}

trecvit_status trecvit_state_load(trecvit_state* state, const char* path) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_state_load";
    const std::string file = &require(path, kHere, "a path");
    with_state(state, kHere, [&](StreamState& known) { known.load(*open_file(file)); });
  });
}

int64_t trecvit_state_frames(trecvit_state* state) noexcept {
  return capi::guarded_value<int64_t>(-1, [&] {
    return with_state(state, "trecvit_state_frames", [](const StreamState& known) { return known.frames(); });
  });
}

int64_t trecvit_state_bytes(trecvit_state* state) noexcept {
  return capi::guarded_value<int64_t>(-1, [&] {
    return with_state(state, "trecvit_state_bytes",
                      [](const StreamState& known) { return static_cast<int64_t>(known.bytes()); });
  });
}

}  // extern "C"
