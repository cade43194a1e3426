// Numbered folders, one for each run of a name: runs/shapes-1, runs/shapes-2, ...
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trecvit {

// Creates `parent`/`name`-N with N one above the largest existing number, and `parent` if it is missing. Two processes
// never get the same folder. Throws Error(kUsage) for a name that is empty, "." or "..", or has a '/' or a zero byte,
// Error(kResource) if the folder cannot be created.
std::string make_numbered_folder(const std::string& parent, const std::string& name);

// The folder with the largest number; unless `holding` is empty, only folders that contain a file of that name count.
// nullopt if there is none. Throws Error(kUsage) as above.
std::optional<std::string> latest_numbered_folder(const std::string& parent, const std::string& name,
                                                  const std::string& holding = {});

// Throws Error(kUsage) if one of these names in the folder is a link: a run folder from somebody else's archive must
// not redirect its writer elsewhere.
void refuse_links(const std::string& folder, std::span<const std::string_view> names);

}  // namespace trecvit
