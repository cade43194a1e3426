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
// Memory and time of a step are the same for the first frame and for the millionth.
//
// Letters in shapes: N tokens of a frame, D width, C classes. Arrays are row-major, outermost axis first.
//
// ERRORS. Functions that can fail return a trecvit_status; on failure trecvit_last_error() has a sentence for people. A
// NULL that is not allowed and other misuse are TRECVIT_USAGE, not a crash. A failed call changes nothing but the
// message; what it should have created is set to NULL. No C++ exception leaves the library, nothing is printed.
//
// THREADS. A model never changes: any number of threads may use one. An engine, and a state, is for one thread at a
// time; the thread may change between calls. A call that finds its engine or state in use by another thread fails with
// TRECVIT_USAGE. Many streams: one model, an engine a thread, a state a stream.
//
// OWNERSHIP. Whoever creates a handle frees it; freeing NULL does nothing. Handles may be freed in any order: engines
// keep the weights they need. Strings and arrays handed out belong to a handle, as each function says. Arguments are
// only read during the call.
//
// GROWTH. Structs that begin with struct_size may get new fields at their end. Start from their _INIT macro; a program
// then runs with a newer library, and with an older one as long as new option fields stay zero.
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

// The version of this header. Before 1.0 another minor version may be incompatible.
#define TRECVIT_VERSION_MAJOR 0
#define TRECVIT_VERSION_MINOR 1
#define TRECVIT_VERSION_PATCH 0
#define TRECVIT_VERSION_NUMBER (TRECVIT_VERSION_MAJOR * 10000 + TRECVIT_VERSION_MINOR * 100 + TRECVIT_VERSION_PATCH)

// The version of the library that is loaded: "0.1.0", and major * 10000 + minor * 100 + patch.
TRECVIT_API const char* trecvit_version(void) TRECVIT_NOEXCEPT;
TRECVIT_API int32_t trecvit_version_number(void) TRECVIT_NOEXCEPT;

// ----------------------------------------------------------------------------------------------------------- errors

// Equal to the exit codes of the `trecvit` command.
typedef enum trecvit_status {
  TRECVIT_OK = 0,
  TRECVIT_CHECK_FAILED = 1,  // a check inside the library failed: a bug in it
  TRECVIT_USAGE = 2,         // a wrong argument
  TRECVIT_INPUT = 3,         // a file, model or frame that cannot be used
  TRECVIT_UNAVAILABLE = 4,   // a part that is not in this build or not on this machine
  TRECVIT_RESOURCE = 5       // out of memory, threads or disk
} trecvit_status;

// Why the last failed call on this thread failed: "[where] expected ..., got ...; hint", UTF-8, possibly several lines.
// Never NULL; "" before the first failure; kept by calls that succeed. Valid until the next failure on this thread.
TRECVIT_API const char* trecvit_last_error(void) TRECVIT_NOEXCEPT;

// ------------------------------------------------------------------------------------------------------------ model

typedef struct trecvit_model trecvit_model;

typedef struct trecvit_model_options {
  size_t struct_size;
  // Which instruction set computes: "auto", "reference", "avx2" or "avx512"; NULL means "auto", the fastest here. Its
  // first use measures for some milliseconds and remembers the answer in the user's cache folder.
  const char* provider;
  // Pixels of the model's input, needed by model files that do not say; 0 and 0 leave it to the model.
  int32_t image_height, image_width;
  // What a model may need; 0 means the default. A small file can describe a network of any size: one that needs more is
  // TRECVIT_INPUT before anything is allocated.
  int64_t max_tokens;    // tokens per frame; 16384
  double max_gflops;     // 1e9 operations per frame; 10000
  double max_memory_gb;  // 1e9 bytes for weights, one state and one engine; 16
} trecvit_model_options;

#define TRECVIT_MODEL_OPTIONS_INIT {sizeof(trecvit_model_options), NULL, 0, 0, 0, 0, 0}

