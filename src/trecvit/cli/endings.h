// What the ending of an output's name promises, against what is written there.
#pragma once

#include <string>
#include <string_view>

namespace trecvit::cli {

// Whether a model written there is an archive, NAME.npz; otherwise it is a folder. Throws Error(kUsage) for a name
// whose ending promises anything else, such as x.onnx.
bool is_archive_name(std::string_view verb, const std::string& path);

// Throws Error(kUsage) where the ending promises another format than the one written ("NumPy" for .npz, "PNG"); names
// without an ending are fine.
void check_ending(std::string_view verb, const std::string& path, std::string_view format);

}  // namespace trecvit::cli
