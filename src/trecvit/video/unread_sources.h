// Names of sources that this version cannot read, and names that were probably mistyped: each kind has a row in
// source_kinds.cc whose open function throws an Error that says what to do instead. A file with such a name is a file.
#pragma once

#include "trecvit/video/source.h"

namespace trecvit {

// ftp://..., file://...
bool is_url(const std::string& source);
std::unique_ptr<FrameSource> refuse_url(const std::string& source, const SourceOptions& options);

// @list.txt, for programs that open one source (source_list.h reads lists)
bool is_list_name(const std::string& source);
std::unique_ptr<FrameSource> refuse_list(const std::string& source, const SourceOptions& options);

// A pattern such as *.mp4, likewise
bool is_pattern(const std::string& source);
std::unique_ptr<FrameSource> refuse_pattern(const std::string& source, const SourceOptions& options);

// "generated:NAME", the name of a model
bool is_model_name(const std::string& source);
std::unique_ptr<FrameSource> refuse_model_name(const std::string& source, const SourceOptions& options);

// "sythetic:NAME"
bool is_mistyped_prefix(const std::string& source);
std::unique_ptr<FrameSource> refuse_mistyped_prefix(const std::string& source, const SourceOptions& options);

// A folder, of a model or of files, likewise
bool is_folder_name(const std::string& source);
std::unique_ptr<FrameSource> refuse_folder(const std::string& source, const SourceOptions& options);

}  // namespace trecvit
