// Numbered folders, one for each run of a name: runs/shapes-1, runs/shapes-2, ...
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trecvit {

// Makes `parent`/`name`-N with N one above the largest that is there, and `parent` too where it is missing. Two
// processes never get the same folder. Throws Error(kUsage) for a name that is empty, "." or "..", or has a '/' or a
// zero byte, Error(kResource) where the folder cannot be made.
std::string make_numbered_folder(const std::string& parent, const std::string& name);

// The one with the largest number, of those that hold a file of that name if it is not empty; nothing where there is
// none. Throws Error(kUsage) as above.
std::optional<std::string> latest_numbered_folder(const std::string& parent, const std::string& name,
                                                  const std::string& holding = {});

// Throws Error(kUsage) where one of these names in the folder is a link: a run folder from somebody else's archive must
// not lead its writer elsewhere.
void refuse_links(const std::string& folder, std::span<const std::string_view> names);

}  // namespace trecvit
