#include "trecvit/terminal/common.h"

#include "trecvit/terminal/flags.h"

namespace trecvit::cli {
namespace {

Common& settings() {
  static Common common;
  return common;
}

}  // namespace

const Common& common() { return settings(); }

void add_common_options(CLI::App& verb) {
  Common& common = settings();
  verb.add_flag("--quiet", common.quiet,
                "show only errors on stderr, no notes and no progress; stream then also prints no lines per frame "
                "(default: off)");
  add_word_option(verb, "--progress", common.progress,
                  "progress on stderr: plain lines every ten seconds, json lines every second, none, or auto: one "
                  "redrawn line on a terminal, else plain lines");
  verb.add_option("--seed", common.seed,
                  "seed of generated weights and frames whose name gives none (default: 1); in train, pretrain and "
                  "probe it replaces the config's seed")
      ->check(whole_number(0, INT64_MAX));
}

Progress frame_progress(const std::string& what, std::optional<int64_t> total, const std::string& unit) {
  return {common().quiet ? ProgressMode::kNone : common().progress, {what, unit, total}};
}

}  // namespace trecvit::cli
