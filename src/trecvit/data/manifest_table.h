// Lists of clips as tables with a header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trecvit/data/manifest.h"

namespace trecvit {

// The separator of a list's first line, if that line names columns: ',', a tab, ';', '|' or ' '. Nothing if the list
// begins with a clip.
std::optional<char> separator_of_header(std::string_view line);

// A table whose header names the columns, as described in manifest.h. Throws Error(kInput) naming the line.
Manifest parse_table(std::string_view text, const std::string& name, char separator);

// Whether a row of a list is a repeated header: fields that name the path and label columns, in either order. The label
// is empty in a list without labels.
bool names_columns(std::string_view path, std::string_view label);

// Whether the words of a line are a header of two columns, path and label.
bool is_path_label_header(std::string_view line);

}  // namespace trecvit
