// Lists of clips as tables with a header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trecvit/data/manifest.h"

namespace trecvit {

// How the first line of a list is divided, if it names columns: by ',', a tab, ';' or '|', or by ' '. Nothing where the
// list begins with a clip.
std::optional<char> separator_of_header(std::string_view line);

// A table whose header names the columns, as manifest.h says. Throws Error(kInput) naming the line.
Manifest parse_table(std::string_view text, const std::string& name, char separator);

// Whether a row of a list is a header once more: fields that name the columns of paths and labels, in either order. No
// label: of a list without.
bool names_columns(std::string_view path, std::string_view label);

// Whether the words of a line are such a header of two columns, path and label.
bool is_path_label_header(std::string_view line);

}  // namespace trecvit
