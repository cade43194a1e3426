// Numbered folders, one for each run of a name: runs/shapes-1, runs/shapes-2, ...
#pragma once

#include <optional>
#include <string>

namespace trecvit {

// Makes `parent`/`name`-N with N one above the largest that is there, and `parent` too where it is missing. Two
// processes never get the same folder. Throws Error(kUsage) for a name that is empty, "." or "..", or has a '/' or a
// zero byte, Error(kResource) where the folder cannot be made.
std::string make_numbered_folder(const std::string& parent, const std::string& name);

// The one with the largest number, of those that hold a file of that name if it is not empty; nothing where there is
// none. Throws Error(kUsage) as above.
std::optional<std::string> latest_numbered_folder(const std::string& parent, const std::string& name,
                                                  const std::string& holding = {});

}  // namespace trecvit
