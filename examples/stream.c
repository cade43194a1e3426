// Names what a camera or a video shows, frame by frame, in C.
//
//   stream_c                                        random weights, eight frames of a moving gradient
//   stream_c [--labels FILE] MODEL                  PPM pictures from standard input, each with its size:
//   ffmpeg -v error -f v4l2 -i /dev/video0 -f image2pipe -c:v ppm - | stream_c --labels names.txt model.npz
//   stream_c [--labels FILE] MODEL WIDTH HEIGHT     raw RGB of that size, which the bytes do not contain
//
// --labels: a file with one class name per line, for models without names. A frame's time is the moment it is read; the
// prediction looks back about two seconds. Exit code 3 if the input ends within a frame or before the first one.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <trecvit/trecvit.h>

static void check(trecvit_status status) {
  if (status == TRECVIT_OK) return;
  fprintf(stderr, "stream_c: %s\n", trecvit_last_error());
  exit(status);
}

static void fail(trecvit_status status, const char* message) {
  fprintf(stderr, "stream_c: %s\n", message);
  exit(status);
}

typedef struct {
  FILE* file;         // NULL: a moving gradient
  int ppm;            // 1: pictures with headers, 0: raw bytes
  int width, height;  // pixels
  uint8_t* pixels;
  long frames;  // read so far
} input;

// Reads the header of the next PPM picture; returns 0 at the end of the input.
static int next_header(input* in) {
  const int first = fgetc(in->file);
  int width = 0, height = 0, most = 0;
  if (first == EOF) return 0;
  if (first != 'P' || fscanf(in->file, "6 %5d %5d %3d", &width, &height, &most) != 3 || fgetc(in->file) == EOF ||
      width < 1 || height < 1 || width > 32768 || height > 32768 || most != 255)
    fail(TRECVIT_INPUT, "expected PPM pictures (P6, 8 bit); for raw RGB give WIDTH and HEIGHT");
  if (in->width != width || in->height != height) free(in->pixels), in->pixels = NULL;
  in->width = width;
  in->height = height;
  return 1;
}

// Reads the next frame; returns 0 after the last one.
static int next_frame(input* in) {
  if (in->ppm && !next_header(in)) return 0;
  const size_t size = (size_t)in->width * (size_t)in->height * 3;
  if (in->pixels == NULL) in->pixels = malloc(size);
  if (in->pixels == NULL) fail(TRECVIT_RESOURCE, "expected memory for a frame, got none");
  if (in->file != NULL) {
    const size_t got = fread(in->pixels, 1, size, in->file);
    if (got == 0 && !in->ppm) return 0;
    if (got < size) {
      fprintf(stderr, "stream_c: expected %zu bytes of frame %ld (%d x %d RGB), got %zu; is that its size?\n", size,
              in->frames, in->width, in->height, got);
      exit(TRECVIT_INPUT);
    }
  } else {
    if (in->frames == 8) return 0;
    for (size_t i = 0; i < size; ++i) in->pixels[i] = (uint8_t)(i / 3 % (size_t)in->width + (size_t)in->frames * 8);
  }
  ++in->frames;
  return 1;
}

// Wall-clock seconds; the gradient has fixed times, so that its results are reproducible.
static double seconds_now(const input* in) {
  struct timespec now;
  if (in->file == NULL) return (double)in->frames / 25;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Reads one name per line for each of `count` classes.
static char** read_labels(const char* path, int64_t count) {
  FILE* file = fopen(path, "r");
  char line[1024], **labels = calloc((size_t)count + 1, sizeof *labels);
  int64_t lines = 0;
  if (file == NULL || labels == NULL) fail(TRECVIT_INPUT, "expected a readable file of labels");
  for (; fgets(line, sizeof line, file) != NULL; ++lines) {
    line[strcspn(line, "\r\n")] = '\0';
    if (lines < count && (labels[lines] = malloc(strlen(line) + 1)) != NULL) strcpy(labels[lines], line);
  }
  fclose(file);
  if (lines != count) fail(TRECVIT_INPUT, "expected as many labels as the model has classes");
  return labels;
}

int main(int argc, char** argv) {
  const char* label_file = NULL;
  if (argc > 3 && strcmp(argv[1], "--labels") == 0) label_file = argv[2], argc -= 2, argv += 2;
  input in = {argc > 1 ? stdin : NULL, argc == 2, 320, 240, NULL, 0};
  if (argc == 4) in.width = atoi(argv[2]), in.height = atoi(argv[3]);
  if (argc == 3 || argc > 4 || in.width < 1 || in.height < 1 || in.width > 32768 || in.height > 32768)
    fail(TRECVIT_USAGE, "usage: stream_c [--labels FILE] [MODEL [WIDTH HEIGHT]] < frames");

  trecvit_model* model;
  trecvit_engine* engine;
  trecvit_state* state;
  check(argc > 1 ? trecvit_model_load(argv[1], NULL, &model) : trecvit_model_generated("mu", 1, NULL, &model));
  check(trecvit_engine_create(model, 1, &engine));
  check(trecvit_state_create(model, "ema=2", &state));  // the mean over all frames would stop following a camera
  trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
  check(trecvit_model_get_info(model, &info));
  if (info.num_classes == 0) fail(TRECVIT_INPUT, "expected a model with a head, got an encoder without one");
  char** labels = label_file != NULL ? read_labels(label_file, info.num_classes) : NULL;

  trecvit_result result = TRECVIT_RESULT_INIT;
  const double start = seconds_now(&in);
  while (next_frame(&in)) {
    const trecvit_image image = {in.pixels, TRECVIT_U8, in.height, in.width, 0};
    const double now = seconds_now(&in);
    int64_t top;
    check(trecvit_engine_step(engine, state, &image, now > start ? now - start : 0, &result));
    check(trecvit_topk(result.probs, result.num_classes, 1, &top));
    printf("%lld\t%s\t%.4f\n", (long long)result.frame, labels != NULL ? labels[top] : trecvit_model_label(model, top),
           result.probs[top]);
    fflush(stdout);
  }
  if (in.frames == 0) fail(TRECVIT_INPUT, "expected at least one frame, got none");

  for (int64_t i = 0; labels != NULL && i < info.num_classes; ++i) free(labels[i]);
  free(labels);
  free(in.pixels);
  trecvit_state_free(state);
  trecvit_engine_free(engine);
  trecvit_model_free(model);
  return 0;
}
