#include "trecvit/base/list_some.h"

#include <fmt/format.h>

#include "trecvit/base/error.h"

namespace trecvit {

std::string list_some(const std::vector<std::string>& names, size_t most) {
  if (names.empty()) return "none";
  std::string list;
  for (size_t i = 0; i < names.size() && i < most; ++i) list += (i > 0 ? ", " : "") + printable(names[i], 100);
  if (names.size() > most) list += fmt::format(" and {} more", names.size() - most);
  return list;
}

}  // namespace trecvit
