// Replaces the vector kernels in builds that have none.
#include "trecvit/model/recurrence_rows.h"

namespace trecvit::model {

const RecurrenceRows<float>* avx2_rows() { return nullptr; }
const RecurrenceRows<float>* avx512_rows() { return nullptr; }

}  // namespace trecvit::model
