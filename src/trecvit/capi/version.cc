// The version of the library, for the C API (include/trecvit/trecvit.h).
#include <trecvit/trecvit.h>

#include <string_view>

#define TRECVIT_TEXT_OF(x) #x
#define TRECVIT_TEXT(x) TRECVIT_TEXT_OF(x)
#define TRECVIT_VERSION_TEXT          \
  TRECVIT_TEXT(TRECVIT_VERSION_MAJOR) \
  "." TRECVIT_TEXT(TRECVIT_VERSION_MINOR) "." TRECVIT_TEXT(TRECVIT_VERSION_PATCH)

static_assert(std::string_view(TRECVIT_VERSION_TEXT) == TRECVIT_PROJECT_VERSION,
              "trecvit.h and CMakeLists.txt must name the same version");

extern "C" const char* trecvit_version(void) noexcept { return TRECVIT_VERSION_TEXT; }

extern "C" int32_t trecvit_version_number(void) noexcept { return TRECVIT_VERSION_NUMBER; }
