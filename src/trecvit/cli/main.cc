// trecvit: one command with many verbs. Results go to stdout, messages to stderr; --help lists the exit codes.
#include "trecvit/cli/command.h"
#include "trecvit/terminal/command_line.h"
#include "trecvit/terminal/hand_over.h"
#include "trecvit/terminal/usage.h"

namespace {

// Placeholders for the verbs in --help; hand_over_to_trainer has already run the real ones.
void add_train(CLI::App& app, trecvit::cli::Run&) {
  app.add_subcommand("train", "Train a model on labelled clips (needs trecvit-train)");
  app.add_subcommand("pretrain", "Train an encoder on clips without labels (needs trecvit-train)");
  app.add_subcommand("probe", "Train a probe of a frozen model (needs trecvit-train)");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace trecvit::cli;
  return exit_code_of([&] {
    const auto arguments = arguments_of(argc, argv);
    hand_over_to_trainer(arguments);
    return run_command_line(arguments, {add_classify, add_stream, add_embed, add_dump, add_check, add_eval, add_info,
                                        add_convert, add_bench, add_demo, add_data, add_train});
  });
}