// Opens a folder (config.json and model.safetensors or model.npz), a .safetensors file or a published .npz. Reads and
// packs all weights. options may be NULL. TRECVIT_INPUT for files that are missing, damaged, no such model or one that
// needs more than the options allow; TRECVIT_USAGE for an unknown provider or when the image size is needed and not
// given.
TRECVIT_API trecvit_status trecvit_model_load(const char* path, const trecvit_model_options* options,
                                              trecvit_model** model) TRECVIT_NOEXCEPT;

// A model of a published size, "mu", "Ti", "S", "M", "B" or "L", with deterministic random weights: same speed and
// memory as a trained one, meaningless answers. For demonstrations and benchmarks. options may be NULL.
TRECVIT_API trecvit_status trecvit_model_generated(const char* size, uint64_t seed,
                                                   const trecvit_model_options* options,
                                                   trecvit_model** model) TRECVIT_NOEXCEPT;

TRECVIT_API void trecvit_model_free(trecvit_model* model) TRECVIT_NOEXCEPT;

typedef struct trecvit_model_info {
  size_t struct_size;
  int64_t width, depth, mlp_dim, num_heads, lru_width, conv1d_width;  // width is D; depth counts blocks
  int64_t patch_size, image_height, image_width;                      // pixels
  int64_t num_tokens, num_classes, head_dim;                          // N; C and head_dim are 0 of an encoder alone
  int64_t frame_stride;     // the model was made for every frame_stride-th frame; choosing them is the caller's part
  int64_t clip_frames;      // length of the clips it was trained on; 0 = unknown
  int64_t parameter_count;  // trained numbers
  int64_t weight_bytes;     // memory of the packed weights
  int64_t state_bytes;      // memory of one state, without its readout
  double flops_per_frame;   // a multiplication and an addition count as two
  uint64_t fingerprint;     // equal for equal weights and sizes, whatever file they came from
  const char* provider;     // what computes: "reference", "avx2", ...; belongs to the model
  const char* readout;      // the model's own readout rule, as for trecvit_state_create; belongs to the model
  const char* ignored;      // tensors of the file that were not used, for people; "": none; belongs to the model
} trecvit_model_info;

