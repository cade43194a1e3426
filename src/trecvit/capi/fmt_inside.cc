// Puts fmt's code into libtrecvit: only this file is compiled with header-only fmt, and it references what the other
// objects use of fmt. The linker then needs no libfmt.so, whose name changes with every release of fmt.
#ifndef FMT_HEADER_ONLY
#define FMT_HEADER_ONLY
#endif
#include <fmt/format.h>

namespace trecvit::capi {

// Never called.
[[gnu::used]] std::string format_inside(fmt::string_view format, fmt::format_args arguments) {
  return fmt::vformat(format, arguments);
}

}  // namespace trecvit::capi
