// Where the packets of each video track lie in a transport stream. Recordings in such streams are often joined with
// `cat`, and each may have its video in another track.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace trecvit {

// Tracks are numbers, places are offsets in the file.
class TrackPlaces {
 public:
  void note(int track, int64_t place);
  // The tracks whose packets lie among those of the chosen one: they are not other recordings.
  std::vector<int> within(int chosen) const;
  // What a user should know about a track that lies before or after the chosen one; empty if there is none.
  std::string remark(int chosen) const;

 private:
  struct Span {
    int64_t first, last;
  };
  std::map<int, Span> spans_;
};

}  // namespace trecvit