#define TRECVIT_MODEL_INFO_INIT \
  {sizeof(trecvit_model_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL}

TRECVIT_API trecvit_status trecvit_model_get_info(const trecvit_model* model,
                                                  trecvit_model_info* info) TRECVIT_NOEXCEPT;

// The name of class 0 to C - 1, UTF-8; its number as text where the model has no names. Belongs to the model. NULL,
// with a message, for another index.
TRECVIT_API const char* trecvit_model_label(const trecvit_model* model, int64_t class_index) TRECVIT_NOEXCEPT;

// ------------------------------------------------------------------------------------------------------------ state

// What a stream remembers between frames; state_bytes of memory, whatever the length of the video. States of a model
// work with every engine, and every provider, of the same weights.
typedef struct trecvit_state trecvit_state;

// A state before its first frame. readout says how features of all frames so far become one prediction: "mean" (of all
// frames), "window=SECONDS" (mean of the newest), "ema=SECONDS" (exponential mean), "last" (newest frame alone); NULL
// means the model's own rule. A window keeps the features of its frames besides, head_dim floats each, up to 120 for a
// second; all others have a fixed size.
TRECVIT_API trecvit_status trecvit_state_create(const trecvit_model* model, const char* readout,
                                                trecvit_state** state) TRECVIT_NOEXCEPT;
TRECVIT_API void trecvit_state_free(trecvit_state* state) TRECVIT_NOEXCEPT;

// Forgets everything: the next frame is the first of a stream.
TRECVIT_API trecvit_status trecvit_state_reset(trecvit_state* state) TRECVIT_NOEXCEPT;

// An independent copy; both go on from here. The caller frees both.
TRECVIT_API trecvit_status trecvit_state_fork(trecvit_state* state, trecvit_state** copy) TRECVIT_NOEXCEPT;

// Writes the state to a file that appears whole or not at all. replace: 0 refuses to write over a file
// (TRECVIT_USAGE), 1 replaces it. TRECVIT_RESOURCE when the disk refuses.
TRECVIT_API trecvit_status trecvit_state_save(trecvit_state* state, const char* path, int32_t replace) TRECVIT_NOEXCEPT;

// Continues from a saved state of the same weights and the same readout rule; the stream then goes on bit for bit.
// Loads whatever trecvit_state_save wrote. TRECVIT_INPUT for a file that is missing, damaged, of another model or rule,
// or with numbers that no stream of the model leaves behind; the state is then as it was.
TRECVIT_API trecvit_status trecvit_state_load(trecvit_state* state, const char* path) TRECVIT_NOEXCEPT;

// Frames since reset, and bytes of memory as in state_bytes; -1, with a message, on misuse.
TRECVIT_API int64_t trecvit_state_frames(trecvit_state* state) TRECVIT_NOEXCEPT;
TRECVIT_API int64_t trecvit_state_bytes(trecvit_state* state) TRECVIT_NOEXCEPT;

// ----------------------------------------------------------------------------------------------------------- engine

typedef struct trecvit_engine trecvit_engine;

// threads: 1 to 1024, the calling thread included. Results do not depend on it. For many streams, many engines of one
// thread are faster than one engine of many.
TRECVIT_API trecvit_status trecvit_engine_create(const trecvit_model* model, int32_t threads,
                                                 trecvit_engine** engine) TRECVIT_NOEXCEPT;
TRECVIT_API void trecvit_engine_free(trecvit_engine* engine) TRECVIT_NOEXCEPT;

typedef enum trecvit_pixel_type {
  TRECVIT_U8 = 0,  // bytes, 0 to 255
  TRECVIT_F32 = 1  // float, 0 to 1; anything outside is refused
} trecvit_pixel_type;

// A picture [height, width, 3]: rows from top to bottom, pixels from left to right, red, green, blue. Any size from 1
// to 32768 a side; resized, cropped and scaled as the model says. A picture of the model's own size is not resized.
typedef struct trecvit_image {
  const void* pixels;        // the first pixel of the top row; floats aligned to 4 bytes
  int32_t pixel_type;        // a trecvit_pixel_type
  int32_t height, width;     // pixels
  int64_t row_stride_bytes;  // from a row to the next; negative where rows are stored bottom up; 0: no gaps
} trecvit_image;

// What one frame gives. Arrays belong to the engine and are valid until its next step or its end.
typedef struct trecvit_result {
  size_t struct_size;
  int64_t frame;          // number of this frame in the stream, from 0
  int64_t num_classes;    // C
  int64_t num_features;   // D
  int64_t num_tokens;     // N
  const float* logits;    // [C], the prediction so far by the state's readout rule, this frame included; of an encoder
                          // alone there is none: num_classes is 0, here and in probs
  const float* probs;     // [C], softmax of the logits
  const float* features;  // [D], class token of this frame, or its mean token where the model has no class token
  const float* tokens;    // [N, D], the class token, where there is one, and then patches in row-major order
} trecvit_result;

#define TRECVIT_RESULT_INIT {sizeof(trecvit_result), 0, 0, 0, 0, NULL, NULL, NULL, NULL}

// Takes the next frame of the stream that `state` belongs to. time_seconds: when the frame is shown, finite and 0 or
// more, in any order; only window and ema readouts look at it. A time before that of the last frame counts as equal to
// it, and later times go on from there; times above 1e15 count as 1e15. Once an engine has seen a frame of some size,
// more of that size allocate nothing (the plain loops of "reference" excepted). TRECVIT_INPUT for a frame with an
// impossible size or stride or with floats outside 0 to 1, and for an answer that would not be finite numbers (weights
// that are damaged or too large; the message names the frame). TRECVIT_USAGE for a time that is negative or no number
// and for a state of another model. The state is then as it was.
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
