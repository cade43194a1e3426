#include "trecvit/engine/kernels.h"

namespace trecvit {

void pack_columns(const float* w, int64_t inputs, int64_t columns, int64_t offset, int64_t panel_columns,
                  float* panels) {
  for (int64_t column = 0; column < columns; ++column) {
    const int64_t target = offset + column;
    float* out = panels + target / panel_columns * inputs * panel_columns + target % panel_columns;
    for (int64_t i = 0; i < inputs; ++i) out[i * panel_columns] = w[i * columns + column];
  }
}

}  // namespace trecvit
