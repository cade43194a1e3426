// The top class of every frame of a video, in C.
//
//   stream_c                             random weights, eight frames of a moving gradient
//   stream_c MODEL WIDTH HEIGHT [FILE]   raw RGB frames of that size from FILE or standard input:
//   ffmpeg -v error -i clip.mp4 -f rawvideo -pix_fmt rgb24 - | stream_c model.npz 640 360
#include <stdio.h>
#include <stdlib.h>
#include <trecvit/trecvit.h>

static void check(trecvit_status status) {
  if (status == TRECVIT_OK) return;
  fprintf(stderr, "stream_c: %s\n", trecvit_last_error());
  exit(status);
}

// The next frame, false after the last one.
static int next_frame(FILE* file, long frame, int width, int height, uint8_t* pixels) {
  const size_t size = (size_t)width * (size_t)height * 3;
  if (file != NULL) return fread(pixels, 1, size, file) == size;
  for (size_t i = 0; i < size; ++i) pixels[i] = (uint8_t)(i / 3 % (size_t)width + (size_t)frame * 8);
  return frame < 8;
}

int main(int argc, char** argv) {
  const int width = argc > 3 ? atoi(argv[2]) : 320, height = argc > 3 ? atoi(argv[3]) : 240;
  FILE* file = argc > 4 ? fopen(argv[4], "rb") : argc > 1 ? stdin : NULL;
  if ((argc > 1 && argc < 4) || width < 1 || height < 1 || (argc > 1 && file == NULL)) {
    fprintf(stderr, "usage: stream_c [MODEL WIDTH HEIGHT [FILE]]\n");
    return TRECVIT_USAGE;
  }

  trecvit_model* model;
  trecvit_engine* engine;
  trecvit_state* state;
  check(argc > 1 ? trecvit_model_load(argv[1], NULL, &model) : trecvit_model_generated("mu", 1, NULL, &model));
  check(trecvit_engine_create(model, 1, &engine));
  check(trecvit_state_create(model, NULL, &state));

  uint8_t* pixels = malloc((size_t)width * (size_t)height * 3);
  if (pixels == NULL) return TRECVIT_RESOURCE;
  const trecvit_image image = {pixels, TRECVIT_U8, height, width, 0};
  trecvit_result result = TRECVIT_RESULT_INIT;
  for (long frame = 0; next_frame(file, frame, width, height, pixels); ++frame) {
    check(trecvit_engine_step(engine, state, &image, (double)frame / 25, &result));
    int64_t top;
    check(trecvit_topk(result.probs, result.num_classes, 1, &top));
    printf("%ld\t%s\t%.4f\n", frame, trecvit_model_label(model, top), result.probs[top]);
  }

  free(pixels);
  trecvit_state_free(state);
  trecvit_engine_free(engine);
  trecvit_model_free(model);
  return 0;
}
