// TRecViT, a causal video model, as a C library: open a model, feed frames one at a time, read predictions.
//
//   trecvit_model* model;                                    // weights; shared by all threads
//   trecvit_engine* engine;                                  // scratch memory and threads of one caller
//   trecvit_state* state;                                    // what one video stream remembers
//   trecvit_model_load("model.npz", NULL, &model);
//   trecvit_engine_create(model, 1, &engine);
//   trecvit_state_create(model, NULL, &state);
//   trecvit_image image = {pixels, TRECVIT_U8, height, width, 0};
//   trecvit_result result = TRECVIT_RESULT_INIT;
//   while (next_frame(pixels)) trecvit_engine_step(engine, state, &image, time_seconds, &result);
//
// A step takes the same memory and time for the first frame and for the millionth.
//
// Letters in shapes: N tokens per frame, D width, C classes. Arrays are row-major, outermost axis first.
//
// ERRORS. Functions that can fail return a trecvit_status; after a failure, trecvit_last_error() has a message for
// people. A NULL that is not allowed and other misuse give TRECVIT_USAGE, not a crash. A failed call changes nothing
// except the message; a handle that it should have created is set to NULL. No C++ exception leaves the library, and
// nothing is printed.
//
// THREADS. A model never changes, so any number of threads may share one. An engine or a state may be used by one
// thread at a time; the thread may change between calls. A call that finds its engine or state in use by another thread
// fails with TRECVIT_USAGE. For many streams, create one model, one engine per thread and one state per stream.
//
// OWNERSHIP. Whoever creates a handle frees it; freeing NULL does nothing. Handles may be freed in any order: engines
// keep the weights they need. Returned strings and arrays belong to a handle, as each function says. Arguments are read
// only during the call.
//
// GROWTH. Structs that begin with struct_size may get new fields at their end. Initialise them with their _INIT macro:
// the program then runs with newer libraries, and with older ones as long as new option fields stay zero.
#ifndef TRECVIT_TRECVIT_H_
#define TRECVIT_TRECVIT_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TRECVIT_API __attribute__((visibility("default")))
#else
#define TRECVIT_API
#endif

