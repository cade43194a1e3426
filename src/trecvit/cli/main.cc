// trecvit: one command, many verbs. Results on stdout, messages on stderr, exit codes as in --help.
#include "trecvit/base/error.h"
#include "trecvit/cli/command_line.h"
#include "trecvit/cli/output.h"

namespace {

// Stand for the verbs in --help; hand_over_to_trainer has run them before this is asked.
void add_train(CLI::App& app, trecvit::cli::Run&) {
  app.add_subcommand("train", "Train a model on labelled clips (needs trecvit-train)");
  app.add_subcommand("pretrain", "Train an encoder on clips without labels (needs trecvit-train)");
  app.add_subcommand("probe", "Train a probe of a frozen model (needs trecvit-train)");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace trecvit::cli;
  try {
    hand_over_to_trainer(argc, argv);
  } catch (const trecvit::Error& error) {
    message("{}", error.what());
    return error.exit_code();
  }
  return run_command_line(argc, argv,
                          {add_classify, add_stream, add_embed, add_dump, add_check, add_eval, add_info, add_convert,
                           add_bench, add_demo, add_data, add_train});
}
