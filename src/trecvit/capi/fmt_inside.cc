// fmt's code within libtrecvit: this file alone is compiled with fmt as headers, and what it refers to is what the
// other objects take from fmt. The linker then needs no libfmt.so, whose name changes with every release of fmt.
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
