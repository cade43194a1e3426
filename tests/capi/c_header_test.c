// trecvit.h is C11 without warnings, its initialisers name every field, and the library links and runs from C.
#include <stdio.h>
#include <string.h>
#include <trecvit/trecvit.h>

_Static_assert(TRECVIT_OK == 0 && TRECVIT_RESOURCE == 5, "statuses are exit codes");

int main(void) {
  const trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  const trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
  const trecvit_result result = TRECVIT_RESULT_INIT;
  trecvit_model* model = NULL;
  if (options.struct_size != sizeof options || info.struct_size != sizeof info || result.struct_size != sizeof result) {
    fprintf(stderr, "expected initialisers to set struct_size\n");
    return 1;
  }
  if (trecvit_model_load(NULL, &options, &model) != TRECVIT_USAGE || strstr(trecvit_last_error(), "path") == NULL) {
    fprintf(stderr, "expected a usage error about the path, got: %s\n", trecvit_last_error());
    return 1;
  }
  return 0;
}
