// The zip structures that an .npz uses. APPNOTE.TXT sections 4.3 and 4.5.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trecvit/io/little_endian.h"

namespace trecvit::zip {

inline constexpr uint32_t kLocalMagic = 0x04034b50, kCentralMagic = 0x02014b50, kEndMagic = 0x06054b50;
inline constexpr uint32_t kEnd64Magic = 0x06064b50, kLocator64Magic = 0x07064b50;
inline constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20;
inline constexpr size_t kMaxCommentBytes = 65535;

inline constexpr uint16_t kExtra64 = 1;
inline constexpr uint32_t kIn64 = 0xffffffff;  // "the number is in the zip64 extra field"
inline constexpr uint16_t kCountIn64 = 0xffff;

inline constexpr uint16_t kStored = 0, kDeflated = 8;
inline constexpr uint16_t kFlagEncrypted = 1, kFlagDeflateLevel = 6, kFlagDescriptor = 8, kFlagUtf8 = 0x800;
inline constexpr uint16_t kVersion = 20, kVersion64 = 45;
inline constexpr uint16_t kDate1980 = 0x21;  // 1 January 1980, so that equal arrays give equal files

using little_endian::number_at;
using little_endian::put;

}  // namespace trecvit::zip