#ifdef __cplusplus
#define TRECVIT_NOEXCEPT noexcept
extern "C" {
#else
#define TRECVIT_NOEXCEPT
#endif

// ---------------------------------------------------------------------------------------------------------- version

// The version of this header. Before 1.0, a different minor version may be incompatible.
#define TRECVIT_VERSION_MAJOR 0
#define TRECVIT_VERSION_MINOR 1
#define TRECVIT_VERSION_PATCH 0
#define TRECVIT_VERSION_NUMBER (TRECVIT_VERSION_MAJOR * 10000 + TRECVIT_VERSION_MINOR * 100 + TRECVIT_VERSION_PATCH)

// The version of the loaded library: "0.1.0", and major * 10000 + minor * 100 + patch.
TRECVIT_API const char* trecvit_version(void) TRECVIT_NOEXCEPT;
TRECVIT_API int32_t trecvit_version_number(void) TRECVIT_NOEXCEPT;

// ----------------------------------------------------------------------------------------------------------- errors

// Equal to the exit codes of the `trecvit` command.
typedef enum trecvit_status {
  TRECVIT_OK = 0,
  TRECVIT_CHECK_FAILED = 1,  // an internal check failed: a bug in the library
  TRECVIT_USAGE = 2,         // a wrong argument
  TRECVIT_INPUT = 3,         // a file, model or frame that cannot be used
  TRECVIT_UNAVAILABLE = 4,   // a feature that this build or this machine lacks
  TRECVIT_RESOURCE = 5       // out of memory, threads or disk
} trecvit_status;

// Why the last failed call on this thread failed: "[where] expected ..., got ...; hint", UTF-8, possibly several lines.
// Never NULL; "" before the first failure; successful calls do not change it. Valid until the next failure on this
// thread.
TRECVIT_API const char* trecvit_last_error(void) TRECVIT_NOEXCEPT;

// ------------------------------------------------------------------------------------------------------------ model

typedef struct trecvit_model trecvit_model;

typedef struct trecvit_model_options {
  size_t struct_size;
  // The provider, which computes, by its name as in `trecvit info --env`, such as "reference", the plain loops. NULL
  // and "auto" mean the fastest float32 one on this machine; the first such use measures for a few milliseconds and
  // stores the choice in the user's cache folder.
  const char* provider;
  // Size of the model's input in pixels, needed for model files that do not contain it; 0 and 0 take the model's own.
  int32_t image_height, image_width;
  // Limits on what a model may need; 0 means the default. A small file can describe a network of any size: one that
  // exceeds a limit gives TRECVIT_INPUT before anything is allocated.
  int64_t max_tokens;    // tokens per frame; default 16384
  double max_gflops;     // 1e9 operations per frame; default 10000
  double max_memory_gb;  // 1e9 bytes for weights, one state and one engine; default 16
} trecvit_model_options;

#define TRECVIT_MODEL_OPTIONS_INIT {sizeof(trecvit_model_options), NULL, 0, 0, 0, 0, 0}

// Opens a folder (config.json and model.safetensors or model.npz), a .safetensors file or a published .npz. Reads and
// packs all weights. options may be NULL. TRECVIT_INPUT if files are missing or damaged, or if they hold no TRecViT
// model or one that exceeds a limit in the options; TRECVIT_USAGE for an unknown provider, or if the image size is
// needed and not given; TRECVIT_UNAVAILABLE for a provider that this machine or build lacks.
TRECVIT_API trecvit_status trecvit_model_load(const char* path, const trecvit_model_options* options,
                                              trecvit_model** model) TRECVIT_NOEXCEPT;

// A model of a published size, "mu", "Ti", "S", "M", "B" or "L", with deterministic random weights: the speed and
// memory of a trained model, but meaningless predictions. For demonstrations and benchmarks. options may be NULL.
TRECVIT_API trecvit_status trecvit_model_generated(const char* size, uint64_t seed,
                                                   const trecvit_model_options* options,
                                                   trecvit_model** model) TRECVIT_NOEXCEPT;

TRECVIT_API void trecvit_model_free(trecvit_model* model) TRECVIT_NOEXCEPT;

typedef struct trecvit_model_info {
  size_t struct_size;
  int64_t width, depth, mlp_dim, num_heads, lru_width, conv1d_width;  // width is D; depth counts blocks
  int64_t patch_size, image_height, image_width;                      // pixels
  int64_t num_tokens, num_classes, head_dim;                          // N; C and head_dim are 0 if there is no head
  int64_t frame_stride;     // the model expects every frame_stride-th frame of a video; the caller selects them
  int64_t clip_frames;      // length of the clips it was trained on; 0 = unknown
  int64_t parameter_count;  // number of trained values
  int64_t weight_bytes;     // memory of the packed weights
  int64_t state_bytes;      // memory of one state, without its readout
  double flops_per_frame;   // a multiplication and an addition count as two
  uint64_t fingerprint;     // equal for equal weights and config, whichever file they came from
  const char* provider;     // name of the provider that computes; belongs to the model
  const char* readout;      // the model's own readout rule, as for trecvit_state_create; belongs to the model
  const char* ignored;      // unused tensors of the file, as text for people; "" if none; belongs to the model
} trecvit_model_info;

#define TRECVIT_MODEL_INFO_INIT \
  {sizeof(trecvit_model_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL}

TRECVIT_API trecvit_status trecvit_model_get_info(const trecvit_model* model,
                                                  trecvit_model_info* info) TRECVIT_NOEXCEPT;

// The name of class 0 to C - 1 in UTF-8, or its number as text if the model has no names. Belongs to the model. NULL,
// with an error message, for any other index.
TRECVIT_API const char* trecvit_model_label(const trecvit_model* model, int64_t class_index) TRECVIT_NOEXCEPT;

// ------------------------------------------------------------------------------------------------------------ state

// What is remembered of a stream between frames: state_bytes of memory, whatever the length of the video. A state works
// with every engine and every provider that has the same weights.
typedef struct trecvit_state trecvit_state;

// A state before its first frame. readout says how the features of all frames so far become one prediction: "mean" (of
// all frames), "window=SECONDS" (mean of the newest frames), "ema=SECONDS" (exponential mean), "last" (newest frame
// alone); NULL means the model's own rule. A window also keeps the features of its frames, head_dim floats per frame,
// up to 120 frames per second; all other rules have a fixed size.
TRECVIT_API trecvit_status trecvit_state_create(const trecvit_model* model, const char* readout,
                                                trecvit_state** state) TRECVIT_NOEXCEPT;
TRECVIT_API void trecvit_state_free(trecvit_state* state) TRECVIT_NOEXCEPT;

// Forgets everything: the next frame is the first of a stream.
TRECVIT_API trecvit_status trecvit_state_reset(trecvit_state* state) TRECVIT_NOEXCEPT;

// An independent copy; both states continue from this point. The caller frees both.
TRECVIT_API trecvit_status trecvit_state_fork(trecvit_state* state, trecvit_state** copy) TRECVIT_NOEXCEPT;

// Writes the state to a file atomically. replace: 0 refuses to overwrite an existing file (TRECVIT_USAGE), 1 replaces
// it. TRECVIT_RESOURCE if the system cannot write the file.
TRECVIT_API trecvit_status trecvit_state_save(trecvit_state* state, const char* path, int32_t replace) TRECVIT_NOEXCEPT;

// Loads a state saved with the same weights and the same readout rule; the stream then continues bit for bit. Accepts
// every file that trecvit_state_save wrote for them. TRECVIT_INPUT if the file is missing, damaged, from another model
// or rule, or has numbers that no stream of the model can produce; the state is then unchanged.
TRECVIT_API trecvit_status trecvit_state_load(trecvit_state* state, const char* path) TRECVIT_NOEXCEPT;

// Frames since reset, and bytes of memory as in state_bytes; -1, with an error message, on misuse.
TRECVIT_API int64_t trecvit_state_frames(trecvit_state* state) TRECVIT_NOEXCEPT;
TRECVIT_API int64_t trecvit_state_bytes(trecvit_state* state) TRECVIT_NOEXCEPT;

// ----------------------------------------------------------------------------------------------------------- engine

typedef struct trecvit_engine trecvit_engine;

// threads: 1 to 1024, the calling thread included. Results do not depend on the number. For many streams, many
// single-threaded engines are faster than one engine with many threads.
TRECVIT_API trecvit_status trecvit_engine_create(const trecvit_model* model, int32_t threads,
                                                 trecvit_engine** engine) TRECVIT_NOEXCEPT;
TRECVIT_API void trecvit_engine_free(trecvit_engine* engine) TRECVIT_NOEXCEPT;

typedef enum trecvit_pixel_type {
  TRECVIT_U8 = 0,  // bytes, 0 to 255
  TRECVIT_F32 = 1  // float, 0 to 1; values outside are rejected
} trecvit_pixel_type;

// A picture [height, width, 3]: rows from top to bottom, pixels from left to right, red, green, blue. Each side may be
// 1 to 32768; the picture is resized, cropped and scaled as the model says. A picture of the model's own size is not
// resized.
typedef struct trecvit_image {
  const void* pixels;        // the first pixel of the top row; floats aligned to 4 bytes
  int32_t pixel_type;        // a trecvit_pixel_type
  int32_t height, width;     // pixels
  int64_t row_stride_bytes;  // from one row to the next; negative if rows are stored bottom up; 0: no gaps
} trecvit_image;

// The result of one frame. Arrays belong to the engine and are valid until its next step or until it is freed.
typedef struct trecvit_result {
  size_t struct_size;
  int64_t frame;          // number of this frame in the stream, from 0
  int64_t num_classes;    // C
  int64_t num_features;   // D
  int64_t num_tokens;     // N
  const float* logits;    // [C], the prediction so far by the state's readout rule, this frame included; without a head
                          // there is none: num_classes is 0, for logits and for probs
  const float* probs;     // [C], softmax of the logits
  const float* features;  // [D], class token of this frame, or its mean token if the model has no class token
  const float* tokens;    // [N, D], the class token, if there is one, then the patches in row-major order
} trecvit_result;

#define TRECVIT_RESULT_INIT {sizeof(trecvit_result), 0, 0, 0, 0, NULL, NULL, NULL, NULL}

// Processes the next frame of the stream that `state` belongs to. time_seconds: the presentation timestamp, finite and
// 0 or more, in any order; only window and ema readouts use it. A time before that of the previous frame counts as
// equal to it, and later times continue from there; times above 1e15 count as 1e15. Once an engine has seen a frame of
// some size, further frames of that size allocate nothing (except in the plain loops of "reference", and for the first
// frame that a state sees in another provider). TRECVIT_INPUT if the frame has an impossible size or stride or floats
// outside 0 to 1, or if the result would not be finite (the weights are damaged or too large; the message names the
// frame). TRECVIT_USAGE if the time is negative or not finite, or if the state is of another model. The state is then
// unchanged.
TRECVIT_API trecvit_status trecvit_engine_step(trecvit_engine* engine, trecvit_state* state, const trecvit_image* image,
                                               double time_seconds, trecvit_result* result) TRECVIT_NOEXCEPT;

// ---------------------------------------------------------------------------------------------------------- helpers

// Writes the indices of the k largest of `count` values to indices [k], largest first, the smaller index first among
// equals, NaN last. k: 1 to count.
TRECVIT_API trecvit_status trecvit_topk(const float* values, int64_t count, int64_t k,
                                        int64_t* indices) TRECVIT_NOEXCEPT;

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // TRECVIT_TRECVIT_H_
